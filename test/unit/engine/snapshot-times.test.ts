// Dates in a snapshot by a clock that is hours ahead or behind: a bridge does not know its broker's. What is shown happened
// before it was shown, so nothing is opened or closed in the future; and what it corrects does not wait for that clock.
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

type Happening =
  /** DTMS moves the stop, and its report arrives so many ms later. */
  | { readonly is: 'own stop'; readonly reportMs: number }
  | { readonly is: 'person'; readonly stopLoss: number | null }
  /** It arrives so many ms later, and what happens meanwhile is not in it. */
  | { readonly is: 'snapshot'; readonly onItsWayMs: number }
  | { readonly is: 'nothing' };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ is: fc.constant('own stop' as const), reportMs: fc.integer({ min: 0, max: 2000 }) }),
  fc.record({ is: fc.constant('person' as const), stopLoss: fc.constantFrom(null, 85, 91, 95) }),
  fc.record({ is: fc.constant('snapshot' as const), onItsWayMs: fc.integer({ min: 0, max: 20_000 }) }),
  fc.constant({ is: 'nothing' as const }),
);

test('law: a stop is the one the broker has, whatever its clock says; what was taken before an order undoes it not', () => {
  let corrected = 0;
  const lags = fc.constantFrom(0, 30_000, 2 * 60 * MINUTE, 25 * 60 * MINUTE);
  fc.assert(
    fc.property(lags, fc.array(happening, { minLength: 2, maxLength: 20 }), (lag, course) => {
      const account = new Reconciling([tradeOf()]);
      const told = [{ at: TAKEN, apply: () => account.update({ stopLoss: 90 }, TAKEN) }];
      let [now, atBroker] = [TAKEN, 90 as number | null];
      let ownFrom = 90;
      const snapshot = (onItsWayMs: number): void => {
        const taken = snapshotOf([positionOf(tradeOf(), { stopLoss: atBroker })], { takenAt: now - lag });
        const at = now + onItsWayMs;
        told.push({ at, apply: () => account.reconcile(taken, {}, at) });
      };
      /** What arrives by a moment, in its order: snapshots overtake none of before. */
      const arrive = (by: number): void => {
        for (const one of told.splice(0).toSorted((a, b) => a.at - b.at))
          if (one.at <= by) one.apply();
          else told.push(one);
      };
      for (const one of course) {
        now += 30_000;
        arrive(now);
        if (one.is === 'own stop') {
          ownFrom += 0.1;
          const stopLoss = ownFrom;
          atBroker = stopLoss;
          const at = now + one.reportMs;
          told.push({ at, apply: () => account.update({ stopLoss }, at) });
        }
        if (one.is === 'person') atBroker = one.stopLoss;
        if (one.is === 'snapshot') snapshot(one.onItsWayMs);
      }
      now += 30_000;
      arrive(now);
      // What was shown a minute after the last order, or later, is what the trade has.
      now += 2 * MINUTE;
      snapshot(0);
      arrive(now);
      now += MINUTE;
      snapshot(0);
      arrive(now);
      expect(account.trade(1n).stopLoss).toBe(atBroker);
      if (account.events().some(({ change }) => change.kind === 'reconciled')) corrected += 1;
    }),
  );
  expect(corrected).toBeGreaterThan(20);
});

test('law: a snapshot that was taken before an order, and arrives after its report, changes nothing', () => {
  const lags = fc.constantFrom(0, 2 * 60 * MINUTE, 25 * 60 * MINUTE);
  const onItsWay = fc.integer({ min: 0, max: 59_000 });
  fc.assert(
    fc.property(lags, onItsWay, fc.constantFrom('stop', 'volume'), (lag, onItsWayMs, what) => {
      const account = new Reconciling([tradeOf()]);
      const shown = positionOf(tradeOf());
      account.reconcile(snapshotOf([shown], { takenAt: TAKEN - lag }), {}, TAKEN);
      const taken = TAKEN + MINUTE;
      account.update(what === 'stop' ? { stopLoss: 95 } : { volume: 0.5 }, taken + 1);
      account.reconcile(snapshotOf([shown], { takenAt: taken - lag }), {}, taken + 1 + onItsWayMs);
      expect(account.trade(1n)).toMatchObject(what === 'stop' ? { stopLoss: 95 } : { volume: 0.5 });
    }),
  );
});

test.each(['stop', 'volume', 'gone'] as const)(
  'by a clock that lags by hours, %s is corrected within minutes',
  (what) => {
    const lag = 3 * 60 * MINUTE;
    const account = new Reconciling([
      tradeOf({ openedAt: TAKEN, stopChangedAt: TAKEN, volumeChangedAt: TAKEN }),
    ]);
    const positions =
      what === 'gone' ? [] : [positionOf(tradeOf(), what === 'stop' ? { stopLoss: null } : { volume: 0.5 })];
    for (const minutes of [2, 3, 4]) {
      const at = TAKEN + minutes * MINUTE;
      account.reconcile(snapshotOf(positions, { takenAt: at - lag }), {}, at);
    }
    const after = account.events().at(-1)?.trade;
    expect(after).toMatchObject(
      what === 'gone' ? { state: 'CLOSED' } : what === 'stop' ? { stopLoss: null } : { volume: 0.5 },
    );
  },
);
