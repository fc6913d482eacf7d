// Owns waiting between attempts: exponential, with full jitter, and what the server asks for first.
import { setTimeout as sleep } from 'node:timers/promises';
import { DtmsCallError, isTransient } from './errors.js';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 2_000;

/** Counts failures in a row and says how long to wait after each. */
export class Backoff {
  #failures = 0;

  /** Progress was made: the next failure is the first again. */
  reset(): void {
    this.#failures = 0;
  }

  /** How long to wait before the next attempt, in ms: no less than the server asks for. */
  next(error: unknown): number {
    const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures);
    this.#failures += 1;
    const asked = error instanceof DtmsCallError ? (error.report.retryAfterMs ?? 0) : 0;
    return asked + Math.random() * ceiling;
  }
}

/** Waits; rejects with the signal's reason when it aborts. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    throw abortReason(signal);
  }
}

/** Why a signal aborted, as an error. */
export function abortReason(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error('the call was aborted', { cause: reason });
}

/**
 * Repeats an attempt that may be repeated while it fails transiently. An attempt that could begin only later
 * than `retryMs` after the start is not waited for: the last error is thrown at once. What is thrown names the attempt
 * before it, as `unanswered`.
 */
export async function retrying<T>(
  attempt: () => Promise<T>,
  retryMs: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  const startedAt = performance.now();
  const backoff = new Backoff();
  let unanswered: DtmsCallError | undefined;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (signal?.aborted === true) throw abortReason(signal);
      if (error instanceof DtmsCallError) error.unanswered ??= unanswered;
      if (!isTransient(error)) throw error;
      const waitMs = backoff.next(error);
      if (performance.now() - startedAt + waitMs > retryMs) throw error;
      unanswered = error;
      await pause(waitMs, signal);
    }
  }
}
