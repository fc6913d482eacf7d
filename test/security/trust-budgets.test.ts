// What callers nobody knows, and many keys of one account, leave to everybody else: T24 and T25 of the trust issue.
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Scope } from '../../gen/ts/dtms/v1/access.js';
import { WatchTradesRequest } from '../../gen/ts/dtms/v1/trade_service.js';
import { apiKeyText, newApiKey } from '../../src/access/api-key.js';
import { Shares } from '../../src/interceptors/shares.js';
import { Strangers } from '../../src/interceptors/strangers.js';
import { startService, type TestService } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { DatabaseKeys } from '../support/keys.js';

const STATUS = '/dtms.v1.SystemService/GetStatus';
const WATCH = '/dtms.v1.TradeService/WatchTrades';
const HEALTH_WATCH = '/grpc.health.v1.Health/Watch';
const REFLECTION = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
const EMPTY = Buffer.alloc(0);
const asIs = (bytes: Buffer): Buffer => bytes;

let service: TestService;
let keys: DatabaseKeys;
beforeAll(async () => {
  service = await startService({
    access: { mode: 'required' },
    limits: { queriesPerSecond: 1_000_000, queriesBurst: 10_000_000, maxStreamsPerAccount: 4 },
  });
  keys = new DatabaseKeys(service.databaseUrl);
});
afterAll(async () => {
  await keys.close();
  await service.end();
});

const clients: { close(): void }[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

/** A connection of its own. */
function connection(): Client {
  const client = new Client(service.address, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_retries': 0,
  });
  clients.push(client);
  return client;
}

/** The code a call with this key ends with. */
function ask(client: Client, key: string): Promise<status> {
  const metadata = new Metadata();
  if (key !== '') metadata.set('x-api-key', key);
  return new Promise((resolve) =>
    client.makeUnaryRequest(STATUS, asIs, asIs, EMPTY, metadata, {}, (error: ServiceError | null) =>
      resolve(error?.code ?? status.OK),
    ),
  );
}

/** A connection on which this key's owner was let in; strangers of a test before may have spent this second. */
async function known(text: string): Promise<Client> {
  const client = connection();
  await eventually(async () => expect(await ask(client, text)).toBe(status.OK));
  return client;
}

const wrongKey = () => apiKeyText(newApiKey());
const count = (codes: readonly status[], code: status) => codes.filter((each) => each === code).length;

describe('callers nobody knows', () => {
  // T24: all 1,200 keys were looked up, and nothing slowed the caller down.
  test.each([
    ['wrong keys', wrongKey],
    ['no key', () => ''],
  ])('are looked at so many times a second, and their connection is closed: %s', async (_what, key) => {
    const { text } = await keys.make([Scope.READ]);
    const neighbour = await known(text);
    const began = performance.now();
    const strange = connection();
    const codes = await Promise.all(Array.from({ length: 1200 }, () => ask(strange, key())));
    const seconds = Math.ceil((performance.now() - began) / 1000);
    expect(count(codes, status.UNAUTHENTICATED)).toBeLessThanOrEqual(50 * (seconds + 1));
    // Cut off, or not looked at.
    expect(count(codes, status.UNAVAILABLE) + count(codes, status.RESOURCE_EXHAUSTED)).toBeGreaterThan(1000);
    expect(await ask(neighbour, text)).toBe(status.OK);
  });

  test('do not lock out who is known and shares their address, also when its key is looked up again', async () => {
    const { text } = await keys.make([Scope.READ]);
    const neighbour = await known(text);
    const strange = Array.from({ length: 4 }, () => connection());
    const codes: status[] = [];
    // A key is remembered for 4 s.
    for (const end = performance.now() + 5500; performance.now() < end; ) {
      for (const each of strange) for (let call = 0; call < 5; call += 1) void ask(each, wrongKey());
      codes.push(await ask(neighbour, text));
    }
    expect(new Set(codes)).toEqual(new Set([status.OK]));
  });

  test('of one address leave others their budget, and those of all addresses together have one', () => {
    const strangers = new Strangers({ mode: 'auto', strangersPerSecond: 10, strangersPerSecondInAll: 100 });
    const from = (address: string) => ({ peer: `${address}:5`, via: 'grpc' as const });
    for (let call = 0; call < 10; call += 1) strangers.turnedAway(from('10.0.0.1'));
    expect(strangers.allows(from('10.0.0.1'))).toBe(false);
    expect(strangers.allows(from('10.0.0.2'))).toBe(true);
    for (let host = 2; host < 100; host += 1) strangers.turnedAway(from(`10.0.0.${host}`));
    expect(strangers.allows(from('10.0.1.1'))).toBe(false);
  });

  test('open few new connections from an address that is spent', () => {
    const strangers = new Strangers({ mode: 'auto', strangersPerSecond: 1, strangersPerSecondInAll: 100 });
    expect(Array.from({ length: 100 }, () => strangers.admits('10.0.0.1')).every(Boolean)).toBe(true);
    strangers.turnedAway({ peer: '10.0.0.1:5', via: 'grpc' });
    const admitted = Array.from({ length: 100 }, () => strangers.admits('10.0.0.1'));
    expect(admitted.filter(Boolean)).toHaveLength(20);
    expect(strangers.admits('10.0.0.2')).toBe(true);
  });
});

describe('streams that need no key', () => {
  /** The request of a reflection stream: which services are there. */
  const LIST_SERVICES = Buffer.of(0x3a, 0);
  const openers = {
    health: {
      most: 256,
      begin: (client: Client) => client.makeServerStreamRequest(HEALTH_WATCH, asIs, asIs, EMPTY, {}),
    },
    reflection: {
      most: 32,
      begin: (client: Client) => {
        const stream = client.makeBidiStreamRequest(REFLECTION, asIs, asIs, {});
        stream.write(LIST_SERVICES);
        return stream;
      },
    },
  };
  const BEYOND = 28;
  /** Streams of one connection. */
  const TOGETHER = 16;

  // T24: 3,000 were held.
  test.each(Object.entries(openers))(
    'are bounded for an address, and come free: %s',
    async (_what, { most, begin }) => {
      await known((await keys.make([Scope.READ])).text);
      const asked = most + BEYOND;
      const connections = Array.from({ length: Math.ceil(asked / TOGETHER) }, () => connection());
      const open = new Set<number>();
      const refused: status[] = [];
      const streams = Array.from({ length: asked }, (_, index) => {
        const stream = begin(connections[index % connections.length] ?? connection());
        stream.on('data', () => open.add(index));
        stream.on('error', (error: ServiceError) => refused.push(error.code));
        return stream;
      });
      await eventually(() => expect(open.size + refused.length).toBe(asked));
      expect(open.size).toBe(most);
      expect(new Set(refused)).toEqual(new Set([status.RESOURCE_EXHAUSTED]));
      for (const stream of streams) stream.cancel();
      await eventually(async () => {
        const next = begin(connection());
        const first = await new Promise((resolve) => {
          next.once('data', () => resolve('data'));
          next.once('error', () => resolve('refused'));
        });
        next.on('error', () => undefined);
        next.cancel();
        expect(first).toBe('data');
      });
    },
  );
});

describe('keys of one account', () => {
  /** How a watch begins: open, or the code it is refused with. It stays open until the test ends. */
  function watch(apiKey: string, account: string): Promise<'open' | status> {
    const metadata = new Metadata();
    metadata.set('x-api-key', apiKey);
    const request = WatchTradesRequest.fromPartial({ filter: { account }, sendInitialState: true });
    const bytes = Buffer.from(WatchTradesRequest.encode(request).finish());
    const stream = connection().makeServerStreamRequest(WATCH, asIs, asIs, bytes, metadata, {});
    return new Promise((resolve) => {
      stream.once('data', () => resolve('open'));
      stream.on('error', (error: ServiceError) => resolve(error.code));
    });
  }

  // T25: eleven keys of one account had all 1,000 watches, and other accounts none.
  test('have a share of streams together', async () => {
    await known((await keys.make([Scope.READ])).text);
    const begun: ('open' | status)[] = [];
    for (let key = 0; key < 6; key += 1)
      begun.push(await watch((await keys.make([Scope.READ], ['a'])).text, 'a'));
    const refused = status.RESOURCE_EXHAUSTED;
    expect(begun).toEqual(['open', 'open', 'open', 'open', refused, refused]);
    expect(await watch((await keys.make([Scope.READ], ['b'])).text, 'b')).toBe('open');
    expect(await watch((await keys.make([Scope.READ])).text, '')).toBe('open');
  });

  test('have a share of calls together', () => {
    const shares = new Shares(() => 2);
    const [a, ab, every] = [
      { accounts: new Set(['a']) },
      { accounts: new Set(['a', 'b']) },
      { accounts: null },
    ];
    shares.enter(a);
    shares.enter(ab);
    expect(shares.full(a)).toBe('a');
    expect(shares.full(ab)).toBe('a');
    expect(shares.full({ accounts: new Set(['b']) })).toBeUndefined();
    expect(shares.full(every)).toBeUndefined();
    shares.leave(ab);
    expect(shares.full(a)).toBeUndefined();
  });
});
