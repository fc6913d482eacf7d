// Actions in doubt: what a snapshot proves of them, and what it does not.

import { describe, expect, test } from 'vitest';
import type { BrokerSnapshot } from '../../../../src/domain/broker/snapshot.js';
import type { Action } from '../../../../src/domain/trade/action.js';
import type { ActionType } from '../../../../src/domain/trade/action-specs.js';
import type { Trade } from '../../../../src/domain/trade/trade.js';
import {
  actionOf,
  commentOf,
  dealOf,
  inDoubt,
  legOf,
  positionOf,
  reconciled,
  snapshotOf,
  TAKEN,
} from '../../../support/broker-snapshots.js';
import { MINUTE, T0, tradeOf } from '../../../support/trades.js';

const HEDGE = { ticket: 50n, volume: 1, entryPrice: 94, stopLoss: 100 };
const RE_ADD_POSITION = { identifier: 60n, ticket: 60n, comment: commentOf('RE_ADD'), volume: 0.5 };

/** A trade with one action in doubt, HEDGED where the action is about a hedge. */
function doubting(type: ActionType, more: Partial<Trade> = {}, action: Partial<Action> = {}): Trade {
  const stopLoss = type === 'MOVE_SL_BREAKEVEN' || type === 'TIGHTEN_SL' ? 95 : null;
  const volume = stopLoss === null ? 0.5 : null;
  return tradeOf({
    ...(type === 'OPEN_HEDGE' ? { state: 'HEDGED' } : {}),
    ...(type === 'CLOSE_HEDGE' ? { state: 'RECOVERING', hedge: HEDGE } : {}),
    actions: [inDoubt(type, { stopLoss, volume, ...action })],
    ...more,
  });
}

const kinds = (trade: Trade, snapshot: BrokerSnapshot) =>
  reconciled(trade, snapshot).events.map(({ change }) => change.kind);

describe('executed', () => {
  test('a stop that is in force', () => {
    const trade = doubting('TIGHTEN_SL');
    const { events, trade: after } = reconciled(trade, snapshotOf([positionOf(trade, { stopLoss: 95 })]));
    expect(after).toMatchObject({ stopLoss: 95, actions: [] });
    expect(events).toHaveLength(1);
    expect(events[0]?.change).toMatchObject({
      kind: 'actionChanged',
      from: 'IN_DOUBT',
      by: 'reconciliation',
      action: { status: 'DONE', result: { message: 'found at the broker' } },
    });
  });

  test('a partial close whose deal carries its tag; parts are summed', () => {
    const trade = doubting('PARTIAL_CLOSE');
    const deals = [
      dealOf({ deal: 1n, comment: commentOf('PARTIAL_CLOSE'), volume: 0.2, price: 100 }),
      dealOf({ deal: 2n, comment: commentOf('PARTIAL_CLOSE'), volume: 0.3, price: 95 }),
    ];
    const { events, trade: after } = reconciled(
      trade,
      snapshotOf([positionOf(trade, { volume: 0.5 })], { deals }),
    );
    expect(after).toMatchObject({ volume: 0.5, closedVolume: 0.5, actions: [] });
    expect(events).toHaveLength(1);
    expect(events[0]?.change).toMatchObject({
      action: { status: 'DONE', result: { volume: 0.5, price: 97, dealTicket: 2n } },
    });
  });

  test('a part of it that was filled is what was done', () => {
    const trade = doubting('PARTIAL_CLOSE');
    const deals = [dealOf({ comment: commentOf('PARTIAL_CLOSE'), volume: 0.2 })];
    const { trade: after } = reconciled(trade, snapshotOf([positionOf(trade, { volume: 0.8 })], { deals }));
    expect(after).toMatchObject({ volume: 0.8, closedVolume: 0.2 });
  });

  test('in a partial query, too: the deal is there', () => {
    const trade = doubting('PARTIAL_CLOSE');
    const deals = [dealOf({ comment: commentOf('PARTIAL_CLOSE'), volume: 0.5 })];
    const snapshot = snapshotOf([], { deals, complete: false, dealsSince: TAKEN });
    expect(reconciled(trade, snapshot).trade).toMatchObject({ state: 'HEALTHY', volume: 0.5, actions: [] });
  });

  test('a hedge whose position carries its tag becomes the trade’s', () => {
    const trade = doubting('OPEN_HEDGE', {}, { volume: 1 });
    const leg = legOf(trade, HEDGE, { comment: commentOf('OPEN_HEDGE') });
    const { events, trade: after } = reconciled(trade, snapshotOf([positionOf(trade), leg]));
    expect(after).toMatchObject({ state: 'HEDGED', hedge: HEDGE, actions: [] });
    expect(events).toHaveLength(1);
  });

  test('a hedge that opened and was stopped meanwhile: it is gone, and the trade is not hedged', () => {
    const trade = doubting('OPEN_HEDGE');
    const of = { positionIdentifier: 50n, volume: 0.5 };
    const deals = [
      dealOf({ ...of, deal: 1n, entry: 'IN', comment: commentOf('OPEN_HEDGE'), time: TAKEN - 3 * MINUTE }),
      dealOf({ ...of, deal: 2n, direction: 'BUY', comment: '[sl 100]', reason: 'STOP_LOSS' }),
    ];
    const { events, trade: after } = reconciled(trade, snapshotOf([positionOf(trade)], { deals }));
    expect(events.map(({ change }) => change.kind)).toEqual(['actionChanged', 'reconciled', 'stateChanged']);
    expect(after).toMatchObject({ state: 'WARNING_L2', hedge: null });
  });

  test('a hedge that opened after it was wanted is planned to close', () => {
    const trade = doubting('OPEN_HEDGE', { state: 'WARNING_L2' });
    const leg = legOf(trade, HEDGE, { comment: commentOf('OPEN_HEDGE') });
    const { trade: after } = reconciled(trade, snapshotOf([positionOf(trade), leg]));
    expect(after).toMatchObject({ hedge: HEDGE, actions: [{ type: 'CLOSE_HEDGE', status: 'PENDING' }] });
    expect(reconciled(after, snapshotOf([positionOf(after), leg])).events).toEqual([]);
  });

  test('a hedge’s close whose deal carries its tag', () => {
    const trade = doubting('CLOSE_HEDGE', {}, { volume: 1 });
    const deals = [dealOf({ positionIdentifier: 50n, comment: commentOf('CLOSE_HEDGE'), volume: 1 })];
    const { trade: after } = reconciled(trade, snapshotOf([positionOf(trade)], { deals }));
    expect(after).toMatchObject({ state: 'RECOVERING', hedge: null, actions: [] });
  });

  test('closing everything ends an open trade in defence, with its price', () => {
    const trade = doubting('CLOSE_ALL', {}, { volume: 1 });
    const deals = [dealOf({ comment: commentOf('CLOSE_ALL') })];
    const { trade: after } = reconciled(trade, snapshotOf([], { deals }));
    expect(after).toMatchObject({ state: 'CLOSED', closeReason: 'DEFENSIVE', closePrice: 95, actions: [] });
  });

  test('a re-add on a hedging account names the position it opened', () => {
    const trade = doubting('RE_ADD', { closedVolume: 0.5 });
    const snapshot = snapshotOf([positionOf(trade), positionOf(trade, RE_ADD_POSITION)]);
    const { events, trade: after } = reconciled(trade, snapshot);
    expect(events[0]?.change).toMatchObject({ action: { status: 'DONE', result: { openedTicket: 60n } } });
    expect(after).toMatchObject({ volume: 1, closedVolume: 0 });
  });

  test('a re-add on a netting account makes the position grow', () => {
    const trade = doubting('RE_ADD', { closedVolume: 0.5 });
    const deals = [dealOf({ entry: 'IN', direction: 'BUY', volume: 0.5, comment: commentOf('RE_ADD') })];
    const { events, trade: after } = reconciled(
      trade,
      snapshotOf([positionOf(trade, { volume: 1.5 })], { deals }),
    );
    expect(events).toHaveLength(1);
    expect(after).toMatchObject({ volume: 1.5, closedVolume: 0 });
  });

  test('evidence that comes late, when the action waits to be tried again, keeps it from being done twice', () => {
    const waiting = actionOf('PARTIAL_CLOSE', { volume: 0.5, attempts: 1 });
    const trade = tradeOf({ actions: [waiting] });
    const deals = [dealOf({ comment: commentOf('PARTIAL_CLOSE'), volume: 0.5 })];
    const { trade: after } = reconciled(trade, snapshotOf([positionOf(trade, { volume: 0.5 })], { deals }));
    expect(after).toMatchObject({ volume: 0.5, closedVolume: 0.5, actions: [] });
  });

  test('of an action that is executing the report is awaited', () => {
    const running = actionOf('PARTIAL_CLOSE', {
      volume: 0.5,
      attempts: 1,
      status: 'EXECUTING',
      begunAt: TAKEN,
    });
    const trade = tradeOf({ actions: [running] });
    const deals = [dealOf({ comment: commentOf('PARTIAL_CLOSE'), volume: 0.5 })];
    expect(kinds(trade, snapshotOf([positionOf(trade, { volume: 0.5 })], { deals }))).toEqual([]);
  });

  test('a close that took from another position, because it did not name one, is none of this one', () => {
    const trade = doubting('PARTIAL_CLOSE');
    const deals = [dealOf({ positionIdentifier: 2n, comment: commentOf('PARTIAL_CLOSE'), volume: 0.5 })];
    const { trade: after } = reconciled(trade, snapshotOf([positionOf(trade)], { deals }));
    expect(after).toMatchObject({ volume: 1, actions: [{ status: 'PENDING' }] });
  });

  test('a deal with a tag of another action proves nothing of this one', () => {
    const trade = doubting('PARTIAL_CLOSE');
    const deals = [dealOf({ comment: commentOf('CLOSE_ALL'), volume: 0.5 })];
    const { trade: after } = reconciled(trade, snapshotOf([positionOf(trade)], { deals }));
    expect(after.actions).toMatchObject([{ status: 'PENDING' }]);
  });
});

describe('not executed', () => {
  const opened = (type: ActionType, trade: Trade) =>
    type === 'CLOSE_HEDGE' ? [positionOf(trade), legOf(trade, HEDGE)] : [positionOf(trade)];

  test.each<ActionType>(['TIGHTEN_SL', 'PARTIAL_CLOSE', 'OPEN_HEDGE', 'CLOSE_HEDGE', 'CLOSE_ALL', 'RE_ADD'])(
    '%s without a trace, a minute after the attempt, is tried again',
    (type) => {
      const trade = doubting(type);
      const { events, trade: after } = reconciled(trade, snapshotOf(opened(type, trade)));
      expect(events.map(({ change }) => change.kind)).toEqual(['actionChanged']);
      expect(after.actions).toMatchObject([{ type, status: 'PENDING', attempts: 1, lease: null }]);
      expect(after.actions[0]?.notBefore).toBeGreaterThan(TAKEN);
    },
  );

  const TYPES = ['PARTIAL_CLOSE', 'OPEN_HEDGE', 'CLOSE_HEDGE', 'CLOSE_ALL', 'RE_ADD'] as const;

  test.each(TYPES)('%s stays in doubt when the query was partial', (type) => {
    const trade = doubting(type);
    expect(kinds(trade, snapshotOf(opened(type, trade), { complete: false }))).toEqual([]);
  });

  test.each(TYPES)('%s stays in doubt when the deals do not reach back to the attempt', (type) => {
    const trade = doubting(type);
    const dealsSince = TAKEN - 10 * MINUTE - 4_999;
    expect(kinds(trade, snapshotOf(opened(type, trade), { dealsSince }))).toEqual([]);
    expect(kinds(trade, snapshotOf(opened(type, trade), { dealsSince: dealsSince - 1 }))).toHaveLength(1);
    expect(kinds(trade, snapshotOf(opened(type, trade), { dealsSince: Number.POSITIVE_INFINITY }))).toEqual(
      [],
    );
  });

  test.each(['TIGHTEN_SL', ...TYPES] as const)('%s stays in doubt within a minute of the attempt', (type) => {
    const young = doubting(type);
    const [action] = young.actions;
    const trade = {
      ...young,
      actions: action === undefined ? [] : [{ ...action, begunAt: TAKEN - MINUTE + 1 }],
    };
    expect(kinds(trade, snapshotOf(opened(type, trade)))).toEqual([]);
  });

  test("a broker's clock hours ahead does not end the wait: the database's minute must be over, too", () => {
    const trade = doubting('OPEN_HEDGE');
    const begunAt = trade.actions[0]?.begunAt ?? 0;
    const at = (now: number) => reconciled(trade, snapshotOf([positionOf(trade)]), { now }).events;
    expect(at(begunAt + 30_000)).toEqual([]);
    expect(at(begunAt + 60_000)).toHaveLength(1);
  });

  test.each<[ActionType, bigint]>([
    ['PARTIAL_CLOSE', 1n],
    ['CLOSE_ALL', 1n],
    ['CLOSE_HEDGE', 50n],
  ])('%s stays in doubt while a close without any tag may be its own', (type, positionIdentifier) => {
    const trade = doubting(type);
    const untagged = dealOf({ positionIdentifier, volume: 0.5, comment: 'partial close' });
    expect(kinds(trade, snapshotOf(opened(type, trade), { deals: [untagged] }))).toEqual([]);
    const before = { ...untagged, time: T0 };
    expect(kinds(trade, snapshotOf(opened(type, trade), { deals: [before] }))).toEqual(['actionChanged']);
    const stopped = { ...untagged, reason: 'STOP_OUT' as const };
    expect(kinds(trade, snapshotOf(opened(type, trade), { deals: [stopped] }))).toEqual(['actionChanged']);
  });

  test('refused too often it is a dead letter', () => {
    const trade = doubting('OPEN_HEDGE', {}, { attempts: 5 });
    const { trade: after } = reconciled(trade, snapshotOf([positionOf(trade)]));
    expect(after.deadLetters).toMatchObject([{ type: 'OPEN_HEDGE', status: 'DEAD' }]);
  });
});

describe('cannot matter any more', () => {
  const closed: Partial<Trade> = {
    state: 'CLOSED',
    closedAt: TAKEN - 5 * MINUTE,
    closeReason: 'DEFENSIVE',
  };

  test.each<ActionType>(['TIGHTEN_SL', 'PARTIAL_CLOSE'])(
    '%s of a closed trade whose position is gone',
    (type) => {
      const { events, trade: after } = reconciled(doubting(type, closed), snapshotOf([]));
      expect(after.actions).toEqual([]);
      expect(events[0]?.change).toMatchObject({ action: { status: 'EXPIRED' }, by: 'reconciliation' });
    },
  );

  test('closing everything is done when a closed trade’s position is gone', () => {
    const { events, trade: after } = reconciled(doubting('CLOSE_ALL', closed), snapshotOf([]));
    expect(after.actions).toEqual([]);
    expect(events[0]?.change).toMatchObject({ action: { status: 'DONE', result: { outcome: 'NO_CHANGE' } } });
  });

  test('closing a hedge is done when there is none', () => {
    const trade = doubting('CLOSE_HEDGE', { hedge: null });
    const { trade: after } = reconciled(trade, snapshotOf([positionOf(trade)]));
    expect(after.actions).toEqual([]);
  });

  test.each<ActionType>(['TIGHTEN_SL', 'PARTIAL_CLOSE', 'CLOSE_ALL'])(
    '%s of an open trade whose position is missing waits until that is sure',
    (type) => {
      const { events, trade: after } = reconciled(doubting(type), snapshotOf([]));
      expect(events.map(({ change }) => change.kind)).toEqual(['reconciled']);
      const { trade: gone } = reconciled(after, snapshotOf([], { takenAt: TAKEN + 3000 }));
      expect(gone).toMatchObject({ state: 'CLOSED', closeReason: 'BROKER_GONE', actions: [] });
    },
  );
});

test('a position that carries the tag of an order whose deals opened another one is somebody else’s', () => {
  const trade = doubting('OPEN_HEDGE', {}, { volume: 1 });
  const comment = commentOf('OPEN_HEDGE');
  const deals = [
    dealOf({ deal: 1n, entry: 'IN', positionIdentifier: 49n, comment }),
    dealOf({ deal: 2n, direction: 'BUY', positionIdentifier: 49n, reason: 'STOP_LOSS' }),
  ];
  const copied = legOf(trade, HEDGE, { comment });
  const { trade: after } = reconciled(trade, snapshotOf([positionOf(trade), copied], { deals }));
  expect(after).toMatchObject({ hedge: null, actions: [{ status: 'IN_DOUBT' }] });
});
