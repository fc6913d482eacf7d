// Quotes, order flow, spreads, recorded evaluations, and when a view is checked.
import { describe, expect, it } from 'vitest';
import { OrderFlowWindows } from '../../../../src/domain/market/order-flow.js';
import { SpreadSketch } from '../../../../src/domain/market/spread-sketch.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import { Regimes } from '../../../../src/domain/signals/regime.js';
import { CheckSchedule } from '../../../../src/domain/views/check-schedule.js';
import { feed, M1, M5, M15, viewOf } from '../../../support/market-views.js';
import { barOf, barsThrough, MONDAY, random, syntheticBars } from '../../../support/synthetic-market.js';

const SECOND = 1000;
const DAY = 86_400_000;

describe('prices', () => {
  it('exits are on the bid for BUY and on the ask for SELL, while the quote is as new as the last close', () => {
    const view = feed(viewOf(), 'M5', [barOf(MONDAY, 100, 101, 99, 100.5)]);
    expect([view.exitPrice('BUY'), view.exitPrice('SELL')]).toEqual([100.5, 100.5]);
    view.addQuote({ time: MONDAY + M5, bid: 102, ask: 102.5 });
    expect([view.exitPrice('BUY'), view.exitPrice('SELL'), view.spread]).toEqual([102, 102.5, 0.5]);
    feed(view, 'M5', [barOf(MONDAY + M5, 101, 104, 101, 103)]);
    expect([view.exitPrice('BUY'), view.exitPrice('SELL')]).toEqual([103, 103.5]);
    expect(view.asOf).toBe(MONDAY + 2 * M5);
  });

  it('are unknown without data; a quote alone is enough', () => {
    const view = viewOf();
    expect([view.asOf, view.exitPrice('BUY'), view.spread, view.trigger()]).toEqual([null, null, null, null]);
    view.addQuote({ time: 5, bid: 1, ask: 2 });
    expect([view.asOf, view.exitPrice('BUY'), view.exitPrice('SELL')]).toEqual([5, 1, 2]);
  });

  it('a repeated quote is nothing, an older one late, another of the same time a replacement', () => {
    const view = viewOf();
    const quote = { time: 10, bid: 1, ask: 2 };
    expect([view.addQuote(quote), view.addQuote({ ...quote }), view.addQuote({ ...quote, time: 9 })]).toEqual(
      ['accepted', 'duplicate', 'late'],
    );
    expect(view.addQuote({ ...quote, ask: 3 })).toBe('accepted');
    expect(view.quote).toEqual({ time: 10, bid: 1, ask: 3 });
  });
});

describe('order flow', () => {
  const filled = (deltas: readonly number[]): OrderFlowWindows => {
    const windows = new OrderFlowWindows(20, 5 * M1);
    for (const [time, delta] of deltas.entries()) {
      windows.add({ time, buyVolume: 100 + Math.max(delta, 0), sellVolume: 100 + Math.max(-delta, 0) });
    }
    return windows;
  };

  it('standardises the latest delta by the 20 windows before it, not by itself', () => {
    const before = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 1 : -1));
    expect(filled([...before, 3]).deltaZ(20)).toBe(3);
    expect(filled([50, ...before, 3]).deltaZ(21)).toBe(3);
    expect(filled(before).deltaZ(19)).toBeNull();
  });

  it('is undefined without deviation, rounding included', () => {
    expect(filled(Array.from({ length: 21 }, () => 0.1)).deltaZ(20)).toBeNull();
    expect(filled([...Array.from({ length: 20 }, () => 0.1), 7]).deltaZ(20)).toBeNull();
  });

  it('is too old a coarse bar and 5 minutes after its end', () => {
    const windows = new OrderFlowWindows(20, 5 * M1);
    windows.add({ time: 0, buyVolume: 3, sellVolume: 1 });
    expect(windows.latest(20 * M1)?.buyVolume).toBe(3);
    expect(windows.latest(20 * M1 + 1)).toBeNull();
  });

  it('an empty window has no shares', () => {
    const windows = new OrderFlowWindows(20, 5 * M1);
    windows.add({ time: 0, buyVolume: 0, sellVolume: 0 });
    expect(windows.latest(0)).toBeNull();
  });

  it('repeats are nothing, older windows late, another of the same time a replacement', () => {
    const windows = new OrderFlowWindows(20, 5 * M1);
    const flow = { time: 10, buyVolume: 1, sellVolume: 2 };
    expect([windows.add(flow), windows.add({ ...flow }), windows.add({ ...flow, time: 9 })]).toEqual([
      'accepted',
      'duplicate',
      'late',
    ]);
    expect(windows.add({ ...flow, buyVolume: 8 })).toBe('accepted');
    expect(windows.snapshot()).toEqual([{ ...flow, buyVolume: 8 }]);
  });
});

describe('median spread', () => {
  it('is within 2% of the true median', () => {
    const next = random(1);
    const sketch = new SpreadSketch(30);
    const spreads = Array.from({ length: 999 }, () => 0.1 + next() ** 3);
    for (const [index, spread] of spreads.entries()) sketch.add(spread, index * M1);
    const middle = spreads.sort((a, b) => a - b)[499] ?? 0;
    expect(Math.abs((sketch.median ?? 0) / middle - 1)).toBeLessThan(0.021);
  });

  it('forgets after 30 days and knows zero', () => {
    const sketch = new SpreadSketch(30);
    expect(sketch.median).toBeNull();
    for (let index = 0; index < 10; index += 1) sketch.add(5, index);
    sketch.add(0, 29 * DAY);
    expect(sketch.median).toBeCloseTo(5, 0);
    sketch.add(0, 30 * DAY);
    expect(sketch.median).toBe(0);
    expect(sketch.snapshot()).toHaveLength(2);
  });

  it('samples quotes at checks and closes, each once: a spike between them does not count', () => {
    const view = viewOf();
    for (let index = 0; index < 20; index += 1) {
      const time = MONDAY + index * M1;
      view.addQuote({ time, bid: 100, ask: 101 });
      view.takeFastCheck(time, 'normal');
      for (let tick = 1; tick < 20; tick += 1)
        view.addQuote({ time: time + tick * SECOND, bid: 100, ask: 150 });
    }
    expect(Math.abs((view.medianSpread ?? 0) - 1)).toBeLessThan(0.021);
  });
});

describe('recorded evaluations', () => {
  /** A view that falls for long enough that every signal with data is against a BUY. */
  const fallen = () => {
    const closes = Array.from({ length: 800 }, (_, index) => 2000 - index - 3 * Math.sin(index));
    return feed(viewOf(), 'M5', barsThrough(closes, M5, MONDAY, 0.5));
  };

  it('assess records nothing; record does both directions', () => {
    const view = fallen();
    const at = view.asOf ?? 0;
    const before = view.snapshot();
    const assessed = view.assess('BUY', at);
    expect(view.snapshot()).toEqual(before);
    view.record(at);
    expect(view.evaluationCount).toBe(1);
    expect(view.latest('BUY')).toEqual(assessed);
    expect(view.latest('SELL')?.score).toBeGreaterThan(0);
    expect(assessed.score).toBeLessThan(-2);
  });

  it('warnings count evaluations per signal and decay after 30 minutes', () => {
    const view = fallen();
    const start = view.asOf ?? 0;
    for (const minutes of [0, 10, 20]) {
      view.addQuote({ time: start + minutes * M1, bid: 1200, ask: 1201 });
      view.record(start + minutes * M1);
    }
    // Bars of 5 minutes are too old to be scored after 10: the third evaluation saw nothing.
    expect(view.latest('BUY')?.score).toBeNull();
    expect(view.warnings('BUY', 0).EMA_ALIGNMENT).toBe(2);
    expect(view.warnings('BUY', start).EMA_ALIGNMENT).toBe(2);
    expect(view.warnings('BUY', start + 1).EMA_ALIGNMENT).toBe(1);
    expect(view.warnings('SELL', 0).EMA_ALIGNMENT).toBeUndefined();
    view.addQuote({ time: start + 30 * M1, bid: 1200, ask: 1201 });
    expect(view.warnings('BUY', 0).EMA_ALIGNMENT).toBe(1);
    view.addQuote({ time: start + 40 * M1, bid: 1200, ask: 1201 });
    expect(view.warnings('BUY', 0)).toEqual({});
  });

  it('their memory is bounded by the decay time', () => {
    const view = fallen();
    const start = view.asOf ?? 0;
    for (let index = 0; index < 1000; index += 1) view.record(start + index * M1);
    expect(view.evaluationCount).toBe(1000);
    expect(view.snapshot().evaluations.recent).toHaveLength(30);
  });
});

describe('fast checks', () => {
  const regimes = new Regimes('BTCUSD', DEFAULT_RULES);

  it.each([
    ['normal', 'NORMAL', 'TREND', 30],
    ['normal', 'HIGH', 'TREND', 15],
    ['normal', 'HIGH', 'RANGE', 15],
    ['normal', 'LOW', 'RANGE', 60],
    ['hedged', 'HIGH', 'TREND', 60],
  ] as const)('%s in %s %s: every %d s', (kind, volatility, structure, seconds) => {
    const schedule = new CheckSchedule(DEFAULT_RULES.schedule);
    const regime = regimes.of('LONDON', volatility, structure);
    expect(schedule.takeFast(0, kind, regime)).toBe(true);
    expect(schedule.takeFast(seconds * SECOND - 1, kind, regime)).toBe(false);
    expect(schedule.takeFast(seconds * SECOND, kind, regime)).toBe(true);
    expect(schedule.takeFast(seconds * SECOND + 1, kind, regime)).toBe(false);
  });

  it('the two kinds do not share their time', () => {
    const view = viewOf();
    view.addQuote({ time: 0, bid: 1, ask: 1 });
    expect([view.takeFastCheck(0, 'normal'), view.takeFastCheck(0, 'hedged')]).toEqual([true, true]);
    expect([view.takeFastCheck(30_000, 'normal'), view.takeFastCheck(30_000, 'hedged')]).toEqual([
      true,
      false,
    ]);
  });
});

describe('triggers', () => {
  const start = MONDAY + 40 * M5;
  const quoted = () => {
    const view = feed(viewOf('XAUUSD'), 'M5', syntheticBars({ seed: 8, count: 40, length: M5, tick: 0.01 }));
    view.addQuote({ time: start, bid: 1000, ask: 1001 });
    return view;
  };

  it('a move of 0.2% since the last deep check, either way', () => {
    const view = quoted();
    expect(view.trigger()).toBeNull();
    view.record(start);
    expect(view.trigger()).toBeNull();
    view.addQuote({ time: start + 1, bid: 1001.9, ask: 1002 });
    expect(view.trigger()).toBeNull();
    view.addQuote({ time: start + 2, bid: 1002, ask: 1003 });
    expect(view.trigger()).toBe('PRICE_MOVE');
    view.record(start + 2);
    expect(view.trigger()).toBeNull();
    view.addQuote({ time: start + 3, bid: 999.9, ask: 1003 });
    expect(view.trigger()).toBe('PRICE_MOVE');
  });

  it('a VWAP flip since the last deep check', () => {
    // Flat at 1000 with small volume, then a rise with a large one: the VWAP moves and closes stay above it.
    const flat = Array.from({ length: 50 }, (_, index) =>
      barOf(MONDAY + index * M5, 1000, 1000.2, 999.8, 1000),
    );
    const rise = [1001, 1002, 1003].map((price, index) =>
      barOf(MONDAY + (50 + index) * M5, price - 1, price + 0.2, price - 1.2, price, 400),
    );
    const view = feed(viewOf('EURUSD'), 'M5', flat);
    view.record(view.asOf ?? 0);
    expect(view.trigger()).toBeNull();
    feed(view, 'M5', rise);
    expect(view.vwapSlope).toBeGreaterThan(view.regime?.vwapThreshold ?? 1);
    expect(view.trigger()).toBe('VWAP_FLIP');
    view.record(view.asOf ?? 0);
    expect(view.trigger()).toBeNull();
  });

  it('a triggered deep check has a cooldown of 10 minutes', () => {
    const view = quoted();
    expect(view.inCooldown(start)).toBe(false);
    view.noteTriggered(start);
    expect(view.inCooldown(start + 10 * M1 - 1)).toBe(true);
    expect(view.inCooldown(start + 10 * M1)).toBe(false);
  });

  it('a coarse bar is not a trigger and starts no cooldown', () => {
    const view = quoted();
    view.record(start);
    expect(view.upsertBar('M5', barOf(start, 1000, 1001, 999, 1000)).at).toBe(start + M5);
    expect(view.inCooldown(start + M15)).toBe(false);
  });
});
