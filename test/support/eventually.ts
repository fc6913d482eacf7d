// Waiting for what must come to be, on a machine that may be slow. vitest's own waiting gives up after one second,
// which is a claim about speed that no test here makes.
import { setTimeout as sleep } from 'node:timers/promises';
import { vi } from 'vitest';
import { PATIENCE_MS } from './patience.js';

/** Asks until `check` neither throws nor rejects, and gives what it returns; fails as it last failed after PATIENCE_MS. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: PATIENCE_MS, interval: 10 });
}

/** Waits until `is` is true; throws an Error that names `what` after PATIENCE_MS. */
export async function until(what: string, is: () => boolean | Promise<boolean>): Promise<void> {
  const startedAt = performance.now();
  while (!(await is())) {
    if (performance.now() - startedAt > PATIENCE_MS) throw new Error(`it never happened: ${what}`);
    await sleep(10);
  }
}
