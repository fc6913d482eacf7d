// What the first system got wrong on the market side, and what the field does to a feed: ours does not.
import { describe, expect, it } from 'vitest';
import { resolveInstrument } from '../../../../src/domain/market/symbols.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import { decimal } from '../../../../src/domain/signals/decimal.js';
import { SIGNALS, type Signal } from '../../../../src/domain/signals/signal.js';
import { feed, indicatorsOf, M1, M5, M15, viewOf } from '../../../support/market-views.js';
import { barOf, barsThrough, MONDAY, syntheticBars } from '../../../support/synthetic-market.js';

const HOUR = 3_600_000;

/** One signal of a direction at the view's newest data. */
function signalOf(view: ReturnType<typeof viewOf>, signal: Signal, direction: 'BUY' | 'SELL' = 'BUY') {
  const found = view.assess(direction, view.asOf ?? 0).signals.find((part) => part.signal === signal);
  if (found === undefined) throw new Error(`${signal} is not in the breakdown`);
  return found;
}

describe('what the first system got wrong', () => {
  it('a break of structure and a change of character can fire, on few bars', () => {
    const view = viewOf();
    const events = new Map<string, number>();
    const bars = syntheticBars({ seed: 12, count: 3000, length: M15 });
    let last: unknown = null;
    for (const bar of bars) {
      view.upsertBar('M15', bar);
      const event = view.structureEvent;
      if (event !== null && event !== last) events.set(event.kind, (events.get(event.kind) ?? 0) + 1);
      last = event;
    }
    expect(events.get('CHOCH') ?? 0).toBeGreaterThan(10);
    expect(events.get('BOS') ?? 0).toBeGreaterThan(50);
    expect((events.get('BOS') ?? 0) / bars.length).toBeLessThan(0.1);
  });

  it('a structure event reaches the score', () => {
    const prices = [100, 101, 102, 105, 102, 100, 98, 100, 101, 106];
    const bars = prices.map((price, index) =>
      barOf(MONDAY + index * M15, price, price + 0.5, price - 0.5, price),
    );
    const view = feed(viewOf(), 'M15', bars);
    expect(view.structureEvent).toMatchObject({ kind: 'BOS', direction: 'UP', at: view.asOf });
    expect(signalOf(view, 'STRUCTURE', 'BUY').capped).toBe(3);
    expect(signalOf(view, 'STRUCTURE', 'SELL').capped).toBe(-3);
  });

  it('regime names match the tables: every regime changes what its table says', () => {
    const multipliers = (view: ReturnType<typeof viewOf>) => view.regime?.multipliers;
    const walk = (ticks: number) => syntheticBars({ seed: 4, count: 300, length: M15, tick: 0.01, ticks });
    const calm = feed(viewOf(), 'M15', walk(20));
    expect(calm.regime?.structure).toBe('RANGE');
    expect(multipliers(calm)?.VWAP_VOLUME).toBeGreaterThan(multipliers(calm)?.STRUCTURE ?? 9);
    const wild = feed(viewOf(), 'M15', walk(2000));
    expect(wild.regime?.structure).toBe('TREND');
    const burst = barOf((wild.asOf ?? 0) + 0, 1000, 2000, 900, 1500);
    expect(wild.upsertBar('M15', burst).status).toBe('accepted');
    expect(wild.regime?.volatility).toBe('HIGH');
    expect(multipliers(wild)?.STRUCTURE).toBeGreaterThan(multipliers(wild)?.MOMENTUM ?? 9);
  });

  it("a broker's symbol gets its instrument's threshold, not the default's", () => {
    const threshold = (symbol: string): number | undefined => {
      const view = viewOf(resolveInstrument(symbol));
      view.addQuote({ time: Date.UTC(2025, 0, 15, 9), bid: 1, ask: 1 });
      return view.regime?.vwapThreshold;
    };
    expect(threshold('BTCUSDc')).toBe(DEFAULT_RULES.regime.vwapBase.BTCUSD);
    expect(threshold('EURUSDm')).toBe(DEFAULT_RULES.regime.vwapBase.EURUSD);
    expect(threshold('BTCUSDc')).not.toBe(DEFAULT_RULES.regime.vwapBaseDefault);
  });

  it('a big candle in favour scores for the trade', () => {
    const view = feed(viewOf(), 'M5', syntheticBars({ seed: 4, count: 60, length: M5 }));
    const at = view.asOf ?? 0;
    view.upsertBar('M5', barOf(at, 1000, 1051, 999, 1050));
    expect(signalOf(view, 'CANDLE_CONVICTION', 'BUY').contribution).toBeGreaterThan(0);
    expect(signalOf(view, 'CANDLE_CONVICTION', 'SELL').contribution).toBeLessThan(0);
  });

  it('a contribution carries its multiplier once and its weight once', () => {
    const view = feed(viewOf(), 'M5', syntheticBars({ seed: 14, count: 900, length: M5 }));
    const { signals } = view.assess('BUY', view.asOf ?? 0);
    for (const { signal, raw, capped, multiplier, contribution } of signals) {
      const cap = DEFAULT_RULES.signals.caps[signal];
      expect(capped).toBe(Math.max(-cap, Math.min(cap, raw)));
      expect(contribution).toBe(decimal(capped * multiplier));
    }
    expect(signals.filter(({ contribution }) => contribution !== 0).length).toBeGreaterThan(1);
  });

  it("the slope is the VWAP's, not the price's", () => {
    const before = barOf(MONDAY, 100, 100, 100, 100, 1_000_000);
    const view = feed(viewOf(), 'M5', [before]);
    feed(view, 'M5', barsThrough([100, 104, 108, 112], M5, MONDAY + M5));
    expect(view.lastFineBar?.bar.close).toBe(112);
    expect(view.vwapSlope).toBeGreaterThan(0);
    expect(view.vwapSlope).toBeLessThan(1e-4);
  });

  it('VWAP takes each bar once, whatever is repeated, and starts anew with the session', () => {
    const bars = syntheticBars({ seed: 15, count: 288 + 30, length: M5 });
    const view = viewOf();
    for (const bar of bars) {
      view.upsertBar('M5', bar);
      view.upsertBar('M5', bar);
    }
    const session = bars.slice(288);
    const volume = session.reduce((sum, bar) => sum + bar.volume, 0);
    const turnover = session.reduce(
      (sum, { high, low, close, volume: v }) => sum + ((high + low + close) / 3) * v,
      0,
    );
    expect(view.vwap).toBeCloseTo(turnover / volume, 9);
    expect(feed(viewOf(), 'M5', bars.slice(0, 289)).vwapSlope).toBeNull();
  });

  it('VWAP without volume is undefined, and its signal says so instead of showing 0', () => {
    const silent = syntheticBars({ seed: 16, count: 60, length: M5 }).map((bar) => ({ ...bar, volume: 0 }));
    const view = feed(viewOf(), 'M5', silent);
    expect([view.vwap, view.vwapSlope]).toEqual([null, null]);
    expect(signalOf(view, 'VWAP_VOLUME')).toMatchObject({
      available: false,
      reason: 'no VWAP slope and no order flow',
    });
  });

  it('a bar first seen while forming ends with its whole range', () => {
    const bars = syntheticBars({ seed: 17, count: 40, length: M5 });
    const whole = barOf(MONDAY + 40 * M5, 1000, 1020, 980, 1010, 50);
    const view = feed(viewOf(), 'M5', bars);
    view.setForming('M5', { ...whole, high: 1010, low: 996, close: 1005, volume: 30 });
    view.upsertBar('M5', whole);
    expect(indicatorsOf(view)).toEqual(indicatorsOf(feed(viewOf(), 'M5', [...bars, whole])));
    expect(view.lastFineBar?.bar).toEqual(whole);
  });

  it('six-hour-old bars are not scored, also while quotes go on', () => {
    const view = feed(viewOf(), 'M5', syntheticBars({ seed: 18, count: 900, length: M5 }));
    const closed = view.asOf ?? 0;
    expect(view.assess('BUY', closed).score).not.toBeNull();
    view.addQuote({ time: closed + 6 * HOUR, bid: 900, ask: 901 });
    view.record(closed + 6 * HOUR);
    expect(view.latest('BUY')?.score).toBeNull();
    expect(view.latest('BUY')?.signals.map(({ available }) => available)).toEqual(SIGNALS.map(() => false));
    expect(view.isStale(closed + 6 * HOUR)).toBe(true);
  });

  it('nothing grows with the number of bars, quotes, windows or evaluations', () => {
    const rules = { ...DEFAULT_RULES, retainedBars: 50 };
    const view = viewOf('BTCUSD', rules);
    const sizeAfter = (from: number, to: number): number => {
      for (const bar of syntheticBars({
        seed: 19,
        count: to - from,
        length: M1,
        start: MONDAY + from * M1,
      })) {
        const { at, coarseClosed } = view.upsertBar('M1', bar);
        view.addQuote({ time: at, bid: bar.close, ask: bar.close + 1 });
        view.addOrderFlow({ time: at, buyVolume: bar.volume, sellVolume: 3 });
        if (view.takeFastCheck(at, 'normal') || coarseClosed) view.record(at);
      }
      return JSON.stringify(view.snapshot()).length;
    };
    const small = sizeAfter(0, 500);
    expect(sizeAfter(500, 3000)).toBeLessThan(small * 1.25);
  });
});

describe('what the field does to a feed', () => {
  it('order flow in which every tick is a buy has no z and is not pressure', () => {
    const view = feed(viewOf(), 'M1', syntheticBars({ seed: 20, count: 60, length: M1 }));
    const at = view.asOf ?? 0;
    for (let index = 30; index >= 0; index -= 1) {
      view.addOrderFlow({ time: at - index * M1, buyVolume: 100, sellVolume: 0 });
    }
    expect(view.deltaZ).toBeNull();
    expect(signalOf(view, 'DELTA_PRESSURE').available).toBe(false);
  });

  it('a spread spike at rollover does not move the median', () => {
    const view = viewOf('EURUSD');
    for (let index = 0; index < 100; index += 1) {
      const spread = index > 90 ? 0.01 : 0.0001;
      view.addQuote({ time: MONDAY + index * M1, bid: 1, ask: 1 + spread });
      view.takeFastCheck(MONDAY + index * M1, 'normal');
    }
    expect(view.spread).toBeCloseTo(0.01, 10);
    expect(Math.abs((view.medianSpread ?? 0) / 0.0001 - 1)).toBeLessThan(0.03);
  });

  it('a flat market is neither overbought nor oversold, wide nor narrow by accident', () => {
    const flat = Array.from({ length: 300 }, (_, index) => barOf(MONDAY + index * M15, 100, 100, 100, 100));
    const view = feed(viewOf(), 'M15', flat);
    expect([view.rsi, view.atrCoarse, view.swingHigh, view.structureEvent]).toEqual([50, 0, null, null]);
    expect(view.regime).toMatchObject({ volatility: 'NORMAL', structure: 'RANGE' });
    expect(view.assess('BUY', view.asOf ?? 0).score).toBe(0);
  });

  it('extreme prices stay finite', () => {
    for (const price of [1e-9, 1e9]) {
      const bars = syntheticBars({ seed: 21, count: 400, length: M5, price, tick: price / 4000 }).map(
        (bar) => ({
          ...bar,
          volume: bar.volume * 1e13,
        }),
      );
      const view = feed(viewOf(), 'M5', bars);
      const text = JSON.stringify(indicatorsOf(view), (_, value: unknown) =>
        typeof value === 'number' && !Number.isFinite(value) ? 'NOT FINITE' : value,
      );
      expect(text).not.toContain('NOT FINITE');
      expect(view.rsi).not.toBeNull();
    }
  });
});
