// A whole account against a snapshot, in a real engine: what belongs to no trade, and what belongs to
// trades that are over.
import { beforeEach, describe, expect, test } from 'vitest';
import type { BrokerPosition, BrokerSnapshot } from '../../../../src/domain/broker/snapshot.js';
import { DEFAULT_RULES, type Rules } from '../../../../src/domain/rules.js';
import type { Action } from '../../../../src/domain/trade/action.js';
import type { Trade } from '../../../../src/domain/trade/trade.js';
import type { Findings } from '../../../../src/engine/findings.js';
import { reconcileAccount } from '../../../../src/engine/reconcile.js';
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
import { type Past, Reconciling } from '../../../support/reconciling.js';
import { MINUTE, T0, tradeOf } from '../../../support/trades.js';

const HEDGE = { ticket: 50n, volume: 1, entryPrice: 94, stopLoss: 100 };
const LATER = TAKEN + 30_000;

let account: Reconciling;
beforeEach(() => {
  account = new Reconciling();
});

const known = (ticket: bigint): Trade => account.trade(ticket);
const reconcile = (snapshot: BrokerSnapshot, past: Past = {}) => account.reconcile(snapshot, past);
const restored = (...trades: readonly Trade[]): void => {
  account = new Reconciling(trades);
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
    account = new Reconciling([], rules);
    expect(reconcile(snapshotOf([stranger()])).registered).toEqual([]);
  });

  test('that nobody asked the store about waits for the next snapshot', () => {
    const nothing: Findings = { asked: new Set(), settled: new Map(), openers: new Map() };
    reconcileAccount(account.engine, 'demo', snapshotOf([stranger()]), nothing, TAKEN);
    expect(account.engine.get('demo', 7n)).toBeUndefined();
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

describe('a position that may be what an action in doubt opened', () => {
  const doubt = inDoubt('OPEN_HEDGE', { volume: 1, stopLoss: 110 });
  const there = () => [positionOf(known(1n)), legOf(known(1n), HEDGE)];
  const hedged = (action: Action) => restored(tradeOf({ state: 'HEDGED', actions: [action] }));

  test('is not registered, and keeps the action in doubt, however long', () => {
    hedged(doubt);
    for (const takenAt of [TAKEN, LATER, LATER + 24 * 60 * MINUTE]) {
      const report = reconcile(snapshotOf(there(), { takenAt, dealsSince: T0 }));
      expect(report).toMatchObject({ registered: [], drifts: [{ ticket: 1n, drift: 'UNEXPLAINED' }] });
      expect(known(1n).actions).toMatchObject([{ status: 'IN_DOUBT' }]);
    }
    expect(account.engine.get('demo', HEDGE.ticket)).toBeUndefined();
  });

  test('is not registered either while the action is executing: its report is under way', () => {
    hedged(actionOf('OPEN_HEDGE', { status: 'EXECUTING', attempts: 1, begunAt: TAKEN, volume: 1 }));
    expect(reconcile(snapshotOf(there())).registered).toEqual([]);
  });

  test('has closed again: its deal is enough for a doubt', () => {
    hedged(doubt);
    const deal = { entry: 'IN', direction: 'SELL', positionIdentifier: 50n } as const;
    reconcile(snapshotOf([positionOf(known(1n))], { deals: [dealOf(deal)] }));
    expect(known(1n).actions).toMatchObject([{ status: 'IN_DOUBT' }]);
  });

  test.each<[string, Partial<BrokerPosition>]>([
    ['the other side', { direction: 'BUY' }],
    ['another symbol', { symbol: 'ETHUSD' }],
  ])('is of the same symbol and side: %s is somebody else', (_what, more) => {
    hedged(doubt);
    const report = reconcile(snapshotOf([positionOf(known(1n)), legOf(known(1n), HEDGE, more)]));
    expect(report.registered).toEqual([HEDGE.ticket]);
    expect(known(1n).actions).toMatchObject([{ status: 'PENDING' }]);
  });
});

describe('a position that a re-add opened', () => {
  const added = { comment: commentOf('RE_ADD'), volume: 0.5 };
  const withAction = (action: Action) => restored(tradeOf({ actions: [action], closedVolume: 0.5 }));
  const snapshot = () => snapshotOf([positionOf(known(1n)), stranger(added)]);

  test('in doubt is settled, and is a trade of its own', () => {
    withAction(inDoubt('RE_ADD', { volume: 0.5 }));
    const report = reconcile(snapshotOf([positionOf(known(1n)), stranger({ ...added, takeProfit: 120 })]));
    expect(report).toMatchObject({ settledActionIds: ['demo:1:2:RE_ADD'], registered: [7n] });
    expect(known(7n)).toMatchObject({ origin: 'RE_ADD', parentTicket: 1n, volume: 0.5, takeProfit: 120 });
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

  test('and whose action is settled by another position that was shown is no trade’s child', () => {
    restored(tradeOf());
    const opened = positionOf(tradeOf(), { identifier: 6n, ticket: 6n, comment: added.comment });
    reconcile(snapshotOf([positionOf(known(1n)), opened], { takenAt: TAKEN - MINUTE }));
    const openers = new Map([[added.comment, { ticket: 1n, type: 'RE_ADD', opened: 6n }] as const]);
    reconcile(snapshot(), { openers });
    expect(known(7n)).toMatchObject({ origin: 'EXTERNAL', parentTicket: null });
  });
});

describe('a trade that is over', () => {
  const over = tradeOf({ state: 'CLOSED', closedAt: TAKEN - MINUTE, closeReason: 'REQUESTED' });

  test('and whose position is open is a drift, not a new trade', () => {
    const report = reconcile(snapshotOf([positionOf(over)]), { settled: [over] });
    expect(report).toMatchObject({ registered: [], drifts: [{ ticket: 1n, drift: 'CLOSED_BUT_OPEN' }] });
    expect(account.engine.get('demo', 1n)).toBeUndefined();
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

  test('and whose hedge is known to have been another keeps no copy of its comment', () => {
    const snapshot = snapshotOf([legOf(over, HEDGE, { comment })]);
    const another = new Map([[comment, { ticket: 1n, type: 'OPEN_HEDGE', opened: 8n }] as const]);
    const report = reconcile(snapshot, { settled: [over], openers: another });
    expect(report).toMatchObject({ drifts: [{ drift: 'HEDGE_FOUND' }], registered: [] });
    expect(account.engine.get('demo', 1n)).toBeUndefined();
    const own = new Map([[comment, { ticket: 1n, type: 'OPEN_HEDGE', opened: HEDGE.ticket }] as const]);
    reconcile(snapshot, { settled: [over], openers: own });
    expect(known(1n)).toMatchObject({ hedge: HEDGE, actions: [{ type: 'CLOSE_HEDGE' }] });
  });

  test('and whose hedge the broker would not close is told each time, not tried forever', () => {
    const deadLetters = [actionOf('CLOSE_HEDGE', { status: 'DEAD' })];
    const given: Trade = { ...over, hedge: HEDGE, deadLetters };
    const report = reconcile(snapshotOf([legOf(over, HEDGE, { comment })]), { settled: [given], openers });
    expect(report).toMatchObject({ drifts: [{ drift: 'HEDGE_FOUND' }], registered: [] });
    expect(account.engine.get('demo', 1n)).toBeUndefined();
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

describe('a netting position that was turned round', () => {
  test('ends its trade, and begins another under the same identifier whose versions go on', () => {
    restored(tradeOf({ version: 4 }, { feed: 'mt5' }));
    const turned = positionOf(known(1n), { direction: 'SELL', volume: 0.3, entryPrice: 104, stopLoss: 110 });
    const report = reconcile(snapshotOf([turned]));
    expect(report).toMatchObject({ closed: [1n], registered: [1n] });
    expect(known(1n)).toMatchObject({ state: 'HEALTHY', volume: 0.3, origin: 'EXTERNAL', version: 6 });
    expect(known(1n).spec).toMatchObject({ direction: 'SELL', entryPrice: 104, feed: 'mt5' });
    expect(reconcile(snapshotOf([turned]))).toMatchObject({ closed: [], registered: [], drifts: [] });
    const back = reconcile(snapshotOf([{ ...turned, direction: 'BUY', stopLoss: 99 }]));
    expect(back).toMatchObject({ closed: [1n], registered: [1n] });
    expect(known(1n).version).toBe(8);
  });

  test('after its trade was over already begins one as well', () => {
    const over = tradeOf({
      state: 'CLOSED',
      closedAt: TAKEN - MINUTE,
      closeReason: 'BROKER_GONE',
      version: 3,
    });
    const turned = positionOf(over, { direction: 'SELL', stopLoss: 110 });
    expect(reconcile(snapshotOf([turned]), { settled: [over] }).registered).toEqual([1n]);
    expect(known(1n)).toMatchObject({ state: 'HEALTHY', version: 4, spec: { direction: 'SELL' } });
  });
});

describe('many positions that are gone at once', () => {
  const tickets = [1n, 2n, 3n, 4n];

  test('are held, and found again when they return', () => {
    restored(...tickets.map((ticket) => tradeOf({}, { ticket })));
    const all = tickets.map((ticket) => positionOf(known(ticket)));
    reconcile(snapshotOf([]));
    expect(reconcile(snapshotOf([], { takenAt: LATER }))).toMatchObject({ closed: [], probe: tickets });
    expect(account.engine.breaker.trips('demo')).toMatchObject([{ kind: 'GONE' }]);
    reconcile(snapshotOf(all, { takenAt: LATER + MINUTE }));
    expect(tickets.map((ticket) => known(ticket).missingSince)).toEqual([null, null, null, null]);
    expect(account.engine.breaker.trips('demo')).toEqual([]);
  });

  test('are gone when a person says so', () => {
    restored(...tickets.map((ticket) => tradeOf({}, { ticket })));
    reconcile(snapshotOf([]));
    reconcile(snapshotOf([], { takenAt: LATER }));
    account.engine.breaker.release('GONE', 'demo');
    expect(reconcile(snapshotOf([], { takenAt: LATER + MINUTE })).closed).toEqual(tickets);
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
    expect(account.engine.accounts.get('demo')).toMatchObject({ snapshotAt: LATER, reconciledAt: TAKEN });
  });

  test("another account's trades are not looked at", () => {
    restored(tradeOf({}, { account: 'other' }));
    reconcile(snapshotOf([]));
    reconcile(snapshotOf([], { takenAt: LATER }));
    expect(account.engine.get('other', 1n)).toMatchObject({ state: 'HEALTHY', missingSince: null });
  });

  test('three stops found by reconciling limit the account', () => {
    restored(...[1n, 2n, 3n].map((ticket) => tradeOf({}, { ticket })));
    const deals = [1n, 2n, 3n].map((positionIdentifier) =>
      dealOf({ positionIdentifier, reason: 'STOP_LOSS' }),
    );
    expect(reconcile(snapshotOf([], { deals })).closed).toEqual([1n, 2n, 3n]);
    expect(account.engine.accounts.rulesOf('demo').tradingState).toBe('REDUCING');
  });
});
