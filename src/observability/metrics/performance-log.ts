// Owns what this server did lately: a sample every few seconds, for an hour. It counts nothing itself, it
// keeps the differences of what the metrics count.
import { type CallTotals, LATENCY_EDGES } from './calls.js';
import { histogramQuantile } from './quantile.js';

/** Between two samples, in ms. */
const SAMPLE_MS = 5000;
const KEPT_MS = 3_600_000;

/** Counts since the start, and what is so at the moment. */
export interface PerformanceReading {
  readonly calls: CallTotals;
  readonly events: number;
  readonly commits: number;
  readonly transitions: number;
  readonly evaluations: number;
  readonly watchers: number;
  readonly activeTrades: number;
  /** Since the reading before, in ms. */
  readonly eventLoopDelayP99Ms: number;
  readonly residentBytes: number;
}

/** What was done between two readings. */
export interface PerformanceSample extends Omit<PerformanceReading, 'calls'> {
  /** When it ended, UTC ms. */
  readonly at: number;
  readonly seconds: number;
  readonly calls: number;
  readonly refusedCalls: number;
  readonly failedCalls: number;
  /** Quantiles of the time unary calls took, in ms; undefined without calls. */
  readonly p50Ms: number | undefined;
  readonly p95Ms: number | undefined;
  readonly p99Ms: number | undefined;
}

export class PerformanceLog {
  readonly #read: () => PerformanceReading;
  readonly #wallClock: () => number;
  readonly #samples: PerformanceSample[] = [];
  #before: PerformanceReading | undefined;
  #takenAt = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param wallClock - UTC ms, which dates the samples */
  constructor(read: () => PerformanceReading, wallClock: () => number) {
    this.#read = read;
    this.#wallClock = wallClock;
  }

  start(): void {
    this.take();
    this.#timer = setInterval(() => this.take(), SAMPLE_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Takes a sample now; the first time it only begins the next one. */
  take(): void {
    const now = performance.now();
    const reading = this.#read();
    const seconds = (now - this.#takenAt) / 1000;
    if (this.#before !== undefined) {
      this.#samples.push(sampleOf(this.#before, reading, this.#wallClock(), seconds));
    }
    if (this.#samples.length > KEPT_MS / SAMPLE_MS) this.#samples.shift();
    this.#before = reading;
    this.#takenAt = now;
  }

  /** Those that ended after a moment (UTC ms), oldest first. */
  after(moment: number): PerformanceSample[] {
    return this.#samples.filter(({ at }) => at > moment);
  }
}

function sampleOf(
  before: PerformanceReading,
  now: PerformanceReading,
  at: number,
  seconds: number,
): PerformanceSample {
  const buckets = now.calls.buckets.map((count, bucket) => count - (before.calls.buckets[bucket] ?? 0));
  const ms = (quantile: number) => {
    const found = histogramQuantile(quantile, LATENCY_EDGES, buckets);
    return found === undefined ? undefined : found * 1000;
  };
  return {
    ...now,
    at,
    seconds,
    calls: now.calls.calls - before.calls.calls,
    refusedCalls: now.calls.refused - before.calls.refused,
    failedCalls: now.calls.failed - before.calls.failed,
    p50Ms: ms(0.5),
    p95Ms: ms(0.95),
    p99Ms: ms(0.99),
    events: now.events - before.events,
    commits: now.commits - before.commits,
    transitions: now.transitions - before.transitions,
    evaluations: now.evaluations - before.evaluations,
  };
}
