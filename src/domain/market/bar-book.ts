// Owns a symbol's bars: the fed ones of each timeframe, the ones made from finer ones, which timeframe
// is believed where, and how far back a late bar may still come.

import { BarSeries, type SeriesSnapshot } from './bar-series.js';
import { type Bar, TIMEFRAME_MS, TIMEFRAMES, type Timeframe } from './data.js';
import type { MarketHours } from './market-hours.js';

export const FINE: Timeframe = 'M5';
export const COARSE: Timeframe = 'M15';
const COARSER: Readonly<Record<Timeframe, Timeframe | null>> = { M1: 'M5', M5: 'M15', M15: null };

/** Who computes from the bars. `appended` bars come in order of time; `rewritten` asks for a rebuild. */
export interface BookListener {
  appended(timeframe: Timeframe, bar: Bar): void;
  rewritten(timeframe: Timeframe): void;
  /** The oldest bar left the book: it can no longer be corrected. */
  evicted(timeframe: Timeframe, bar: Bar): void;
  /** Bars finer than the coarse ones arrive from now on. */
  finerBegan(): void;
}

export interface BookedBar {
  readonly timeframe: Timeframe;
  readonly bar: Bar;
  /** True when it is the newest of its timeframe. */
  readonly appended: boolean;
}

export type Booking =
  | { readonly status: 'ignored'; readonly reason: string }
  | { readonly status: 'duplicate' }
  /** `booked` starts with the given bar; the made ones follow. */
  | { readonly status: 'accepted' | 'corrected'; readonly booked: readonly BookedBar[] };

export interface BookSnapshot {
  readonly firstM1: number | null;
  readonly firstM5: number | null;
  readonly series: Readonly<Record<Timeframe, SeriesSnapshot>>;
  /** Open times of fed bars that a finer timeframe replaced and that may still be in the store. */
  readonly superseded: Readonly<Record<Timeframe, readonly number[]>>;
}

/** The first bucket of `length` ms that begins at or after `time`. */
function bucketFrom(time: number, length: number): number {
  return Math.ceil(time / length) * length;
}

function bucketOf(time: number, length: number): number {
  return Math.floor(time / length) * length;
}

/**
 * The bars of one symbol. M1 makes M5 and M5 makes M15, by buckets of open time; a made bar closes when
 * its last part closed or when a bar of a later bucket shows that there was a gap. From the first
 * bucket that a finer timeframe covers from its beginning, fed bars of the coarser one are ignored.
 * What the book holds depends only on the set of bars it took, never on their order.
 */
export class BarBook {
  readonly #listener: BookListener;
  readonly #retained: number;
  readonly #series: Readonly<Record<Timeframe, BarSeries>>;
  readonly #superseded: Record<Timeframe, number[]> = { M1: [], M5: [], M15: [] };
  /** Earliest open time taken of each finer timeframe; Infinity before any. */
  #firstM1 = Number.POSITIVE_INFINITY;
  #firstM5 = Number.POSITIVE_INFINITY;

  constructor(retained: number, listener: BookListener) {
    this.#retained = retained;
    this.#listener = listener;
    this.#series = { M1: new BarSeries('M1'), M5: new BarSeries('M5'), M15: new BarSeries('M15') };
  }

  /** Whether bars finer than the coarse ones were ever fed. */
  get hasFiner(): boolean {
    return this.#firstM1 !== Number.POSITIVE_INFINITY || this.#firstM5 !== Number.POSITIVE_INFINITY;
  }

  series(timeframe: Timeframe): BarSeries {
    return this.#series[timeframe];
  }

  /** The closed bar that closed last, of the finest timeframe where several did. */
  newest(): { readonly timeframe: Timeframe; readonly bar: Bar } | null {
    let newest: { timeframe: Timeframe; bar: Bar } | null = null;
    let newestClose = Number.NEGATIVE_INFINITY;
    for (const timeframe of TIMEFRAMES) {
      const bar = this.#series[timeframe].last;
      if (bar !== undefined && bar.time + TIMEFRAME_MS[timeframe] > newestClose) {
        newest = { timeframe, bar };
        newestClose = bar.time + TIMEFRAME_MS[timeframe];
      }
    }
    return newest;
  }

  /** Stretches without bars while the market was open, in the finest bars of every time. */
  gaps(hours: MarketHours): number {
    let gaps = 0;
    for (const timeframe of TIMEFRAMES)
      gaps += this.#series[timeframe].gaps(hours, this.#coverFrom(timeframe));
    return gaps;
  }

  /** Takes a closed bar. */
  upsert(timeframe: Timeframe, bar: Bar, hours: MarketHours): Booking {
    const refusal = this.#refusal(timeframe, bar.time);
    if (refusal !== null) return { status: 'ignored', reason: refusal };
    const series = this.#series[timeframe];
    const put = series.put(bar);
    if (put === 'duplicate') return { status: 'duplicate' };
    const booked: BookedBar[] = [{ timeframe, bar, appended: put === 'appended' }];
    const widened = this.#widenCover(timeframe, bar.time);
    this.#tell(timeframe, bar, put);
    this.#rollUp(timeframe, bar.time, booked);
    for (const range of widened.ranges) this.#remake(range.timeframe, range.from, range.to, booked);
    this.#evict(hours);
    return { status: put === 'appended' && !widened.replaced ? 'accepted' : 'corrected', booked };
  }

  snapshot(): BookSnapshot {
    return {
      firstM1: Number.isFinite(this.#firstM1) ? this.#firstM1 : null,
      firstM5: Number.isFinite(this.#firstM5) ? this.#firstM5 : null,
      series: {
        M1: this.#series.M1.snapshot(),
        M5: this.#series.M5.snapshot(),
        M15: this.#series.M15.snapshot(),
      },
      superseded: {
        M1: [],
        M5: [...this.#superseded.M5],
        M15: [...this.#superseded.M15],
      },
    };
  }

  /** Takes over a snapshot and the stored bars, ascending by time; older bars than needed are left out. */
  restore(
    snapshot: BookSnapshot,
    bars: Readonly<Record<Timeframe, readonly Bar[]>>,
    hours: MarketHours,
  ): void {
    this.#firstM1 = snapshot.firstM1 ?? Number.POSITIVE_INFINITY;
    this.#firstM5 = snapshot.firstM5 ?? Number.POSITIVE_INFINITY;
    for (const timeframe of TIMEFRAMES) {
      const gone = new Set(snapshot.superseded[timeframe]);
      this.#superseded[timeframe] = [...gone];
      this.#series[timeframe].restore(
        snapshot.series[timeframe],
        bars[timeframe].filter((bar) => !gone.has(bar.time)),
      );
    }
    this.#evict(hours);
  }

  /** From when on bars of this timeframe are made from finer ones. */
  #coverFrom(timeframe: Timeframe): number {
    if (timeframe === 'M1') return Number.POSITIVE_INFINITY;
    const coverM5 = bucketFrom(this.#firstM1, TIMEFRAME_MS.M5);
    if (timeframe === 'M5') return coverM5;
    return bucketFrom(Math.min(this.#firstM5, coverM5), TIMEFRAME_MS.M15);
  }

  #refusal(timeframe: Timeframe, time: number): string | null {
    if (time % TIMEFRAME_MS[timeframe] !== 0) return `its open time is not a multiple of ${timeframe}`;
    if (time >= this.#coverFrom(timeframe)) return 'covered by a finer timeframe';
    for (let at: Timeframe | null = timeframe; at !== null; at = COARSER[at]) {
      const horizon = this.#series[at].horizon;
      if (horizon !== null && time < horizon) return 'older than the retained history';
    }
    return null;
  }

  #tell(timeframe: Timeframe, bar: Bar, put: 'appended' | 'replaced' | 'inserted'): void {
    if (put === 'appended') this.#listener.appended(timeframe, bar);
    else this.#listener.rewritten(timeframe);
  }

  /** Closes the buckets of the next timeframe that a bar at `time` completes or changes. */
  #rollUp(timeframe: Timeframe, time: number, booked: BookedBar[]): void {
    const next = COARSER[timeframe];
    if (next === null) return;
    const length = TIMEFRAME_MS[next];
    const bucket = bucketOf(time, length);
    const before = this.#series[timeframe].before(bucket);
    // A bar of a later bucket closes the one before it, if a missing last part has kept that one open.
    if (before !== undefined && (before.time + TIMEFRAME_MS[timeframe]) % length !== 0) {
      this.#make(timeframe, next, bucketOf(before.time, length), booked);
    }
    this.#make(timeframe, next, bucket, booked);
    // The same for what is made of the made bars: the gap may be wider than their bucket.
    const after = COARSER[next];
    const made = this.#series[next].last;
    if (after !== null && made !== undefined && (made.time + length) % TIMEFRAME_MS[after] !== 0) {
      this.#make(next, after, bucketOf(made.time, TIMEFRAME_MS[after]), booked);
    }
  }

  /** Until when the bars of this timeframe are complete: a newer bar, also a finer one, shows it. */
  #completeUntil(timeframe: Timeframe): number {
    const last = this.#series[timeframe].last;
    const own = last === undefined ? Number.NEGATIVE_INFINITY : last.time + TIMEFRAME_MS[timeframe];
    return timeframe === 'M5' ? Math.max(own, this.#completeUntil('M1')) : own;
  }

  #make(timeframe: Timeframe, next: Timeframe, bucket: number, booked: BookedBar[]): void {
    const parts = this.#series[timeframe];
    const end = bucket + TIMEFRAME_MS[next];
    const known = this.#series[next].horizon ?? Number.NEGATIVE_INFINITY;
    if (this.#completeUntil(timeframe) < end || bucket < known || bucket < this.#coverFrom(next)) return;
    const from = parts.horizon;
    // Parts that left the book cannot be summed up again; what was made of them stands.
    if (from !== null && bucket < from) return;
    const bar = parts.aggregate(bucket, end);
    if (bar === null) return;
    const put = this.#series[next].put(bar);
    if (put === 'duplicate') return;
    const replaced = this.#superseded[next].indexOf(bucket);
    if (replaced >= 0) this.#superseded[next].splice(replaced, 1);
    booked.push({ timeframe: next, bar, appended: put === 'appended' });
    this.#tell(next, bar, put);
    this.#rollUp(next, bucket, booked);
  }

  /** Notes an earlier beginning of a finer timeframe and drops the fed coarser bars it now covers. */
  #widenCover(
    timeframe: Timeframe,
    time: number,
  ): { ranges: { timeframe: Timeframe; from: number; to: number }[]; replaced: boolean } {
    const ranges: { timeframe: Timeframe; from: number; to: number }[] = [];
    let replaced = false;
    const first = timeframe === 'M1' ? this.#firstM1 : timeframe === 'M5' ? this.#firstM5 : time;
    if (time >= first) return { ranges, replaced };
    const began = !this.hasFiner;
    const old = { M5: this.#coverFrom('M5'), M15: this.#coverFrom('M15') };
    if (timeframe === 'M1') this.#firstM1 = time;
    else this.#firstM5 = time;
    for (const coarser of ['M5', 'M15'] as const) {
      const from = this.#coverFrom(coarser);
      if (from >= old[coarser]) continue;
      ranges.push({ timeframe: coarser === 'M5' ? 'M1' : 'M5', from, to: old[coarser] });
      const dropped = this.#drop(coarser, from, old[coarser]);
      if (dropped.length === 0) continue;
      replaced = true;
      if (coarser === 'M15') continue;
      // What was made or closed by the dropped bars goes with them, and is made again of what is there now.
      const [earliest = from] = dropped;
      const before = this.#series.M5.before(earliest)?.time ?? earliest;
      const madeFrom = Math.max(bucketOf(before, TIMEFRAME_MS.M15), this.#coverFrom('M15'));
      this.#drop('M15', madeFrom, old.M5);
      ranges.push({ timeframe: 'M5', from: madeFrom, to: old.M5 });
    }
    if (began) this.#listener.finerBegan();
    return { ranges, replaced };
  }

  /** Takes out the bars of a stretch; returns their times. */
  #drop(timeframe: Timeframe, from: number, to: number): readonly number[] {
    const dropped = this.#series[timeframe].dropBetween(from, to);
    if (dropped.length > 0) {
      this.#superseded[timeframe].push(...dropped);
      this.#listener.rewritten(timeframe);
    }
    return dropped;
  }

  /** Makes the coarser bars of a stretch that has just become covered. */
  #remake(timeframe: Timeframe, from: number, to: number, booked: BookedBar[]): void {
    for (const time of this.#series[timeframe].timesBetween(from, to)) this.#rollUp(timeframe, time, booked);
  }

  #evict(hours: MarketHours): void {
    for (const timeframe of TIMEFRAMES) {
      const series = this.#series[timeframe];
      if (series.size <= this.#retained) continue;
      for (const bar of series.evict(this.#retained, hours, this.#coverFrom(timeframe))) {
        this.#listener.evicted(timeframe, bar);
      }
      const horizon = series.horizon ?? 0;
      this.#superseded[timeframe] = this.#superseded[timeframe].filter((time) => time >= horizon);
    }
  }
}
