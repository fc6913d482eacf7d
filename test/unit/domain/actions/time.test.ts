// What time alone does to actions: leases end, doubts sound their alarm, what nobody takes is over.
import { describe, expect, it } from 'vitest';
import { ALARM } from '../../../../src/domain/changes/action-life.js';
import { nextSweepAt, sweep } from '../../../../src/domain/changes/sweep.js';
import type { Action, ActionStatus } from '../../../../src/domain/trade/action.js';
import type { Trade } from '../../../../src/domain/trade/trade.js';
import { actionOf, begunBy, contextOf, openOf, stepsOf, tradeAfter } from '../../../support/actions.js';
import { MINUTE, T0, tradeOf } from '../../../support/trades.js';

const CONTEXT = contextOf();
const STOP = actionOf('TIGHTEN_SL', { stopLoss: 95 });
const LEASE = { token: 5, bridge: 'b1', endsAt: 31_000 };
/** A year after its market's time. */
const SINCE = T0 + 365 * 24 * 60 * MINUTE;
const WEEK = 7 * 24 * 60 * MINUTE;

function held(status: ActionStatus, more: Partial<Action> = {}): Trade {
  return tradeOf({ state: 'WARNING_L1', actions: [{ ...STOP, status, lease: LEASE, ...more }] });
}

const swept = (trade: Trade, now: number, at = T0) => sweep(trade, { at, now }, CONTEXT);

describe('the end of a lease', () => {
  it('gives an action back that nobody began, at once and without an attempt', () => {
    const events = swept(held('LEASED'), 31_000);
    expect(stepsOf(events)).toEqual(['LEASED>PENDING TIGHTEN_SL']);
    expect(events[0]?.change).toMatchObject({ by: 'dtms' });
    expect(events[0]?.trade.actions[0]).toMatchObject({
      ...{ lease: null, notBefore: null, attempts: 0, reason: 'its lease ended' },
    });
  });

  it('leaves in doubt what was begun, and keeps whose word counts', () => {
    const events = swept(held('EXECUTING', { attempts: 1, begunAt: 1000 }), 31_000);
    expect(stepsOf(events)).toEqual(['EXECUTING>IN_DOUBT TIGHTEN_SL']);
    expect(events[0]?.trade.actions[0]).toMatchObject({
      ...{ lease: LEASE, attempts: 1, settleBy: 31_000 + 5 * MINUTE },
    });
  });

  it.each(['LEASED', 'EXECUTING'] as const)('is not a millisecond early: %s', (status) => {
    expect(swept(held(status), 30_999)).toEqual([]);
  });

  it('never brings an action that was begun back by itself, however long it takes', () => {
    let trade = held('EXECUTING');
    for (let now = 31_000; now < WEEK; now += 60 * MINUTE) {
      trade = tradeAfter(trade, sweep(trade, { at: T0 + now, now }, CONTEXT));
      expect(openOf(trade, 'TIGHTEN_SL').status).toBe('IN_DOUBT');
    }
  });
});

describe('a doubt', () => {
  const doubted = held('IN_DOUBT', { settleBy: 331_000, reason: 'no answer' });

  it('sounds its alarm once, at its deadline', () => {
    expect(swept(doubted, 330_999)).toEqual([]);
    const events = swept(doubted, 331_000);
    expect(stepsOf(events)).toEqual(['IN_DOUBT>IN_DOUBT TIGHTEN_SL']);
    const trade = tradeAfter(doubted, events);
    expect(trade.actions[0]).toMatchObject({ settleBy: null, reason: `${ALARM}: no answer` });
    expect(swept(trade, 331_001)).toEqual([]);
    expect(swept(trade, WEEK)).toEqual([]);
  });
});

describe('an action nobody takes', () => {
  it("is a dead letter after a week by the database's clock, and not before, whatever time its market has", () => {
    const trade = tradeOf({ actions: [{ ...STOP, waitsSince: SINCE }] });
    expect(swept(trade, SINCE + WEEK - 1, T0 + 2 * WEEK)).toEqual([]);
    const events = swept(trade, SINCE + WEEK);
    expect(stepsOf(events)).toEqual(['PENDING>DEAD TIGHTEN_SL']);
    expect(tradeAfter(trade, events).deadLetters).toMatchObject([{ reason: 'no bridge took it' }]);
  });

  it('that an older program planned is one after a week of market time', () => {
    const trade = tradeOf({ actions: [STOP] });
    expect(swept(trade, SINCE, T0 + WEEK - 1)).toEqual([]);
    expect(stepsOf(swept(trade, 0, T0 + WEEK))).toEqual(['PENDING>DEAD TIGHTEN_SL']);
  });

  it('that is withdrawn because of another stays withdrawn', () => {
    const part = actionOf('PARTIAL_CLOSE', { volume: 0.5 });
    const trade = tradeOf({ state: 'WARNING_L2', stopRejections: 2, actions: [STOP, part] });
    const events = swept(trade, 0, T0 + WEEK);
    expect(stepsOf(events)).toEqual(['PENDING>DEAD TIGHTEN_SL', 'actionPlanned']);
    expect(events[1]?.change).toMatchObject({
      planned: [{ type: 'CLOSE_ALL' }],
      withdrawn: [{ type: 'PARTIAL_CLOSE', status: 'EXPIRED' }],
    });
    expect(tradeAfter(trade, events).deadLetters.map(({ type }) => type)).toEqual(['TIGHTEN_SL']);
  });

  it('leaves a trade that waits for its hedge without one', () => {
    const hedge = actionOf('OPEN_HEDGE', { volume: 1 });
    const trade = tradeOf({ state: 'HEDGED', actions: [hedge] });
    expect(stepsOf(swept(trade, 0, T0 + WEEK))).toEqual(['PENDING>DEAD OPEN_HEDGE', 'HEDGED>WARNING_L2']);
  });
});

describe('a sweep', () => {
  it('sees to every action of a trade, each on the version the one before made', () => {
    const part = actionOf('PARTIAL_CLOSE', { volume: 0.5, status: 'EXECUTING', lease: LEASE });
    const trade = { ...held('LEASED'), actions: [...held('LEASED').actions, part] };
    const events = swept(trade, 40_000);
    expect(stepsOf(events)).toEqual(['LEASED>PENDING TIGHTEN_SL', 'EXECUTING>IN_DOUBT PARTIAL_CLOSE']);
    expect(events.map(({ trade: { version } }) => version)).toEqual([trade.version + 1, trade.version + 2]);
  });

  it('is due when the first lease or doubt ends', () => {
    const doubted = actionOf('PARTIAL_CLOSE', { status: 'IN_DOUBT', settleBy: 20_000, lease: LEASE });
    expect(nextSweepAt(held('LEASED'))).toBe(31_000);
    expect(nextSweepAt({ ...held('LEASED'), actions: [...held('LEASED').actions, doubted] })).toBe(20_000);
    expect(nextSweepAt(held('IN_DOUBT', { settleBy: null }))).toBe(Number.POSITIVE_INFINITY);
    expect(nextSweepAt(tradeOf({ actions: [STOP] }))).toBe(Number.POSITIVE_INFINITY);
  });

  it('of what begins and ends in time does nothing', () => {
    const trade = begunBy(tradeOf({ state: 'WARNING_L1', actions: [STOP] }), 'TIGHTEN_SL', 0, CONTEXT);
    expect(swept(trade, 29_999)).toEqual([]);
  });
});
