// A server is killed while a bar is half decided: the database holds the transitions of some trades and not of others. The
// next one decides the rest, nothing twice, and the journal makes the log of both again.
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { FeedKind } from '../../gen/ts/dtms/v1/market_data_service.js';
import { Direction } from '../../gen/ts/dtms/v1/types.js';
import { DtmsClient, Timeframe } from '../../src/client/index.js';
import { JournalTable } from '../../src/store/journal.js';
import { wholeEvents } from '../../src/store/whole-events.js';
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
/** The market turns, and what its first bars were held for is confirmed. */
const TURNED = RISE + 8;
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

const HELD = 4711;

/** Lets nothing be written to the log once it is longer than this; what tries to waits. */
async function holdAfter(revision: number): Promise<{ release: () => Promise<void> }> {
  const holder = await pool.connect();
  await holder.query('SELECT pg_advisory_lock($1)', [HELD]);
  await holder.query(`CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF OLD.revision > ${revision} THEN PERFORM pg_advisory_xact_lock(${HELD}); END IF;
    RETURN NEW; END $$`);
  await holder.query('CREATE TRIGGER held BEFORE UPDATE ON log_head FOR EACH ROW EXECUTE FUNCTION held()');
  return {
    release: async () => {
      // What waits would be written after all.
      const waiting = `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = ${HELD} AND NOT granted`;
      await holder.query(waiting);
      await until('nothing waits', async () => (await holder.query(waiting)).rowCount === 0);
      await holder.query('DROP TRIGGER held ON log_head');
      await holder.query('SELECT pg_advisory_unlock($1)', [HELD]);
      holder.release();
    },
  };
}

const headOf = async (): Promise<number> =>
  Number((await pool.query('SELECT revision FROM log_head')).rows[0].revision);

/** The transitions of an account's trades after a revision, by ticket. */
async function transitions(account: string, after: number): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ ticket: string; revision: number; payload: Buffer }>(
    'SELECT ticket, revision::int AS revision, payload FROM events WHERE account = $1 AND revision > $2',
    [account, after],
  );
  const found = new Map<string, number>();
  for (const { ticket, payload } of await wholeEvents(pool, rows)) {
    const { change } = TradeEvent.decode(payload);
    if (change?.$case === 'stateChanged') found.set(ticket, (found.get(ticket) ?? 0) + 1);
  }
  return found;
}

test('the next server decides the rest of the bar, and nothing twice', async () => {
  const client = new DtmsClient({
    address: server.address,
    defaults: { retryMs: 60_000, deadlineMs: 60_000 },
  });
  const push = (feed: string, from: number, count: number) =>
    client.pushMarketData({ feed, items: itemsOf(from, count) });
  // Of another year: on a live feed nothing comes of it.
  for (const feed of ['scout', 'fleet']) await client.upsertFeed({ feed, kind: FeedKind.RECORDED });
  // A scout on another feed sees each bar first, and so tells which one moves the others.
  await push('scout', 0, TURNED);
  await push('fleet', 0, TURNED);
  await client.batchRegisterTrades({ trades: specsOf('scout', 'scout', 1) });
  await client.batchRegisterTrades({ trades: specsOf('fleet', 'fleet', TRADES) });
  let bar = TURNED;
  for (; (await transitions('scout', 0)).size === 0; bar += 1) {
    await push('scout', bar, 1);
    if ((await transitions('scout', 0)).size === 0) await push('fleet', bar, 1);
  }
  const before = Number((await client.getStatus({})).headRevision);

  const { release } = await holdAfter(before);
  const pushing = push('fleet', bar - 1, 1);
  await until('a slice is written', async () => (await headOf()) > before);
  await server.kill();
  await release();
  const decidedFirst = await transitions('fleet', before);
  expect(decidedFirst.size).toBeGreaterThan(0);
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
