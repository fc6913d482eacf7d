// Makes market data from a seed: the same seed gives the same bars on every machine.
import type { Bar } from '../../src/domain/market/data.js';

/** Mulberry32: small, seeded, uniform in [0, 1). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Monday 2025-01-06 00:00 UTC: on the grid of every timeframe, with both kinds of market open. */
export const MONDAY = Date.UTC(2025, 0, 6);

export interface BarsOptions {
  readonly seed: number;
  readonly count: number;
  /** Length of a bar in ms. */
  readonly length: number;
  readonly start?: number;
  readonly price?: number;
  /** Prices are multiples of this. */
  readonly tick?: number;
  /** Largest step of a price within a bar, in ticks. */
  readonly ticks?: number;
  /** Share of bars that are missing. */
  readonly missing?: number;
}

/** A random walk with drifts that change, wild and calm stretches, and some bars without volume. */
export function syntheticBars(options: BarsOptions): Bar[] {
  const { seed, count, length, start = MONDAY, price = 1000, tick = 0.25, ticks = 12, missing = 0 } = options;
  const next = random(seed);
  const bars: Bar[] = [];
  let last = Math.round(price / tick);
  let drift = 0;
  let calm = 1;
  for (let index = 0; index < count; index += 1) {
    if (next() < 0.04) drift = (next() - 0.5) * 0.8;
    if (next() < 0.03) calm = 0.2 + next() * 1.6;
    const step = (): number => Math.round((next() - 0.5 + drift * 0.5) * ticks * calm);
    const open = last;
    const middle = open + step();
    const close = Math.max(10, middle + step());
    const high = Math.max(open, middle, close) + Math.round(next() * 3);
    const low = Math.min(open, middle, close) - Math.round(next() * 3);
    last = close;
    const volume = next() < 0.02 ? 0 : 1 + Math.floor(next() * 100);
    if (next() < missing) continue;
    bars.push({
      time: start + index * length,
      open: open * tick,
      high: high * tick,
      low: low * tick,
      close: close * tick,
      volume,
    });
  }
  return bars;
}

/** A bar from its numbers; volume 1. */
export function barOf(time: number, open: number, high: number, low: number, close: number, volume = 1): Bar {
  return { time, open, high, low, close, volume };
}

/** Bars that each open where the last closed and close at the given prices, with wicks of `wick`. */
export function barsThrough(closes: readonly number[], length: number, start = MONDAY, wick = 0): Bar[] {
  return closes.slice(1).map((close, index) => {
    const open = closes[index] ?? close;
    return barOf(
      start + index * length,
      open,
      Math.max(open, close) + wick,
      Math.min(open, close) - wick,
      close,
    );
  });
}
