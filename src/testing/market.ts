// Owns markets for tests, written down as legs: where the price goes in how many M5 bars, swinging on its
// way.
import type { Bar } from '../domain/market/data.js';

/** A part of a market. Prices are factors of the price it begins at: 1.01 is one per cent higher. */
export interface Leg {
  /** M5 bars. */
  readonly bars: number;
  /** Where it ends. */
  readonly to: number;
  /** Height of the swings above the way there. Default none. */
  readonly swing?: number;
}

const FIVE_MINUTES = 300_000;
/** M5 bars of one swing. */
const PERIOD = 24;
const WICK = 0.0003;

/** A market that rises in swings: what a BUY wants. 200 bars. */
export const RISING: readonly Leg[] = [{ bars: 200, to: 1.03, swing: 0.006 }];

/** What turns against a BUY that was opened at the end of RISING, until DTMS defends it (WARNING_L2). 19 bars. */
export const TURNING: readonly Leg[] = [
  { bars: 12, to: 0.995 },
  { bars: 7, to: 0.9891 },
];

/** The legs as M5 bars: the first opens at `start` (UTC ms) at `price`. Volumes are 100. */
export function barsOf(legs: readonly Leg[], start: number, price: number, digits: number): Bar[] {
  const rounded = (value: number) => Number(value.toFixed(digits));
  const bars: Bar[] = [];
  let open = price;
  let from = 1;
  for (const { bars: count, to, swing = 0 } of legs) {
    for (let k = 1; k <= count; k += 1) {
      const phase = (k % PERIOD) / PERIOD;
      const wave = phase < 0.5 ? phase * 2 : 2 - phase * 2;
      const close = rounded(price * (from + ((to - from) * k) / count + swing * wave));
      // The bar that makes a turn reaches furthest, so that the turn is one bar's alone.
      const reach = price * WICK;
      const high = rounded(Math.max(open, close) + (close > open ? 1.5 : 1) * reach);
      const low = rounded(Math.min(open, close) - (close < open ? 1.5 : 1) * reach);
      bars.push({ time: start + bars.length * FIVE_MINUTES, open, high, low, close, volume: 100 });
      open = close;
    }
    from = to;
  }
  return bars;
}
