// Owns the newest closed bars of one timeframe, in order of time, and from when on they can be corrected.

import { type Bar, TIMEFRAME_MS, type Timeframe } from './data.js';
import { isGap, type MarketHours } from './market-hours.js';

/** Bars leave in whole buckets of the coarsest timeframe, so that a made bar never loses parts. */
const BUCKET = TIMEFRAME_MS.M15;

export interface SeriesSnapshot {
  /** Bars that open before this can no longer change; null while nothing has left. */
  readonly horizon: number | null;
  /** Open time of the newest bar that left. */
  readonly evicted: number | null;
  /** Gaps up to that bar. */
  readonly evictedGaps: number;
}

function same(a: Bar, b: Bar): boolean {
  return (
    a.open === b.open && a.high === b.high && a.low === b.low && a.close === b.close && a.volume === b.volume
  );
}

export class BarSeries {
  readonly timeframe: Timeframe;
  #bars: Bar[] = [];
  #horizon: number | null = null;
  #evicted: number | null = null;
  #evictedGaps = 0;

  constructor(timeframe: Timeframe) {
    this.timeframe = timeframe;
  }

  get size(): number {
    return this.#bars.length;
  }

  get last(): Bar | undefined {
    return this.#bars[this.#bars.length - 1];
  }

  get horizon(): number | null {
    return this.#horizon;
  }

  /** All bars held, ascending by time. */
  bars(): readonly Bar[] {
    return this.#bars;
  }

  /** The newest bar that opens before `time`. */
  before(time: number): Bar | undefined {
    return this.#bars[this.#indexFrom(time) - 1];
  }

  /** Puts a bar at its place. */
  put(bar: Bar): 'appended' | 'duplicate' | 'replaced' | 'inserted' {
    const last = this.last;
    if (last === undefined || bar.time > last.time) {
      this.#bars.push(bar);
      return 'appended';
    }
    const index = this.#indexFrom(bar.time);
    const there = this.#bars[index];
    if (there === undefined || there.time !== bar.time) {
      this.#bars.splice(index, 0, bar);
      return 'inserted';
    }
    if (same(there, bar)) return 'duplicate';
    this.#bars[index] = bar;
    return 'replaced';
  }

  /** One bar of all that open in [from, to); null when there is none. */
  aggregate(from: number, to: number): Bar | null {
    let index = this.#indexFrom(from);
    const first = this.#bars[index];
    if (first === undefined || first.time >= to) return null;
    let { high, low, close, volume } = first;
    for (index += 1; index < this.#bars.length; index += 1) {
      const bar = this.#bars[index];
      if (bar === undefined || bar.time >= to) break;
      if (bar.high > high) high = bar.high;
      if (bar.low < low) low = bar.low;
      close = bar.close;
      volume += bar.volume;
    }
    return { time: from, open: first.open, high, low, close, volume };
  }

  /** Open times in [from, to). */
  timesBetween(from: number, to: number): number[] {
    return this.#bars.slice(this.#indexFrom(from), this.#indexFrom(to)).map((bar) => bar.time);
  }

  /** Lets the oldest bars go until at most `limit` remain; returns them in order. */
  evict(limit: number, hours: MarketHours, coverFrom: number): readonly Bar[] {
    const newestBucket = Math.floor((this.last?.time ?? 0) / BUCKET);
    let count = 0;
    while (this.#bars.length - count > limit) {
      const bucket = Math.floor((this.#bars[count]?.time ?? 0) / BUCKET);
      if (bucket === newestBucket) break;
      while (Math.floor((this.#bars[count]?.time ?? 0) / BUCKET) === bucket) count += 1;
      this.#horizon = (bucket + 1) * BUCKET;
    }
    const gone = this.#bars.splice(0, count);
    this.#evictedGaps += this.#countGaps(gone, this.#evicted, hours, coverFrom);
    this.#evicted = gone[gone.length - 1]?.time ?? this.#evicted;
    return gone;
  }

  /** Gaps between bars that open before `coverFrom`, those that left included. */
  gaps(hours: MarketHours, coverFrom: number): number {
    return this.#evictedGaps + this.#countGaps(this.#bars, this.#evicted, hours, coverFrom);
  }

  snapshot(): SeriesSnapshot {
    return { horizon: this.#horizon, evicted: this.#evicted, evictedGaps: this.#evictedGaps };
  }

  restore(snapshot: SeriesSnapshot, bars: readonly Bar[]): void {
    const horizon = snapshot.horizon ?? Number.NEGATIVE_INFINITY;
    this.#bars = bars.filter((bar) => bar.time >= horizon);
    this.#horizon = snapshot.horizon;
    this.#evicted = snapshot.evicted;
    this.#evictedGaps = snapshot.evictedGaps;
  }

  #countGaps(bars: readonly Bar[], before: number | null, hours: MarketHours, coverFrom: number): number {
    const length = TIMEFRAME_MS[this.timeframe];
    let gaps = 0;
    let previous = before;
    for (const { time } of bars) {
      if (time >= coverFrom) break;
      if (previous !== null && time > previous + length && isGap(previous + length, time, hours)) gaps += 1;
      previous = time;
    }
    return gaps;
  }

  /** Index of the first bar that opens at or after `time`. */
  #indexFrom(time: number): number {
    let low = 0;
    let high = this.#bars.length;
    const last = this.last;
    if (last === undefined || time > last.time) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const bar = this.#bars[middle];
      if (bar !== undefined && bar.time < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
