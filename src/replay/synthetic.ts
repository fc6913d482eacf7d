// Owns a made-up market: seeded, so that a demonstration and a test see the same one every time.

import { seededRandom } from '../broker/seeded-random.js';
import { type Bar, TIMEFRAME_MS, type Timeframe } from '../domain/market/data.js';
import type { ReplayBar, ReplayData } from './importer.js';

export interface SyntheticMarket {
  readonly seed: number;
  readonly timeframe: Timeframe;
  readonly bars: number;
  /** UTC ms of the first bar's open, on the timeframe's grid. */
  readonly from: number;
  readonly price: number;
  readonly digits: number;
  /** Whether its moods drift, so that its past tells something of its future; unless told, they do. */
  readonly drifts?: boolean;
}

/** What the market is in the mood for: drift and deviation of a bar's return. */
export const REGIMES = [
  { name: 'range', drift: 0, deviation: 0.0008 },
  { name: 'rise', drift: 0.0005, deviation: 0.0012 },
  { name: 'fall', drift: -0.0005, deviation: 0.0012 },
  { name: 'crash', drift: -0.0022, deviation: 0.0026 },
  { name: 'squeeze', drift: 0.0022, deviation: 0.0026 },
] as const;
const SHORTEST_REGIME = 12;
const LONGEST_REGIME = 90;
/** Moves within a bar that its high and low come from. */
const STEPS = 8;
const SPREAD = 0.0002;

class Walk {
  readonly #random: () => number;
  readonly #drifts: boolean;
  #regime: (typeof REGIMES)[number] = REGIMES[0];
  #left = 0;
  #price: number;

  constructor({ seed, price, drifts = true }: SyntheticMarket) {
    this.#random = seededRandom(seed);
    this.#price = price;
    this.#drifts = drifts;
  }

  bar(time: number, round: (price: number) => number): Bar {
    if (this.#left === 0) {
      this.#regime = REGIMES[Math.floor(this.#random() * REGIMES.length)] ?? REGIMES[0];
      this.#left = SHORTEST_REGIME + Math.floor(this.#random() * (LONGEST_REGIME - SHORTEST_REGIME));
    }
    this.#left -= 1;
    const { deviation } = this.#regime;
    const drift = this.#drifts ? this.#regime.drift : 0;
    const open = round(this.#price);
    let high = open;
    let low = open;
    for (let step = 0; step < STEPS; step++) {
      this.#price *= 1 + drift / STEPS + (deviation / Math.sqrt(STEPS)) * nearNormal(this.#random);
      high = Math.max(high, round(this.#price));
      low = Math.min(low, round(this.#price));
    }
    const close = round(this.#price);
    const volume = Math.round(50 + 400 * this.#random() + ((high - low) / open) * 100_000);
    return { time, open, high, low, close, volume };
  }
}

/** Near enough to a normal deviate: the sum of twelve uniform ones. */
export function nearNormal(random: () => number): number {
  let sum = -6;
  for (let term = 0; term < 12; term++) sum += random();
  return sum;
}

/**
 * Bid bars with a constant relative spread, in regimes of their own drift and deviation. Drift lasts, so returns are
 * correlated and a trend can be followed; without it (`drifts: false`) it is a random walk whose deviation changes.
 */
export function syntheticMarket(market: SyntheticMarket): ReplayData {
  const { timeframe, bars, from, price, digits } = market;
  const round = (value: number) => Number(value.toFixed(digits));
  const walk = new Walk(market);
  const spread = round(price * SPREAD);
  const made = Array.from({ length: bars }, (_, index): ReplayBar => {
    const bar = walk.bar(from + index * TIMEFRAME_MS[timeframe], round);
    const above = (value: number) => round(value + spread);
    return {
      bar,
      ask: { open: above(bar.open), high: above(bar.high), low: above(bar.low), close: above(bar.close) },
    };
  });
  return { timeframe, bars: made, badRows: [], digits };
}
