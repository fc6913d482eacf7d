// Markets written down as legs: where the price goes in how many fine bars, and how it swings on the way.
import type { Bar } from '../../src/domain/market/data.js';

export interface Leg {
  /** Fine (M5) bars of this leg. */
  readonly bars: number;
  /** The price at its end. */
  readonly to: number;
  /** Height of the swings around the way there; one swing takes `period` bars. */
  readonly swing?: number;
  readonly period?: number;
}

const FIVE_MINUTES = 300_000;

/** The legs as M5 bars from `start`, beginning at the price `from`; the volume is 100 each. */
export function scriptedBars(start: number, from: number, legs: readonly Leg[]): Bar[] {
  const bars: Bar[] = [];
  let previous = from;
  let begin = from;
  for (const { bars: count, to, swing = 0, period = 24 } of legs) {
    for (let k = 1; k <= count; k += 1) {
      const phase = (k % period) / period;
      const wave = phase < 0.5 ? phase * 2 : 2 - phase * 2;
      const close = Math.round((begin + ((to - begin) * k) / count + swing * wave) * 100) / 100;
      // The bar that makes a turn reaches furthest, so that the turn is one bar's alone.
      const high = Math.max(previous, close) + (close > previous ? 0.03 : 0.02);
      const low = Math.min(previous, close) - (close < previous ? 0.03 : 0.02);
      bars.push({ time: start + bars.length * FIVE_MINUTES, open: previous, high, low, close, volume: 100 });
      previous = close;
    }
    begin = to;
  }
  return bars;
}
