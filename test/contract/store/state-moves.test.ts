// The moves between states as the database tells them: the same as a replay of the log, for every account,
// and no further back than the log is known.
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { STATES, type State } from '../../../src/domain/trade/state.js';
import type { Trade } from '../../../src/domain/trade/trade.js';
import { countsAt } from '../../../src/queries/state-history.js';
import type { Leadership, Store } from '../../../src/store/store.js';
import { execute } from '../../support/postgres.js';
import { runs } from '../../support/properties.js';
import { batchOf, makeTrade, moved } from '../../support/stored.js';
import { StoreFixture } from './fixtures.js';

const DAY = 86_400_000;

let fixture: StoreFixture;
let store: Store;
let term: Leadership;
beforeEach(async () => {
  fixture = await StoreFixture.create({ retention: { partitionRevisions: 10 } });
  ({ store, term } = await fixture.lead());
});
afterEach(() => fixture.close());

const trades = new Map<string, Trade>();
beforeEach(() => trades.clear());

/** Commits one event: the trade's registration, or its move to a state (the same one: another change). */
async function step(account: string, ticket: number, to: State): Promise<void> {
  const key = `${account}:${ticket}`;
  const known = trades.get(key);
  if (known?.state === 'CLOSED') return;
  const trade = known === undefined ? makeTrade(ticket, {}, account) : moved(known, to);
  trades.set(key, trade);
  const batch = batchOf([trade]);
  const previousState = known?.state ?? null;
  await term.writer.commit({ ...batch, events: batch.events.map((event) => ({ ...event, previousState })) });
}

interface Row {
  readonly ms: number;
  readonly account: string;
  readonly ticket: string;
  readonly state: State;
}

const log = async (): Promise<Row[]> => {
  const { rows } = await execute(
    fixture.database.url,
    `SELECT extract(epoch FROM recorded_at)::float8 * 1000 AS ms, account, ticket::text AS ticket, state
     FROM events ORDER BY revision`,
  );
  return rows as Row[];
};

/** Numbers of open trades before a moment, by the state each was left in. */
function replayed(rows: readonly Row[], account: string | null, moment: number): number[] {
  const states = new Map<string, State>();
  for (const row of rows) {
    if (row.ms >= moment || (account !== null && row.account !== account)) continue;
    states.set(`${row.account}:${row.ticket}`, row.state);
  }
  return STATES.filter((state) => state !== 'CLOSED').map(
    (state) => [...states.values()].filter((each) => each === state).length,
  );
}

async function told(account: string | null, moments: readonly number[]): Promise<[number, number[]][]> {
  const points = countsAt(moments, await store.readStateMoves(account, moments));
  return points.map(({ at, trades }) => [at, [...trades.values()]]);
}

test('going back tells what a replay tells, of all and of one account', async () => {
  const account = fc.constantFrom('a', 'b');
  const steps = fc.array(fc.tuple(account, fc.integer({ min: 1, max: 4 }), fc.constantFrom(...STATES)), {
    minLength: 1,
    maxLength: 25,
  });
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 7 }), async (course, distance) => {
      for (const [name, ticket, to] of course) await step(name, ticket, to);
      const rows = await log();
      const [first, last] = [Math.floor(rows[0]?.ms ?? 0), Math.ceil(rows.at(-1)?.ms ?? 0)];
      const length = Math.min(1000, Math.ceil((last - first) / distance) + 3);
      const moments = Array.from({ length }, (_, index) => last + 1 - (length - 1 - index) * distance);
      for (const of of [null, 'a', 'b', 'nobody']) {
        expect(await told(of, moments)).toEqual(
          moments.map((moment) => [moment, replayed(rows, of, moment)]),
        );
      }
    }),
    { numRuns: runs(6) },
  );
});

test('what was compacted, and what an older program wrote, is not told', async () => {
  for (let ticket = 1; ticket <= 15; ticket += 1) await step('a', ticket, 'HEALTHY');
  for (let ticket = 1; ticket <= 10; ticket += 1) await step('a', ticket, 'WARNING_L1');
  const now = Date.now();
  const moments = Array.from({ length: 40 }, (_, index) => now - (39 - index) * DAY);
  expect(await told(null, moments)).toHaveLength(40);

  await execute(
    fixture.database.url,
    `SET session_replication_role = replica;
     UPDATE events SET recorded_at = now() - (36 - revision) * interval '1 day'`,
  );
  expect(await store.compact()).toBe(0);
  await execute(
    fixture.database.url,
    `SET session_replication_role = replica;
     UPDATE events SET recorded_at = now() - (46 - revision) * interval '1 day'`,
  );
  expect(await store.compact()).toBe(10);
  const rows = await log();
  const kept = await told(null, moments);
  // Revision 11 is 35 days old: the 36 moments since then, the present among them, and none before.
  expect(kept.map(([moment]) => moment)).toEqual(moments.filter((moment) => moment > (rows[0]?.ms ?? 0)));
  expect(kept.length).toBeGreaterThan(30);
  const gone = 10;
  for (const [moment, [healthy = 0, warned = 0]] of kept) {
    const then = rows.filter(({ ms }) => ms < moment);
    expect(healthy + warned).toBe(gone + then.filter(({ state }) => state === 'HEALTHY').length);
    expect(warned).toBe(then.filter(({ state }) => state === 'WARNING_L1').length);
  }

  await execute(
    fixture.database.url,
    'SET session_replication_role = replica; UPDATE events SET previous_state = NULL WHERE revision = 20',
  );
  const unknown = rows[20 - 11]?.ms ?? 0;
  expect((await told(null, moments)).map(([moment]) => moment)).toEqual(
    moments.filter((moment) => moment > unknown),
  );
});
