// A client of several servers, over real sockets: calls take turns among those that say that they serve.
import { createServer, type Server as TcpServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { GetTradeResponse, type WatchTradesResponse } from '../../../gen/ts/dtms/v1/trade_service.js';
import { DtmsClient, type DtmsClientOptions } from '../../../src/client/index.js';
import { encodedStream } from '../../../src/interceptors/handlers.js';
import { bookmarkFrame } from '../../../src/watch/frames.js';
import { until } from '../../support/eventually.js';
import { startServer, type TestServer } from '../../support/grpc.js';

interface Counted extends TestServer {
  answered: number;
  /** A call that comes while this is set waits for it. */
  hold: Promise<void> | undefined;
}

const running = new Set<Counted>();
const clients: DtmsClient[] = [];
const listeners: TcpServer[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const listener of listeners.splice(0)) listener.close();
  await Promise.all([...running].map((server) => server.stop()));
  running.clear();
});

async function serve(port = 0): Promise<Counted> {
  const state = { answered: 0, hold: undefined as Promise<void> | undefined };
  const server = await startServer(
    {
      getTrade: async () => {
        state.answered += 1;
        await state.hold;
        return GetTradeResponse.fromPartial({});
      },
      watchTrades: encodedStream((_, sink) => {
        state.answered += 1;
        sink.write(bookmarkFrame({ epoch: 'e', revision: 1, recordedAt: null }));
        return new Promise(() => undefined);
      }),
    },
    {},
    { port, drainMs: 5_000 },
  );
  const counted = Object.assign(state, server);
  running.add(counted);
  return counted;
}

async function stop(server: Counted): Promise<void> {
  running.delete(server);
  await server.stop();
}

function clientOf(servers: readonly string[], options: Partial<DtmsClientOptions> = {}): DtmsClient {
  const client = new DtmsClient({ address: servers, breaker: 'off', ...options });
  clients.push(client);
  return client;
}

const addresses = (servers: readonly Counted[]) => servers.map(({ address }) => address);

async function read(client: DtmsClient, count: number): Promise<void> {
  for (let call = 0; call < count; call += 1) await client.getTrade({ account: 'demo', ticket: 1n });
}

/** The numbers of calls that came while something was done. */
async function during(servers: readonly Counted[], doing: () => Promise<unknown>): Promise<number[]> {
  const before = servers.map(({ answered }) => answered);
  await doing();
  return servers.map(({ answered }, index) => answered - (before[index] ?? 0));
}

/** Resolves when calls go to just these servers, evenly. */
async function share(client: DtmsClient, servers: readonly Counted[], expected: readonly boolean[]) {
  const size = 2 * expected.filter(Boolean).length;
  const even = expected.map((isCalled) => (isCalled ? 2 : 0));
  await until(`calls are shared ${even}`, async () => {
    const counts = await during(servers, () => read(client, size));
    return counts.every((count, index) => count === even[index]);
  });
}

describe('calls of a client of three servers', () => {
  test('take turns, also of the raw stubs and of streams', async () => {
    const servers = await Promise.all([serve(), serve(), serve()]);
    const client = clientOf(addresses(servers));
    await share(client, servers, [true, true, true]);
    const watched = await during(servers, async () => {
      for (let watch = 0; watch < 3; watch += 1) {
        const messages = client.raw.trades.watchTrades({
          filter: undefined,
          resumeAfter: undefined,
          sendInitialState: true,
        });
        messages.on('error', () => undefined);
        await new Promise<WatchTradesResponse>((resolve) => messages.once('data', resolve));
        messages.cancel();
      }
    });
    expect(watched).toEqual([1, 1, 1]);
  });

  test('go to none that says it cannot serve, and again when it can', async () => {
    const servers = await Promise.all([serve(), serve(), serve()]);
    const client = clientOf(addresses(servers));
    await share(client, servers, [true, true, true]);
    servers[1]?.server.setHealth('NOT_SERVING');
    await share(client, servers, [true, false, true]);
    servers[1]?.server.setHealth('SERVING');
    await share(client, servers, [true, true, true]);
  });

  test('go on at the others when one is gone, and at it when it is back; none fails', async () => {
    const servers = await Promise.all([serve(), serve(), serve()]);
    const client = clientOf(addresses(servers));
    await share(client, servers, [true, true, true]);
    const [gone] = servers;
    if (gone === undefined) throw new Error('there is no server');
    await stop(gone);
    await read(client, 9);
    servers[0] = await serve(Number(gone.address.split(':')[1]));
    await share(client, servers, [true, true, true]);
  });

  test('pass over one that leaves a call without an answer, until it is heard of again', async () => {
    const servers = await Promise.all([serve(), serve()]);
    const client = clientOf(addresses(servers));
    await share(client, servers, [true, true]);
    const [slow] = servers;
    if (slow === undefined) throw new Error('there is no server');
    let release: () => void = () => undefined;
    slow.hold = new Promise((resolve) => {
      release = resolve;
    });
    await Promise.all(
      [0, 1].map(() => client.getTrade({ account: 'demo', ticket: 1n }, { deadlineMs: 300 })),
    );
    slow.hold = undefined;
    release();
    await share(client, servers, [true, true]);
  });

  test('find the one that is there among those that never answer', async () => {
    const silent = await Promise.all(
      [0, 1].map(
        () =>
          new Promise<string>((resolve) => {
            const listener = createServer((socket) => socket.on('error', () => undefined)).listen(
              0,
              '127.0.0.1',
              () => {
                const bound = listener.address();
                resolve(`127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`);
              },
            );
            listeners.push(listener);
          }),
      ),
    );
    const server = await serve();
    for (let client = 0; client < 3; client += 1)
      await read(clientOf([...silent, server.address], { defaults: { retryMs: 0 } }), 2);
    expect(server.answered).toBe(6);
  });

  test('fail where there is none, and the state says so', async () => {
    const client = clientOf(['127.0.0.1:1', '127.0.0.1:2'], { defaults: { retryMs: 0 } });
    expect(client.state).toBe('idle');
    await expect(read(client, 1)).rejects.toThrow();
    await until('it is known', () => client.state === 'transient_failure');
    client.close();
    expect(client.state).toBe('shutdown');
  });
});
