// Owns how late the event loop is: what was measured since the last sample, and that sample.
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { type Family, gauge } from './families.js';

/** Between two looks, in ms; the monitor counts it as part of the delay. */
const RESOLUTION_MS = 10;
const NS_PER_MS = 1e6;

export interface LoopDelay {
  /** 99% of the looks were late by at most this, in ms. */
  readonly p99Ms: number;
  readonly maxMs: number;
}

export class EventLoop {
  readonly #monitor: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #latest: LoopDelay = { p99Ms: 0, maxMs: 0 };

  constructor() {
    this.#monitor.enable();
  }

  /** The delay since the last sample. */
  sample(): LoopDelay {
    if (this.#monitor.count > 0) {
      this.#latest = { p99Ms: late(this.#monitor.percentile(99)), maxMs: late(this.#monitor.max) };
      this.#monitor.reset();
    }
    return this.#latest;
  }

  stop(): void {
    this.#monitor.disable();
  }

  families(): Family[] {
    const { p99Ms, maxMs } = this.#latest;
    return [
      gauge(
        'dtms_event_loop_delay_p99_seconds',
        'How late 99% of the turns of the event loop were at most, over the last five seconds.',
        p99Ms / 1000,
      ),
      gauge(
        'dtms_event_loop_delay_max_seconds',
        'How late the latest turn of the event loop was, over the last five seconds.',
        maxMs / 1000,
      ),
    ];
  }
}

const late = (ns: number): number => Math.max(0, ns / NS_PER_MS - RESOLUTION_MS);
