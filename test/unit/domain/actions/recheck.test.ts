// Minutes may lie between a plan and its lease: what was legal then is looked at again when a bridge asks,
// fitted to the market as it is now, or ended with its reason.

import { describe, expect, it } from 'vitest';
import type { TradeContext } from '../../../../src/domain/actions/context.js';
import type { BrokerPosition } from '../../../../src/domain/broker/snapshot.js';
import { lease } from '../../../../src/domain/changes/lease.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import type { Action } from '../../../../src/domain/trade/action.js';
import type { ActionType } from '../../../../src/domain/trade/action-specs.js';
import type { State } from '../../../../src/domain/trade/state.js';
import type { Trade } from '../../../../src/domain/trade/trade.js';
import { actionOf, contextOf, stepsOf } from '../../../support/actions.js';
import { MINUTE, T0, tradeOf } from '../../../support/trades.js';

const HEDGE = { ticket: 9n, volume: 1, entryPrice: 100, stopLoss: 101 };

interface Given {
  readonly action?: Partial<Action>;
  readonly trade?: Partial<Trade>;
  readonly spec?: Parameters<typeof tradeOf>[1];
  readonly context?: TradeContext;
  readonly at?: number;
}

/** What becomes of a planned action when a bridge asks: its lease's content, the reason it ended, or nothing. */
function asked(type: ActionType, { action, trade, spec, context = contextOf(), at = T0 }: Given = {}) {
  const planned = actionOf(type, action);
  const holder = { bridge: 'b1', leaseMs: 30_000 };
  const acting = tradeOf({ state: 'WARNING_L2', ...trade, actions: [planned] }, spec);
  const events = lease(acting, planned, holder, { at, now: 0 }, context);
  const [event] = events;
  if (event?.change.kind !== 'actionChanged') return { verdict: 'waits', events } as const;
  const { status, stopLoss, volume, reason, note } = event.change.action;
  if (status === 'LEASED') return { verdict: 'leased', stopLoss, volume, note, events } as const;
  return { verdict: 'over', reason, events } as const;
}

describe('a stop', () => {
  const STOP = { stopLoss: 95 };

  it('that is still legal is leased as planned', () => {
    const context = contextOf({ facts: { bid: 98 } });
    expect(asked('TIGHTEN_SL', { action: STOP, context })).toMatchObject({ verdict: 'leased', stopLoss: 95 });
  });

  it('that the price has passed becomes the tightest with room, and says why', () => {
    const context = contextOf({ facts: { bid: 94, atrCoarse: 2 } });
    const got = asked('TIGHTEN_SL', { action: STOP, context });
    expect(got).toMatchObject({
      verdict: 'leased',
      stopLoss: 93,
      note: expect.stringContaining('95 is not any more'),
    });
    const sell = { ...STOP, stopLoss: 105 };
    const up = contextOf({ facts: { ask: 106, atrCoarse: 2 } });
    expect(asked('TIGHTEN_SL', { action: sell, context: up, spec: { direction: 'SELL' } })).toMatchObject({
      ...{ verdict: 'leased', stopLoss: 107 },
    });
  });

  it.each([
    ['the stops level', { stopsLevel: 4 }, 94],
    ['the freeze level', { freezeLevel: 6 }, 92],
  ])('keeps %s of now', (_name, terms, stopLoss) => {
    const context = contextOf({ facts: { bid: 98, atrCoarse: 2 }, around: { terms } });
    expect(asked('TIGHTEN_SL', { action: STOP, context })).toMatchObject({ verdict: 'leased', stopLoss });
  });

  it('that is not legal and has no tighter place is over', () => {
    const context = contextOf({ facts: { bid: 90.5, atrCoarse: 2 } });
    expect(asked('TIGHTEN_SL', { action: STOP, context })).toMatchObject({
      ...{ verdict: 'over', reason: '95 is not legal at 90.5 any more' },
    });
  });

  it.each([95, 96])('that would loosen or repeat the present one at %d is over', (stopLoss) => {
    const got = asked('TIGHTEN_SL', { action: STOP, trade: { stopLoss } });
    expect(got).toMatchObject({ verdict: 'over', reason: `the stop is ${stopLoss} already` });
  });

  it('without a price is leased as planned: the broker will say', () => {
    const context = contextOf({ facts: null });
    expect(asked('TIGHTEN_SL', { action: STOP, context })).toMatchObject({ verdict: 'leased', stopLoss: 95 });
  });

  it('never loosens by being fitted, wherever the price is', () => {
    for (let bid = 85; bid <= 105; bid += 0.25) {
      const context = contextOf({ facts: { bid, atrCoarse: 3 } });
      const got = asked('TIGHTEN_SL', { action: STOP, trade: { stopLoss: 92 }, context });
      if (got.verdict !== 'leased') continue;
      expect(got.stopLoss).toBeGreaterThan(92);
      expect(got.stopLoss).toBeLessThan(bid);
    }
  });
});

describe('a partial close', () => {
  it('is leased as planned while both parts are large enough', () => {
    const got = asked('PARTIAL_CLOSE', { action: { volume: 0.5 }, trade: { volume: 0.51 } });
    expect(got).toMatchObject({ verdict: 'leased', volume: 0.5 });
  });

  it.each([0.5, 0.505, 0.3])('is over when less than the minimum would be left of %d', (volume) => {
    const got = asked('PARTIAL_CLOSE', { action: { volume: 0.5 }, trade: { volume } });
    expect(got).toMatchObject({
      verdict: 'over',
      reason: expect.stringContaining('the minimum of both is 0.01'),
    });
  });

  const aimed = (volume: number, shown = volume) =>
    asked('PARTIAL_CLOSE', {
      action: { volume: 0.3, leaves: 0.2 },
      trade: { volume },
      context: contextOf({ around: { shown: { volume: shown } } }),
    });

  it.each([
    [0.5, 0.3],
    [0.7, 0.3],
    [0.4, 0.2],
    [0.309, 0.1],
  ])('of %d closes down to what it is to leave, and never more than planned', (volume, closes) => {
    expect(aimed(volume)).toMatchObject({ verdict: 'leased', volume: closes });
    expect(aimed(1, volume)).toMatchObject({ verdict: 'leased', volume: closes });
  });

  it.each([0.2, 0.1])('is over where %d are left: somebody else closed as much', (volume) => {
    expect(aimed(volume)).toMatchObject({
      ...{ verdict: 'over', reason: `${volume} are left already, of 0.2 that are to be` },
    });
    expect(aimed(0.205)).toMatchObject({ verdict: 'over', reason: expect.stringContaining('minimum') });
  });
});

describe('a hedge', () => {
  const HEDGED: Given = { action: { volume: 1, stopLoss: 101 }, trade: { state: 'HEDGED' } };
  const asHedge = (more: Given = {}) =>
    asked('OPEN_HEDGE', { ...HEDGED, ...more, trade: { state: 'HEDGED', ...more.trade } });

  it('is as large as what is left, with a stop that fits the market of now', () => {
    const context = contextOf({ facts: { bid: 90, atrCoarse: 4 } });
    expect(asHedge({ trade: { volume: 0.4 }, context })).toMatchObject({
      ...{
        verdict: 'leased',
        volume: 0.4,
        stopLoss: 90 + DEFAULT_RULES.actions.hedgeStopAtr * 4,
        note: expect.stringContaining('what is left'),
      },
    });
  });

  it('is never larger than planned', () => {
    expect(asHedge({ trade: { volume: 3 } })).toMatchObject({ verdict: 'leased', volume: 1 });
  });

  it('is over when a hedge is open or too little is left, and the trade is not hedged then', () => {
    expect(asHedge({ trade: { hedge: HEDGE } })).toMatchObject({
      verdict: 'over',
      reason: 'a hedge is open',
    });
    const little = asHedge({ trade: { volume: 0.005 } });
    expect(little).toMatchObject({ verdict: 'over' });
    expect(stepsOf(little.events)).toEqual(['PENDING>EXPIRED OPEN_HEDGE', 'HEDGED>WARNING_L2']);
  });
});

describe('closing', () => {
  it('takes what is there now, whatever was planned', () => {
    const all = asked('CLOSE_ALL', { action: { volume: 1 }, trade: { volume: 0.3, state: 'CLOSED' } });
    expect(all).toMatchObject({ verdict: 'leased', volume: 0.3 });
    const hedge = asked('CLOSE_HEDGE', {
      action: { volume: 1 },
      trade: { hedge: { ...HEDGE, volume: 0.2 } },
    });
    expect(hedge).toMatchObject({ verdict: 'leased', volume: 0.2 });
  });

  it('a hedge that is not there is over', () => {
    expect(asked('CLOSE_HEDGE', { action: { volume: 1 } })).toMatchObject({
      ...{ verdict: 'over', reason: 'there is no hedge' },
    });
  });
});

describe('adding again', () => {
  const READY: Given = {
    action: { volume: 0.25, reduceOnly: false },
    trade: { state: 'HEALTHY', closedVolume: 0.5 },
  };
  const again = (more: Given = {}) => asked('RE_ADD', { ...READY, ...more });
  const news = { eventId: 'e', currency: 'USD', time: T0, impact: 'HIGH', title: 'Payrolls' } as const;

  it('is leased while it is fresh and the market calm', () => {
    expect(again()).toMatchObject({ verdict: 'leased', volume: 0.25 });
    expect(again({ at: T0 + 15 * MINUTE })).toMatchObject({ verdict: 'leased' });
  });

  it('waits as long where the market that is played is a year old', () => {
    const since = T0 + 365 * 24 * 60 * MINUTE;
    const played = (passed: number, asOf: number) =>
      again({
        action: { ...READY.action, waitsSince: since },
        at: since + passed,
        context: contextOf({ facts: { asOf }, around: { now: since + passed } }),
      });
    expect(played(15 * MINUTE, T0)).toMatchObject({ verdict: 'leased' });
    expect(played(15 * MINUTE + 1, T0)).toMatchObject({ verdict: 'over', reason: 'it is too old' });
    expect(played(0, T0 + 15 * MINUTE + 1)).toMatchObject({ verdict: 'over', reason: 'it is too old' });
  });

  it.each<[string, Given, string]>([
    ['is too old', { at: T0 + 15 * MINUTE + 1 }, 'it is too old'],
    ['the spread is wide', { context: contextOf({ facts: { spread: 3, medianSpread: 1 } }) }, 'SPREAD: '],
    ['the data is stale', { context: contextOf({ facts: { stale: true } }) }, 'STALE_DATA: '],
    ['news is near', { context: contextOf({ around: { news } }) }, 'NEWS: '],
    [
      'the account only reduces',
      { context: contextOf({ around: { account: { tradingState: 'REDUCING', limit: 'daily loss' } } }) },
      'TRADING_STATE: the account is REDUCING: daily loss',
    ],
  ])('is over when %s', (_name, given, reason) => {
    expect(again(given)).toMatchObject({ verdict: 'over', reason: expect.stringContaining(reason) });
  });
});

describe('a position that is shown to be another than its trade’s', () => {
  const TYPES = ['TIGHTEN_SL', 'PARTIAL_CLOSE', 'CLOSE_ALL', 'OPEN_HEDGE', 'RE_ADD'] as const;
  const given = (type: ActionType, shown: Partial<BrokerPosition>): Given => ({
    trade: {
      state: type === 'OPEN_HEDGE' ? 'HEDGED' : type === 'RE_ADD' ? 'HEALTHY' : 'WARNING_L2',
      closedVolume: 1,
    },
    action: { stopLoss: type === 'OPEN_HEDGE' ? 110 : 95, volume: 0.5 },
    context: contextOf({ facts: { bid: 98 }, around: { shown: { stopLoss: 90, ...shown } } }),
  });

  it.each(TYPES)('is none that an order is for: %s waits', (type) => {
    expect(asked(type, given(type, { symbol: 'BTCUSDm' })).verdict).toBe('leased');
    expect(asked(type, given(type, { symbol: 'EURUSD' })).verdict).toBe('waits');
    expect(asked(type, given(type, { direction: 'SELL' })).verdict).toBe('waits');
  });

  it('is closed where a person orders it: he means what is there', () => {
    const { action, ...ordered } = given('CLOSE_ALL', { symbol: 'EURUSD' });
    expect(asked('CLOSE_ALL', { ...ordered, action: { ...action, orderedBy: 'ann' } }).verdict).toBe(
      'leased',
    );
  });
});

describe('the trading state', () => {
  const account = (tradingState: 'REDUCING' | 'HALTED', hedgeAddsMargin: 'adds margin' | 'free' = 'free') =>
    contextOf({
      around: { account: { tradingState, limit: '', hedgeAddsMargin: hedgeAddsMargin === 'adds margin' } },
    });
  const CASES: readonly (readonly [ActionType, Given])[] = [
    ['TIGHTEN_SL', { action: { stopLoss: 95 } }],
    ['TRAIL_SL', { action: { stopLoss: 95 } }],
    ['MOVE_SL_BREAKEVEN', { action: { stopLoss: 95 } }],
    ['PARTIAL_CLOSE', { action: { volume: 0.5 } }],
    ['OPEN_HEDGE', { action: { volume: 1 }, trade: { state: 'HEDGED' } }],
    ['CLOSE_HEDGE', { action: { volume: 1 }, trade: { hedge: HEDGE } }],
    ['CLOSE_ALL', { action: { volume: 1 } }],
    ['RE_ADD', { action: { volume: 0.1 }, trade: { state: 'HEALTHY' } }],
  ];

  it.each(CASES)('HALTED holds %s back without ending it', (type, given) => {
    expect(asked(type, { ...given, context: account('HALTED') })).toEqual({ verdict: 'waits', events: [] });
  });

  it.each(CASES)('REDUCING lets %s through unless it adds risk', (type, given) => {
    const verdict = type === 'RE_ADD' ? 'over' : 'leased';
    expect(asked(type, { ...given, context: account('REDUCING') }).verdict).toBe(verdict);
  });

  it('T26: REDUCING refuses a hedge that needs margin of its own', () => {
    const given = { action: { volume: 1 }, trade: { state: 'HEDGED' } } as const;
    expect(asked('OPEN_HEDGE', { ...given, context: account('REDUCING', 'adds margin') }).verdict).toBe(
      'over',
    );
  });
});

describe('a state the trade has left', () => {
  const STATES: readonly State[] = ['HEALTHY', 'WARNING_L1', 'WARNING_L2', 'HEDGED', 'RECOVERING', 'CLOSED'];
  /** The states in which a bridge still gets what was planned. */
  const WANTED: Readonly<Record<ActionType, readonly State[]>> = {
    TIGHTEN_SL: STATES.slice(0, 5),
    TRAIL_SL: STATES.slice(0, 5),
    MOVE_SL_BREAKEVEN: STATES.slice(0, 5),
    PARTIAL_CLOSE: ['WARNING_L2', 'HEDGED', 'RECOVERING'],
    OPEN_HEDGE: ['HEDGED'],
    CLOSE_HEDGE: STATES,
    CLOSE_ALL: STATES,
    RE_ADD: ['HEALTHY'],
  };

  it.each(Object.keys(WANTED) as ActionType[])('is the end of %s', (type) => {
    const given = type.includes('_SL') || type === 'MOVE_SL_BREAKEVEN' ? { stopLoss: 95 } : { volume: 0.5 };
    const hedge = type === 'CLOSE_HEDGE' ? HEDGE : null;
    const leased = STATES.filter(
      (state) =>
        asked(type, { action: given, trade: { state, hedge, closedVolume: 1 } }).verdict === 'leased',
    );
    expect(leased).toEqual(WANTED[type]);
  });
});
