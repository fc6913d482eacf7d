// T24: calls that nobody can answer: 50,000 HEADERS in one write, given up at once or never finished. What is counted is how many of
// them the server's program got to see; that a neighbour waits for each of these is a matter of the benchmark (docs/security.md).
import { afterEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { call, LIMITS, startServer, type TestServer } from '../support/grpc.js';
import {
  callHeaders,
  END_HEADERS,
  END_STREAM,
  FrameType,
  literal,
  RawConnection,
  rawFrame,
} from '../support/security/raw-http2.js';

const BURST = 50_000;
const HEADERS = callHeaders('/dtms.v1.TradeService/GetTrade');

const servers: TestServer[] = [];
const connections: RawConnection[] = [];
afterEach(async () => {
  for (const connection of connections.splice(0)) connection.close();
  for (const server of servers.splice(0)) await server.stop();
});

async function start(mode: 'auto' | 'off'): Promise<TestServer> {
  const server = await startServer(
    { getTrade: () => ({ trade: undefined }) },
    {},
    { maxConnectionsPerAddress: 5000, maxConnections: 5000 },
    { limits: { ...LIMITS, mode } },
  );
  servers.push(server);
  return server;
}

async function open({ address }: TestServer): Promise<RawConnection> {
  const connection = await RawConnection.open(address);
  connections.push(connection);
  return connection;
}

const stream = (index: number) => 2 * index + 1;
const begin = (index: number, flags = END_HEADERS) =>
  rawFrame(FrameType.headers, flags, stream(index), HEADERS);
const giveUp = (index: number) => rawFrame(FrameType.resetStream, 0, stream(index), Buffer.of(0, 0, 0, 8));
const cuts = ({ calls }: TestServer) =>
  calls.families().find(({ name }) => name === 'dtms_connections_cut_total')?.samples[0]?.value;

/** Sends a burst on a connection of its own. */
async function burst(
  server: TestServer,
  count: number,
  frames: (index: number) => Buffer,
): Promise<RawConnection> {
  const connection = await open(server);
  // Not awaited: who is not read any more sends for ever.
  void connection.send(Buffer.concat(Array.from({ length: count }, (_, index) => frames(index))));
  return connection;
}

const served = async ({ trades }: TestServer) =>
  (await call((done) => trades.getTrade({ account: 'a', ticket: 1n }, done))).response;

describe('50,000 calls in one write', () => {
  test('that are given up at once end their connection after a few', async () => {
    const server = await start('auto');
    const connection = await burst(server, BURST, (index) => Buffer.concat([begin(index), giveUp(index)]));
    await eventually(() => expect(connection.gone).toBe(true));
    expect(server.server.begunCalls).toBeLessThanOrEqual(201);
    expect(cuts(server)).toBe(1);
    expect(await served(server)).toEqual({ trade: undefined });
  });

  test('(control) reach the program by thousands where there are no limits', async () => {
    const server = await start('off');
    await burst(server, BURST, (index) => Buffer.concat([begin(index), giveUp(index)]));
    await eventually(() => expect(server.server.begunCalls).toBeGreaterThan(1000));
    expect(cuts(server)).toBe(0);
  });

  test.each([
    ['are never finished', END_HEADERS],
    ['have no message', END_HEADERS | END_STREAM],
  ])('that %s are refused by HTTP/2 beyond those that may be open', async (_what, flags) => {
    const server = await start('auto');
    const connection = await burst(server, BURST, (index) => begin(index, flags));
    await eventually(() => expect(connection.gone).toBe(true));
    expect(server.server.begunCalls).toBeLessThanOrEqual(201);
    expect(await served(server)).toEqual({ trade: undefined });
  });
});

describe('calls that are never finished, of many connections', () => {
  const CONNECTIONS = 100;
  const EACH = 90;

  async function crowd(server: TestServer): Promise<RawConnection[]> {
    const all = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(server)));
    const calls = Buffer.concat(Array.from({ length: EACH }, (_, index) => begin(index)));
    await Promise.all(all.map((connection) => connection.send(calls)));
    return all;
  }

  test('end the connections of an address beyond so many, and leave others their own', async () => {
    const server = await start('auto');
    expect(await served(server)).toEqual({ trade: undefined });
    const all = await crowd(server);
    await eventually(() =>
      expect(all.filter(({ gone }) => gone).length).toBeGreaterThanOrEqual(CONNECTIONS / 2),
    );
    // Some seconds may have passed: each lets 2,000 by.
    expect(server.server.begunCalls).toBeLessThan(CONNECTIONS * EACH);
    // The others were not let in any more.
    expect(cuts(server)).toBeGreaterThan(0);
    expect(await served(server)).toEqual({ trade: undefined });
  });

  test('(control) are all begun where there are no limits', async () => {
    const server = await start('off');
    await crowd(server);
    await eventually(() => expect(server.server.begunCalls).toBe(CONNECTIONS * EACH));
  });
});

test('calls that are answered are no burst, however many', async () => {
  const server = await start('auto');
  const codes = await Promise.all(Array.from({ length: 3000 }, () => served(server)));
  expect(codes).toHaveLength(3000);
  expect(cuts(server)).toBe(0);
});

test('requests that no handler gets to read count as those of callers nobody knows', async () => {
  const server = await start('auto');
  const connection = await open(server);
  const headers = callHeaders('/dtms.v1.TradeService/NoSuch', [literal('x', 'y')]);
  for (let index = 0; index < 200; index += 1) {
    await connection.send(rawFrame(FrameType.headers, END_HEADERS | END_STREAM, stream(index), headers));
    if (connection.gone) break;
  }
  await eventually(() => expect(connection.gone).toBe(true));
});
