// When monitoring starts, how R is estimated, and what is shown of a trade.
import { describe, expect, it } from 'vitest';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import {
  begin,
  currentPriceOf,
  evaluationOf,
  evaluationsOf,
  monitoringOf,
  openResultR,
  warningsOf,
} from '../../../../src/domain/trade/monitoring.js';
import type { TradeSpec } from '../../../../src/domain/trade/trade.js';
import { openTrade, riskOf } from '../../../../src/domain/trade/version.js';
import { ScriptedFacts, scored } from '../../../support/facts.js';
import { MINUTE, specOf, T0, tradeOf } from '../../../support/trades.js';

const AGE = 15 * MINUTE;

function begun(price: number, after: number, spec: Partial<TradeSpec> = {}, atrCoarse: number | null = null) {
  const facts = new ScriptedFacts({
    asOf: T0 + after,
    bid: price,
    ask: price,
    atrCoarse,
    evaluationCount: 4,
  });
  return begin(openTrade(specOf(spec), 'BTCUSD', T0), facts, T0 + after, DEFAULT_RULES);
}

const changes = (...given: Parameters<typeof begun>) => begun(...given).map(({ change }) => change);

describe('R', () => {
  it('is the distance from the entry to the initial stop', () => {
    expect(riskOf(specOf())).toBe(10);
    expect(riskOf(specOf({ stopLoss: 98, initialStopLoss: 95 }))).toBe(5);
    expect(riskOf(specOf({ direction: 'SELL' }))).toBe(10);
    expect(riskOf(specOf({ stopLoss: null }))).toBeNull();
    expect(riskOf(specOf({ stopLoss: 100 }))).toBeNull();
  });

  it('is estimated from the ATR where there was no stop, once that is known', () => {
    expect(changes(100, MINUTE, { stopLoss: null }, null)).toEqual([]);
    const [event] = begun(100, MINUTE, { stopLoss: null }, 2);
    expect(event?.change).toEqual({ kind: 'riskEstimated', risk: 3 });
    expect(event?.trade).toMatchObject({ risk: 3, riskEstimated: true, version: 2 });
  });

  it('estimated counts at once', () => {
    expect(changes(101, MINUTE, { stopLoss: null }, 2).map(({ kind }) => kind)).toEqual([
      'riskEstimated',
      'monitoringStarted',
    ]);
  });
});

describe('monitoring starts', () => {
  it('at +0.2 R', () => {
    expect(changes(101.99, MINUTE)).toEqual([]);
    expect(changes(102, MINUTE)).toEqual([{ kind: 'monitoringStarted', trigger: 'PROFIT', price: 102 }]);
    expect(changes(98, MINUTE, { direction: 'SELL' })).toMatchObject([{ trigger: 'PROFIT' }]);
  });

  it('at -0.5 R', () => {
    expect(changes(95.01, MINUTE)).toEqual([]);
    expect(changes(95, MINUTE)).toEqual([{ kind: 'monitoringStarted', trigger: 'LOSS', price: 95 }]);
    expect(changes(105, MINUTE, { direction: 'SELL' })).toMatchObject([{ trigger: 'LOSS' }]);
  });

  it('at 15 minutes of age, also without R', () => {
    expect(changes(100, AGE - 1)).toEqual([]);
    expect(changes(100, AGE)).toMatchObject([{ trigger: 'AGE' }]);
    expect(changes(100, AGE, { stopLoss: null })).toMatchObject([{ trigger: 'AGE' }]);
  });

  it('not on data from before the trade was opened', () => {
    expect(changes(80, -MINUTE)).toEqual([]);
  });

  it('not while paused', () => {
    const facts = new ScriptedFacts({ asOf: T0 + AGE });
    const trade = { ...openTrade(specOf(), 'BTCUSD', T0), pausedAt: T0 };
    expect(begin(trade, facts, T0 + AGE, DEFAULT_RULES)).toEqual([]);
  });

  it('with a clean slate: earlier evaluations, warnings and structure do not concern the trade', () => {
    expect(begun(100, AGE)[0]?.trade).toMatchObject({
      monitoredSince: T0 + AGE,
      countedFrom: 4,
      warnedFrom: T0 + AGE,
      structureSeenAt: T0 + AGE,
    });
  });
});

describe('what is shown', () => {
  const facts = new ScriptedFacts({
    asOf: T0,
    bid: 104,
    ask: 105,
    evaluationCount: 9,
    buy: scored(2),
    buyWarnings: { MOMENTUM: 1 },
  });

  it('names why a trade is not watched', () => {
    const blind = new ScriptedFacts({ asOf: null });
    const stale = new ScriptedFacts({ asOf: T0, stale: true });
    expect(monitoringOf(tradeOf(), null, T0)).toBe('WAITING_FOR_DATA');
    expect(monitoringOf(tradeOf(), blind, T0)).toBe('WAITING_FOR_DATA');
    expect(monitoringOf(tradeOf({ monitoredSince: null }), facts, T0)).toBe('STANDBY');
    expect(monitoringOf(tradeOf(), facts, T0)).toBe('ACTIVE');
    expect(monitoringOf(tradeOf(), stale, T0)).toBe('STALE_DATA');
    expect(monitoringOf(tradeOf({ pausedAt: T0 }), null, T0)).toBe('PAUSED');
    expect(monitoringOf(tradeOf({ state: 'CLOSED' }), facts, T0)).toBe('ENDED');
  });

  it('takes evaluations from the view, but only those that concern the trade', () => {
    expect([
      evaluationOf(tradeOf({ countedFrom: 6 }), facts),
      evaluationsOf(tradeOf({ countedFrom: 6, evaluationsBefore: 2 }), facts),
      warningsOf(tradeOf({ countedFrom: 6 }), facts),
    ]).toEqual([scored(2), 5, { MOMENTUM: 1 }]);
    expect([
      evaluationOf(tradeOf({ countedFrom: 9 }), facts),
      evaluationsOf(tradeOf({ countedFrom: 9 }), facts),
      warningsOf(tradeOf({ countedFrom: 9 }), facts),
    ]).toEqual([null, 0, {}]);
    expect(evaluationOf(tradeOf({ countedFrom: 0 }), null)).toBeNull();
  });

  it('values a BUY on the bid and a SELL on the ask, in R', () => {
    expect([currentPriceOf(tradeOf(), facts), openResultR(tradeOf(), facts)]).toEqual([104, 0.4]);
    const sell = tradeOf({}, { direction: 'SELL' });
    expect([currentPriceOf(sell, facts), openResultR(sell, facts)]).toEqual([105, -0.5]);
    expect(openResultR(tradeOf({ risk: null }), facts)).toBeNull();
    expect(openResultR(tradeOf(), null)).toBeNull();
  });

  it('values a closed trade at its closing price, if that is known', () => {
    expect(openResultR(tradeOf({ state: 'CLOSED', closePrice: 90 }), facts)).toBe(-1);
    expect(openResultR(tradeOf({ state: 'CLOSED' }), facts)).toBeNull();
  });
});
