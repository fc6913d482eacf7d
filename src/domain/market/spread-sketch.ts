// Owns the median spread over a rolling month, in bounded memory.

const DAY = 86_400_000;
/** Neighbouring buckets differ by this factor: the median is known to about 2%. */
const GROWTH = Math.log(1.04);
/** Spreads below this (and zero) share one bucket. */
const SMALLEST = 1e-12;
const ZERO_BUCKET = -1000;

/** Per day: [day number, bucket, count, bucket, count, ...]. */
export type SketchSnapshot = readonly (readonly number[])[];

/**
 * Counts of spreads per day in logarithmic buckets. At most `days` days and, with prices below 1e9,
 * about 1,200 buckets a day; in practice a few dozen.
 */
export class SpreadSketch {
  readonly #days: number;
  /** Newest last. */
  readonly #histograms: { readonly day: number; readonly counts: Map<number, number> }[] = [];
  #median: number | null = null;
  #known = true;

  constructor(days: number) {
    this.#days = days;
  }

  /** Adds one spread in price, seen at the UTC time `at`. Times must not go back by a day. */
  add(spread: number, at: number): void {
    const day = Math.floor(at / DAY);
    let latest = this.#histograms[this.#histograms.length - 1];
    if (latest === undefined || day > latest.day) {
      latest = { day, counts: new Map() };
      this.#histograms.push(latest);
      while ((this.#histograms[0]?.day ?? day) <= day - this.#days) this.#histograms.shift();
    }
    const bucket = spread < SMALLEST ? ZERO_BUCKET : Math.round(Math.log(spread) / GROWTH);
    latest.counts.set(bucket, (latest.counts.get(bucket) ?? 0) + 1);
    this.#known = false;
  }

  /** The lower median in price, to about 2%; null before the first spread. */
  get median(): number | null {
    if (!this.#known) {
      this.#median = this.#compute();
      this.#known = true;
    }
    return this.#median;
  }

  snapshot(): SketchSnapshot {
    return this.#histograms.map(({ day, counts }) => [day, ...[...counts].sort(([a], [b]) => a - b).flat()]);
  }

  restore(snapshot: SketchSnapshot): void {
    this.#histograms.length = 0;
    for (const [day, ...pairs] of snapshot) {
      if (day === undefined) continue;
      const counts = new Map<number, number>();
      for (let index = 0; index + 1 < pairs.length; index += 2) {
        counts.set(pairs[index] ?? 0, pairs[index + 1] ?? 0);
      }
      this.#histograms.push({ day, counts });
    }
    this.#known = false;
  }

  #compute(): number | null {
    const all = new Map<number, number>();
    let total = 0;
    for (const { counts } of this.#histograms) {
      for (const [bucket, count] of counts) {
        all.set(bucket, (all.get(bucket) ?? 0) + count);
        total += count;
      }
    }
    let rest = Math.ceil(total / 2);
    for (const [bucket, count] of [...all].sort(([a], [b]) => a - b)) {
      rest -= count;
      if (rest <= 0) return bucket === ZERO_BUCKET ? 0 : Math.exp(bucket * GROWTH);
    }
    return null;
  }
}
