// What is told of the effect on a trade and what is set apart, event by event as the log has them.
import { expect, test } from 'vitest';
import { Drift, TradeEvent } from '../../../gen/ts/dtms/v1/event.js';
import {
  ActionOutcome,
  ActionStatus,
  ActionType,
  CloseReason,
  Direction,
  TradeState,
} from '../../../gen/ts/dtms/v1/types.js';
import { coursesOf } from '../../../src/effect/course.js';
import { effectOn } from '../../../src/effect/trade-effect.js';
import { NOBODY_OBSERVES } from '../../support/effects.js';
import { T0 } from '../../support/trades.js';

/** As much of a message as a test needs to say. */
type Part<T> = T extends bigint | Date | string | number | boolean | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Part<Item>[]
    : T extends { readonly $case: string; readonly value: infer Value }
      ? { readonly $case: T['$case']; readonly value: Part<Value> }
      : { readonly [K in keyof T]?: Part<T[K]> };
type Partly = Part<NonNullable<TradeEvent['change']>>;

const TERMS = { spread: 0, commission: 0, ...NOBODY_OBSERVES };
const POSITION = { volume: 1, stopLoss: 90, takeProfit: 130, hedge: undefined };

/** A BUY of 1 lot at 100, stop 90, target 130: R is 10. */
const REGISTERED: Partly = {
  $case: 'registered',
  value: {
    spec: {
      account: 'demo',
      ticket: 1n,
      symbol: 'BTCUSD',
      direction: Direction.BUY,
      entryPrice: 100,
      volume: 1,
      stopLoss: 90,
      takeProfit: 130,
      openedAt: new Date(T0),
      feed: 'default',
    },
    instrument: 'BTCUSD',
    riskDistance: 10,
  },
};

const done = (type: ActionType, position: object, result: object, orderedBy = ''): Partly => ({
  $case: 'actionChanged',
  value: {
    action: {
      actionId: `${type}`,
      type,
      status: ActionStatus.DONE,
      orderedBy,
      result: { outcome: ActionOutcome.DONE, ...result },
    },
    changedFields: ['volume'],
    position: { ...POSITION, ...position },
  },
});

const updated = (position: object): Partly => ({
  $case: 'updated',
  value: { changedFields: ['stop_loss'], position: { ...POSITION, ...position } },
});

const closed = (closeReason: CloseReason, closePrice?: number): Partly => ({
  $case: 'stateChanged',
  value: { from: TradeState.HEALTHY, to: TradeState.CLOSED, closeReason, closePrice },
});

// What a message leaves out has its usual value.
const partOf = (part: Part<TradeEvent>): TradeEvent => TradeEvent.fromPartial(part as object);

function effectOf(...changes: readonly Partly[]) {
  const events = [REGISTERED, ...changes].map((change, index) =>
    partOf({
      account: 'demo',
      ticket: 1n,
      symbol: 'BTCUSD',
      tradeVersion: BigInt(index + 1),
      state: change.$case === 'stateChanged' ? TradeState.CLOSED : TradeState.HEALTHY,
      occurredAt: new Date(T0 + index * 60_000),
      change,
    }),
  );
  const [course] = coursesOf(events);
  return course === undefined ? null : effectOn(course, [], TERMS);
}

test('an open trade has no effect yet', () => {
  expect(effectOf()).toBeNull();
});

test('a trade that nobody touched is the trade left alone, whoever ended it', () => {
  for (const reason of [CloseReason.STOP_LOSS, CloseReason.REQUESTED, CloseReason.BROKER_GONE])
    expect(effectOf(closed(reason, 93))).toMatchObject({ touched: false, withR: -0.7, withoutR: -0.7 });
  const moved = effectOf(updated({ stopLoss: 95 }), closed(CloseReason.STOP_LOSS, 95));
  expect(moved).toMatchObject({ status: 'TOLD', withR: -0.5, withoutR: -0.5 });
});

test('half closed in time, and the rest at the stop both had', () => {
  const effect = effectOf(
    done(ActionType.PARTIAL_CLOSE, { volume: 0.5 }, { price: 96 }),
    updated({ volume: 0.5 }),
    closed(CloseReason.STOP_LOSS, 89),
  );
  // 0.5 at -4 and 0.5 at -11, against 1 at -11: the broker's price of the stop counts for both.
  expect(effect).toMatchObject({ status: 'TOLD', touched: true, withR: -0.75, withoutR: -1.1 });
});

test('what DTMS ended, or a stop it had moved, is followed from there', () => {
  const tightened = effectOf(
    done(ActionType.TIGHTEN_SL, { stopLoss: 97 }, { stopLoss: 97 }),
    closed(CloseReason.STOP_LOSS, 97),
  );
  expect(tightened).toMatchObject({ status: 'FOLLOWED', withR: -0.3, withoutR: null });
  expect(tightened?.pursuit?.alone).toMatchObject({ stopLoss: 90, takeProfit: 130, from: T0 + 2 * 60_000 });
  const defensive = effectOf(
    done(ActionType.CLOSE_ALL, {}, { price: 98 }),
    closed(CloseReason.DEFENSIVE, 98),
  );
  expect(defensive).toMatchObject({ status: 'FOLLOWED', withR: -0.2 });
});

test('a rail that closes everything is DTMS, a person is not', () => {
  const byRail = effectOf(
    done(ActionType.CLOSE_ALL, {}, { price: 98 }, 'rail DAILY_LOSS'),
    closed(CloseReason.REQUESTED, 98),
  );
  expect(byRail).toMatchObject({ status: 'FOLLOWED', touched: true });
  const byPerson = effectOf(
    done(ActionType.TIGHTEN_SL, { stopLoss: 97 }, { stopLoss: 97 }),
    done(ActionType.CLOSE_ALL, { stopLoss: 97 }, { price: 104 }, 'ann'),
    closed(CloseReason.REQUESTED, 104),
  );
  expect(byPerson).toMatchObject({ status: 'TOLD', withR: 0.4, withoutR: 0.4, aloneEnd: 'TOGETHER' });
});

test('a hedge counts, also one that its stop ended', () => {
  const hedge = { ticket: 9n, volume: 1, entryPrice: 95, stopLoss: 99 };
  const effect = effectOf(
    done(ActionType.OPEN_HEDGE, { hedge }, { price: 95, openedTicket: 9n }),
    updated({ hedge: undefined }),
    closed(CloseReason.TAKE_PROFIT, 130),
  );
  // The hedge lost 4, the trade gained 30.
  expect(effect).toMatchObject({ status: 'TOLD', withR: 2.6, withoutR: 3 });
  // The deal of its stop tells a worse price.
  const gone = { drift: Drift.HEDGE_MISSING, changedFields: ['hedge'], exitPrice: 101 };
  const told = effectOf(
    done(ActionType.OPEN_HEDGE, { hedge }, { price: 95, openedTicket: 9n }),
    { $case: 'reconciled', value: { ...gone, position: { ...POSITION, hedge: undefined } } },
    closed(CloseReason.TAKE_PROFIT, 130),
  );
  expect(told).toMatchObject({ status: 'TOLD', withR: 2.4, withoutR: 3 });
});

test('what cannot be told is set apart', () => {
  const tightened = done(ActionType.TIGHTEN_SL, { stopLoss: 97 }, { stopLoss: 97 });
  expect(effectOf(tightened, updated({ stopLoss: 98 }), closed(CloseReason.STOP_LOSS, 98))).toMatchObject({
    ...{ status: 'APART', apart: 'CHANGED_BY_OTHERS', withoutR: null },
  });
  expect(effectOf(tightened, closed(CloseReason.BROKER_GONE))).toMatchObject({ apart: 'RESULT_UNKNOWN' });
  const partly = done(ActionType.PARTIAL_CLOSE, { volume: 0.5 }, {});
  expect(effectOf(partly, closed(CloseReason.TAKE_PROFIT, 130))).toMatchObject({ apart: 'RESULT_UNKNOWN' });
});

test('a close that nobody has carried out yet is no end', () => {
  const planned = { actionId: 'c', type: ActionType.CLOSE_ALL, status: ActionStatus.PENDING };
  const decided: Partly = {
    $case: 'stateChanged',
    value: {
      ...{ from: TradeState.HEDGED, to: TradeState.CLOSED, closeReason: CloseReason.DEFENSIVE },
      planned: [planned],
    },
  };
  expect(effectOf(decided)).toBeNull();
});

test('a trade whose first events are gone has no course', () => {
  expect(() => coursesOf([TradeEvent.create()])).toThrow(RangeError);
});

test('counts under the policy that decided about the trade last; the plan where an event names none', () => {
  const policyOf = (...names: readonly (string | undefined)[]) => {
    const changes = [REGISTERED, updated({ stopLoss: 95 }), closed(CloseReason.STOP_LOSS, 95)];
    const events = changes.map((change, index) =>
      partOf({
        ...{
          account: 'demo',
          ticket: 1n,
          tradeVersion: BigInt(index + 1),
          occurredAt: new Date(T0 + index),
          change,
        },
        state: change.$case === 'stateChanged' ? TradeState.CLOSED : TradeState.HEALTHY,
        policy: names[index] === undefined ? undefined : { name: names[index], version: 1n },
      }),
    );
    const [course] = coursesOf(events);
    return course === undefined ? null : effectOn(course, [], TERMS)?.policy;
  };
  expect(policyOf()).toBe('dtms');
  expect(policyOf('scalper', 'scalper', 'scalper')).toBe('scalper');
  expect(policyOf('scalper', 'chandelier', 'chandelier')).toBe('chandelier');
  expect(policyOf('scalper', undefined, undefined)).toBe('dtms');
});
