// What an executed action changes of its trade: the broker's answer counts, not the plan. Partial fills,
// hedges that come late or not at all, and the close of a trade whose stop nobody will place.

import { describe, expect, it } from 'vitest';
import type { TradeContext } from '../../../../src/domain/actions/context.js';
import { expire, settle } from '../../../../src/domain/changes/action-life.js';
import type { Action, ActionResult } from '../../../../src/domain/trade/action.js';
import type { ActionType } from '../../../../src/domain/trade/action-specs.js';
import type { TradeEvent } from '../../../../src/domain/trade/event.js';
import type { Hedge, Trade } from '../../../../src/domain/trade/trade.js';
import { isSettled } from '../../../../src/domain/trade/version.js';
import { actionOf, contextOf, openOf, resultOf, stepsOf, tradeAfter } from '../../../support/actions.js';
import { T0, tradeOf } from '../../../support/trades.js';

const CONTEXT = contextOf();
const HEDGE: Hedge = { ticket: 9n, volume: 1, entryPrice: 100, stopLoss: 101 };

/** A trade that executes one action. */
function executing(type: ActionType, action: Partial<Action>, trade: Partial<Trade> = {}): Trade {
  const status = 'EXECUTING';
  const begun = actionOf(type, { status, attempts: 1, ...action });
  return tradeOf({ state: 'WARNING_L2', ...trade, actions: [begun, ...(trade.actions ?? [])] });
}

function answered(
  trade: Trade,
  type: ActionType,
  result: ActionResult,
  context = CONTEXT,
): readonly TradeEvent[] {
  return settle(trade, openOf(trade, type), result, 'b1', { at: T0, now: 1000 }, context);
}

const fieldsOf = (event: TradeEvent | undefined): readonly string[] =>
  event?.change.kind === 'actionChanged' ? event.change.changedFields : [];

describe('a partial close', () => {
  const trade = executing('PARTIAL_CLOSE', { volume: 0.5 }, { closedVolume: 0.1 });

  it.each<[string, ActionResult, number, number]>([
    ['as planned', resultOf('DONE'), 0.5, 0.6],
    ['in part', resultOf('DONE', { code: 10010, volume: 0.3 }), 0.7, 0.4],
    ['by more than there is', resultOf('DONE', { volume: 5 }), 1, 1.1],
  ])(
    'executed %s moves what was filled from the volume into the closed volume',
    (name, result, volume, closed) => {
      const events = answered(trade, 'PARTIAL_CLOSE', result);
      if (name.startsWith('by more')) {
        expect(stepsOf(events)).toEqual(['EXECUTING>DONE PARTIAL_CLOSE', 'WARNING_L2>CLOSED']);
        expect(tradeAfter(trade, events)).toMatchObject({ closedVolume: closed, closeReason: 'DEFENSIVE' });
        return;
      }
      const rest = volume === 0.7 ? ['actionPlanned'] : [];
      expect(stepsOf(events)).toEqual(['EXECUTING>DONE PARTIAL_CLOSE', ...rest]);
      expect(fieldsOf(events[0])).toEqual(['volume', 'closed_volume']);
      expect(tradeAfter(trade, events)).toMatchObject({ volume, closedVolume: closed });
    },
  );

  it('that found nothing to change changes nothing', () => {
    const events = answered(trade, 'PARTIAL_CLOSE', resultOf('NO_CHANGE'));
    expect(fieldsOf(events[0])).toEqual([]);
    expect(tradeAfter(trade, events)).toMatchObject({ volume: 1, closedVolume: 0.1 });
  });

  it('that was rejected is not done', () => {
    const events = answered(trade, 'PARTIAL_CLOSE', resultOf('REJECTED'));
    expect(stepsOf(events)).toEqual(['EXECUTING>REJECTED PARTIAL_CLOSE']);
    expect(tradeAfter(trade, events)).toMatchObject({ volume: 1, closedVolume: 0.1, state: 'WARNING_L2' });
  });

  it('that was filled in part is planned again for the rest, under an id of its own', () => {
    const events = answered(trade, 'PARTIAL_CLOSE', resultOf('DONE', { code: 10010, volume: 0.01 }));
    const [rest, ...more] = tradeAfter(trade, events).actions;
    expect(rest).toMatchObject({ type: 'PARTIAL_CLOSE', volume: 0.49, status: 'PENDING', attempts: 1 });
    expect(rest?.actionId).not.toBe(openOf(trade, 'PARTIAL_CLOSE').actionId);
    expect(more).toEqual([]);
  });

  it('adds hundredths to hundredths', () => {
    const small = executing('PARTIAL_CLOSE', { volume: 0.1 }, { volume: 0.3, closedVolume: 0.2 });
    expect(tradeAfter(small, answered(small, 'PARTIAL_CLOSE', resultOf('DONE')))).toMatchObject({
      ...{ volume: 0.2, closedVolume: 0.3 },
    });
  });
});

describe('closing everything', () => {
  it('of a trade that is alive closes it, at the price of the fill', () => {
    const trade = executing('CLOSE_ALL', { volume: 1 });
    const events = answered(trade, 'CLOSE_ALL', resultOf('DONE', { price: 97 }));
    expect(stepsOf(events)).toEqual(['EXECUTING>DONE CLOSE_ALL', 'WARNING_L2>CLOSED']);
    expect(tradeAfter(trade, events)).toMatchObject({ closeReason: 'DEFENSIVE', closePrice: 97 });
    expect(isSettled(tradeAfter(trade, events))).toBe(true);
  });

  it('that found the position gone says so', () => {
    const trade = executing('CLOSE_ALL', { volume: 1 });
    const events = answered(trade, 'CLOSE_ALL', resultOf('NO_CHANGE'));
    expect(tradeAfter(trade, events)).toMatchObject({ state: 'CLOSED', closeReason: 'BROKER_GONE' });
  });

  it('of a trade that is closed already tells the price it closed at', () => {
    const trade = executing('CLOSE_ALL', { volume: 1 }, { state: 'CLOSED', closeReason: 'DEFENSIVE' });
    expect(isSettled(trade)).toBe(false);
    const events = answered(trade, 'CLOSE_ALL', resultOf('DONE', { price: 97 }));
    expect(stepsOf(events)).toEqual(['EXECUTING>DONE CLOSE_ALL']);
    expect(fieldsOf(events[0])).toEqual(['close_price']);
    expect(tradeAfter(trade, events).closePrice).toBe(97);
    expect(isSettled(tradeAfter(trade, events))).toBe(true);
  });

  it.each(['WARNING_L2', 'CLOSED'] as const)('in part is planned again for the rest: %s', (state) => {
    const trade = executing('CLOSE_ALL', { volume: 1 }, { state });
    const events = answered(trade, 'CLOSE_ALL', resultOf('DONE', { code: 10010, volume: 0.7 }));
    expect(stepsOf(events)).toEqual(['EXECUTING>DONE CLOSE_ALL', 'actionPlanned']);
    const rest = tradeAfter(trade, events);
    expect(rest).toMatchObject({ state, volume: 0.3 });
    expect(rest.actions).toMatchObject([{ type: 'CLOSE_ALL', volume: 0.3, status: 'PENDING', attempts: 0 }]);
    expect(rest.actions[0]?.actionId).not.toBe(openOf(trade, 'CLOSE_ALL').actionId);
  });

  it('of a rest below the minimum is tried once, not for ever', () => {
    const trade = executing('CLOSE_ALL', { volume: 1 }, { state: 'CLOSED', closeReason: 'DEFENSIVE' });
    const part = answered(trade, 'CLOSE_ALL', resultOf('DONE', { code: 10010, volume: 0.996 }));
    const rest = tradeAfter(trade, part);
    expect(rest.actions).toMatchObject([{ type: 'CLOSE_ALL', volume: 0.004 }]);
    const begun = {
      ...rest,
      actions: rest.actions.map((action): Action => ({ ...action, status: 'EXECUTING' })),
    };
    const refused = answered(begun, 'CLOSE_ALL', resultOf('REJECTED', { code: 10014 }));
    expect(stepsOf(refused)).toEqual(['EXECUTING>REJECTED CLOSE_ALL']);
    // The trade is not over: a person must see to it.
    expect(isSettled(tradeAfter(begun, refused))).toBe(false);
  });
});

describe('a hedge', () => {
  const opening = (state: Trade['state']) => executing('OPEN_HEDGE', { volume: 1, stopLoss: 101 }, { state });
  const opened = (more: Partial<ActionResult> = {}) =>
    resultOf('DONE', { openedTicket: 9n, price: 100, ...more });

  it('that is opened is the trade’s, as large as it was filled', () => {
    const trade = opening('HEDGED');
    expect(tradeAfter(trade, answered(trade, 'OPEN_HEDGE', opened())).hedge).toEqual(HEDGE);
    const part = answered(trade, 'OPEN_HEDGE', opened({ code: 10010, volume: 0.4, stopLoss: 102 }));
    expect(stepsOf(part)).toEqual(['EXECUTING>DONE OPEN_HEDGE']);
    expect(tradeAfter(trade, part).hedge).toEqual({ ...HEDGE, volume: 0.4, stopLoss: 102 });
  });

  it.each(['WARNING_L1', 'WARNING_L2', 'RECOVERING', 'CLOSED'] as const)(
    'that opens when the trade is %s is closed again',
    (state) => {
      const trade = opening(state);
      const events = answered(trade, 'OPEN_HEDGE', opened());
      expect(stepsOf(events)).toEqual(['EXECUTING>DONE OPEN_HEDGE', 'actionPlanned']);
      expect(tradeAfter(trade, events).actions).toMatchObject([{ type: 'CLOSE_HEDGE', volume: 1 }]);
    },
  );

  it.each<[string, ActionResult]>([
    ['refused', resultOf('REJECTED', { code: 10046 })],
    ['never filled', resultOf('NO_CHANGE')],
  ])('that is %s leaves the trade in WARNING_L2, not in a hedge it has not', (_name, result) => {
    const trade = opening('HEDGED');
    const events = answered(trade, 'OPEN_HEDGE', result);
    expect(stepsOf(events)[1]).toBe('HEDGED>WARNING_L2');
    expect(events[1]?.change).toMatchObject({ cause: 'HEDGE_GONE' });
    expect(tradeAfter(trade, events)).toMatchObject({ state: 'WARNING_L2', hedge: null });
  });

  it('that is given up leaves it so as well', () => {
    const trade = opening('HEDGED');
    const events = expire(trade, openOf(trade, 'OPEN_HEDGE'), 'given up', T0, CONTEXT, 'anna');
    expect(stepsOf(events)).toEqual(['EXECUTING>EXPIRED OPEN_HEDGE', 'HEDGED>WARNING_L2']);
  });

  it('that is closed is gone, in part smaller, and the rest is planned again', () => {
    const trade = executing('CLOSE_HEDGE', { volume: 1 }, { state: 'RECOVERING', hedge: HEDGE });
    const done = answered(trade, 'CLOSE_HEDGE', resultOf('DONE'));
    expect(fieldsOf(done[0])).toEqual(['hedge']);
    expect(tradeAfter(trade, done)).toMatchObject({ hedge: null, actions: [] });
    const part = answered(trade, 'CLOSE_HEDGE', resultOf('DONE', { code: 10010, volume: 0.6 }));
    expect(stepsOf(part)).toEqual(['EXECUTING>DONE CLOSE_HEDGE', 'actionPlanned']);
    expect(tradeAfter(trade, part)).toMatchObject({
      ...{ hedge: { ticket: 9n, volume: 0.4 }, actions: [{ type: 'CLOSE_HEDGE', volume: 0.4 }] },
    });
    const gone = answered(trade, 'CLOSE_HEDGE', resultOf('NO_CHANGE', { code: 10036 }));
    expect(tradeAfter(trade, gone)).toMatchObject({ hedge: null, actions: [] });
  });

  it('that is closed while the trade was to be hedged again leaves it in WARNING_L2', () => {
    const trade = executing('CLOSE_HEDGE', { volume: 1 }, { state: 'HEDGED', hedge: HEDGE });
    const events = answered(trade, 'CLOSE_HEDGE', resultOf('DONE'));
    expect(stepsOf(events)).toEqual(['EXECUTING>DONE CLOSE_HEDGE', 'HEDGED>WARNING_L2']);
  });
});

describe('adding again', () => {
  const trade = executing('RE_ADD', { volume: 0.25 }, { state: 'HEALTHY', volume: 0.5, closedVolume: 0.5 });

  it('on a netting account the position grows by what was filled', () => {
    const done = tradeAfter(trade, answered(trade, 'RE_ADD', resultOf('DONE', { openedTicket: 1n })));
    expect(done).toMatchObject({ volume: 0.75, closedVolume: 0.25 });
    const part = answered(trade, 'RE_ADD', resultOf('DONE', { code: 10010, volume: 0.1 }));
    expect(tradeAfter(trade, part)).toMatchObject({ volume: 0.6, closedVolume: 0.4, actions: [] });
  });

  it('on a hedging account it does not: the position that was opened is another', () => {
    const done = tradeAfter(trade, answered(trade, 'RE_ADD', resultOf('DONE', { openedTicket: 77n })));
    expect(done).toMatchObject({ volume: 0.5, closedVolume: 0.25 });
  });
});

describe('stops', () => {
  it.each(['TIGHTEN_SL', 'TRAIL_SL', 'MOVE_SL_BREAKEVEN'] as const)(
    'of %s are where the broker says',
    (type) => {
      const trade = executing(type, { stopLoss: 95 }, { stopRejections: 2 });
      expect(tradeAfter(trade, answered(trade, type, resultOf('DONE')))).toMatchObject({
        ...{ stopLoss: 95, stopRejections: 0, stopChangedAt: T0 },
      });
      const other = answered(trade, type, resultOf('DONE', { stopLoss: 94.9 }));
      expect(tradeAfter(trade, other).stopLoss).toBe(94.9);
    },
  );

  it('that move withdraw the plans they overtake', () => {
    const looser = actionOf('TRAIL_SL', { stopLoss: 94 });
    const trade = executing('TIGHTEN_SL', { stopLoss: 95 }, { actions: [looser] });
    const [event] = answered(trade, 'TIGHTEN_SL', resultOf('DONE'));
    expect(event?.change).toMatchObject({ withdrawn: [{ type: 'TRAIL_SL', status: 'EXPIRED' }] });
    expect(event?.trade.actions).toEqual([]);
  });

  function refusedTimes(times: number, emergencyCloseAfter?: number): readonly TradeEvent[] {
    const context = contextOf(emergencyCloseAfter === undefined ? {} : { actions: { emergencyCloseAfter } });
    const trade = executing('TIGHTEN_SL', { stopLoss: 95 }, { stopRejections: times - 1 });
    return answered(trade, 'TIGHTEN_SL', resultOf('REJECTED'), context);
  }

  it('that are refused three times in a row close the trade: it is not protected', () => {
    expect(stepsOf(refusedTimes(2))).toEqual(['EXECUTING>REJECTED TIGHTEN_SL']);
    const events = refusedTimes(3);
    expect(stepsOf(events)).toEqual(['EXECUTING>REJECTED TIGHTEN_SL', 'actionPlanned']);
    expect(events[1]?.change).toMatchObject({
      cause: '3 stops in a row were refused',
      planned: [{ type: 'CLOSE_ALL', volume: 1, reduceOnly: true }],
    });
  });

  it.each([10015, 10016])('whose price (%i) lay on a tick nobody told do not count', (code) => {
    // Before, a broker with another tick had the trade closed for our made-up prices.
    const told = contextOf();
    const untold = { ...told, reference: { ...told.reference, isTold: () => false } };
    const trade = executing('TIGHTEN_SL', { stopLoss: 95 }, { stopRejections: 2 });
    const steps = (context: TradeContext, refusal: number) =>
      stepsOf(answered(trade, 'TIGHTEN_SL', resultOf('REJECTED', { code: refusal }), context));
    expect(steps(untold, code)).toEqual(['EXECUTING>REJECTED TIGHTEN_SL']);
    expect(steps(told, code)).toContain('actionPlanned');
    expect(steps(untold, 10006)).toContain('actionPlanned');
  });

  it('close it after as many as configured, or never', () => {
    expect(stepsOf(refusedTimes(1, 1))).toContain('actionPlanned');
    expect(stepsOf(refusedTimes(50, 0))).toEqual(['EXECUTING>REJECTED TIGHTEN_SL']);
  });

  it('that are refused once the close is on its way plan no second one', () => {
    const close = actionOf('CLOSE_ALL', { volume: 1, status: 'EXECUTING' });
    const trade = executing('TIGHTEN_SL', { stopLoss: 95 }, { stopRejections: 3, actions: [close] });
    expect(stepsOf(answered(trade, 'TIGHTEN_SL', resultOf('REJECTED')))).toEqual([
      'EXECUTING>REJECTED TIGHTEN_SL',
    ]);
  });

  it('that are refused for a trade that is closed plan nothing', () => {
    const trade = executing('TIGHTEN_SL', { stopLoss: 95 }, { stopRejections: 5, state: 'CLOSED' });
    expect(stepsOf(answered(trade, 'TIGHTEN_SL', resultOf('REJECTED')))).toHaveLength(1);
  });
});

describe('a closed trade', () => {
  it('is not over while an action of it is open or a close was refused', () => {
    const closed = tradeOf({ state: 'CLOSED' });
    const letter = (type: ActionType) => ({
      ...closed,
      deadLetters: [actionOf(type, { status: 'REJECTED' })],
    });
    expect(isSettled(closed)).toBe(true);
    expect(isSettled(tradeOf({ state: 'HEALTHY' }))).toBe(false);
    for (const status of ['PENDING', 'LEASED', 'EXECUTING', 'IN_DOUBT'] as const) {
      expect(isSettled({ ...closed, actions: [actionOf('CLOSE_HEDGE', { status })] })).toBe(false);
    }
    expect([isSettled(letter('CLOSE_ALL')), isSettled(letter('CLOSE_HEDGE'))]).toEqual([false, false]);
    expect([isSettled(letter('RE_ADD')), isSettled(letter('TIGHTEN_SL'))]).toEqual([true, true]);
  });
});
