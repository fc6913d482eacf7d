// Every step of an action's life, by name: what it becomes, when it may be given out again, and what is
// refused. Database time counts from 0 here, market time from T0.
import { describe, expect, it } from 'vitest';
import { openAction, settle } from '../../../../src/domain/changes/action-life.js';
import { begin, extend, holds, isDue, lease, wasBegunBy } from '../../../../src/domain/changes/lease.js';
import type { Action, ActionResult } from '../../../../src/domain/trade/action.js';
import type { TradeEvent } from '../../../../src/domain/trade/event.js';
import type { Trade } from '../../../../src/domain/trade/trade.js';
import {
  actionOf,
  begunBy,
  contextOf,
  openOf,
  resultOf,
  stepsOf,
  tradeAfter,
} from '../../../support/actions.js';
import { MINUTE, T0, tradeOf } from '../../../support/trades.js';

const CONTEXT = contextOf();
const HOLDER = { bridge: 'b1', leaseMs: 30_000 };
const AT = { at: T0, now: 1000 };
const STOP = actionOf('TIGHTEN_SL', { stopLoss: 95 });
const TRADE = tradeOf({ state: 'WARNING_L1', actions: [STOP], version: 4 });

const stop = (trade: Trade): Action => openOf(trade, 'TIGHTEN_SL');
const leased = (now = AT.now): Trade =>
  tradeAfter(TRADE, lease(TRADE, STOP, HOLDER, { at: T0, now }, CONTEXT));
const begun = (now = AT.now): Trade => begunBy(TRADE, 'TIGHTEN_SL', now, CONTEXT);

function answered(trade: Trade, result: ActionResult, now = 2000): readonly TradeEvent[] {
  return settle(trade, stop(trade), result, 'b1', { at: T0, now }, CONTEXT);
}

describe('leasing', () => {
  it('gives an action to one bridge, with a token and an end on the database clock', () => {
    const events = lease(TRADE, STOP, HOLDER, AT, CONTEXT);
    expect(stepsOf(events)).toEqual(['PENDING>LEASED TIGHTEN_SL']);
    expect(events[0]?.change).toMatchObject({ by: 'b1', evidence: false, changedFields: [], withdrawn: [] });
    const action = stop(tradeAfter(TRADE, events));
    expect(action.lease).toEqual({ token: 5, bridge: 'b1', endsAt: 31_000 });
    expect([action.attempts, action.begunAt, tradeAfter(TRADE, events).version]).toEqual([0, null, 5]);
  });

  it('gives the tokens of a trade in rising order', () => {
    const first = leased();
    const back: Trade = { ...first, actions: [STOP] };
    const second = tradeAfter(back, lease(back, STOP, { ...HOLDER, bridge: 'b2' }, AT, CONTEXT));
    expect(stop(second).lease?.token).toBeGreaterThan(stop(first).lease?.token ?? 0);
  });

  it.each(['LEASED', 'EXECUTING', 'IN_DOUBT'] as const)('gives nothing that is %s', (status) => {
    const action = { ...STOP, status };
    expect(lease(tradeOf({ actions: [action] }), action, HOLDER, AT, CONTEXT)).toEqual([]);
  });

  it('waits for the end of a back-off, to the millisecond', () => {
    const action = { ...STOP, notBefore: 5000 };
    const trade = tradeOf({ actions: [action] });
    expect(isDue(trade, action, 4999)).toBe(false);
    expect(isDue(trade, action, 5000)).toBe(true);
    const events = lease(trade, action, HOLDER, { at: T0, now: 5000 }, CONTEXT);
    expect(stop(tradeAfter(trade, events)).notBefore).toBeNull();
  });

  it('waits while the trade is paused, but not for the end of a trade', () => {
    const closing = actionOf('CLOSE_HEDGE', { volume: 1 });
    const hedge = { ticket: 9n, volume: 1, entryPrice: 100, stopLoss: null };
    expect(isDue({ ...TRADE, pausedAt: T0 }, STOP, 1000)).toBe(false);
    expect(isDue(tradeOf({ state: 'CLOSED', pausedAt: T0, hedge, actions: [closing] }), closing, 1000)).toBe(
      true,
    );
  });

  it.each(['LEASED', 'EXECUTING', 'IN_DOUBT'] as const)(
    'gives one stop and one volume of a trade at a time: the other is %s',
    (status) => {
      const trail = actionOf('TRAIL_SL', { stopLoss: 94, status });
      const part = actionOf('PARTIAL_CLOSE', { volume: 0.5 });
      const trade = tradeOf({ actions: [trail, STOP, part] });
      expect([isDue(trade, STOP, 0), isDue(trade, part, 0)]).toEqual([false, true]);
      const re = { ...tradeOf({ actions: [{ ...part, status }, STOP] }) };
      const all = actionOf('CLOSE_ALL', { volume: 1 });
      const more = { ...re, actions: [...re.actions, all, actionOf('RE_ADD')] };
      expect([isDue(more, STOP, 0), isDue(more, openOf(more, 'RE_ADD'), 0)]).toEqual([true, false]);
      // Closing everything is right whatever became of the other.
      expect(isDue(more, all, 0)).toBe(status === 'IN_DOUBT');
    },
  );

  it('gives no second close of everything while one is in doubt', () => {
    const doubted = actionOf('CLOSE_ALL', { actionId: 'demo:1:1:CLOSE_ALL', volume: 1, status: 'IN_DOUBT' });
    const again = actionOf('CLOSE_ALL', { actionId: 'demo:1:2:CLOSE_ALL', volume: 1 });
    expect(isDue(tradeOf({ actions: [doubted, again] }), again, 0)).toBe(false);
  });
});

describe('beginning', () => {
  it('counts an attempt and is on record before the broker is touched', () => {
    const trade = leased();
    const events = begin(trade, stop(trade), 'call-1', { at: T0, now: 1500 });
    expect(stepsOf(events)).toEqual(['LEASED>EXECUTING TIGHTEN_SL']);
    expect(stop(tradeAfter(trade, events))).toMatchObject({
      ...{ attempts: 1, begunAt: 1500, begunBy: 'call-1', lease: { token: 5 } },
    });
  });

  it('again changes nothing', () => {
    const trade = begun();
    expect(begin(trade, stop(trade), 'call-1', { at: T0, now: 3000 })).toEqual([]);
  });

  it('is known again as the same call, so that a lost reply is harmless, and as another one', () => {
    const action = stop(begun());
    expect(wasBegunBy(action, 5, 'call-1')).toBe(true);
    expect(wasBegunBy(action, 5, 'call-2')).toBe(false);
    expect(wasBegunBy(action, 4, 'call-1')).toBe(false);
    expect(wasBegunBy({ ...action, begunBy: '' }, 5, '')).toBe(false);
    expect(wasBegunBy({ ...action, status: 'IN_DOUBT' }, 5, 'call-1')).toBe(false);
  });

  it('is for the holder of the newest lease, until it ends and not at its end', () => {
    const action = stop(leased(0));
    expect(holds(action, 5, 29_999)).toBe(true);
    expect(holds(action, 5, 30_000)).toBe(false);
    expect(holds(action, 4, 1000)).toBe(false);
    expect(holds(action, 6, 1000)).toBe(false);
    expect(holds({ ...action, status: 'IN_DOUBT' }, 5, 1000)).toBe(false);
    expect(holds(STOP, 5, 0)).toBe(false);
  });
});

describe('extending a lease', () => {
  it('moves its end on the database clock', () => {
    const trade = begun(0);
    const events = extend(trade, stop(trade), 30_000, { at: T0, now: 10_000 });
    expect(stepsOf(events)).toEqual(['EXECUTING>EXECUTING TIGHTEN_SL']);
    expect(stop(tradeAfter(trade, events)).lease).toEqual({ token: 5, bridge: 'b1', endsAt: 40_000 });
  });

  it('never makes it shorter', () => {
    const trade = begun(0);
    expect(extend(trade, stop(trade), 5000, { at: T0, now: 10_000 })).toEqual([]);
    expect(extend(trade, stop(trade), 20_000, { at: T0, now: 10_000 })).toEqual([]);
  });
});

describe('a report', () => {
  it('of success ends it, and the stop is where the broker says', () => {
    const trade = begun();
    const events = answered(trade, resultOf('DONE', { stopLoss: 94.5 }));
    expect(stepsOf(events)).toEqual(['EXECUTING>DONE TIGHTEN_SL']);
    expect(events[0]?.change).toMatchObject({ changedFields: ['stop_loss'], action: { status: 'DONE' } });
    expect(tradeAfter(trade, events)).toMatchObject({ stopLoss: 94.5, actions: [], deadLetters: [] });
  });

  it('that there was nothing to change is success', () => {
    const trade = begun();
    const events = answered(trade, resultOf('NO_CHANGE'));
    expect(stepsOf(events)).toEqual(['EXECUTING>DONE TIGHTEN_SL']);
    expect(tradeAfter(trade, events).stopLoss).toBe(95);
  });

  it('that may be tried again waits longer each time, and at last is a dead letter', () => {
    const waits: number[] = [];
    let trade = TRADE;
    let now = 0;
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      trade = begunBy(trade, 'TIGHTEN_SL', now, CONTEXT);
      const [event] = answered(trade, resultOf('RETRYABLE'), now);
      trade = event?.trade ?? trade;
      const action = openAction(trade, STOP.actionId);
      if (action === undefined) break;
      expect(action).toMatchObject({ status: 'PENDING', attempts: attempt, lease: null, begunAt: null });
      waits.push((action.notBefore ?? 0) - now);
      now = action.notBefore ?? now;
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000]);
    expect(trade.actions).toEqual([]);
    expect(trade.deadLetters).toMatchObject([{ status: 'DEAD', attempts: 5, reason: 'refused 5 times' }]);
    expect(trade.stopLoss).toBe(90);
  });

  it('never ends a close: it is tried again however often it is put off', () => {
    const close = actionOf('CLOSE_ALL', { volume: 1 });
    let trade = tradeOf({ state: 'CLOSED', actions: [close] });
    for (let attempt = 1; attempt <= 20; attempt += 1) {
      const now = attempt * 60_000;
      trade = begunBy(trade, 'CLOSE_ALL', now, CONTEXT);
      const events = settle(
        trade,
        openOf(trade, 'CLOSE_ALL'),
        resultOf('RETRYABLE'),
        'b1',
        { at: T0, now },
        CONTEXT,
      );
      trade = tradeAfter(trade, events);
      expect(openOf(trade, 'CLOSE_ALL')).toMatchObject({ status: 'PENDING', attempts: attempt });
    }
    expect(openOf(trade, 'CLOSE_ALL').reason).toBe('refused 20 times');
  });

  it('never waits longer than the rules say', () => {
    const context = contextOf({ actions: { maximumAttempts: 40, retryMs: [1000, 60_000] } });
    const action = { ...STOP, status: 'EXECUTING' as const, attempts: 39 };
    const trade = tradeOf({ actions: [action] });
    const [event] = settle(trade, action, resultOf('RETRYABLE'), 'b1', { at: T0, now: 0 }, context);
    expect(event?.trade.actions[0]?.notBefore).toBe(60_000);
  });

  it('of a refusal is a dead letter at once', () => {
    const trade = begun();
    const events = answered(trade, resultOf('REJECTED', { message: 'invalid stops' }));
    expect(stepsOf(events)).toEqual(['EXECUTING>REJECTED TIGHTEN_SL']);
    expect(tradeAfter(trade, events)).toMatchObject({
      actions: [],
      stopLoss: 90,
      stopRejections: 1,
      deadLetters: [{ status: 'REJECTED', result: { code: 10016, message: 'invalid stops' } }],
    });
  });

  it('that the market is closed waits for it and is no attempt', () => {
    let trade = TRADE;
    for (let times = 0; times < 12; times += 1) {
      trade = begunBy(trade, 'TIGHTEN_SL', times * MINUTE, CONTEXT);
      trade = tradeAfter(trade, answered(trade, resultOf('MARKET_CLOSED'), times * MINUTE));
      expect(stop(trade)).toMatchObject({ status: 'PENDING', attempts: 0, notBefore: (times + 1) * MINUTE });
    }
  });

  it('of an unknown end leaves it in doubt, with a time for the alarm, and nobody gets it', () => {
    const trade = begun();
    const events = answered(trade, resultOf('UNKNOWN'), 2000);
    expect(stepsOf(events)).toEqual(['EXECUTING>IN_DOUBT TIGHTEN_SL']);
    const doubted = tradeAfter(trade, events);
    expect(stop(doubted)).toMatchObject({ settleBy: 2000 + 5 * MINUTE, lease: { token: 5 } });
    expect(lease(doubted, stop(doubted), HOLDER, { at: T0, now: 10 * MINUTE }, CONTEXT)).toEqual([]);
  });

  it('of an unknown end, repeated, does not put the alarm off', () => {
    const doubted = tradeAfter(begun(), answered(begun(), resultOf('UNKNOWN'), 2000));
    expect(answered(doubted, resultOf('UNKNOWN'), 100_000)).toEqual([]);
    const lapsed = { ...stop(doubted), result: null };
    const told = answered({ ...doubted, actions: [lapsed] }, resultOf('UNKNOWN'), 100_000);
    expect(told[0]?.trade.actions[0]).toMatchObject({ settleBy: 2000 + 5 * MINUTE, result: { code: 10012 } });
  });

  it('of the newest lease settles what is in doubt', () => {
    const doubted = tradeAfter(begun(), answered(begun(), resultOf('UNKNOWN')));
    expect(stepsOf(answered(doubted, resultOf('DONE')))).toEqual(['IN_DOUBT>DONE TIGHTEN_SL']);
    const refused = answered(doubted, resultOf('REJECTED'));
    expect(stepsOf(refused)).toEqual(['IN_DOUBT>REJECTED TIGHTEN_SL']);
    expect(tradeAfter(doubted, refused).deadLetters[0]?.settleBy).toBeNull();
  });

  it('of an order that was taken and filled nothing is a doubt, not a success', () => {
    const part = actionOf('PARTIAL_CLOSE', { volume: 0.5 });
    const trade = begunBy(tradeOf({ state: 'WARNING_L2', actions: [part] }), 'PARTIAL_CLOSE', 0, CONTEXT);
    const result = resultOf('DONE', { code: 10008, volume: 0 });
    const events = settle(trade, openOf(trade, 'PARTIAL_CLOSE'), result, 'b1', AT, CONTEXT);
    expect(stepsOf(events)).toEqual(['EXECUTING>IN_DOUBT PARTIAL_CLOSE']);
    // A stop has no volume to fill.
    expect(stepsOf(answered(begun(), resultOf('DONE', { volume: 0 })))).toEqual([
      'EXECUTING>DONE TIGHTEN_SL',
    ]);
  });

  it('never puts a stop back beside a tighter one that was planned meanwhile', () => {
    const newer = actionOf('TIGHTEN_SL', { actionId: 'demo:1:9:TIGHTEN_SL', stopLoss: 96 });
    const trade = begun();
    const both = { ...trade, actions: [...trade.actions, newer] };
    for (const outcome of ['RETRYABLE', 'MARKET_CLOSED'] as const) {
      const events = answered(both, resultOf(outcome));
      expect(stepsOf(events)).toEqual(['EXECUTING>EXPIRED TIGHTEN_SL']);
      expect(events[0]?.change).toMatchObject({ action: { reason: `overtaken by ${newer.actionId}` } });
      expect(tradeAfter(both, events).actions).toEqual([newer]);
    }
  });
});
