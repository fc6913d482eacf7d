// What comes after an action's ordinary life: what was not executed is tried again, late reports are kept,
// dead letters are replayed or given up. Database time counts from 0 here, market time from T0.
import { describe, expect, it } from 'vitest';
import {
  discard,
  expire,
  keepEvidence,
  notExecuted,
  replay,
  settle,
} from '../../../../src/domain/changes/action-life.js';
import { holds, isDue, lease } from '../../../../src/domain/changes/lease.js';
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

describe('what the broker shows was not executed', () => {
  const doubted = tradeAfter(begun(), answered(begun(), resultOf('UNKNOWN')));

  it('is tried again, after a back-off', () => {
    const events = notExecuted(doubted, stop(doubted), 'reconciliation', { at: T0, now: 9000 }, CONTEXT);
    expect(stepsOf(events)).toEqual(['IN_DOUBT>PENDING TIGHTEN_SL']);
    expect(stop(tradeAfter(doubted, events))).toMatchObject({
      notBefore: 10_000,
      settleBy: null,
      lease: null,
      attempts: 1,
    });
  });

  it('is a dead letter when it was tried often enough', () => {
    const tired = { ...doubted, actions: [{ ...stop(doubted), attempts: 5 }] };
    const events = notExecuted(tired, stop(tired), 'reconciliation', { at: T0, now: 9000 }, CONTEXT);
    expect(stepsOf(events)).toEqual(['IN_DOUBT>DEAD TIGHTEN_SL']);
  });
});

describe('a report under a lost lease', () => {
  const evidence = (trade: Trade, outcome: 'DONE' | 'UNKNOWN' = 'DONE') =>
    keepEvidence(trade, stop(trade), resultOf(outcome), 'b0', { at: T0, now: 7000 }, CONTEXT);

  it.each([
    ['PENDING', TRADE],
    ['LEASED', leased()],
  ] as const)('of an action that is %s leaves it in doubt, and nobody is given it', (status, trade) => {
    const events = evidence(trade);
    expect(stepsOf(events)).toEqual([`${status}>IN_DOUBT TIGHTEN_SL`]);
    expect(events[0]?.change).toMatchObject({ evidence: true, by: 'b0' });
    const doubted = tradeAfter(trade, events);
    expect(stop(doubted)).toMatchObject({
      lease: null,
      begunAt: 7000,
      settleBy: 7000 + 5 * MINUTE,
      result: { code: 10009 },
      reason: 'b0 reported under a lost lease: DONE 10009',
    });
    for (const now of [7000, 60_000, 24 * 60 * MINUTE]) {
      expect(lease(doubted, stop(doubted), HOLDER, { at: T0, now }, CONTEXT)).toEqual([]);
    }
    expect(holds(stop(doubted), 5, 7001)).toBe(false);
    // Only a look at the broker frees it.
    const free = notExecuted(doubted, stop(doubted), 'reconciliation', { at: T0, now: 8000 }, CONTEXT);
    expect(stepsOf(free)).toEqual(['IN_DOUBT>PENDING TIGHTEN_SL']);
  });

  it('changes nothing of an action another bridge executes, and is kept', () => {
    const trade = begun();
    const events = evidence(trade);
    expect(stepsOf(events)).toEqual(['EXECUTING>EXECUTING TIGHTEN_SL']);
    expect(events[0]?.change).toMatchObject({ evidence: true });
    expect(stop(tradeAfter(trade, events))).toMatchObject({
      lease: { token: 5 },
      attempts: 1,
      settleBy: null,
    });
  });

  it('of an action in doubt does not put its alarm off', () => {
    const doubted = tradeAfter(begun(), answered(begun(), resultOf('UNKNOWN'), 2000));
    expect(stop(tradeAfter(doubted, evidence(doubted, 'UNKNOWN'))).settleBy).toBe(2000 + 5 * MINUTE);
  });
});

describe('a dead letter', () => {
  const dead = tradeAfter(begun(), answered(begun(), resultOf('REJECTED')));
  const letter = dead.deadLetters[0] ?? STOP;

  it('is replayed by a person, its attempts forgotten', () => {
    const events = replay(dead, letter, 'anna', 'the level is lifted', { at: T0, now: 0 });
    expect(stepsOf(events)).toEqual(['REJECTED>PENDING TIGHTEN_SL']);
    expect(events[0]?.change).toMatchObject({ by: 'anna' });
    const trade = tradeAfter(dead, events);
    expect(trade.deadLetters).toEqual([]);
    expect(stop(trade)).toMatchObject({
      attempts: 0,
      notBefore: null,
      lease: null,
      reason: 'the level is lifted',
    });
    expect(isDue(trade, stop(trade), 0)).toBe(true);
  });

  it('of a stop overtakes a looser plan and yields to a tighter one', () => {
    const other = (stopLoss: number) => actionOf('TRAIL_SL', { stopLoss });
    const looser = { ...dead, actions: [other(94)] };
    const [taken] = replay(looser, letter, 'anna', '', { at: T0, now: 0 });
    expect(taken?.trade.actions.map(({ type, status }) => `${type} ${status}`)).toEqual([
      'TIGHTEN_SL PENDING',
    ]);
    expect(taken?.change).toMatchObject({ withdrawn: [{ type: 'TRAIL_SL', status: 'EXPIRED' }] });
    const tighter = { ...dead, actions: [other(96)] };
    const [yielded] = replay(tighter, letter, 'anna', '', { at: T0, now: 0 });
    expect(yielded?.change).toMatchObject({ action: { status: 'EXPIRED' }, withdrawn: [] });
    expect(yielded?.trade).toMatchObject({ actions: [other(96)], deadLetters: [] });
  });

  it('is given up by a person', () => {
    const events = discard(dead, letter, 'anna', 'not needed', T0);
    expect(stepsOf(events)).toEqual(['REJECTED>EXPIRED TIGHTEN_SL']);
    expect(tradeAfter(dead, events).deadLetters).toEqual([]);
  });

  it('is kept with a few others, the newest', () => {
    let trade = tradeOf();
    for (let n = 1; n <= 6; n += 1) {
      const action = actionOf('RE_ADD', { actionId: `demo:1:${n}:RE_ADD`, status: 'EXECUTING', volume: 0.1 });
      const acting = { ...trade, actions: [action] };
      trade = tradeAfter(acting, settle(acting, action, resultOf('REJECTED'), 'b1', AT, CONTEXT));
    }
    expect(trade.deadLetters.map(({ actionId }) => actionId)).toEqual(
      [3, 4, 5, 6].map((n) => `demo:1:${n}:RE_ADD`),
    );
  });
});

describe('giving up', () => {
  it.each(['PENDING', 'IN_DOUBT'] as const)('ends an action that is %s', (status) => {
    const action = { ...STOP, status, settleBy: status === 'IN_DOUBT' ? 5 : null };
    const trade = tradeOf({ actions: [action] });
    const events = expire(trade, action, 'given up', T0, CONTEXT, 'anna');
    expect(stepsOf(events)).toEqual([`${status}>EXPIRED TIGHTEN_SL`]);
    expect(events[0]?.change).toMatchObject({ by: 'anna', action: { reason: 'given up', settleBy: null } });
    expect(tradeAfter(trade, events).actions).toEqual([]);
  });
});
