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
  /** Bars finer than the coarse ones arrive from now on, or do not any more. */
  finerChanged(): void;
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
  /** Open times of fed bars that a finer timeframe replaced in an older program, and that may still be in the store. */
  readonly superseded: Readonly<Record<Timeframe, readonly number[]>>;
}

/** A stretch of the bars of a timeframe, by their open times, whose coarser bars are made of them. */
interface CoveredStretch {
  readonly timeframe: Timeframe;
  readonly from: number;
  readonly to: number;
}

/** The first bucket of `length` ms that begins at or after `time`. */
function bucketFrom(time: number, length: number): number {
  return Math.ceil(time / length) * length;
}

function bucketOf(time: number, length: number): number {
  return Math.floor(time / length) * length;
}

/**
 * The bars of one symbol. M1 makes M5 and M5 makes M15, by buckets of open time; a made bar closes when its last part closed
 * or when a bar of a later bucket shows that there was a gap. A finer timeframe takes over where it continues the newest
 * data, and nowhere else: a stray bar is refused and leaves no trace. From the first bucket that it covers from its beginning,
 * fed bars of the coarser one are refused which it has reached the end of; what it does not reach is taken, and ends its turn.
 */
export class BarBook {
  readonly #listener: BookListener;
  readonly #retained: number;
  readonly #series: Readonly<Record<Timeframe, BarSeries>>;
  readonly #superseded: Record<Timeframe, number[]> = { M1: [], M5: [], M15: [] };
  /** Earliest open time taken of each finer timeframe since it took over; Infinity where it has not. */
  #firstM1 = Number.POSITIVE_INFINITY;
  #firstM5 = Number.POSITIVE_INFINITY;

  constructor(retained: number, listener: BookListener) {
    this.#retained = retained;
    this.#listener = listener;
    this.#series = { M1: new BarSeries('M1'), M5: new BarSeries('M5'), M15: new BarSeries('M15') };
  }

  /** Whether bars finer than the coarse ones are fed. */
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
    for (const timeframe of TIMEFRAMES) {
      if (this.#firstOf(timeframe) === Number.POSITIVE_INFINITY) continue;
      gaps += this.#series[timeframe].gaps(hours, this.#coverFrom(timeframe));
    }
    return gaps;
  }

  /** Takes a closed bar. */
  upsert(timeframe: Timeframe, bar: Bar, hours: MarketHours): Booking {
    const refusal = this.refusal(timeframe, bar.time);
    if (refusal !== null) return { status: 'ignored', reason: refusal };
    this.#endCover(timeframe, bar.time);
    const series = this.#series[timeframe];
    const put = series.put(bar);
    if (put === 'duplicate') return { status: 'duplicate' };
    this.#restored(timeframe, bar.time);
    const booked: BookedBar[] = [{ timeframe, bar, appended: put === 'appended' }];
    const stretches = this.#widenCover(timeframe, bar.time);
    this.#tell(timeframe, bar, put);
    this.#rollUp(timeframe, bar.time, booked);
    for (const { timeframe: parts, from, to } of stretches) this.#remake(parts, from, to, booked);
    this.#evict(hours);
    return { status: put === 'appended' ? 'accepted' : 'corrected', booked };
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

  /** Why a closed bar of this open time cannot be used; null where it can. */
  refusal(timeframe: Timeframe, time: number): string | null {
    if (time % TIMEFRAME_MS[timeframe] !== 0) return `its open time is not a multiple of ${timeframe}`;
    if (time >= this.#coverFrom(timeframe) && this.#finerUntil(timeframe) >= time + TIMEFRAME_MS[timeframe])
      return 'covered by a finer timeframe';
    if (time < this.#firstOf(timeframe) && time < this.#coarserUntil(timeframe))
      return 'a finer timeframe takes over only where it continues the newest data';
    for (let at: Timeframe | null = timeframe; at !== null; at = COARSER[at]) {
      const horizon = this.#series[at].horizon;
      if (horizon !== null && time < horizon) return 'older than the retained history';
    }
    return null;
  }

  /** From when on bars of this timeframe make coarser ones; Infinity where they do not. */
  #firstOf(timeframe: Timeframe): number {
    if (timeframe === 'M15') return Number.NEGATIVE_INFINITY;
    return timeframe === 'M1' ? this.#firstM1 : this.#firstM5;
  }

  /** Until when there are bars that make those of this timeframe. */
  #finerUntil(timeframe: Timeframe): number {
    return this.#completeUntil(timeframe === 'M15' ? 'M5' : 'M1');
  }

  /** Until when there are coarser bars that this timeframe did not make. */
  #coarserUntil(timeframe: Timeframe): number {
    let until = Number.NEGATIVE_INFINITY;
    for (let coarser = COARSER[timeframe]; coarser !== null; coarser = COARSER[coarser]) {
      const last = this.#series[coarser].before(this.#coverFrom(coarser));
      if (last !== undefined) until = Math.max(until, last.time + TIMEFRAME_MS[coarser]);
    }
    return until;
  }

  /** A coarser bar of which the finer ones lack more than the last part shows that they are not fed any more. */
  #endCover(timeframe: Timeframe, time: number): void {
    const from = this.#coverFrom(timeframe);
    if (time < from) return;
    const part = TIMEFRAME_MS[timeframe === 'M15' ? 'M5' : 'M1'];
    if (this.#finerUntil(timeframe) >= time + TIMEFRAME_MS[timeframe] - part) return;
    this.#firstM1 = Number.POSITIVE_INFINITY;
    this.#firstM5 = timeframe === 'M15' ? Number.POSITIVE_INFINITY : Math.min(this.#firstM5, from);
    if (!this.hasFiner) this.#listener.finerChanged();
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
    this.#restored(next, bucket);
    booked.push({ timeframe: next, bar, appended: put === 'appended' });
    this.#tell(next, bar, put);
    this.#rollUp(next, bucket, booked);
  }

  /** Notes an earlier beginning of a finer timeframe; the stretches of coarser bars that it makes then. */
  #widenCover(timeframe: Timeframe, time: number): readonly CoveredStretch[] {
    if (time >= this.#firstOf(timeframe)) return [];
    const began = !this.hasFiner;
    const old = { M5: this.#coverFrom('M5'), M15: this.#coverFrom('M15') };
    if (timeframe === 'M1') this.#firstM1 = time;
    else this.#firstM5 = time;
    if (began) this.#listener.finerChanged();
    return (['M5', 'M15'] as const).flatMap((coarser) => {
      const from = this.#coverFrom(coarser);
      const parts = coarser === 'M5' ? 'M1' : 'M5';
      return from < old[coarser] ? [{ timeframe: parts, from, to: old[coarser] }] : [];
    });
  }

  /** What the store has of this time is the book's again. */
  #restored(timeframe: Timeframe, time: number): void {
    const place = this.#superseded[timeframe].indexOf(time);
    if (place >= 0) this.#superseded[timeframe].splice(place, 1);
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
