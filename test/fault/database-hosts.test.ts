// One database on two hosts, a primary and a standby that streams from it: the server finds the primary, waits while there
// is none, and follows a failover, under the same epoch where the standby was synchronous.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type App, startApp } from '../../src/app.js';
import { DtmsClient, type WatchMessage } from '../../src/client/index.js';
import { loadConfig } from '../../src/config/config.js';
import { createLogger } from '../../src/observability/logger.js';
import { IS_SYNCHRONOUS } from '../../src/store/succession.js';
import { eventually, until } from '../support/eventually.js';
import { execute } from '../support/postgres.js';
import { type PostgresPair, startPair } from '../support/postgres-pair.js';

let pair: PostgresPair;
const lines: { message: string; [field: string]: unknown }[] = [];
const said = (message: string) => lines.filter((line) => line.message.startsWith(message));

beforeAll(async () => {
  pair = await startPair();
});
afterAll(() => pair.remove());

const start = (signal?: AbortSignal, url = pair.url): Promise<App> =>
  startApp(
    loadConfig({
      env: {},
      overrides: { grpc: { port: 0 }, http: { enabled: false }, database: { url } },
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

/** Whether a connection made now is told so. */
const isSynchronous = async () => (await execute(pair.primary.url, IS_SYNCHRONOUS)).rows[0].synchronous;

/** Waits until the leader has asked again how commits are replicated. */
async function leaderWasTold(): Promise<void> {
  const [{ now }] = (await execute(pair.primary.url, 'SELECT clock_timestamp()::text AS now')).rows;
  const asked = `SELECT FROM pg_stat_activity WHERE application_name LIKE 'dtms-leader%' AND query_start > $1`;
  await until('the leader asked', async () => (await execute(pair.primary.url, asked, [now])).rowCount === 1);
}

/** The revisions of a watch's first events. */
async function seen(messages: AsyncIterable<WatchMessage>, count: number): Promise<bigint[]> {
  const revisions: bigint[] = [];
  for await (const message of messages) {
    if (message.$case === 'events') revisions.push(...message.value.events.map((event) => event.revision));
    if (revisions.length >= count) break;
  }
  return revisions;
}

test('a start waits for a database that is away, says so, and can be given up', async () => {
  await pair.primary.stop();
  const giveUp = new AbortController();
  const given = start(giveUp.signal).catch((error: unknown) => error);
  await eventually(() => expect(said('the database is away')).toHaveLength(1));
  giveUp.abort(new Error('enough'));
  expect(await given).toMatchObject({ message: 'enough' });

  const starting = start();
  await eventually(() => expect(said('the database is away')).toHaveLength(2));
  await pair.primary.start();
  const app = await starting;
  await app.leading;
  // Once, however often it was tried.
  expect(said('the database is away')).toHaveLength(2);
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

    expect(await isSynchronous()).toBe(false);
    await execute(pair.primary.url, `ALTER SYSTEM SET synchronous_standby_names = 'two'`);
    await execute(pair.primary.url, 'SELECT pg_reload_conf()');
    await eventually(async () => expect(await isSynchronous()).toBe(true));
    await execute(pair.primary.url, 'ALTER DATABASE dtms SET synchronous_commit = local');
    expect(await isSynchronous()).toBe(false);
    await execute(pair.primary.url, 'ALTER DATABASE dtms RESET synchronous_commit');

    await leaderWasTold();
    const { revision } = await client.registerTrade(trade(1));
    const { logEpoch } = await client.getStatus({});
    const watched = seen(client.watchTrades({ resumeAfter: { logEpoch, revision: 0n }, retryMs: 60_000 }), 2);
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
    expect((await client.getStatus({})).logEpoch).toBe(logEpoch);
    expect(await watched).toEqual([revision, revision + 1n]);
  } finally {
    client.close();
    await app.stop();
  }
});

test('a server that waits, and the one that led, ask the primary that now is, although the one before still answers', async () => {
  const other = await startPair();
  const apps: App[] = [];
  try {
    apps.push(await start(undefined, other.url));
    await apps[0]?.leading;
    apps.push(await start(undefined, other.url));
    const asks = `SELECT FROM pg_stat_activity WHERE application_name = 'dtms-leader' AND query LIKE '%tried%'`;
    await until('it waits', async () => ((await execute(other.primary.url, asks)).rowCount ?? 0) > 0);
    // What a cluster manager does to a primary that it cannot stop.
    await execute(other.primary.url, 'ALTER SYSTEM SET default_transaction_read_only = on');
    await execute(other.primary.url, 'SELECT pg_reload_conf()');
    await other.promote();
    const led = `SELECT FROM pg_stat_activity WHERE application_name LIKE 'dtms-leader %'`;
    await until('one leads there', async () => ((await execute(other.standby.url, led)).rowCount ?? 0) === 1);
    await until(
      'none leads where it was',
      async () => (await execute(other.primary.url, led)).rowCount === 0,
    );
    const addresses = apps.map(({ grpcAddress }) => grpcAddress);
    const client = new DtmsClient({ address: addresses, defaults: { retryMs: 60_000 } });
    const { revision } = await client.registerTrade(trade(7));
    client.close();
    const { rows } = await execute(other.standby.url, 'SELECT revision FROM log_head');
    expect(BigInt(rows[0].revision)).toBe(revision);
    await until(
      'the other asks there',
      async () => ((await execute(other.standby.url, asks)).rowCount ?? 0) > 0,
    );
  } finally {
    for (const app of apps) await app.stop();
    await other.remove();
  }
});
