// Owns the live loop of a bridge: how often it looks for work, sends heartbeats and reconciles, and how it
// goes on after an error. Time in here is only waiting; nothing is decided by it.
import { setTimeout as wait } from 'node:timers/promises';
import { type AccountReport, type ReconcileAnswer, refusalOf } from './lease-client.js';

/** Periods in ms. */
export interface LoopOptions {
  readonly pollMs: number;
  readonly heartbeatMs: number;
  readonly reconcileMs: number;
  /** After errors the bridge waits longer each time, at most this long. */
  readonly slowestPollMs: number;
  /** Hears of every error, and of what was refused of a snapshot; the bridge goes on. */
  readonly onError?: (error: unknown) => void;
}

/** What the loop does. */
export interface LoopWork {
  /** Whether positions should be reconciled at once. */
  readonly looksAgain: boolean;
  heartbeat(): Promise<AccountReport>;
  drain(): Promise<number>;
  reconcile(): Promise<ReconcileAnswer | null>;
}

/** Works until the signal aborts; ends once what is under way has ended. The beat goes on while an order waits. */
export async function runLoop(work: LoopWork, options: LoopOptions, signal: AbortSignal): Promise<void> {
  let hear: () => void = () => undefined;
  // What a bridge finds open counts only once it has said which account it is logged in to.
  const heard = new Promise<void>((resolve) => {
    hear = resolve;
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  let wasConnected = false;
  let reconcileAt = 0;
  const beat = async () => {
    const { connected } = await work.heartbeat();
    hear();
    if (connected && !wasConnected) reconcileAt = 0;
    wasConnected = connected;
  };
  const turn = async () => {
    if (performance.now() >= reconcileAt || work.looksAgain) {
      const answer = await work.reconcile();
      const refusal = refusalOf(answer);
      if (refusal !== null) options.onError?.(refusal);
      if (answer !== null) reconcileAt = performance.now() + options.reconcileMs;
    }
    await work.drain();
  };
  await Promise.all([
    repeat(beat, options.heartbeatMs, options, signal),
    heard.then(() => repeat(turn, options.pollMs, options, signal)),
  ]);
}

async function repeat(
  step: () => Promise<void>,
  periodMs: number,
  { slowestPollMs, onError }: LoopOptions,
  signal: AbortSignal,
): Promise<void> {
  let errors = 0;
  while (!signal.aborted) {
    try {
      await step();
      errors = 0;
    } catch (error) {
      errors += 1;
      onError?.(error);
    }
    const slower = Math.max(periodMs, Math.min(slowestPollMs, periodMs * 2 ** errors));
    // Only the signal ends a wait early.
    await wait(errors === 0 ? periodMs : slower, undefined, { signal }).catch(() => undefined);
  }
}
