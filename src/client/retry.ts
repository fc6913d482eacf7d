// Waiting between attempts: exponential, with full jitter, and what the server asks for first.
import { setTimeout as sleep } from 'node:timers/promises';
import { DtmsCallError, isTransient } from './errors.js';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 2_000;

/** Counts failures in a row and waits after each. */
export class Backoff {
  #failures = 0;

  /** Progress was made: the next failure is the first again. */
  reset(): void {
    this.#failures = 0;
  }

  /** Waits before the next attempt; rejects with the signal's reason when it aborts. */
  async wait(error: unknown, signal: AbortSignal | undefined): Promise<void> {
    const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures);
    this.#failures += 1;
    const asked = error instanceof DtmsCallError ? (error.report.retryAfterMs ?? 0) : 0;
    try {
      await sleep(asked + Math.random() * ceiling, undefined, { signal });
    } catch {
      throw abortReason(signal);
    }
  }
}

/** Why a signal aborted, as an error. */
export function abortReason(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error('the call was aborted', { cause: reason });
}

/**
 * Repeats an attempt that may be repeated while it fails transiently, for at most `retryMs` after the
 * start; then its last error is thrown.
 */
export async function retrying<T>(
  attempt: () => Promise<T>,
  retryMs: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  const startedAt = performance.now();
  const backoff = new Backoff();
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (signal?.aborted === true) throw abortReason(signal);
      if (!isTransient(error) || performance.now() - startedAt >= retryMs) throw error;
      await backoff.wait(error, signal);
    }
  }
}
