// A standby has the state of the log by what each commit changed: the same as one that restores all of it, and
// as the leader.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Rules } from '../../../src/domain/rules.js';
import { reconcileAccount } from '../../../src/engine/reconcile.js';
import { Replica } from '../../../src/engine/replica.js';
import {
  contentsOf,
  type DigestedState,
  differing,
  digestsOf,
  STATE_KINDS,
  type StateDigests,
} from '../../../src/engine/state-digest.js';
import type { StateWindow } from '../../../src/engine/state-window.js';
import { Term } from '../../../src/engine/term.js';
import { Store } from '../../../src/store/store.js';
import { positionOf, snapshotOf, TAKEN } from '../../support/broker-snapshots.js';
import { LIVELY, moments, TICKETS } from '../../support/engine-course.js';
import { execute, migratedDatabase, type TestDatabase } from '../../support/postgres.js';
import { runs } from '../../support/properties.js';
import { MONDAY } from '../../support/synthetic-market.js';
import { specOf, T0, TERMS } from '../../support/trades.js';
import { SILENT, testConfig } from './fixtures.js';

const RULES: Rules = { ...LIVELY, symbols: testConfig().rules.symbols };
const MOMENTS = 70;
const M5 = 300_000;
const SETTINGS = { rules: RULES, processClock: () => MONDAY, journal: 'kept' } as const;
const NO_LISTENER = {
  restored: () => undefined,
  planned: () => undefined,
  advanced: () => undefined,
  written: () => undefined,
  ended: () => undefined,
};

let database: TestDatabase;
let store: Store;
let term: Term;
let release: () => Promise<void>;

async function lead(warm?: Replica): Promise<void> {
  const leadership = await store.lead({ onLost: () => undefined, signal: AbortSignal.timeout(30_000) });
  release = () => leadership.release();
  term = await Term.begin(store, leadership, SETTINGS, NO_LISTENER, warm);
}

beforeAll(async () => {
  database = await migratedDatabase();
  store = await Store.open(database.url, { ...testConfig(), rules: RULES }, SILENT);
  await lead();
});
afterAll(async () => {
  await release();
  await store.close();
  await database.drop();
});

/** Leads on a database in which nothing is. */
async function anew(): Promise<void> {
  await release();
  await execute(
    database.url,
    'TRUNCATE trades, actions, market_views, bars, instruments, feeds, accounts, news_events, commits, engine_settings',
  );
  await lead();
}

const restored = (): Promise<Replica> => store.readState((reading) => Replica.restore(reading, SETTINGS));

async function caughtUp(replica: Replica): Promise<void> {
  const delta = await store.readDelta(replica.place);
  if (delta === undefined) throw new Error('the replica cannot be moved on');
  replica.apply(delta);
}

/** By kind, what is not the same in both. */
async function differences(one: DigestedState, other: DigestedState): Promise<Record<string, string[]>> {
  return differingIn(await digestsOf(contentsOf(one, MONDAY)), await digestsOf(contentsOf(other, MONDAY)));
}

function differingIn(ours: StateDigests, theirs: StateDigests): Record<string, string[]> {
  const found = STATE_KINDS.map((kind) => [kind, differing(ours[kind], theirs[kind])] as const);
  return Object.fromEntries(found.filter(([, names]) => names.length > 0));
}

/** What happens beside trades and the one market. */
const aside = fc.oneof(
  fc.record({ what: fc.constant('terms' as const), account: fc.constantFrom('demo', 'odd, name') }),
  fc.record({ what: fc.constant('noTerms' as const), account: fc.constantFrom('demo', 'odd, name') }),
  fc.record({ what: fc.constant('news' as const), id: fc.constantFrom('one', 'two'), hours: fc.nat(9) }),
  fc.record({ what: fc.constant('noNews' as const), id: fc.constantFrom('one', 'two') }),
  fc.record({
    what: fc.constant('feed' as const),
    name: fc.constantFrom('a', 'b'),
    of: fc.constantFrom('a', 'b'),
  }),
  fc.record({ what: fc.constant('noFeed' as const), name: fc.constantFrom('a', 'b') }),
  fc.record({ what: fc.constant('account' as const), account: fc.constantFrom('demo', 'netting', 'third') }),
  fc.record({ what: fc.constant('caps' as const), most: fc.nat(9) }),
  fc.record({ what: fc.constant('snapshot' as const), odd: fc.uniqueArray(fc.integer({ min: 0, max: 9 })) }),
  fc.record({
    what: fc.constant('flag' as const),
    account: fc.constantFrom('', 'demo'),
    value: fc.boolean(),
  }),
  fc.record({ what: fc.constant('noFlags' as const) }),
  fc.record({ what: fc.constant('forget' as const), feed: fc.constantFrom('default', 'a') }),
  fc.record({ what: fc.constant('forget' as const), feed: fc.constant('default' as const) }),
  fc.record({
    what: fc.constant('quote' as const),
    feed: fc.constantFrom('a', 'b'),
    bid: fc.integer({ min: 1, max: 99 }),
  }),
);
type Aside = typeof aside extends fc.Arbitrary<infer T> ? T : never;

const ODD = { symbol: 'X', direction: null, volume: 0, note: 'volume must be above 0' };

const HAPPENINGS: {
  readonly [What in Aside['what']]: (step: Extract<Aside, { what: What }>, at: number) => unknown;
} = {
  terms: ({ account }, at) =>
    term.record({ instruments: kept({ ...TERMS, account, digits: (at / M5) % 5 }) }),
  noTerms: ({ account }) =>
    term.record({ endedInstruments: term.engine.reference.deleteInstruments(account, [TERMS.symbol]) }),
  news: ({ id, hours }, at) => {
    const time = at + hours * 3_600_000;
    const event = { eventId: id, currency: 'USD', time, impact: 'HIGH', title: '' } as const;
    return term.engine.upsertNews(event) && term.record({ news: [event] });
  },
  noNews: ({ id }) => term.record({ endedNews: term.engine.reference.deleteNews([id], null) }),
  feed: ({ name, of }) =>
    term.engine.feeds.put({ ...term.engine.feeds.of(name), accounts: ['demo'], confirmedBy: of }),
  noFeed: ({ name }) => term.engine.feeds.delete(name),
  account: ({ account }, at) =>
    term.engine.accounts.setTradingState(account, { state: 'ACTIVE', by: 'test', reason: '', at }),
  caps: ({ most }) => term.engine.accounts.setCaps('demo', { volume: most }),
  // Positions that cannot be read are nobody's.
  snapshot: ({ odd }, at) => {
    const unreadable = odd.map((id) => ({ ...ODD, identifier: BigInt(id) }));
    const snapshot = snapshotOf([], { takenAt: at, complete: false, unreadable });
    reconcileAccount(
      term.engine,
      'third',
      snapshot,
      { asked: new Set(), settled: new Map(), openers: new Map() },
      at,
    );
  },
  flag: ({ account, value }, at) =>
    term.engine.flags.set({
      ...{ flag: 'action.RE_ADD', value, account, symbol: '', percent: 100 },
      ...{ by: 'test', reason: '', at, endsAt: null },
    }),
  noFlags: () => term.engine.flags.clear('action.RE_ADD', null),
  forget: ({ feed }) => term.engine.forget(feed, null),
  quote: ({ feed, bid }, at) =>
    term.engine.apply(feed, { kind: 'quote', symbol: 'EURUSDc', quote: { time: at, bid, ask: bid } }, at),
};

function happen<What extends Aside['what']>(step: Extract<Aside, { what: What }>, moment: number): void {
  HAPPENINGS[step.what as What](step, MONDAY + moment * M5);
}

function kept(terms: typeof TERMS): (typeof TERMS)[] {
  return term.engine.upsertInstrument(terms) ? [terms] : [];
}

const course = fc.record({
  seed: fc.nat(100_000),
  /** By moment. */
  asides: fc.array(fc.tuple(fc.nat(MOMENTS), aside), { minLength: 10, maxLength: 40 }),
  /** How many moments go into one commit, and how many commits into one look. */
  commitEvery: fc.integer({ min: 1, max: 5 }),
  lookEvery: fc.integer({ min: 1, max: 3 }),
  /** Whether the lead changes at the end. */
  changes: fc.boolean(),
});

/** What a window of the leader says of the commit that a replica is at is what the replica holds. */
async function expectAsSeen(window: StateWindow, replica: Replica): Promise<void> {
  const seen = await window.digestsAt(replica.place.commit);
  if (seen === undefined) throw new Error('the window does not reach the commit');
  expect(differingIn(seen, await digestsOf(contentsOf(replica, window.now)))).toEqual({});
}

test('law: a replica moved on by commits is as one restored, and as the leader, then and at each commit', async () => {
  await fc.assert(
    fc.asyncProperty(course, async ({ seed, asides, commitEvery, lookEvery, changes }) => {
      await anew();
      const replica = await restored();
      const window = await term.openWindow();
      const tickets = Array.from({ length: TICKETS }, (_, index) => index + 1);
      for (const moment of moments(() => term.engine, seed, MOMENTS, tickets)) {
        for (const [when, step] of asides) if (when === moment) happen(step, moment);
        if (moment % commitEvery !== 0) continue;
        await term.record().durable;
        if (moment % (commitEvery * lookEvery) !== 0) continue;
        // The leader is some commits further by now.
        await expectAsSeen(window, replica);
        await caughtUp(replica);
      }
      await term.record().durable;
      await caughtUp(replica);
      const fresh = await restored();
      expect(replica.place).toEqual(fresh.place);
      expect(await differences(replica, fresh)).toEqual({});
      expect(await differences(replica, term)).toEqual({});
      expect(new Map(replica.maximumTickets)).toEqual(new Map(fresh.maximumTickets));
      if (!changes) return;
      await release();
      await lead(replica);
      expect(await differences(term, fresh)).toEqual({});
    }),
    { numRuns: runs(5), endOnFailure: true },
  );
});

test('a trade that was over and goes on is registered when it was, in the memory of whoever leads as in the store', async () => {
  await anew();
  for (const ticket of [1n, 2n]) {
    term.engine.register(specOf({ account: 'back', ticket }), T0);
    await term.record().durable;
  }
  const [first] = [...term.trades.entries()].map(([, durable]) => durable);
  if (first === undefined) throw new Error('there is no trade');
  term.engine.close(first.trade.spec, 'BROKER_GONE', null, T0 + M5);
  await term.record().durable;
  expect([...term.trades.entries()].map(([, durable]) => durable)).toHaveLength(1);
  // As a command does that finds its position at the broker after all.
  const [over] = await term.findAll([first.trade.spec]);
  const settled = new Map(over === undefined ? [] : [[1n, over.trade]]);
  const snapshot = snapshotOf([positionOf(first.trade)]);
  const findings = { asked: new Set([1n]), settled, openers: new Map() };
  reconcileAccount(term.engine, 'back', snapshot, findings, TAKEN);
  await term.record().durable;
  const replica = await restored();
  const { registeredRevision: began } = first;
  const listed = [...term.list({ account: 'back', symbols: [], states: [], tickets: [] }, 0, 9)];
  expect(listed.map(({ trade, registeredRevision }) => [trade.spec.ticket, registeredRevision])).toEqual([
    [1n, began],
    [2n, began + 1],
  ]);
  expect(await differences(replica, term)).toEqual({});
});

test('of a commit whose record is gone, or of another history, nothing is told', async () => {
  const { place } = await restored();
  term.engine.register(specOf({ account: 'gap', ticket: 1n }), MONDAY);
  await term.record().durable;
  expect((await store.readDelta(place))?.trades).toHaveLength(1);
  expect(await store.readDelta({ ...place, history: 'another' })).toBeUndefined();
  expect(await store.readDelta({ ...place, commit: place.commit + 2 })).toBeUndefined();
  await execute(database.url, `DELETE FROM commits WHERE number = ${place.commit + 1}`);
  expect(await store.readDelta(place)).toBeUndefined();
});

test('what a program writes that records no commits is a gap for whoever follows the next one', async () => {
  const { place } = await restored();
  await release();
  // As such a program takes the lead.
  await execute(database.url, 'UPDATE log_head SET evaluator_epoch = evaluator_epoch + 1');
  expect(await store.stateHead()).toMatchObject({ recorded: false });
  expect(await store.readDelta(place)).toBeUndefined();
  await lead();
  expect(await store.stateHead()).toMatchObject({ recorded: true });
  expect(await store.readDelta(place)).toBeUndefined();
});

test('who waits for a commit that never follows is told why, and so is whoever comes after', async () => {
  await anew();
  term.engine.register(specOf({ account: 'waited', ticket: 1n }), T0);
  const refused = term.record().durable.catch((error: unknown) => error);
  const waiting = term.openWindow();
  const why = new Error('the term is over');
  term.end(why);
  await expect(waiting).rejects.toBe(why);
  expect(await refused).toBe(why);
  await expect(term.openWindow()).rejects.toBe(why);
  await release();
  await lead();
});
