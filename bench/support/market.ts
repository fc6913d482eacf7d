// A seeded market: bars of a random walk that drifts one way for a while and then another.

import { seededRandom } from '../../src/broker/seeded-random.js';
import { type Bar, TIMEFRAME_MS } from '../../src/domain/market/data.js';

const START = Date.UTC(2025, 0, 6, 0, 0);
const DRIFT_BARS = 24;

/** Endless M15 bars from Monday 2025-01-06 on, the price near `price`; one bar moves it by about `step` of itself. */
export function* syntheticBars(seed: number, price: number, step: number): Generator<Bar, never, undefined> {
  const next = seededRandom(seed);
  let last = price;
  let drift = 0;
  for (let index = 0; ; index++) {
    if (index % DRIFT_BARS === 0) drift = next() - 0.5;
    // Pulled back to where it began, so that a long run stays near the trades' prices.
    const pull = (price - last) / price / 4;
    const open = last;
    const close = open * (1 + step * (2 * next() - 1 + drift) + pull);
    const high = Math.max(open, close) * (1 + step * next() * 0.5);
    const low = Math.min(open, close) * (1 - step * next() * 0.5);
    last = close;
    yield {
      time: START + index * TIMEFRAME_MS.M15,
      open,
      high,
      low,
      close,
      volume: Math.round(100 + 900 * next()),
    };
  }
}
