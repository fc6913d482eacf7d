// Each signal's rule, case by case, and how contributions become a score.
import { describe, expect, it } from 'vitest';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import { candleConviction } from '../../../../src/domain/signals/candle-conviction.js';
import { deltaPressure } from '../../../../src/domain/signals/delta-pressure.js';
import { emaAlignment } from '../../../../src/domain/signals/ema-alignment.js';
import { evaluate } from '../../../../src/domain/signals/evaluation.js';
import type { Features } from '../../../../src/domain/signals/features.js';
import { momentum } from '../../../../src/domain/signals/momentum.js';
import { type Regime, Regimes } from '../../../../src/domain/signals/regime.js';
import { SIGNALS } from '../../../../src/domain/signals/signal.js';
import { structure } from '../../../../src/domain/signals/structure.js';
import type { SignalRule } from '../../../../src/domain/signals/verdict.js';
import { vwapVolume } from '../../../../src/domain/signals/vwap-volume.js';
import { barOf } from '../../../support/synthetic-market.js';

const REGIMES = new Regimes('BTCUSD', DEFAULT_RULES);
/** All multipliers are 1, the VWAP threshold is its base 0.002. */
const PLAIN = REGIMES.of('LONDON', 'NORMAL', 'TREND');

const NOTHING: Features = {
  stale: false,
  swingsKnown: false,
  structureEvent: null,
  structureAge: Number.NaN,
  vwap: Number.NaN,
  vwapSlope: Number.NaN,
  vwapRun: 0,
  orderFlow: null,
  deltaZ: null,
  rsi: Number.NaN,
  rsiBefore: Number.NaN,
  histogram: [Number.NaN, Number.NaN, Number.NaN],
  emaFastSlope: Number.NaN,
  emaSlowSlope: Number.NaN,
  candle: null,
  atrFine: Number.NaN,
};

/** Raw values for BUY and SELL; null when unavailable. */
function both(rule: SignalRule, features: Partial<Features>, regime: Regime = PLAIN): (number | null)[] {
  return (['BUY', 'SELL'] as const).map((direction) => {
    const { available, raw } = rule({ ...NOTHING, ...features }, direction, regime, DEFAULT_RULES);
    return available ? raw : null;
  });
}

describe('structure', () => {
  const event = (kind: 'BOS' | 'CHOCH', direction: 'UP' | 'DOWN', age = 0) => ({
    structureEvent: { kind, direction, at: 0, level: 1 },
    structureAge: age,
    swingsKnown: true,
  });

  it.each([
    ['BOS', 'UP', 3, -3],
    ['BOS', 'DOWN', -3, 3],
    ['CHOCH', 'UP', 2, -3],
    ['CHOCH', 'DOWN', -3, 2],
  ] as const)('%s %s is %d for BUY and %d for SELL', (kind, direction, buy, sell) => {
    expect(both(structure, event(kind, direction))).toEqual([buy, sell]);
  });

  it('is held for 8 coarse bars', () => {
    expect(both(structure, event('BOS', 'UP', 7))).toEqual([3, -3]);
    expect(both(structure, event('BOS', 'UP', 8))).toEqual([0, 0]);
  });

  it('without an event is 0 where swings are known, else unavailable', () => {
    expect(both(structure, { swingsKnown: true })).toEqual([0, 0]);
    expect(both(structure, {})).toEqual([null, null]);
  });
});

describe('vwap_volume', () => {
  const flow = (buyVolume: number, sellVolume: number) => ({ orderFlow: { time: 0, buyVolume, sellVolume } });

  it('a flip is -2 against and +1 with the trade, whichever way the VWAP slopes', () => {
    expect(both(vwapVolume, { vwapSlope: 0.002, vwapRun: 2 })).toEqual([1, -2]);
    expect(both(vwapVolume, { vwapSlope: -0.003, vwapRun: -5 })).toEqual([-2, 1]);
    expect(both(vwapVolume, { vwapSlope: 0.003, vwapRun: -2 })).toEqual([-2, 1]);
  });

  it('takes two closes and the whole threshold', () => {
    expect(both(vwapVolume, { vwapSlope: 0.002, vwapRun: 1 })).toEqual([0, 0]);
    expect(both(vwapVolume, { vwapSlope: 0.0019, vwapRun: 9 })).toEqual([0, 0]);
    expect(
      both(vwapVolume, { vwapSlope: 0.002, vwapRun: 2 }, REGIMES.of('ASIAN', 'NORMAL', 'TREND')),
    ).toEqual([0, 0]);
  });

  it('opposite volume: above 65% -1, above 55% -0.5, below 35% +1', () => {
    expect(both(vwapVolume, flow(34, 66))).toEqual([-1, 1]);
    expect(both(vwapVolume, flow(35, 65))).toEqual([-0.5, 0]);
    expect(both(vwapVolume, flow(44, 56))).toEqual([-0.5, 0]);
    expect(both(vwapVolume, flow(50, 50))).toEqual([0, 0]);
    expect(both(vwapVolume, flow(10, 0))).toEqual([1, -1]);
  });

  it('one half counts without the other and says what is missing; without both it is unavailable', () => {
    const features = { ...NOTHING, vwapSlope: -0.004, vwapRun: -3 };
    expect(vwapVolume(features, 'BUY', PLAIN, DEFAULT_RULES).reason).toContain('no order flow');
    expect(vwapVolume({ ...NOTHING, ...flow(1, 9) }, 'BUY', PLAIN, DEFAULT_RULES).reason).toContain(
      'no VWAP slope',
    );
    expect(both(vwapVolume, {})).toEqual([null, null]);
  });

  it('a flip of both, VWAP and volume, is told apart for the hedge row', () => {
    const at = (features: Partial<Features>, regime = PLAIN) =>
      evaluate({ ...NOTHING, ...features }, 'BUY', regime, DEFAULT_RULES, 0).vwapVolumeFlipAgainst;
    const flipped = { vwapSlope: -0.01, vwapRun: -2 };
    expect(at({ ...flipped, ...flow(30, 70) })).toBe(true);
    expect(at({ ...flipped, ...flow(30, 70) }, REGIMES.of('LONDON', 'LOW', 'TREND'))).toBe(false);
    expect(at({ ...flipped, ...flow(27, 73) }, REGIMES.of('LONDON', 'LOW', 'TREND'))).toBe(true);
    expect(at({ ...flipped, ...flow(35, 65) })).toBe(false);
    expect(at(flipped)).toBe(false);
    expect(at({ vwapSlope: 0.01, vwapRun: 2, ...flow(30, 70) })).toBe(false);
  });
});

describe('momentum', () => {
  const flat = [0, 0, 0] as const;
  const of = (rsi: number, rsiBefore: number, histogram: Features['histogram'] = flat) => ({
    rsi,
    rsiBefore,
    histogram,
  });

  it.each([
    ['weak and weakening for BUY', of(44, 46), -2, 1],
    ['weak but recovering', of(44, 43), 0, 0],
    ['exhausted for BUY, weak for SELL', of(72, 70), -1, -2],
    ['high but falling', of(72, 75), 0, 0],
    ['firm and firming', of(52, 51), 1, 0],
    ['weak for SELL', of(56, 52), 1, -2],
    ['exhausted for SELL', of(28, 33), -2, -1],
    ['flat at 50', of(50, 50), 0, 0],
    ['MACD two steps up', of(50, 50, [3, 2, 1]), 1, -1],
    ['MACD two steps down', of(50, 50, [1, 2, 3]), -1, 1],
    ['MACD one step', of(50, 50, [3, 1, 2]), 0, 0],
    ['both halves', of(44, 46, [1, 2, 3]), -3, 2],
  ])('%s', (_name, features, buy, sell) => {
    expect(both(momentum, features)).toEqual([buy, sell]);
  });

  it('uses 40 in low volatility', () => {
    const low = REGIMES.of('LONDON', 'LOW', 'TREND');
    expect(both(momentum, of(44, 46), low)).toEqual([0, 1]);
    expect(both(momentum, of(39, 46), low)).toEqual([-2, 1]);
  });

  it('is unavailable until RSI and MACD are warmed up', () => {
    expect(both(momentum, of(50, Number.NaN))).toEqual([null, null]);
    expect(both(momentum, of(50, 50, [1, 2, Number.NaN]))).toEqual([null, null]);
  });
});

describe('ema_alignment', () => {
  it.each([
    ['both up', 1, 1, 1, -1.5],
    ['both down', -1, -1, -1.5, 1],
    ['fast down alone', -1, 1, -1, 0],
    ['fast up alone', 1, -1, 0, -1],
    ['flat', 0, 0, 0, 0],
  ])('%s', (_name, emaFastSlope, emaSlowSlope, buy, sell) => {
    expect(both(emaAlignment, { emaFastSlope, emaSlowSlope })).toEqual([buy, sell]);
  });

  it('is unavailable until both averages have a slope', () => {
    expect(both(emaAlignment, { emaFastSlope: 1 })).toEqual([null, null]);
  });
});

describe('delta_pressure', () => {
  it('counts beyond 0.5 and is unavailable without a z', () => {
    expect(both(deltaPressure, { deltaZ: 0.6 })).toEqual([1, -1]);
    expect(both(deltaPressure, { deltaZ: -0.6 })).toEqual([-1, 1]);
    expect(both(deltaPressure, { deltaZ: 0.5 })).toEqual([0, 0]);
    expect(both(deltaPressure, {})).toEqual([null, null]);
  });
});

describe('candle_conviction', () => {
  const candle = (open: number, high: number, low: number, close: number, vwap = Number.NaN) => ({
    candle: barOf(0, open, high, low, close),
    atrFine: 10,
    vwap,
  });

  it.each([
    ['a strong fall', candle(110, 110, 100, 100), -1, 0.5],
    ['a strong fall through VWAP', candle(110, 110, 100, 100, 105), -2, 1],
    ['a strong fall beside VWAP', candle(110, 110, 100, 100, 120), -1, 0.5],
    ['a strong rise', candle(100, 110, 100, 110), 0.5, -1],
    ['a strong rise through VWAP', candle(100, 110, 100, 110, 105), 1, -2],
    ['65% body of 80% ATR is enough', candle(100, 108, 100, 105.2), 0.5, -1],
    ['too small a body', candle(100, 110, 100, 106.4), 0, 0],
    ['too short', candle(100, 107.9, 100, 107.9), 0, 0],
    ['no range', candle(100, 100, 100, 100), 0, 0],
  ])('%s', (_name, features, buy, sell) => {
    expect(both(candleConviction, features)).toEqual([buy, sell]);
  });

  it('is unavailable without a bar or an ATR', () => {
    expect(both(candleConviction, { atrFine: 1 })).toEqual([null, null]);
    expect(both(candleConviction, { ...candle(1, 2, 1, 2), atrFine: Number.NaN })).toEqual([null, null]);
  });
});

describe('evaluation', () => {
  const AGAINST: Partial<Features> = {
    structureEvent: { kind: 'BOS', direction: 'DOWN', at: 0, level: 1 },
    structureAge: 0,
    rsi: 40,
    rsiBefore: 45,
    histogram: [1, 2, 3],
    emaFastSlope: -1,
    emaSlowSlope: -1,
  };

  it('clamps, multiplies and sums; the list is complete and in order', () => {
    const regime = REGIMES.of('ASIAN', 'HIGH', 'RANGE');
    const evaluation = evaluate({ ...NOTHING, ...AGAINST }, 'BUY', regime, DEFAULT_RULES, 7);
    expect(evaluation.signals.map(({ signal }) => signal)).toEqual(SIGNALS);
    const [structurePart, vwapPart, momentumPart, emaPart] = evaluation.signals;
    expect(structurePart).toMatchObject({ raw: -3, capped: -3, contribution: -2.016 });
    expect(vwapPart).toMatchObject({ available: false, raw: 0, contribution: 0 });
    expect(momentumPart).toMatchObject({ raw: -3, capped: -2, contribution: -1.28 });
    expect(emaPart).toMatchObject({ contribution: -0.96 });
    expect(evaluation.score).toBe(-4.256);
    expect(evaluation).toMatchObject({ at: 7, confluence: 'AGAINST' });
  });

  it('has no score when nothing is available, which is not a score of 0', () => {
    expect(evaluate(NOTHING, 'BUY', PLAIN, DEFAULT_RULES, 0)).toMatchObject({
      score: null,
      confluence: 'MIXED',
    });
    expect(evaluate({ ...NOTHING, swingsKnown: true }, 'BUY', PLAIN, DEFAULT_RULES, 0).score).toBe(0);
  });

  it('confluence needs 70% of the contributing weight', () => {
    const confluence = (features: Partial<Features>) =>
      evaluate({ ...NOTHING, ...features }, 'SELL', PLAIN, DEFAULT_RULES, 0).confluence;
    expect(confluence(AGAINST)).toBe('FOR');
    // +3 structure against -1 delta: 75%. Against -1.5 averages: 67%.
    const { structureEvent } = AGAINST;
    expect(confluence({ structureEvent, structureAge: 0, deltaZ: 3 })).toBe('FOR');
    expect(confluence({ structureEvent, structureAge: 0, emaFastSlope: 1, emaSlowSlope: 1 })).toBe('MIXED');
  });

  it('stale bars are not scored, and say so', () => {
    const stale = evaluate(
      { ...NOTHING, ...AGAINST, stale: true, deltaZ: -2 },
      'BUY',
      PLAIN,
      DEFAULT_RULES,
      0,
    );
    expect(stale.score).toBe(-1);
    expect(stale.signals.filter(({ available }) => available).map(({ signal }) => signal)).toEqual([
      'DELTA_PRESSURE',
    ]);
    expect(stale.signals[0]?.reason).toContain('too old');
  });
});
