// Where a stop may go: each rule of stop planning, and each reason for leaving a plan out.

import { describe, expect, it } from 'vitest';
import { planActions } from '../../../../src/domain/actions/planning.js';
import type { Instrument, NewsEvent } from '../../../../src/domain/market/data.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import type { Action, ActionStatus } from '../../../../src/domain/trade/action.js';
import type { ActionType } from '../../../../src/domain/trade/action-specs.js';
import type { Trade } from '../../../../src/domain/trade/trade.js';
import { actionOf } from '../../../support/actions.js';
import { ScriptedFacts } from '../../../support/facts.js';
import { MINUTE, referenceOf, rulesWith, T0, tradeOf } from '../../../support/trades.js';

const NOW = T0 + 60 * MINUTE;

interface Given {
  readonly facts?: ConstructorParameters<typeof ScriptedFacts>[0];
  readonly trade?: Partial<Trade>;
  readonly spec?: Parameters<typeof tradeOf>[1];
  readonly terms?: Partial<Instrument>;
  readonly actions?: Parameters<typeof rulesWith>[0];
  readonly news?: NewsEvent;
  readonly swap?: number;
  readonly now?: number;
}

function planned(type: ActionType, { facts, trade, spec, terms, actions, news, swap, now }: Given = {}) {
  return planActions(
    [type],
    tradeOf(trade, spec),
    'WARNING_L1',
    new ScriptedFacts(facts),
    NOW,
    actions === undefined ? DEFAULT_RULES : rulesWith(actions),
    referenceOf({
      ...(terms && { terms }),
      ...(news && { news }),
      ...(now !== undefined && { now }),
      ...(swap !== undefined && { shown: { volume: 1, stopLoss: null, swap } }),
    }),
  );
}

const stopOf = (type: ActionType, given?: Given) => planned(type, given).planned[0]?.stopLoss;
const reasonOf = (type: ActionType, given?: Given) => planned(type, given).suppressed[0]?.reason;

function openStop(stopLoss: number, status: ActionStatus = 'PENDING'): Action {
  return actionOf('TIGHTEN_SL', { stopLoss, status });
}

const SELL = { direction: 'SELL' } as const;

describe('tighten_sl', () => {
  it('goes 0.3 R behind the exit price, never on it', () => {
    expect(stopOf('TIGHTEN_SL', { facts: { bid: 98, ask: 98.5 } })).toBe(95);
    expect(stopOf('TIGHTEN_SL', { facts: { bid: 101.5, ask: 102 }, spec: SELL })).toBe(105);
  });

  it('is rounded to a tick away from the price', () => {
    expect(stopOf('TIGHTEN_SL', { facts: { bid: 98.007 } })).toBe(95);
    expect(stopOf('TIGHTEN_SL', { facts: { bid: 98.007 }, terms: { tickSize: 0.25 } })).toBe(95);
    expect(stopOf('TIGHTEN_SL', { facts: { ask: 101.993 }, spec: SELL })).toBe(105);
  });

  it('keeps the stops level and the freeze level, and says so', () => {
    const plan = planned('TIGHTEN_SL', { facts: { bid: 98 }, terms: { stopsLevel: 4 } });
    expect(plan.planned[0]).toMatchObject({ stopLoss: 94, note: expect.stringContaining('tightest legal') });
    expect(stopOf('TIGHTEN_SL', { facts: { bid: 98 }, terms: { freezeLevel: 5 } })).toBe(93);
  });

  it('leaves a stop alone that is within the freeze level of the price', () => {
    const given = { facts: { bid: 92 }, trade: { stopLoss: 90 }, terms: { freezeLevel: 2 } };
    expect(reasonOf('TIGHTEN_SL', given)).toBe('NOT_LEGAL');
  });

  it('never loosens the present stop', () => {
    expect(reasonOf('TIGHTEN_SL', { facts: { bid: 98 }, trade: { stopLoss: 96 } })).toBe('WOULD_LOOSEN');
    expect(reasonOf('TIGHTEN_SL', { facts: { ask: 102 }, trade: { stopLoss: 104 }, spec: SELL })).toBe(
      'WOULD_LOOSEN',
    );
  });

  it('drops a plan that changes nothing', () => {
    expect(reasonOf('TIGHTEN_SL', { facts: { bid: 98 }, trade: { stopLoss: 95 } })).toBe('NO_CHANGE');
  });

  it('sets a stop where there was none', () => {
    expect(stopOf('TIGHTEN_SL', { facts: { bid: 98 }, trade: { stopLoss: null } })).toBe(95);
  });

  it('replaces a looser open plan and yields to a tighter one', () => {
    const tighter = planned('TIGHTEN_SL', { facts: { bid: 98 }, trade: { actions: [openStop(94)] } });
    expect(tighter.actions.map(({ stopLoss }) => stopLoss)).toEqual([95]);
    expect(tighter.withdrawn).toEqual([
      { ...openStop(94, 'EXPIRED'), reason: `overtaken by ${tighter.planned[0]?.actionId}` },
    ]);
    const given = { facts: { bid: 98 }, trade: { actions: [openStop(95)] } };
    expect(reasonOf('TIGHTEN_SL', given)).toBe('COALESCED');
    expect(planned('TIGHTEN_SL', given).actions).toEqual(given.trade.actions);
  });

  it.each(['EXECUTING', 'IN_DOUBT'] as const)('leaves an open plan that is %s and follows it', (status) => {
    const plan = planned('TIGHTEN_SL', { facts: { bid: 98 }, trade: { actions: [openStop(94, status)] } });
    expect(plan.actions).toEqual([openStop(94, status), ...plan.planned]);
    expect([plan.planned.length, plan.withdrawn]).toEqual([1, []]);
  });

  it('is not worth an order below the minimum step', () => {
    expect(reasonOf('TIGHTEN_SL', { facts: { bid: 98 }, trade: { stopLoss: 94.9 } })).toBe(
      'BELOW_MINIMUM_STEP',
    );
    expect(stopOf('TIGHTEN_SL', { facts: { bid: 98 }, trade: { stopLoss: 94.8 } })).toBe(95);
  });

  it('waits between changes of the stop', () => {
    const given = (ago: number) => ({ facts: { bid: 98 }, trade: { stopChangedAt: NOW - ago } });
    expect(reasonOf('TIGHTEN_SL', given(29_999))).toBe('TOO_SOON');
    expect(stopOf('TIGHTEN_SL', given(30_000))).toBe(95);
  });

  it('waits no longer where the broker changed it by a clock that is a year ahead of the market played', () => {
    const stopChangedAt = NOW + 365 * 24 * 60 * MINUTE;
    const given = (after: number) => ({
      ...{ facts: { bid: 98 }, trade: { stopChangedAt }, now: stopChangedAt + after },
    });
    expect(planned('TIGHTEN_SL', given(29_999)).suppressed).toMatchObject([
      { reason: 'TOO_SOON', note: expect.stringContaining(', 29999 ms after') },
    ]);
    expect(stopOf('TIGHTEN_SL', given(30_000))).toBe(95);
  });

  it('remembers when the stop was last planned', () => {
    expect(planned('TIGHTEN_SL', { facts: { bid: 98 } }).stopChangedAt).toBe(NOW);
    expect(planned('TIGHTEN_SL', { facts: { bid: 98, stale: true } }).stopChangedAt).toBeNull();
  });

  it('is held back by a wide spread, stale data and news, with the numbers', () => {
    const wide = planned('TIGHTEN_SL', { facts: { spread: 0.5, medianSpread: 0.2 } });
    expect(wide.suppressed).toMatchObject([{ reason: 'SPREAD', note: expect.stringContaining('0.5') }]);
    expect(stopOf('TIGHTEN_SL', { facts: { bid: 98, spread: 0.4, medianSpread: 0.2 } })).toBe(95);
    expect(reasonOf('TIGHTEN_SL', { facts: { stale: true } })).toBe('STALE_DATA');
    const news = { eventId: 'e', currency: 'USD', time: NOW, impact: 'HIGH', title: 'Payrolls' } as const;
    expect(planned('TIGHTEN_SL', { news }).suppressed).toMatchObject([
      { reason: 'NEWS', note: expect.stringContaining('Payrolls') },
    ]);
  });

  it('needs a price and R', () => {
    expect(reasonOf('TIGHTEN_SL', { facts: { bid: null } })).toBe('NOT_AVAILABLE');
    expect(reasonOf('TIGHTEN_SL', { trade: { risk: null } })).toBe('NOT_AVAILABLE');
  });

  it('does not plan a stop at or below nothing', () => {
    const given = { facts: { bid: 2 }, trade: { risk: 10, stopLoss: null } };
    expect(reasonOf('TIGHTEN_SL', given)).toBe('NOT_LEGAL');
  });
});

describe('trail_sl', () => {
  it('goes a tick behind the last swing', () => {
    expect(stopOf('TRAIL_SL', { facts: { bid: 104, swingLow: 101.5 } })).toBe(101.49);
    expect(stopOf('TRAIL_SL', { facts: { ask: 96, swingHigh: 98.5 }, spec: SELL })).toBe(98.51);
  });

  it('is not held back by the spread, stale data or news', () => {
    expect(stopOf('TRAIL_SL', { facts: { bid: 104, swingLow: 101, spread: 9, medianSpread: 1 } })).toBe(
      100.99,
    );
  });

  it('needs a swing, behind the price', () => {
    expect(reasonOf('TRAIL_SL', { facts: { bid: 104 } })).toBe('NOT_AVAILABLE');
    expect(reasonOf('TRAIL_SL', { facts: { bid: 104, swingLow: 105 } })).toBe('NOT_LEGAL');
    const near = { facts: { bid: 104, swingLow: 103 }, terms: { stopsLevel: 2 } };
    expect(reasonOf('TRAIL_SL', near)).toBe('NOT_LEGAL');
  });

  it('never loosens', () => {
    const given = { facts: { bid: 104, swingLow: 101 }, trade: { stopLoss: 102 } };
    expect(reasonOf('TRAIL_SL', given)).toBe('WOULD_LOOSEN');
  });
});

describe('move_sl_breakeven', () => {
  it('covers the swap of the nights since the trade was opened, and counts on no night that earned', () => {
    const trade = { openedAt: NOW - 3 * 24 * 60 * MINUTE };
    const terms = { swapLong: -0.5, swapShort: 0.25 };
    expect(stopOf('MOVE_SL_BREAKEVEN', { facts: { bid: 104 }, trade, terms })).toBe(101.5);
    expect(stopOf('MOVE_SL_BREAKEVEN', { facts: { ask: 96 }, trade, terms, spec: SELL })).toBe(100);
  });

  it("covers the broker's own figure rather than what the terms make of the nights", () => {
    const trade = { openedAt: NOW - 3 * 24 * 60 * MINUTE };
    const terms = { swapLong: -0.5, swapShort: -0.5 };
    const stop = (swap: number, side: object) => stopOf('MOVE_SL_BREAKEVEN', { ...side, trade, terms, swap });
    expect(stop(-0.75, { facts: { bid: 104 } })).toBe(100.75);
    expect(stop(-0.75, { facts: { ask: 96 }, spec: SELL })).toBe(99.25);
    expect(stop(0.75, { facts: { bid: 104 } })).toBe(100);
  });

  it('covers spread and commission', () => {
    const terms = { commissionPerLot: 0.1 };
    expect(stopOf('MOVE_SL_BREAKEVEN', { facts: { bid: 104, spread: 0.2 }, terms })).toBe(100.3);
    expect(stopOf('MOVE_SL_BREAKEVEN', { facts: { ask: 96, spread: 0.2 }, terms, spec: SELL })).toBe(99.7);
  });

  it('is rounded so that it covers its costs', () => {
    expect(stopOf('MOVE_SL_BREAKEVEN', { facts: { bid: 104, spread: 0.123 } })).toBe(100.13);
    expect(stopOf('MOVE_SL_BREAKEVEN', { facts: { ask: 96, spread: 0.123 }, spec: SELL })).toBe(99.87);
  });

  it('of a losing trade is the tightest legal stop with half an ATR of room, and says why', () => {
    const plan = planned('MOVE_SL_BREAKEVEN', { facts: { bid: 97, atrCoarse: 2 } });
    expect(plan.planned[0]).toMatchObject({
      stopLoss: 96,
      note: expect.stringMatching(/tightest legal.*breakeven 100 /),
    });
    expect(stopOf('MOVE_SL_BREAKEVEN', { facts: { ask: 103, atrCoarse: 2 }, spec: SELL })).toBe(104);
  });

  it('keeps the stops level where that is more than the room', () => {
    const terms = { stopsLevel: 1.5 };
    expect(stopOf('MOVE_SL_BREAKEVEN', { facts: { bid: 97, atrCoarse: 2 }, terms })).toBe(95.5);
  });

  it('stays at least a tick behind the price when no ATR is known', () => {
    expect(stopOf('MOVE_SL_BREAKEVEN', { facts: { bid: 97, atrCoarse: null } })).toBe(96.99);
  });

  it('does not loosen a better stop', () => {
    expect(reasonOf('MOVE_SL_BREAKEVEN', { facts: { bid: 108 }, trade: { stopLoss: 103 } })).toBe(
      'WOULD_LOOSEN',
    );
  });
});

describe('the stop of a hedge', () => {
  it('is 2 ATR beyond the entry of the hedge', () => {
    expect(stopOf('OPEN_HEDGE', { facts: { bid: 97, atrCoarse: 2 } })).toBe(101);
    expect(stopOf('OPEN_HEDGE', { facts: { ask: 103, atrCoarse: 2 }, spec: SELL })).toBe(99);
  });

  it('is beyond the spread, the stops level and a few ticks, however small the ATR', () => {
    const calm = { atrCoarse: 0.001, bid: 97 };
    expect(stopOf('OPEN_HEDGE', { facts: calm })).toBe(97.1);
    expect(stopOf('OPEN_HEDGE', { facts: { ...calm, spread: 0.3 }, terms: { stopsLevel: 1 } })).toBe(98.3);
  });

  it('is reckoned from R without an ATR', () => {
    expect(stopOf('OPEN_HEDGE', { facts: { bid: 97, atrCoarse: null }, trade: { risk: 3 } })).toBe(101);
    const unknown = { facts: { bid: 97, atrCoarse: null }, trade: { risk: null } };
    expect(reasonOf('OPEN_HEDGE', unknown)).toBe('NOT_AVAILABLE');
  });
});
