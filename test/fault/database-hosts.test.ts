// One database on two hosts, a primary and a standby that streams from it: the server finds the primary, waits while there
// is none, and follows a failover.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type App, startApp } from '../../src/app.js';
import { DtmsClient } from '../../src/client/index.js';
import { loadConfig } from '../../src/config/config.js';
import { createLogger } from '../../src/observability/logger.js';
import { eventually } from '../support/eventually.js';
import { execute } from '../support/postgres.js';
import { type PostgresPair, startPair } from '../support/postgres-pair.js';

let pair: PostgresPair;
const lines: { message: string; [field: string]: unknown }[] = [];
const said = (message: string) => lines.filter((line) => line.message.startsWith(message));

beforeAll(async () => {
  pair = await startPair();
});
afterAll(() => pair.remove());

const start = (signal?: AbortSignal): Promise<App> =>
  startApp(
    loadConfig({
      env: {},
      overrides: { grpc: { port: 0 }, http: { enabled: false }, database: { url: pair.url } },
    }),
    createLogger('info', { write: (line: string) => lines.push(JSON.parse(line)) }),
    signal === undefined ? {} : { signal },
  );

const trade = (ticket: number) => ({
  trade: {
    account: 'demo',
    ticket,
    symbol: 'XAUUSD',
    direction: 1,
    entryPrice: 2650,
    volume: 1,
    stopLoss: 2640,
  },
});

test('a start waits for a database that is away, says so, and can be given up', async () => {
  await pair.primary.stop();
  const giveUp = new AbortController();
  const given = start(giveUp.signal).catch((error: unknown) => error);
  await eventually(() => expect(said('the database is away')).toHaveLength(1));
  giveUp.abort(new Error('enough'));
  expect(await given).toMatchObject({ message: 'enough' });

  const starting = start();
  await sleep(1_500);
  expect(said('the database is away')).toHaveLength(2);
  await pair.primary.start();
  const app = await starting;
  await app.leading;
  await app.stop();
});

test('it works on the primary, says what that is, and goes on at the standby that becomes one', async () => {
  await eventually(async () => {
    const { rows } = await execute(pair.primary.url, 'SELECT FROM pg_stat_replication');
    expect(rows).toHaveLength(1);
  });
  lines.length = 0;
  const app = await start();
  const client = new DtmsClient({ address: app.grpcAddress, defaults: { retryMs: 60_000 } });
  try {
    await app.leading;
    expect(said('connected to the database')[0]).toMatchObject({
      place: `127.0.0.1:${pair.primary.port}`,
      timeline: 1,
      replication: 'asynchronous',
      standbys: [{ name: 'two', state: 'async' }],
    });
    expect(said('replication is asynchronous')).toHaveLength(1);

    const { revision } = await client.registerTrade(trade(1));
    await eventually(async () => {
      const { rows } = await execute(pair.standby.url, 'SELECT revision FROM log_head');
      expect(BigInt(rows[0].revision)).toBe(revision);
    });
    await pair.primary.stop('SIGQUIT');
    await pair.promote();

    const { alreadyRegistered } = await client.registerTrade(trade(1));
    expect(alreadyRegistered).toBe(true);
    const { trades } = await client.listTrades({}, { retryMs: 60_000 });
    expect(trades.map(({ ticket }) => ticket)).toEqual([1n]);
    expect((await client.registerTrade(trade(2))).revision).toBe(revision + 1n);
  } finally {
    client.close();
    await app.stop();
  }
});
