// A server is killed while a bar is half decided: the database holds the transitions of some trades and not of others. The
// next one decides the rest, nothing twice, and the journal makes the log of both again.
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { Direction } from '../../gen/ts/dtms/v1/types.js';
import { DtmsClient, Timeframe } from '../../src/client/index.js';
import { JournalTable } from '../../src/store/journal.js';
import { scriptedBars } from '../support/bar-script.js';
import { until } from '../support/eventually.js';
import { recordGolden } from '../support/golden-journal.js';
import { tryJournal } from '../support/journal-law.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';
import { ServerProcess } from '../support/server-process.js';

const TRADES = 300;
const M5 = 300_000;
const START = Date.UTC(2025, 5, 2);
const RISE = 300;
const BARS = scriptedBars(START, 100, [
  { bars: RISE, to: 103, swing: 1.5, period: 36 },
  { bars: 60, to: 90 },
]);
/** Any score below zero is a warning. */
const RULES = { DTMS_RULES_STATES_L1_SCORE: '-0.1' };

let database: TestDatabase;
let server: ServerProcess;
let pool: pg.Pool;
beforeAll(async () => {
  database = await createDatabase();
  server = await ServerProcess.create({ DTMS_DATABASE_URL: database.url, ...RULES });
  pool = new pg.Pool({ connectionString: database.url, max: 2 });
  await server.start();
});
afterAll(async () => {
  await pool.end();
  await server.remove();
  await database.drop();
});

const itemsOf = (from: number, count: number) =>
  BARS.slice(from, from + count).map(({ time, ...prices }) => {
    const value = { symbol: 'BTCUSD', timeframe: Timeframe.M5, openTime: new Date(time), ...prices };
    return { data: { $case: 'bar' as const, value } };
  });

const specsOf = (account: string, feed: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    account,
    ticket: BigInt(index + 1),
    symbol: 'BTCUSD',
    direction: Direction.BUY,
    entryPrice: 103,
    volume: 1,
    stopLoss: 60 + (index % 9),
    openedAt: new Date(START + (RISE - 20) * M5),
    feed,
  }));

/** Waits until the log is longer than this, and lets nothing more be written until it is released. */
async function holdAfter(revision: number): Promise<{ head: number; release: () => Promise<void> }> {
  const client = await pool.connect();
  for (;;) {
    await client.query('BEGIN');
    const { rows } = await client.query('SELECT revision FROM log_head FOR UPDATE');
    const head = Number(rows[0].revision);
    if (head > revision) {
      return {
        head,
        release: async () => {
          await client.query('ROLLBACK');
          client.release();
        },
      };
    }
    await client.query('ROLLBACK');
  }
}

/** The transitions of an account's trades after a revision, by ticket. */
async function transitions(account: string, after: number): Promise<Map<bigint, number>> {
  const { rows } = await pool.query('SELECT payload FROM events WHERE account = $1 AND revision > $2', [
    account,
    after,
  ]);
  const found = new Map<bigint, number>();
  for (const { payload } of rows) {
    const { change, trade } = TradeEvent.decode(payload);
    const ticket = trade?.spec?.ticket ?? 0n;
    if (change?.$case === 'stateChanged') found.set(ticket, (found.get(ticket) ?? 0) + 1);
  }
  return found;
}

test('the next server decides the rest of the bar, and nothing twice', { timeout: 120_000 }, async () => {
  const client = new DtmsClient({
    address: server.address,
    defaults: { retryMs: 60_000, deadlineMs: 60_000 },
  });
  const push = (feed: string, from: number, count: number) =>
    client.pushMarketData({ feed, items: itemsOf(from, count) });
  // A scout on another feed sees each bar first, and so tells which one moves the others.
  await push('scout', 0, RISE);
  await push('fleet', 0, RISE);
  await client.batchRegisterTrades({ trades: specsOf('scout', 'scout', 1) });
  await client.batchRegisterTrades({ trades: specsOf('fleet', 'fleet', TRADES) });
  let bar = RISE;
  for (; (await transitions('scout', 0)).size === 0; bar += 1) {
    await push('scout', bar, 1);
    if ((await transitions('scout', 0)).size === 0) await push('fleet', bar, 1);
  }
  const before = Number((await client.getStatus({})).headRevision);

  const holding = holdAfter(before);
  const pushing = push('fleet', bar - 1, 1);
  const { head, release } = await holding;
  await server.kill();
  await release();
  expect(head - before).toBeGreaterThan(0);
  const decidedFirst = await transitions('fleet', before);
  expect(decidedFirst.size).toBeLessThan(TRADES);

  await server.start();
  await pushing;
  await until('all are decided', async () => (await transitions('fleet', before)).size === TRADES);
  const decided = await transitions('fleet', before);
  expect([...decided.values()].every((times) => times === 1)).toBe(true);
  client.close();

  const journal = new JournalTable(pool);
  const { faults, tried } = await tryJournal(journal);
  await recordGolden('slices', journal);
  expect(faults).toEqual([]);
  expect(tried).toMatchObject({ terms: 2 });
});
