// What surrounds a client's calls: key and headers, interceptors, deadlines by kind, the connection's
// state, the circuit breaker. Against a real gRPC server on a socket whose answers are scripted.
import {
  type Metadata,
  Server,
  ServerCredentials,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ActionServiceServer, ActionServiceService } from '../../../gen/ts/dtms/v1/action_service.js';
import {
  GetStatusResponse,
  type SystemServiceServer,
  SystemServiceService,
} from '../../../gen/ts/dtms/v1/system_service.js';
import { type TradeServiceServer, TradeServiceService } from '../../../gen/ts/dtms/v1/trade_service.js';
import {
  CircuitOpenError,
  type ClientInterceptor,
  type ConnectionState,
  DtmsClient,
  type DtmsClientOptions,
  isTransient,
  isUnavailable,
} from '../../../src/client/index.js';
import { shuttingDown, tradeNotFound } from '../../../src/errors/errors.js';
import { toStatus } from '../../../src/errors/status.js';

const cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const step of cleanUp.splice(0).reverse()) step();
});

/** What the server saw of a call. */
interface Seen {
  readonly method: string;
  readonly metadata: Metadata;
  readonly deadlineMs: number;
}

type Answer = () => Error | object | null;

/** A server that answers GetStatus as told, and ends streams after one message. */
async function scripted(answer: Answer = () => null) {
  const seen: Seen[] = [];
  const server = new Server();
  const see = (method: string, call: { metadata: Metadata; getDeadline(): Date | number }) =>
    seen.push({ method, metadata: call.metadata, deadlineMs: Number(call.getDeadline()) - Date.now() });
  const getStatus: SystemServiceServer['getStatus'] = (call, callback) => {
    see('getStatus', call);
    const refusal = answer();
    if (refusal === null) callback(null, GetStatusResponse.fromPartial({ logEpoch: 'e', headRevision: 4n }));
    else callback(refusal);
  };
  server.addService(SystemServiceService, only({ getStatus }));
  const watchTrades: TradeServiceServer['watchTrades'] = (call) => {
    see('watchTrades', call);
    call.write({
      message: { $case: 'bookmark', value: { revision: 4n, logEpoch: 'e', recordedAt: undefined } },
    });
  };
  const batchGetTrades: TradeServiceServer['batchGetTrades'] = (call, callback) => {
    see('batchGetTrades', call);
    callback(toStatus(tradeNotFound('demo', 1n), 'c'));
  };
  server.addService(TradeServiceService, only({ watchTrades, batchGetTrades }));
  const leaseActions: ActionServiceServer['leaseActions'] = (call) => {
    see('leaseActions', call);
    call.write({ actions: [], revision: 9n });
    call.end();
  };
  server.addService(ActionServiceService, only({ leaseActions }));
  const port = await bound(server, 0);
  cleanUp.push(() => server.forceShutdown());
  return { seen, server, address: `127.0.0.1:${port}` };
}

/** Some of a service's methods; the others are not there. */
const only = (handlers: object): UntypedServiceImplementation => ({ ...handlers });

function bound(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, actual) =>
      error === null ? resolve(actual) : reject(error),
    );
  });
}

function connect(options: DtmsClientOptions): DtmsClient {
  const client = new DtmsClient(options);
  cleanUp.push(() => client.close());
  return client;
}

const caught = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => expect.fail('the call should have failed'),
    (error: unknown) => error,
  );

async function firstMessage(client: DtmsClient, headers?: Record<string, string>): Promise<string> {
  for await (const { $case } of client.watchTrades({ headers })) return $case;
  throw new Error('no message');
}

describe('key and headers', () => {
  it('go with every call, stream and raw stub', async () => {
    const { seen, address } = await scripted();
    const client = connect({ address, apiKey: 'dtms_a_b', headers: { 'x-team': 'exits' } });
    await client.getStatus({});
    await firstMessage(client);
    await client.drainLeases({ account: 'demo', bridgeId: 'b' });
    await new Promise<void>((resolve) => client.raw.system.getStatus({}, () => resolve()));
    expect(new Set(seen.map(({ method }) => method))).toEqual(
      new Set(['getStatus', 'watchTrades', 'leaseActions']),
    );
    expect(seen.length).toBeGreaterThanOrEqual(4);
    for (const { metadata } of seen) {
      expect(metadata.get('authorization')).toEqual(['Bearer dtms_a_b']);
      expect(metadata.get('x-team')).toEqual(['exits']);
    }
  });

  it('of a single call go before those of the client, and a key that is rotated is read anew', async () => {
    const { seen, address } = await scripted();
    let key = 'first';
    const client = connect({ address, apiKey: () => key, headers: { 'x-team': 'exits', 'x-b': '1' } });
    await client.getStatus({}, { headers: { 'x-team': 'entries', 'x-correlation-id': 'abc' } });
    key = 'second';
    await client.getStatus({});
    await firstMessage(client, { authorization: 'Bearer other' });
    const [first] = seen;
    expect(first?.metadata.getMap()).toMatchObject({
      'x-team': 'entries',
      'x-b': '1',
      'x-correlation-id': 'abc',
      authorization: 'Bearer first',
    });
    expect(seen[1]?.metadata.get('authorization')).toEqual(['Bearer second']);
    expect(seen.at(-1)?.metadata.get('authorization')).toEqual(['Bearer other']);
  });
});

describe('interceptors', () => {
  it('surround attempts and connections in order, and may add metadata or answer themselves', async () => {
    const { seen, address } = await scripted();
    const story: string[] = [];
    const named = (name: string): ClientInterceptor => ({
      unary: async (call, next) => {
        story.push(`${name}>${call.method.split('/').at(-1)}`);
        call.metadata.set('x-last', name);
        const answer = await next(call);
        story.push(`${name}<`);
        return answer;
      },
      stream: async function* (call, next) {
        story.push(`${name}>${call.method.split('/').at(-1)}`);
        call.metadata.set('x-last', name);
        yield* next(call);
      },
    });
    const client = connect({ address, interceptors: [named('a'), {}, named('b')] });
    await client.getStatus({});
    await firstMessage(client);
    expect(story.slice(0, 4)).toEqual(['a>GetStatus', 'b>GetStatus', 'b<', 'a<']);
    expect(story.slice(-2)).toEqual(['a>WatchTrades', 'b>WatchTrades']);
    expect(seen.map(({ metadata }) => metadata.get('x-last')[0])).toEqual(['b', 'b', 'b']);

    const own = connect({ address, interceptors: [{ unary: async () => ({ version: 'mine' }) }] });
    expect(await own.getStatus({})).toEqual({ version: 'mine' });
  });

  it('see each attempt, and the typed error of those that fail', async () => {
    let attempts = 0;
    const { address } = await scripted(() => {
      attempts += 1;
      return attempts === 1 ? toStatus(shuttingDown(), 'c') : null;
    });
    const errors: unknown[] = [];
    const interceptor: ClientInterceptor = {
      unary: (call, next) =>
        next(call).catch((error: unknown) => {
          errors.push(error);
          throw error;
        }),
    };
    await connect({ address, interceptors: [interceptor] }).getStatus({});
    expect(errors).toHaveLength(1);
    expect(isUnavailable(errors[0])).toBe(true);
  });
});

describe('deadlines', () => {
  it('are those of the call, of its kind, of the client, and the built-in ones, in this order', async () => {
    const { seen, address } = await scripted();
    const client = connect({ address, deadlines: { read: 12_000 }, defaults: { deadlineMs: 60_000 } });
    await client.getStatus({});
    await client.getStatus({}, { deadlineMs: 5_000 });
    await caught(client.batchGetTrades({ account: 'demo', tickets: [1n] }));
    await caught(connect({ address }).batchGetTrades({ account: 'demo', tickets: [1n] }));
    const limits = [12_000, 5_000, 60_000, 30_000];
    for (const [index, limit] of limits.entries()) {
      const asked = seen[index]?.deadlineMs ?? 0;
      expect(asked).toBeLessThanOrEqual(limit + 50);
      expect(asked).toBeGreaterThan(limit / 2);
    }
  });
});

describe("the connection's state", () => {
  it('is told as it changes, until nobody listens', async () => {
    const { address } = await scripted();
    const client = connect({ address });
    const states: ConnectionState[] = [];
    const other: ConnectionState[] = [];
    client.onStateChange((state) => states.push(state));
    const end = client.onStateChange((state) => other.push(state));
    expect(client.state).toBe('idle');
    await client.getStatus({});
    expect(client.state).toBe('ready');
    end();
    client.close();
    expect(client.state).toBe('shutdown');
    expect(states).toEqual(['connecting', 'ready', 'shutdown']);
    expect(other).toEqual(['connecting', 'ready']);
    expect(() => client.onStateChange(() => {})()).not.toThrow();
  });

  it('is a transient failure where nobody listens', async () => {
    const client = connect({ address: '127.0.0.1:1', defaults: { retryMs: 0 } });
    const failed = new Promise<void>((resolve) =>
      client.onStateChange((state) => state === 'transient_failure' && resolve()),
    );
    await caught(client.getStatus({}));
    await failed;
  });
});

describe('the circuit breaker', () => {
  const ONCE = { retryMs: 0 };
  const OPEN_MS = 60_000;

  /** The breaker's clock stands still, however slow the machine is, until it is set on by this. */
  function clock(): (ms: number) => void {
    vi.useFakeTimers({ toFake: ['Date'] });
    cleanUp.push(() => vi.useRealTimers());
    return (ms) => vi.setSystemTime(Date.now() + ms);
  }

  it('opens after so many unavailable calls in a row; then calls are not sent', async () => {
    let answer: Answer = () => toStatus(shuttingDown(), 'c');
    const { seen, address } = await scripted(() => answer());
    const client = connect({ address, defaults: ONCE, breaker: { failures: 3, openMs: OPEN_MS } });
    // What the server refuses for another reason shows that it is there: the count begins again.
    for (const refusal of [shuttingDown(), shuttingDown(), tradeNotFound('demo', 1n), shuttingDown()]) {
      answer = () => toStatus(refusal, 'c');
      await caught(client.getStatus({}));
    }
    await caught(client.getStatus({}));
    expect(await caught(client.getStatus({}))).not.toBeInstanceOf(CircuitOpenError);
    expect(seen).toHaveLength(6);

    const error = await caught(client.getStatus({}));
    expect(error).toBeInstanceOf(CircuitOpenError);
    expect(error).toMatchObject({ code: status.UNAVAILABLE, method: '/dtms.v1.SystemService/GetStatus' });
    expect([isUnavailable(error), isTransient(error)]).toEqual([true, true]);
    expect(error).toHaveProperty('report.retryAfterMs', expect.any(Number));
    expect(error).toHaveProperty('cause.report.message', 'the server is stopping');
    expect(seen).toHaveLength(6);
  });

  it('lets one call through as a probe, once and without retries, and closes when it is answered', async () => {
    let answer: Answer = () => toStatus(shuttingDown(), 'c');
    const { seen, address } = await scripted(() => answer());
    const client = connect({ address, breaker: { failures: 1, openMs: OPEN_MS } });
    const goOn = clock();
    await caught(client.getStatus({}, ONCE));
    const open = () => caught(client.getStatus({}));
    goOn(OPEN_MS - 1);
    expect(await open()).toBeInstanceOf(CircuitOpenError);
    goOn(1);
    const before = seen.length;
    const errors = await Promise.all([open(), open(), open()]);
    expect(seen).toHaveLength(before + 1);
    expect(errors.filter((error) => error instanceof CircuitOpenError)).toHaveLength(2);

    answer = () => null;
    goOn(OPEN_MS);
    await client.getStatus({});
    await Promise.all([client.getStatus({}), client.getStatus({})]);
  });

  it('does not let others wait for its probe', async () => {
    const { address } = await scripted(() => toStatus(shuttingDown(), 'c'));
    let gate: Promise<void> = Promise.resolve();
    const held: ClientInterceptor = { unary: (call, next) => gate.then(() => next(call)) };
    const breaker = { failures: 1, openMs: OPEN_MS };
    const client = connect({ address, defaults: ONCE, breaker, interceptors: [held] });
    const goOn = clock();
    await caught(client.getStatus({}));
    goOn(OPEN_MS);
    let open: () => void = () => {};
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const probe = caught(client.getStatus({}));
    expect(await caught(client.getStatus({}))).toBeInstanceOf(CircuitOpenError);
    open();
    expect(await probe).not.toBeInstanceOf(CircuitOpenError);
  });

  it('can be switched off, and counts no stream', async () => {
    const { address, server } = await scripted(() => toStatus(shuttingDown(), 'c'));
    const client = connect({ address, defaults: ONCE, breaker: 'off' });
    const guarded = connect({ address, defaults: ONCE, breaker: { failures: 2, openMs: OPEN_MS } });
    for (let call = 0; call < 10; call += 1) {
      expect(await caught(client.getStatus({}))).not.toBeInstanceOf(CircuitOpenError);
    }
    server.forceShutdown();
    for (let call = 0; call < 4; call += 1) {
      const drained = guarded.drainLeases({ account: 'demo', bridgeId: 'b' }, ONCE);
      expect(await caught(drained)).not.toBeInstanceOf(CircuitOpenError);
    }
    expect(await caught(guarded.getStatus({}))).not.toBeInstanceOf(CircuitOpenError);
  });

  it('refuses settings that would never let a call through', () => {
    expect(() => new DtmsClient({ address: '127.0.0.1:1', breaker: { failures: 0 } })).toThrow(RangeError);
  });
});
