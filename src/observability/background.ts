// Owns where failures go that nobody waits for: each is given to somebody, or said to be told another way. What is
// left is a bug, which the process counts (dtms_unhandled_rejections_total).
import { setTimeout as sleep } from 'node:timers/promises';

/** Leaves work to itself. @param failed - takes its failure; without it a failure is a bug. */
export function inBackground(work: Promise<unknown>, failed?: (error: unknown) => void): void {
  if (failed !== undefined) work.catch(failed);
}

/**
 * Makes work a callback of a timer, a socket or a stream: nothing may be thrown there, as it would end the process.
 *
 * @param failed - takes what the work throws.
 */
export function guarded<A extends unknown[]>(
  work: (...args: A) => void,
  failed: (error: unknown) => void,
): (...args: A) => void {
  return (...args) => {
    try {
      work(...args);
    } catch (error) {
      failed(error);
    }
  };
}

/** For a promise whose failure is told another way too, so that nobody need wait for it. */
export function toldElsewhere(promise: Promise<unknown>): void {
  promise.catch(() => undefined);
}

/** Resolves when it is over, however it ended: what follows does not depend on that. */
export async function over(work: Promise<unknown>): Promise<void> {
  await work.catch(() => undefined);
}

/** Resolves after some ms, or at once when the signal aborts. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await over(sleep(milliseconds, undefined, { signal }));
}

export interface RepeatedParts {
  /** One turn. The signal aborts when no other is to follow. */
  readonly work: (signal: AbortSignal) => Promise<void>;
  /** From the end of a turn to the next, ms; asked for after each. */
  readonly everyMs: () => number;
  /** Takes what a turn fails with; the next one is made all the same. */
  readonly failed: (error: unknown) => void;
}

/** Work that is done again and again, from `start` until it is stopped, never twice at once. */
export class RepeatedWork {
  readonly #parts: RepeatedParts;
  readonly #stopped = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(parts: RepeatedParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#running = this.#run();
    inBackground(this.#running);
  }

  /** Resolves when the turn under way is over. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  get isStopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  async #run(): Promise<void> {
    const { work, everyMs, failed } = this.#parts;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        await work(signal);
      } catch (error) {
        failed(error);
      }
      await pause(everyMs(), signal);
    }
  }
}
