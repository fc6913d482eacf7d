// The control of every fault test with two servers: without the lock and the fence two leaders write at once, and the
// judge must find it, each time. The servers are the real ones; the guards are taken out of their statements on the way
// to the database, and the order of the writes is given.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type App, startApp } from '../../src/app.js';
import { Direction, DtmsClient } from '../../src/client/index.js';
import { loadConfig } from '../../src/config/config.js';
import { createLogger } from '../../src/observability/logger.js';
import { logFaults, readLog } from '../support/fault-load.js';
import { migratedDatabase, type TestDatabase } from '../support/postgres.js';
import { PostgresProxy } from '../support/postgres-proxy.js';

const TRADE = { account: 'both', ticket: 1n };
const SPEC = {
  ...TRADE,
  symbol: 'EURUSD',
  direction: Direction.BUY,
  entryPrice: 1.1,
  volume: 1,
  stopLoss: 1,
};

/** What keeps two leaders apart, and what stands in its place. */
const GUARDS: readonly (readonly [string, string])[] = [
  ['pg_try_advisory_lock(5274716210412002)', 'true'],
  ['WHERE evaluator_epoch = $1 AND revision = $2', 'WHERE $1::int IS NOT NULL'],
  ['RETURNING revision - $3 AS base', 'RETURNING revision - $3 AS base, $2::bigint AS expected'],
  ['SELECT base, extract', 'SELECT expected AS base, extract'],
  ['AND t.version < x.version', ''],
];

interface Server {
  readonly app: App;
  readonly client: DtmsClient;
  readonly proxy: PostgresProxy;
}

let database: TestDatabase;
const servers: Server[] = [];
const met = new Set<string>();
beforeAll(async () => {
  database = await migratedDatabase();
});
afterAll(async () => {
  for (const { app, client, proxy } of servers) {
    client.close();
    await app.stop();
    await proxy.close();
  }
  await database.drop();
});

function unguarded(text: string): string {
  return GUARDS.reduce((before, [guard, instead]) => {
    if (before.includes(guard)) met.add(guard);
    return before.replace(guard, instead);
  }, text);
}

async function leader(): Promise<DtmsClient> {
  const proxy = await PostgresProxy.open(database.url);
  proxy.rewriting = unguarded;
  const overrides = { grpc: { port: 0 }, http: { port: 0 }, database: { url: proxy.url } };
  const app = await startApp(loadConfig({ env: {}, overrides }), createLogger('silent'));
  await app.leading;
  const client = new DtmsClient({ address: app.grpcAddress });
  servers.push({ app, client, proxy });
  return client;
}

it('is found by the judge of the log, each time', async () => {
  const one = await leader();
  const { revision } = await one.registerTrade({ trade: SPEC });
  const other = await leader();
  // Both know the trade in its first version, and each makes the second of it.
  const answers = [
    await one.updateTrade({ ...TRADE, stopLoss: 1.01 }),
    await other.updateTrade({ ...TRADE, stopLoss: 1.02 }),
  ];
  expect([...met].sort()).toEqual(GUARDS.map(([guard]) => guard).sort());
  const { log } = await readLog(database.url);
  const acknowledged = new Map([
    ['register', revision],
    ...answers.map((each, at) => [`${at}`, each.revision] as const),
  ]);
  const told = { acknowledged, invoked: new Set(['both:1']), seen: [] };
  expect(logFaults(log, told)).toContain('doubled: both:1 has version 2 after 2');
});
