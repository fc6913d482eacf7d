// Owns what a trade's rules ask of the bars since its entry: how many have closed, and the best price it could have been left
// at. It follows from the bars of its market alone, so nothing has to be kept of it.

import type { Bar } from '../market/data.js';
import type { Direction } from '../market/direction.js';
import { better } from './protective-rules.js';

/** A trade as its bars ask for it. */
export interface EnteredTrade {
  readonly direction: Direction;
  readonly entryPrice: number;
  readonly openedAt: number;
}

export class SinceEntry {
  readonly #bars: readonly Bar[];
  readonly #spread: number;
  /** By place: the highest and the lowest price of a bar and those after it. */
  readonly #highest: Float64Array;
  readonly #lowest: Float64Array;

  /**
   * @param bars - coarse bars of bid prices that have closed, in order of time. What is older than the first is not known.
   * @param spread - ask - bid, which stands for that of each bar.
   */
  constructor(bars: readonly Bar[], spread: number) {
    this.#bars = bars;
    this.#spread = spread;
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

  /** Bars that lie wholly after the entry. */
  barsHeld({ openedAt }: Pick<EnteredTrade, 'openedAt'>): number {
    return this.#bars.length - this.#firstAfter(openedAt);
  }

  /** The most favourable exit price since the entry, of those bars and of the price it would exit at now. */
  best({ direction, entryPrice, openedAt }: EnteredTrade, exit: number): number {
    const now = better(direction, entryPrice, exit);
    const first = this.#firstAfter(openedAt);
    if (first >= this.#bars.length) return now;
    const reached =
      direction === 'BUY' ? (this.#highest[first] ?? now) : (this.#lowest[first] ?? now) + this.#spread;
    return better(direction, now, reached);
  }

  /** The place of the first bar that opens at or after a time. */
  #firstAfter(time: number): number {
    let [low, high] = [0, this.#bars.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#bars[middle]?.time ?? time) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
