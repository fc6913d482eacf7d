// Owns when a message that did not get through is tried again, and when no more.

/** What came of one try. */
export type TryOutcome =
  | { readonly result: 'delivered' }
  /** It may get through later; not before `retryAfterMs`, where the receiver said so. */
  | { readonly result: 'failed'; readonly reason: string; readonly retryAfterMs: number | null }
  /** The receiver will not have it: more tries help only where somebody mends it. */
  | { readonly result: 'refused'; readonly reason: string };

export interface RetrySettings {
  /** Tries of one message, the first included. */
  readonly maxTries: number;
  /** The pause after the first try, in ms; it doubles with each. */
  readonly firstRetryMs: number;
  /** The longest pause, in ms. */
  readonly longestRetryMs: number;
}

/** Tries of what the receiver refuses. */
const REFUSED_TRIES = 5;
/** Whoever is told to wait longer than this does not. */
const LONGEST_ASKED_MS = 3_600_000;

/**
 * The pause before the next try, in ms; null: there is none.
 *
 * @param tries - so far, this one included
 * @param random - from 0 to 1: from half the pause to all of it, so that many do not come at once
 */
export function nextTryMs(
  outcome: Exclude<TryOutcome, { result: 'delivered' }>,
  tries: number,
  { maxTries, firstRetryMs, longestRetryMs }: RetrySettings,
  random: number,
): number | null {
  const most = outcome.result === 'refused' ? Math.min(REFUSED_TRIES, maxTries) : maxTries;
  if (tries >= most) return null;
  const pause = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(tries - 1, 40));
  const own = Math.round(pause * (0.5 + random / 2));
  const asked = outcome.result === 'failed' ? Math.min(outcome.retryAfterMs ?? 0, LONGEST_ASKED_MS) : 0;
  return Math.max(own, asked);
}
