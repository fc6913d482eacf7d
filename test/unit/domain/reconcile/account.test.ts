// A whole account against a snapshot, in a real engine: what belongs to no trade, what belongs to trades
// that are over, and the laws of reconciling.
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { BrokerPosition, BrokerSnapshot } from '../../../../src/domain/broker.js';
import { DEFAULT_RULES, type Rules } from '../../../../src/domain/rules.js';
import type { Action, Trade, TradeEvent } from '../../../../src/domain/types.js';
import { Engine } from '../../../../src/engine/engine.js';
import {
  type Findings,
  questionsOf,
  type ReconcileReport,
  reconcileAccount,
} from '../../../../src/engine/reconcile.js';
import {
  actionOf,
  commentOf,
  dealOf,
  inDoubt,
  legOf,
  positionOf,
  snapshotOf,
  TAKEN,
} from '../../../support/broker-snapshots.js';
import { MINUTE, specOf, T0, tradeOf } from '../../../support/trades.js';

const HEDGE = { ticket: 50n, volume: 1, entryPrice: 94, stopLoss: 100 };
const LATER = TAKEN + 30_000;

let engine: Engine;
beforeEach(() => {
  engine = new Engine(DEFAULT_RULES);
});

/** Reconciles with everything asked that there is to ask. */
function reconcile(
  snapshot: BrokerSnapshot,
  {
    settled = [],
    openers = [],
  }: { settled?: readonly Trade[]; openers?: Findings['openers'] | readonly [] } = {},
): ReconcileReport {
  const findings: Findings = {
    asked: new Set(questionsOf(engine, 'demo', snapshot).identifiers),
    settled: new Map(settled.map((trade) => [trade.spec.ticket, trade])),
    openers: new Map(openers),
  };
  return reconcileAccount(engine, 'demo', snapshot, findings, snapshot.takenAt);
}

function restored(...trades: readonly Trade[]): void {
  for (const trade of trades) engine.restoreTrade(trade);
}

const known = (ticket: bigint): Trade => {
  const trade = engine.get('demo', ticket);
  if (trade === undefined) throw new Error(`no trade ${ticket}`);
  return trade;
};
const stranger = (more: Partial<BrokerPosition> = {}): BrokerPosition =>
  positionOf(tradeOf(), { identifier: 7n, ticket: 7n, ...more });

describe('a position only the broker knows', () => {
  test('becomes an EXTERNAL trade, with its stop as the initial one', () => {
    const report = reconcile(snapshotOf([stranger({ ticket: 8n, takeProfit: 120, magicNumber: 9n })]));
    expect(report).toMatchObject({ registered: [7n], drifts: [], probe: [] });
    expect(known(7n)).toMatchObject({
      origin: 'EXTERNAL',
      state: 'HEALTHY',
      risk: 10,
      stopLoss: 90,
      takeProfit: 120,
      positionTicket: 8n,
      openedAt: T0,
      spec: { feed: 'default', magicNumber: 9n, account: 'demo' },
    });
    expect(reconcile(snapshotOf([stranger({ ticket: 8n, takeProfit: 120 })])).registered).toEqual([]);
  });

  test('whose stop has moved past the entry says nothing of its risk', () => {
    reconcile(snapshotOf([stranger({ stopLoss: 105, takeProfit: 95 })]));
    expect(known(7n)).toMatchObject({ risk: null, stopLoss: 105, takeProfit: 95 });
  });

  test('is watched by the feed of other trades of its symbol', () => {
    restored(tradeOf({}, { feed: 'mt5' }));
    reconcile(snapshotOf([positionOf(known(1n)), stranger()]));
    expect(known(7n).spec.feed).toBe('mt5');
  });

  test('is left alone when so configured', () => {
    const reconciliation = { ...DEFAULT_RULES.reconciliation, registerExternal: false };
    const rules: Rules = { ...DEFAULT_RULES, reconciliation };
    engine = new Engine(rules);
    expect(reconcile(snapshotOf([stranger()])).registered).toEqual([]);
  });

  test('that nobody asked the store about waits for the next snapshot', () => {
    const nothing: Findings = { asked: new Set(), settled: new Map(), openers: new Map() };
    reconcileAccount(engine, 'demo', snapshotOf([stranger()]), nothing, TAKEN);
    expect(engine.get('demo', 7n)).toBeUndefined();
  });

  test('of a partial query is there, too', () => {
    expect(reconcile(snapshotOf([stranger()], { complete: false })).registered).toEqual([7n]);
  });

  test('that a close opened by mistake is registered on its own', () => {
    const comment = commentOf('CLOSE_ALL');
    const openers = [[comment, { ticket: 1n, type: 'CLOSE_ALL' }]] as const;
    reconcile(snapshotOf([stranger({ comment })]), { openers: new Map(openers) });
    expect(known(7n)).toMatchObject({ origin: 'EXTERNAL', parentTicket: null });
  });
});

describe('a position that a re-add opened', () => {
  const added = { comment: commentOf('RE_ADD'), volume: 0.5 };
  const withAction = (action: Action) => restored(tradeOf({ actions: [action], closedVolume: 0.5 }));
  const snapshot = () => snapshotOf([positionOf(known(1n)), stranger(added)]);

  test('in doubt is settled, and is a trade of its own', () => {
    withAction(inDoubt('RE_ADD', { volume: 0.5 }));
    const report = reconcile(snapshot());
    expect(report.settledActionIds).toEqual(['demo:1:2:RE_ADD']);
    expect(known(7n)).toMatchObject({ origin: 'RE_ADD', parentTicket: 1n, volume: 0.5 });
    expect(known(1n)).toMatchObject({ volume: 1, closedVolume: 0, actions: [] });
  });

  test('waits for the report while it is executing', () => {
    withAction(actionOf('RE_ADD', { status: 'EXECUTING', attempts: 1, begunAt: TAKEN, volume: 0.5 }));
    expect(reconcile(snapshot()).registered).toEqual([]);
  });

  test('and whose action is settled is known from the store', () => {
    restored(tradeOf());
    const openers = new Map([[added.comment, { ticket: 1n, type: 'RE_ADD' }] as const]);
    expect(reconcile(snapshot(), { openers }).registered).toEqual([7n]);
    expect(known(7n)).toMatchObject({ origin: 'RE_ADD', parentTicket: 1n });
  });
});

describe('a trade that is over', () => {
  const over = tradeOf({ state: 'CLOSED', closedAt: TAKEN - MINUTE, closeReason: 'REQUESTED' });

  test('and whose position is open is a drift, not a new trade', () => {
    const report = reconcile(snapshotOf([positionOf(over)]), { settled: [over] });
    expect(report).toMatchObject({ registered: [], drifts: [{ ticket: 1n, drift: 'CLOSED_BUT_OPEN' }] });
    expect(engine.get('demo', 1n)).toBeUndefined();
  });

  test('and was closed in defence is closed again', () => {
    const defensive: Trade = { ...over, closeReason: 'DEFENSIVE' };
    reconcile(snapshotOf([positionOf(over)]), { settled: [defensive] });
    expect(known(1n).actions).toMatchObject([{ type: 'CLOSE_ALL' }]);
    expect(reconcile(snapshotOf([positionOf(over)])).drifts).toEqual([]);
  });

  test('and was closed after the snapshot was taken is no drift', () => {
    const report = reconcile(snapshotOf([positionOf(over)]), { settled: [{ ...over, closedAt: TAKEN }] });
    expect(report.drifts).toEqual([]);
  });

  const comment = commentOf('OPEN_HEDGE');
  const openers = new Map([[comment, { ticket: 1n, type: 'OPEN_HEDGE' }] as const]);

  test('and left an orphan: its hedge is closed', () => {
    const snapshot = snapshotOf([legOf(over, HEDGE, { comment })]);
    const report = reconcile(snapshot, { settled: [over], openers });
    expect(report.drifts).toMatchObject([{ ticket: 1n, drift: 'HEDGE_FOUND' }]);
    expect(known(1n)).toMatchObject({ state: 'CLOSED', hedge: HEDGE, actions: [{ type: 'CLOSE_HEDGE' }] });
    expect(reconcile(snapshot, { openers }).drifts).toEqual([]);
  });

  test('and whose hedge the broker would not close is told each time, not tried forever', () => {
    const deadLetters = [actionOf('CLOSE_HEDGE', { status: 'DEAD' })];
    const given: Trade = { ...over, hedge: HEDGE, deadLetters };
    const report = reconcile(snapshotOf([legOf(over, HEDGE, { comment })]), { settled: [given], openers });
    expect(report).toMatchObject({ drifts: [{ drift: 'HEDGE_FOUND' }], registered: [] });
    expect(engine.get('demo', 1n)).toBeUndefined();
  });

  test('a leg found by the store alone becomes the hedge of an active trade', () => {
    restored(tradeOf({ state: 'HEDGED' }));
    const snapshot = snapshotOf([positionOf(known(1n)), legOf(known(1n), HEDGE, { comment })]);
    reconcile(snapshot, { openers });
    expect(known(1n).hedge).toEqual(HEDGE);
  });

  test('a second leg is told, and not registered as a trade', () => {
    restored(tradeOf({ state: 'HEDGED', hedge: HEDGE }));
    const second = legOf(known(1n), HEDGE, { identifier: 51n, ticket: 51n, comment });
    const snapshot = snapshotOf([positionOf(known(1n)), legOf(known(1n), HEDGE), second]);
    expect(reconcile(snapshot, { openers })).toMatchObject({
      drifts: [{ drift: 'HEDGE_FOUND' }],
      registered: [],
    });
  });
});

describe('the report', () => {
  test('names what to probe until it is found or gone, legs too', () => {
    restored(tradeOf(), tradeOf({ state: 'HEDGED', hedge: HEDGE }, { ticket: 2n }));
    const first = reconcile(snapshotOf([positionOf(known(2n))]));
    expect(first).toMatchObject({ probe: [1n, 50n], closed: [] });
    const partial = reconcile(snapshotOf([], { takenAt: LATER, complete: false }));
    expect(partial.probe).toEqual([1n, 50n]);
    const last = reconcile(snapshotOf([positionOf(known(2n))], { takenAt: LATER }));
    expect(last).toMatchObject({ probe: [], closed: [1n] });
  });

  test('remembers when positions were reconciled', () => {
    reconcile(snapshotOf([]));
    reconcile(snapshotOf([], { takenAt: LATER, complete: false }));
    expect(engine.accounts.get('demo')).toMatchObject({ snapshotAt: LATER, reconciledAt: TAKEN });
  });

  test("another account's trades are not looked at", () => {
    restored(tradeOf({}, { account: 'other' }));
    reconcile(snapshotOf([]));
    reconcile(snapshotOf([], { takenAt: LATER }));
    expect(engine.get('other', 1n)).toMatchObject({ state: 'HEALTHY', missingSince: null });
  });

  test('three stops found by reconciling limit the account', () => {
    restored(...[1n, 2n, 3n].map((ticket) => tradeOf({}, { ticket })));
    const deals = [1n, 2n, 3n].map((positionIdentifier) =>
      dealOf({ positionIdentifier, reason: 'STOP_LOSS' }),
    );
    expect(reconcile(snapshotOf([], { deals })).closed).toEqual([1n, 2n, 3n]);
    expect(engine.accounts.rulesOf('demo', TAKEN).tradingState).toBe('REDUCING');
  });
});

describe('laws', () => {
  const price = fc.integer({ min: 1, max: 99 });
  const volume = fc.integer({ min: 1, max: 300 }).map((steps) => steps / 100);
  const maybe = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: null });
  const side = fc.record({ volume, stopLoss: maybe(price), takeProfit: maybe(price.map((p) => 100 + p)) });
  const leg = fc.record({ volume, entryPrice: price, stopLoss: maybe(price) });
  const deal = fc.record({
    entry: fc.constantFrom('IN' as const, 'OUT' as const),
    reason: fc.constantFrom('CLIENT' as const, 'STOP_LOSS' as const, 'TAKE_PROFIT' as const),
    volume,
    minutesAgo: fc.integer({ min: 1, max: 60 }),
    tag: fc.constantFrom('', commentOf('PARTIAL_CLOSE')),
  });
  const type = fc.constantFrom('PARTIAL_CLOSE' as const, 'TIGHTEN_SL' as const, 'OPEN_HEDGE' as const);
  const status = fc.constantFrom('PENDING' as const, 'EXECUTING' as const, 'IN_DOUBT' as const);
  /** One ticket: what DTMS has of it, what the broker has, and what happened to it. */
  const ticket = fc.record({
    ours: maybe(side),
    theirs: maybe(side),
    ourLeg: maybe(leg),
    theirLeg: maybe(leg),
    state: fc.constantFrom('HEALTHY' as const, 'HEDGED' as const, 'WARNING_L2' as const),
    deals: fc.array(deal, { maxLength: 2 }),
    action: maybe(fc.record({ type, status, agoMs: fc.integer({ min: 0, max: 10 * MINUTE }) })),
  });
  type Ticket = typeof ticket extends fc.Arbitrary<infer T> ? T : never;
  const tickets = fc.array(ticket, { minLength: 1, maxLength: 5 });

  const hedgeTicket = (id: bigint) => 1000n + id;

  function setUp(world: readonly Ticket[]): BrokerSnapshot {
    engine = new Engine(DEFAULT_RULES);
    const positions: BrokerPosition[] = [];
    const deals = world.flatMap(({ deals: some }, index) =>
      some.map(({ minutesAgo, tag, ...rest }, i) =>
        dealOf({
          ...rest,
          deal: BigInt(index * 10 + i + 1),
          positionIdentifier: BigInt(index + 1),
          comment: tag,
          time: TAKEN - minutesAgo * MINUTE,
        }),
      ),
    );
    for (const [index, { ours, theirs, ourLeg, theirLeg, state, action }] of world.entries()) {
      const id = BigInt(index + 1);
      const spec = specOf({ ticket: id, stopLoss: 50 });
      const open = tradeOf({ state }, spec);
      if (ours !== null) {
        const hedge = ourLeg === null ? null : { ...ourLeg, ticket: hedgeTicket(id) };
        const actions = action === null ? [] : [actionIn(action, id)];
        restored({ ...open, ...ours, hedge, actions });
      }
      if (theirs !== null) positions.push(positionOf(open, theirs));
      if (theirLeg !== null && ours !== null && ourLeg !== null) {
        positions.push(legOf(open, { ...theirLeg, ticket: hedgeTicket(id) }));
      }
    }
    return snapshotOf(positions, { deals });
  }

  function actionIn({ type: of, status: is, agoMs }: NonNullable<Ticket['action']>, id: bigint): Action {
    const touched = is === 'PENDING' ? {} : { status: is, attempts: 1, begunAt: TAKEN - agoMs };
    const actionId = `demo:${id}:2:${of}`;
    return actionOf(of, { actionId, volume: 0.5, stopLoss: of === 'TIGHTEN_SL' ? 95 : null, ...touched });
  }

  const eventsOf = (): readonly TradeEvent[] => engine.drain().events;

  test('a failed or partial query never closes anything', () => {
    let missing = 0;
    fc.assert(
      fc.property(tickets, fc.boolean(), (world, probed) => {
        // Without fills of DTMS's own orders: those prove an end, and nothing here is to be proved.
        const snapshot = setUp(
          world.map((each) => ({ ...each, deals: each.deals.map((some) => ({ ...some, tag: '' })) })),
        );
        if (probed) reconcile(snapshotOf([], { takenAt: TAKEN - 1 }));
        const open = [...engine.tradesOf('demo')].map(({ spec }) => spec.ticket);
        eventsOf();
        const report = reconcile({ ...snapshot, positions: snapshot.positions.slice(1), complete: false });
        missing += report.probe.length;
        expect(report.closed).toEqual([]);
        for (const id of open) expect(known(id).state).not.toBe('CLOSED');
        const gone = eventsOf().filter(
          ({ trade, change }) => change.kind === 'reconciled' && trade.hedge === null,
        );
        expect(
          gone.filter(({ change }) => change.kind === 'reconciled' && change.drift === 'HEDGE_MISSING'),
        ).toEqual([]);
      }),
    );
    expect(missing).toBeGreaterThan(0);
  });

  test('the same snapshot again changes nothing', () => {
    let changes = 0;
    fc.assert(
      fc.property(tickets, fc.boolean(), (world, complete) => {
        const snapshot = { ...setUp(world), complete };
        eventsOf();
        reconcile(snapshot);
        changes += eventsOf().length;
        const over = world
          .map((_each, index) => BigInt(index + 1))
          .filter((id) => engine.get('demo', id) === undefined);
        const settled = over.map((id) => tradeOf({ state: 'CLOSED', closedAt: TAKEN }, { ticket: id }));
        reconcile(snapshot, { settled });
        expect(eventsOf()).toEqual([]);
      }),
    );
    expect(changes).toBeGreaterThan(100);
  });

  test('after two complete snapshots what is open here is what is open there', () => {
    fc.assert(
      fc.property(tickets, (world) => {
        // Without orders under way: those have reports to come.
        const snapshot = setUp(world.map((each) => ({ ...each, action: null })));
        reconcile(snapshot);
        reconcile({ ...snapshot, takenAt: LATER });
        const here = [...engine.tradesOf('demo')]
          .filter(({ state }) => state !== 'CLOSED')
          .flatMap(({ spec: { ticket: id }, volume: lots, stopLoss, takeProfit, hedge }) => [
            { id, lots, stopLoss, takeProfit },
            ...(hedge === null ? [] : [{ id: hedge.ticket, lots: hedge.volume, stopLoss: hedge.stopLoss }]),
          ]);
        const orphans = [...engine.tradesOf('demo')].filter(({ state }) => state === 'CLOSED');
        const expected = snapshot.positions
          .filter(({ identifier }) => !orphans.some(({ hedge }) => hedge?.ticket === identifier))
          .map(({ identifier, volume: lots, stopLoss, takeProfit }) =>
            identifier > 1000n
              ? { id: identifier, lots, stopLoss }
              : { id: identifier, lots, stopLoss, takeProfit },
          );
        const byId = (a: { id: bigint }, b: { id: bigint }) => Number(a.id - b.id);
        expect(here.sort(byId)).toEqual(expected.sort(byId));
        for (const { hedge, actions } of orphans) {
          if (hedge !== null) expect(actions.map(({ type: of }) => of)).toContain('CLOSE_HEDGE');
        }
      }),
    );
  });
});
