// Dates in a snapshot that are ahead of it: a bridge that does not know its broker's clock dates everything hours ahead. What
// is shown happened before it was shown, so nothing is opened or closed in the future.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutFuture } from '../../../src/domain/broker/snapshot-index.js';
import { undefendedOf } from '../../../src/engine/account-risk.js';
import { dealOf, positionOf, snapshotOf, TAKEN } from '../../support/broker-snapshots.js';
import { Reconciling } from '../../support/reconciling.js';
import { MINUTE, T0, tradeOf } from '../../support/trades.js';

const anyAhead = fc.integer({ min: 1, max: 100 * 365 * 24 * 60 }).map((minutes) => minutes * MINUTE);

test('law: a position that only the broker knows is opened by the time it is shown', () => {
  fc.assert(
    fc.property(anyAhead, (ahead) => {
      const account = new Reconciling();
      account.reconcile(snapshotOf([positionOf(tradeOf(), { openedAt: TAKEN + ahead })]));
      expect(account.trade(1n)).toMatchObject({ openedAt: TAKEN, stateEnteredAt: TAKEN });
    }),
  );
});

test('law: a deal closes a trade by the time it is shown, and the position that is back after it is defended again', () => {
  fc.assert(
    fc.property(anyAhead, (ahead) => {
      const trade = tradeOf();
      const account = new Reconciling([trade]);
      account.reconcile(snapshotOf([], { deals: [dealOf({ time: TAKEN + ahead })] }));
      const closed = account.events().at(-1)?.trade;
      expect(closed).toMatchObject({ state: 'CLOSED', closedAt: TAKEN });
      const later = TAKEN + 10 * MINUTE;
      const settled = closed === undefined ? [] : [closed];
      account.reconcile(snapshotOf([positionOf(trade)], { takenAt: later }), { settled });
      expect(account.trade(1n).state).toBe('HEALTHY');
      expect(undefendedOf('demo', account.engine)).toEqual([]);
    }),
  );
});

test('dates of the past are as they were told, also where the clock of the bridge is behind them', () => {
  const account = new Reconciling();
  const position = positionOf(tradeOf(), { openedAt: T0 - 5 * MINUTE });
  account.reconcile(snapshotOf([position]));
  expect(account.trade(1n).openedAt).toBe(T0 - 5 * MINUTE);
  const behind = snapshotOf([position], { deals: [dealOf({ time: TAKEN })], takenAt: T0 });
  expect(withoutFuture(behind, TAKEN)).toEqual(behind);
});
