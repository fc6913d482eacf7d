// Owns what a trade has seen since its entry: how many coarse bars have closed, and the best price it could have been left
// at. It follows from the bars of its market alone, so nothing has to be kept of it.

import type { Bar } from '../market/data.js';
import type { Direction } from '../market/direction.js';
import { better, type ProtectedTrade } from './protective-rules.js';

/** A trade as its bars ask for it. */
export interface EnteredTrade {
  readonly direction: Direction;
  readonly entryPrice: number;
  readonly openedAt: number;
}

/** What rules ask of the time since the entry. */
export type HeldSince = Pick<ProtectedTrade, 'barsHeld' | 'best'>;

export class SinceEntry {
  readonly #spread: number;
  /** By place: when a bar opened, and the highest and the lowest price of it and those after it. */
  readonly #times: Float64Array;
  readonly #highest: Float64Array;
  readonly #lowest: Float64Array;

  /**
   * @param bars - coarse bars of bid prices that have closed, in order of time. What is older than the first is not known.
   * @param spread - ask - bid, which stands for that of each bar.
   */
  constructor(bars: readonly Bar[], spread: number) {
    this.#spread = spread;
    this.#times = Float64Array.from(bars, ({ time }) => time);
    this.#highest = new Float64Array(bars.length);
    this.#lowest = new Float64Array(bars.length);
    let [high, low] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let place = bars.length - 1; place >= 0; place -= 1) {
      const bar = bars[place];
      if (bar === undefined) continue;
      high = Math.max(high, bar.high);
      low = Math.min(low, bar.low);
      this.#highest[place] = high;
      this.#lowest[place] = low;
    }
  }

  /**
   * Bars that lie wholly after the entry, and the most favourable exit price since: of those bars, of the entry, and of the
   * price it would exit at now.
   */
  of({ direction, entryPrice, openedAt }: EnteredTrade, exit: number): HeldSince {
    const first = this.#firstAfter(openedAt);
    const barsHeld = this.#times.length - first;
    const now = better(direction, entryPrice, exit);
    if (barsHeld === 0) return { barsHeld, best: now };
    const reached =
      direction === 'BUY' ? (this.#highest[first] ?? now) : (this.#lowest[first] ?? now) + this.#spread;
    return { barsHeld, best: better(direction, now, reached) };
  }

  /** The place of the first bar that opens at or after a time. */
  #firstAfter(time: number): number {
    let [low, high] = [0, this.#times.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#times[middle] ?? time) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
