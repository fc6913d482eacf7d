// A hedge's leg against the broker's, on its own: the position beside it is there throughout.
import { describe, expect, test } from 'vitest';
import type { BrokerPosition, BrokerSnapshot } from '../../../../src/domain/broker/snapshot.js';
import { closedLots } from '../../../../src/domain/money/realised.js';
import type { Trade } from '../../../../src/domain/trade/trade.js';
import {
  actionOf,
  commentOf,
  dealOf,
  driftsOf,
  inDoubt,
  legOf,
  positionOf,
  reconciled,
  snapshotOf,
  TAKEN,
} from '../../../support/broker-snapshots.js';
import { MINUTE, tradeOf, transitions } from '../../../support/trades.js';

const HEDGE = { ticket: 50n, volume: 1, entryPrice: 94, stopLoss: 100 };
const LATER = TAKEN + 30_000;
const hedged = tradeOf({ state: 'HEDGED', hedge: HEDGE });

const withLeg = (trade: Trade, leg: Partial<BrokerPosition> = {}, more: Partial<BrokerSnapshot> = {}) =>
  snapshotOf([positionOf(trade), legOf(trade, HEDGE, leg)], more);
const withoutLeg = (trade: Trade, more: Partial<BrokerSnapshot> = {}) =>
  snapshotOf([positionOf(trade)], more);

test('a snapshot from before the hedge changed says nothing of it', () => {
  const newer = { ...hedged, volumeChangedAt: TAKEN + 1 };
  expect(reconciled(newer, withoutLeg(newer)).events).toEqual([]);
  expect(reconciled(newer, withLeg(newer, { volume: 0.4 })).events).toEqual([]);
});

test('what is shown again of a hedge was not closed, and another ticket closes nothing', () => {
  const opened = [actionOf('OPEN_HEDGE', { status: 'DONE' })];
  const lotsOf = (trade: Trade, leg: Partial<BrokerPosition>) =>
    reconciled(trade, withLeg(trade, leg)).events.flatMap((event) => closedLots(trade, event));
  const back = { leg: 'HEDGE', position: 50n, direction: 'SELL' };
  const gone = tradeOf({ state: 'HEDGED', deadLetters: opened });
  const tagged = { comment: commentOf('OPEN_HEDGE') };
  expect(lotsOf(gone, tagged)).toMatchObject([{ ...back, volume: -1 }]);
  const half = tradeOf({ state: 'HEDGED', hedge: { ...HEDGE, volume: 0.4 }, deadLetters: opened });
  expect(lotsOf(half, { volume: 0.1 })).toMatchObject([{ ...back, volume: 0.3 }]);
  const misnamed = tradeOf({ state: 'HEDGED', hedge: { ...HEDGE, ticket: 0n }, deadLetters: opened });
  expect(lotsOf(misnamed, tagged)).toEqual([]);
});

describe('a leg that is there', () => {
  test('as it is known makes no event', () => {
    expect(reconciled(hedged, withLeg(hedged)).events).toEqual([]);
  });

  test.each<[string, Partial<BrokerPosition>]>([
    ['volume', { volume: 0.4 }],
    ['stop', { stopLoss: null }],
    ['entry price', { entryPrice: 94.5 }],
  ])('with another %s is taken over', (_what, leg) => {
    const { events, trade: after } = reconciled(hedged, withLeg(hedged, leg));
    expect(driftsOf(events)).toEqual(['HEDGE_DIFFERS']);
    expect(after).toMatchObject({ state: 'HEDGED', hedge: { ...HEDGE, ...leg0(leg) } });
  });

  test('whose ticket was never told is found by its tag', () => {
    const trade = tradeOf({
      state: 'HEDGED',
      hedge: { ...HEDGE, ticket: 0n },
      deadLetters: [actionOf('OPEN_HEDGE', { status: 'DEAD' })],
    });
    const { trade: after } = reconciled(trade, withLeg(trade, { comment: commentOf('OPEN_HEDGE') }));
    expect(after.hedge).toEqual(HEDGE);
  });

  test('is left alone while its closing is executing', () => {
    const closing = actionOf('CLOSE_HEDGE', { status: 'EXECUTING', attempts: 1, begunAt: TAKEN });
    const trade = tradeOf({ state: 'RECOVERING', hedge: HEDGE, actions: [closing] });
    expect(reconciled(trade, withLeg(trade, { volume: 0.5 })).events).toEqual([]);
    expect(reconciled(trade, withoutLeg(trade)).events).toEqual([]);
  });

  test('of an open trade that is not HEDGED stays: its owner may have opened it', () => {
    const trade = tradeOf({ hedge: HEDGE });
    expect(reconciled(trade, withLeg(trade)).events).toEqual([]);
  });
});

const leg0 = ({ volume, stopLoss, entryPrice }: Partial<BrokerPosition>) =>
  Object.fromEntries(
    Object.entries({ volume, stopLoss, entryPrice }).filter(([, value]) => value !== undefined),
  );

describe('a position under the ticket of a hedge that cannot be it', () => {
  test.each<[string, Partial<BrokerPosition>]>([
    ['on the side of the trade', { direction: 'BUY' }],
    ['of another instrument', { symbol: 'XAUUSD' }],
  ])('because it is %s, is somebody else’s: the hedge is missing', (_what, leg) => {
    const { events, trade: after } = reconciled(hedged, withLeg(hedged, leg));
    expect(driftsOf(events)).toEqual(['HEDGE_MISSING']);
    expect(after.hedge).toEqual(HEDGE);
  });

  test('because it is larger than what was ordered, is not taken over', () => {
    expect(reconciled(hedged, withLeg(hedged, { volume: 1.01 })).events).toEqual([]);
  });

  test('gives way to the one that carries the tag, once that is missed no more', () => {
    const letter = actionOf('OPEN_HEDGE', { status: 'DEAD', volume: 1 });
    const trade = tradeOf({ state: 'HEDGED', hedge: { ...HEDGE, ticket: 777n }, deadLetters: [letter] });
    const shown = withLeg(trade, { comment: commentOf('OPEN_HEDGE') });
    const missing = reconciled(trade, shown).trade;
    expect(missing).toMatchObject({ hedge: { ticket: 777n }, hedgeMissingSince: TAKEN });
    const { trade: after } = reconciled(missing, { ...shown, takenAt: LATER });
    expect(after).toMatchObject({ state: 'HEDGED', hedge: HEDGE, hedgeMissingSince: null });
  });

  test('because nobody told it, is never known to be gone', () => {
    const unknown = tradeOf({ state: 'HEDGED', hedge: { ...HEDGE, ticket: 0n } });
    // A deal of no position says nothing of it.
    const deals = [dealOf({ positionIdentifier: 0n, volume: 1 })];
    const missing = reconciled(unknown, withoutLeg(unknown, { deals })).trade;
    expect(missing).toMatchObject({ hedge: { ticket: 0n }, hedgeMissingSince: TAKEN });
    const later = withoutLeg(unknown, { takenAt: TAKEN + 60 * MINUTE, deals });
    expect(reconciled(missing, later).events).toEqual([]);
  });
});

describe('a leg that is not there', () => {
  test('is missing first; a later snapshot confirms it, and the trade is not hedged any more', () => {
    const first = reconciled(hedged, withoutLeg(hedged));
    expect(driftsOf(first.events)).toEqual(['HEDGE_MISSING']);
    expect(first.trade).toMatchObject({ state: 'HEDGED', hedge: HEDGE, hedgeMissingSince: TAKEN });
    expect(reconciled(first.trade, withoutLeg(hedged)).events).toEqual([]);
    const second = reconciled(first.trade, withoutLeg(hedged, { takenAt: LATER }));
    expect(transitions(second.events)).toEqual(['HEDGED>WARNING_L2']);
    expect(second.trade).toMatchObject({ state: 'WARNING_L2', hedge: null, hedgeMissingSince: null });
  });

  test('is found when it is there again', () => {
    const missing = reconciled(hedged, withoutLeg(hedged)).trade;
    const { events, trade: after } = reconciled(missing, withLeg(hedged, {}, { takenAt: LATER }));
    expect(driftsOf(events)).toEqual(['HEDGE_FOUND']);
    expect(after.hedgeMissingSince).toBeNull();
  });

  test('is gone at once when a deal says so', () => {
    const deals = [dealOf({ positionIdentifier: 50n, direction: 'BUY', reason: 'STOP_LOSS', price: 100 })];
    const { events, trade: after } = reconciled(hedged, withoutLeg(hedged, { deals }));
    expect(driftsOf(events)).toEqual(['HEDGE_MISSING']);
    expect(after).toMatchObject({ state: 'WARNING_L2', hedge: null });
  });

  test('a close of a part of it proves no end', () => {
    const deals = [dealOf({ positionIdentifier: 50n, direction: 'BUY', volume: 0.5 })];
    expect(reconciled(hedged, withoutLeg(hedged, { deals })).trade.hedge).toEqual(HEDGE);
  });

  test("the position's own close does not end it", () => {
    const deals = [dealOf({ positionIdentifier: 1n, volume: 0.5 })];
    expect(reconciled(hedged, withoutLeg(hedged, { deals })).trade.hedge).toEqual(HEDGE);
  });

  test('a failed or partial query is never flat', () => {
    const missing = reconciled(hedged, withoutLeg(hedged)).trade;
    for (const trade of [hedged, missing]) {
      const snapshot = withoutLeg(trade, { takenAt: LATER, complete: false });
      expect(reconciled(trade, snapshot).events).toEqual([]);
    }
  });

  test('in a state that is not HEDGED only the hedge goes', () => {
    const trade = tradeOf({ state: 'RECOVERING', hedge: HEDGE });
    const deals = [dealOf({ positionIdentifier: 50n, direction: 'BUY' })];
    const { events, trade: after } = reconciled(trade, withoutLeg(trade, { deals }));
    expect(transitions(events)).toEqual([]);
    expect(after).toMatchObject({ state: 'RECOVERING', hedge: null });
  });

  test('position and leg are each on their own: one missing says nothing of the other', () => {
    const onlyLeg = snapshotOf([legOf(hedged, HEDGE)]);
    const { trade: after } = reconciled(hedged, onlyLeg);
    expect(after).toMatchObject({ missingSince: TAKEN, hedgeMissingSince: null, hedge: HEDGE });
    const { trade: closed } = reconciled(after, { ...onlyLeg, takenAt: LATER });
    expect(closed).toMatchObject({ state: 'CLOSED', closeReason: 'BROKER_GONE' });
    expect(closed.actions).toMatchObject([{ type: 'CLOSE_HEDGE', status: 'PENDING' }]);
  });
});

describe('a leg with a tag of DTMS that the trade does not know', () => {
  const letter = actionOf('OPEN_HEDGE', { status: 'DEAD' });
  const tagged = { comment: commentOf('OPEN_HEDGE') };

  test('becomes the hedge of a HEDGED trade', () => {
    const trade = tradeOf({ state: 'HEDGED', deadLetters: [letter] });
    const { events, trade: after } = reconciled(trade, withLeg(trade, tagged));
    expect(driftsOf(events)).toEqual(['HEDGE_FOUND']);
    expect(after).toMatchObject({ state: 'HEDGED', hedge: HEDGE, actions: [] });
  });

  test.each(['HEALTHY', 'WARNING_L2', 'CLOSED'] as const)('is closed when the trade is %s', (state) => {
    const closedAt = state === 'CLOSED' ? TAKEN - MINUTE : null;
    const trade = tradeOf({
      state,
      closedAt,
      closeReason: closedAt === null ? null : 'REQUESTED',
      deadLetters: [letter],
    });
    const snapshot = snapshotOf(
      [legOf(trade, HEDGE, tagged)].concat(closedAt === null ? [positionOf(trade)] : []),
    );
    const { events, trade: after } = reconciled(trade, snapshot);
    expect(driftsOf(events)).toEqual(['HEDGE_FOUND']);
    expect(after).toMatchObject({ hedge: HEDGE, actions: [{ type: 'CLOSE_HEDGE', status: 'PENDING' }] });
    expect(reconciled(after, snapshot).events).toEqual([]);
  });

  test('is not taken for another hedge that is missing', () => {
    const trade = tradeOf({ state: 'HEDGED', hedge: { ...HEDGE, ticket: 49n }, deadLetters: [letter] });
    const { events, trade: after } = reconciled(trade, withLeg(trade, tagged));
    expect(driftsOf(events)).toEqual(['HEDGE_MISSING']);
    expect(after.hedge?.ticket).toBe(49n);
  });

  test('is not closed forever in a loop when the broker refuses', () => {
    const refused = [letter, actionOf('CLOSE_HEDGE', { status: 'REJECTED' })];
    const trade = tradeOf({ state: 'CLOSED', closedAt: TAKEN - MINUTE, hedge: HEDGE, deadLetters: refused });
    expect(reconciled(trade, snapshotOf([legOf(trade, HEDGE, tagged)])).events).toEqual([]);
  });

  test('waits for the report while the opening is executing', () => {
    const opening = actionOf('OPEN_HEDGE', { status: 'EXECUTING', attempts: 1, begunAt: TAKEN, volume: 1 });
    const trade = tradeOf({ state: 'HEDGED', actions: [opening] });
    expect(reconciled(trade, withLeg(trade, tagged)).events).toEqual([]);
  });

  test('in doubt for seconds only, it settles the doubt: the position is there', () => {
    const opening = inDoubt('OPEN_HEDGE', { volume: 1 }, 5_000);
    const trade = tradeOf({ state: 'HEDGED', actions: [opening] });
    expect(reconciled(trade, withLeg(trade, tagged)).trade).toMatchObject({ hedge: HEDGE, actions: [] });
  });
});

test('two positions with one tag settle no doubt: which of them the order opened a person has to say', () => {
  const trade = tradeOf({ state: 'HEDGED', actions: [inDoubt('OPEN_HEDGE', { volume: 1 })] });
  const twins = [50n, 60n].map((ticket) =>
    legOf(trade, { ...HEDGE, ticket }, { comment: commentOf('OPEN_HEDGE') }),
  );
  const { trade: after } = reconciled(trade, snapshotOf([positionOf(trade), ...twins]));
  expect(after).toMatchObject({ hedge: null, actions: [{ status: 'IN_DOUBT' }] });
});
