// The live course of a bridge: how often it looks for work, beats and reconciles, and how it goes on after
// an error. Time in here is only waiting; nothing is decided by it.
import { setTimeout as wait } from 'node:timers/promises';
import type { AccountReport, ReconcileAnswer } from './desk.js';

/** Periods in ms. */
export interface LiveOptions {
  readonly pollMs: number;
  readonly heartbeatMs: number;
  readonly reconcileMs: number;
  /** After errors the bridge waits longer each time, at most this long. */
  readonly slowestPollMs: number;
  /** Hears of every error; the bridge goes on. */
  readonly onError?: (error: unknown) => void;
}

/** What a live course is made of. */
export interface LiveWork {
  heartbeat(): Promise<AccountReport>;
  drain(): Promise<number>;
  reconcile(): Promise<ReconcileAnswer | null>;
}

class LiveCourse {
  readonly #work: LiveWork;
  readonly #options: LiveOptions;
  readonly #signal: AbortSignal;
  #wasConnected = false;
  #reconcileAt = 0;

  constructor(work: LiveWork, options: LiveOptions, signal: AbortSignal) {
    this.#work = work;
    this.#options = options;
    this.#signal = signal;
  }

  /** The beat goes on while an order waits for its answer. */
  async run(): Promise<void> {
    await Promise.all([
      this.#repeat(() => this.#beat(), this.#options.heartbeatMs),
      this.#repeat(() => this.#turn(), this.#options.pollMs),
    ]);
  }

  async #beat(): Promise<void> {
    const { connected } = await this.#work.heartbeat();
    if (connected && !this.#wasConnected) this.#reconcileAt = 0;
    this.#wasConnected = connected;
  }

  async #turn(): Promise<void> {
    if (performance.now() >= this.#reconcileAt) {
      const answer = await this.#work.reconcile();
      if (answer !== null) this.#reconcileAt = performance.now() + this.#options.reconcileMs;
    }
    await this.#work.drain();
  }

  async #repeat(work: () => Promise<void>, periodMs: number): Promise<void> {
    let errors = 0;
    while (!this.#signal.aborted) {
      try {
        await work();
        errors = 0;
      } catch (error) {
        errors += 1;
        this.#options.onError?.(error);
      }
      const slower = Math.max(periodMs, Math.min(this.#options.slowestPollMs, periodMs * 2 ** errors));
      await this.#sleep(errors === 0 ? periodMs : slower);
    }
  }

  async #sleep(ms: number): Promise<void> {
    // Only the signal ends a wait early.
    await wait(ms, undefined, { signal: this.#signal }).catch(() => undefined);
  }
}

/** Works until the signal aborts; ends once what is under way has ended. */
export function runLive(work: LiveWork, options: LiveOptions, signal: AbortSignal): Promise<void> {
  return new LiveCourse(work, options, signal).run();
}
