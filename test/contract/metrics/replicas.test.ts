// Two servers on one database: what they show adds up, before and after the lead changes hands.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type App, startApp } from '../../../src/app.js';
import { Direction, DtmsClient } from '../../../src/client/index.js';
import { loadConfig } from '../../../src/config/config.js';
import { createLogger } from '../../../src/observability/logger.js';
import { migratedDatabase, type TestDatabase } from '../../support/postgres.js';
import { readScrape } from '../../support/scrape.js';

let database: TestDatabase;
const running = new Set<App>();
beforeAll(async () => {
  database = await migratedDatabase();
});
afterAll(async () => {
  await Promise.all([...running].map((app) => app.stop()));
  await database.drop();
});

async function start(): Promise<App> {
  const overrides = { grpc: { port: 0 }, http: { port: 0 }, database: { url: database.url } };
  const app = await startApp(loadConfig({ env: {}, overrides }), createLogger('silent'));
  running.add(app);
  return app;
}

async function stop(app: App): Promise<void> {
  running.delete(app);
  await app.stop();
}

async function value(app: App, name: string): Promise<number> {
  const text = await (await fetch(`http://${app.httpAddress}/metrics`)).text();
  const found = readScrape(text, 'prometheus').find((family) => family.name === name);
  return found?.samples.reduce((sum, sample) => sum + sample.value, 0) ?? expect.fail(`no ${name}`);
}

async function register(app: App, ticket: bigint): Promise<void> {
  const client = new DtmsClient({ address: app.grpcAddress });
  const trade = { account: 'demo', symbol: 'EURUSD', direction: Direction.BUY, entryPrice: 1.1, volume: 1 };
  await client.registerTrade({ trade: { ...trade, ticket, openedAt: new Date() } });
  client.close();
}

it('shows trades on the leader only, and counts each change once', async () => {
  const first = await start();
  await first.leading;
  const second = await start();
  await register(first, 1n);
  await register(first, 2n);
  const sum = async (name: string) => (await value(first, name)) + (await value(second, name));
  expect([await value(first, 'dtms_leader'), await value(second, 'dtms_leader')]).toEqual([1, 0]);
  expect(await sum('dtms_active_trades')).toBe(2);
  expect(await sum('dtms_registrations_total')).toBe(2);
  await expect.poll(() => value(second, 'dtms_log_head_revision')).toBe(2);

  await stop(first);
  await second.leading;
  expect(await value(second, 'dtms_leader')).toBe(1);
  expect(await value(second, 'dtms_terms_total')).toBe(1);
  expect(await value(second, 'dtms_active_trades')).toBe(2);
  // What the first one did it does not claim for itself.
  expect(await value(second, 'dtms_registrations_total')).toBe(0);
  await register(second, 3n);
  expect(await value(second, 'dtms_registrations_total')).toBe(1);
  expect(await value(second, 'dtms_active_trades')).toBe(3);
});
