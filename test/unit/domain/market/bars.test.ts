// How bars become a view's bars: aggregation, which timeframe is believed, repeats, late bars, gaps.
import { describe, expect, it } from 'vitest';
import type { Bar } from '../../../../src/domain/market/data.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import { MarketView } from '../../../../src/domain/views/market-view.js';
import {
  BarStore,
  feed,
  indicatorsOf,
  M1,
  M5,
  M15,
  restarted,
  viewOf,
} from '../../../support/market-views.js';
import { barOf, MONDAY, syntheticBars } from '../../../support/synthetic-market.js';

const minute = (index: number, price = 100 + index, volume = 1): Bar =>
  barOf(MONDAY + index * M1, price, price + 2, price - 3, price + 1, volume);

describe('aggregation', () => {
  it('M1 makes M5 and M15, closed by their last part', () => {
    const view = viewOf();
    const outcomes = Array.from({ length: 15 }, (_, index) => view.upsertBar('M1', minute(index)));
    expect(outcomes.map(({ fineClosed }) => fineClosed)).toEqual(
      Array.from({ length: 15 }, (_, index) => index % 5 === 4),
    );
    expect(outcomes.map(({ coarseClosed }) => coarseClosed).indexOf(true)).toBe(14);
    expect(outcomes[14]).toMatchObject({ status: 'accepted', at: MONDAY + M15, reason: null });
    expect(outcomes[14]?.stored.map(({ timeframe, bar }) => [timeframe, bar.time])).toEqual([
      ['M1', MONDAY + 14 * M1],
      ['M5', MONDAY + 10 * M1],
      ['M15', MONDAY],
    ]);
    expect(view.lastFineBar).toEqual({
      timeframe: 'M5',
      bar: { time: MONDAY + 10 * M1, open: 110, high: 116, low: 107, close: 115, volume: 5 },
    });
    expect(view.lastCoarseBar).toEqual({
      timeframe: 'M15',
      bar: { time: MONDAY, open: 100, high: 116, low: 97, close: 115, volume: 15 },
    });
    expect([view.fineBars, view.coarseBars, view.quality]).toEqual([3, 1, 'TOO_FEW_BARS']);
  });

  it('gives the same view from M1 as from the M5 and M15 bars they make', () => {
    const minutes = syntheticBars({ seed: 1, count: 900, length: M1 });
    const fromMinutes = viewOf();
    const fives: Bar[] = [];
    for (const bar of minutes) {
      for (const { timeframe, bar: made } of fromMinutes.upsertBar('M1', bar).stored) {
        if (timeframe === 'M5') fives.push(made);
      }
    }
    expect(fives).toHaveLength(180);
    expect(indicatorsOf(feed(viewOf(), 'M5', fives))).toEqual(indicatorsOf(fromMinutes));
  });

  it('a gap closes what it interrupts when the next bar comes', () => {
    const view = feed(viewOf(), 'M1', [minute(0), minute(1), minute(2)]);
    const next = view.upsertBar('M1', minute(22));
    expect(next).toMatchObject({ fineClosed: true, coarseClosed: true, at: MONDAY + 23 * M1 });
    expect(view.lastFineBar?.bar).toMatchObject({ time: MONDAY, close: 103, volume: 3 });
    expect(view.lastCoarseBar?.bar).toMatchObject({ time: MONDAY, close: 103, volume: 3 });
    expect(view.gaps).toBe(1);
  });

  it('a gap closes a coarse bar also when its last fine bar was complete', () => {
    const view = feed(
      viewOf(),
      'M1',
      [0, 1, 2, 3, 4].map((index) => minute(index)),
    );
    expect(view.upsertBar('M1', minute(14 + 1))).toMatchObject({ fineClosed: false, coarseClosed: true });
    expect(view.lastCoarseBar?.bar).toMatchObject({ time: MONDAY, volume: 5 });
  });

  it('a bucket the feed began in the middle of is not made up', () => {
    const view = feed(
      viewOf(),
      'M1',
      [3, 4, 5, 6, 7, 8, 9].map((index) => minute(index)),
    );
    expect(view.lastFineBar?.bar.time).toBe(MONDAY + M5);
    expect([view.fineBars, view.coarseBars]).toEqual([1, 0]);
  });
});

describe('which timeframe is believed', () => {
  it('only M15 serves as both and is degraded', () => {
    const view = viewOf();
    const outcome = view.upsertBar('M15', barOf(MONDAY, 1, 2, 1, 2));
    expect(outcome).toMatchObject({ status: 'accepted', fineClosed: true, coarseClosed: true });
    expect([view.quality, view.lastFineBar?.timeframe, view.fineBars]).toEqual(['TOO_FEW_BARS', 'M15', 1]);
    feed(view, 'M15', syntheticBars({ seed: 4, count: 30, length: M15, start: MONDAY + M15 }));
    expect([view.quality, view.atrFine === null]).toEqual(['DEGRADED', false]);
  });

  it('coarser bars warm up the coarse side and are ignored from where finer ones begin', () => {
    const view = feed(viewOf(), 'M15', syntheticBars({ seed: 2, count: 30, length: M15 }));
    expect(view.rsi).not.toBeNull();
    const fines = syntheticBars({ seed: 3, count: 7, length: M5, start: MONDAY + 30 * M15 });
    feed(view, 'M5', fines);
    expect([view.quality, view.fineBars, view.coarseBars, view.rsi]).toEqual([
      ...['TOO_FEW_BARS', 7, 32, null],
    ]);
    expect(view.atrCoarse).not.toBeNull();
    const more = syntheticBars({ seed: 5, count: 30, length: M5, start: MONDAY + 30 * M15 + 7 * M5 });
    expect(feed(view, 'M5', more).quality).toBe('FULL');
    expect(view.upsertBar('M15', barOf(MONDAY + 30 * M15, 1, 2, 1, 2))).toMatchObject({
      status: 'ignored',
      reason: 'covered by a finer timeframe',
      stored: [],
    });
    // The finer ones have ended long before.
    expect(view.upsertBar('M15', barOf(MONDAY + 90 * M15, 1, 2, 1, 2)).status).toBe('accepted');
  });

  it('what a finer timeframe replaced in an older program does not come back with a restart', () => {
    const view = viewOf();
    const store = new BarStore();
    for (const bar of syntheticBars({ seed: 8, count: 8, length: M15 }))
      store.take(view.upsertBar('M15', bar).stored);
    const snapshot = view.snapshot();
    const { indicators } = snapshot;
    const superseded = { M1: [], M5: [], M15: [MONDAY + 2 * M15, MONDAY + 3 * M15] };
    const older = { ...snapshot, indicators: { ...indicators, book: { ...indicators.book, superseded } } };
    const after = MarketView.restore(view.symbol, view.instrument, DEFAULT_RULES, older, store.all());
    expect(after.coarseBars).toBe(6);
    store.take(after.upsertBar('M15', barOf(MONDAY + 2 * M15, 1, 2, 1, 2)).stored);
    expect(restarted(after, store).coarseBars).toBe(7);
  });
});

describe('repeats, late bars, odd bars', () => {
  it('a repeat is nothing, another value a correction', () => {
    const view = feed(viewOf(), 'M5', syntheticBars({ seed: 4, count: 40, length: M5 }));
    const last = view.lastFineBar?.bar ?? barOf(0, 1, 1, 1, 1);
    const before = view.snapshot();
    expect(view.upsertBar('M5', { ...last })).toMatchObject({
      status: 'duplicate',
      stored: [],
      fineClosed: false,
    });
    expect(view.snapshot()).toEqual(before);
    const corrected = view.upsertBar('M5', { ...last, close: last.close + 1, high: last.high + 1 });
    expect(corrected).toMatchObject({ status: 'corrected', fineClosed: false, coarseClosed: false });
    expect(view.corrections).toBe(1);
    expect(view.lastFineBar?.bar.close).toBe(last.close + 1);
  });

  it('a late bar fills its place and is no new close', () => {
    const bars = [0, 1, 2, 4].map((index) => minute(index));
    const view = feed(viewOf(), 'M1', bars);
    expect(view.gaps).toBe(1);
    const late = view.upsertBar('M1', minute(3, 150));
    expect(late).toMatchObject({ status: 'corrected', fineClosed: false });
    expect(late.stored.map(({ timeframe }) => timeframe)).toEqual(['M1', 'M5']);
    expect(view.lastFineBar?.bar).toMatchObject({ high: 152, volume: 5 });
    expect(view.gaps).toBe(0);
  });

  it('a bar older than the retained history is ignored', () => {
    const rules = { ...DEFAULT_RULES, retainedBars: 20 };
    const bars = syntheticBars({ seed: 4, count: 60, length: M5 });
    const view = feed(viewOf('BTCUSD', rules), 'M5', bars);
    const horizon = view.retainedFrom('M5') ?? 0;
    expect(horizon % M15).toBe(0);
    const before = view.snapshot();
    const old = bars.find((bar) => bar.time === horizon - M5) ?? barOf(horizon - M5, 1, 2, 1, 2);
    expect(view.upsertBar('M5', { ...old, high: 1e6 })).toMatchObject({
      status: 'ignored',
      reason: 'older than the retained history',
    });
    expect(view.snapshot()).toEqual(before);
    expect(view.upsertBar('M5', barOf(horizon, 1, 2, 1, 2)).status).toBe('corrected');
  });

  it('an open time off the grid is ignored', () => {
    const view = viewOf();
    const outcome = view.upsertBar('M5', barOf(MONDAY + M1, 1, 2, 1, 2));
    expect(outcome).toMatchObject({ status: 'ignored', reason: 'its open time is not a multiple of M5' });
    expect(view.asOf).toBeNull();
  });
});

describe('a forming bar', () => {
  const bars = syntheticBars({ seed: 5, count: 40, length: M5 });
  const head = MONDAY + 40 * M5;

  it('is shown and decides nothing', () => {
    const view = feed(viewOf(), 'M5', bars);
    const before = indicatorsOf(view);
    const forming = barOf(head, 1, 1e6, 1, 1e6);
    expect(view.setForming('M5', forming)).toMatchObject({
      status: 'forming',
      fineClosed: false,
      stored: [],
    });
    expect(view.formingBar).toEqual({ timeframe: 'M5', bar: forming });
    expect(indicatorsOf(view)).toEqual(before);
    expect([view.asOf, view.exitPrice('BUY')]).toEqual([head, bars[39]?.close]);
  });

  it('replaces itself, gives way to the closed bar, and does not come back', () => {
    const view = feed(viewOf(), 'M5', bars);
    view.setForming('M5', barOf(head, 1, 2, 1, 2));
    view.setForming('M5', barOf(head, 1, 3, 1, 3));
    expect(view.formingBar?.bar.close).toBe(3);
    const closed = barOf(head, 1, 4, 1, 4);
    expect(view.upsertBar('M5', closed)).toMatchObject({ status: 'accepted', fineClosed: true });
    expect(view.formingBar).toBeNull();
    expect(view.lastFineBar?.bar).toEqual(closed);
    expect(view.setForming('M5', barOf(head, 1, 2, 1, 2)).status).toBe('ignored');
    expect(view.formingBar).toBeNull();
  });

  it('of a coarser timeframe stays while finer bars close within it', () => {
    const view = viewOf();
    view.setForming('M15', barOf(MONDAY, 1, 2, 1, 2));
    feed(view, 'M5', bars.slice(0, 2));
    expect(view.formingBar?.timeframe).toBe('M15');
    feed(view, 'M5', bars.slice(2, 3));
    expect(view.formingBar).toBeNull();
  });
});

describe('gaps and weekends', () => {
  const friday = Date.UTC(2025, 0, 17, 21, 45);
  const sunday = Date.UTC(2025, 0, 19, 22);
  const bars = [friday - M15, friday, sunday, sunday + M15].map((time) => barOf(time, 1, 2, 1, 2));

  it('gaps are counted once, in the finest bars, and stay counted when their bars leave', () => {
    const minutes = syntheticBars({ seed: 9, count: 700, length: M1 }).filter(({ time }) => {
      const index = (time - MONDAY) / M1;
      return index % 100 < 70 && index % 17 !== 5;
    });
    const expected = minutes.filter(
      ({ time }, index) => index > 0 && time - (minutes[index - 1]?.time ?? 0) > M1,
    );
    const view = feed(viewOf('BTCUSD', { ...DEFAULT_RULES, retainedBars: 40 }), 'M1', minutes);
    expect(expected.length).toBeGreaterThan(30);
    expect(view.gaps).toBe(expected.length);
  });

  it('a weekend is neither a gap nor staleness in EURUSD', () => {
    const view = feed(viewOf('EURUSD'), 'M15', bars.slice(0, 2));
    expect(view.isStale(friday + M15 + 30 * 3_600_000)).toBe(false);
    expect(view.isStale(sunday + 20 * M1)).toBe(false);
    expect(view.isStale(sunday + 20 * M1 + 1)).toBe(true);
    feed(view, 'M15', bars.slice(2));
    expect(view.gaps).toBe(0);
  });

  it('is both in BTCUSD', () => {
    const view = feed(viewOf('BTCUSD'), 'M15', bars.slice(0, 2));
    expect(view.isStale(friday + M15 + 30 * 3_600_000)).toBe(true);
    feed(view, 'M15', bars.slice(2));
    expect(view.gaps).toBe(1);
  });

  it('data are stale their own length and 5 minutes after the close', () => {
    const at = (timeframe: 'M1' | 'M5' | 'M15', length: number): boolean[] => {
      const view = feed(viewOf(), timeframe, [barOf(MONDAY, 1, 2, 1, 2)]);
      return [0, 1].map((more) => view.isStale(MONDAY + 2 * length + 5 * M1 + more));
    };
    expect(at('M1', M1)).toEqual([false, true]);
    expect(at('M5', M5)).toEqual([false, true]);
    expect(at('M15', M15)).toEqual([false, true]);
    expect(viewOf().isStale(MONDAY)).toBe(true);
  });
});
