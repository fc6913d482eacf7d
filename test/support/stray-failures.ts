// What reaches nobody but the process while a test runs: rejections that nobody waits for, and what is thrown into the
// event loop. Either would be a bug; the second one ends a process.
import { onTestFinished } from 'vitest';

/** Collects them until the test is over; empty when all is well. */
export function strayFailures(): unknown[] {
  const found: unknown[] = [];
  for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
    const others = process.rawListeners(event) as ((...args: unknown[]) => void)[];
    process.removeAllListeners(event);
    process.on(event, (error: unknown) => found.push(error));
    onTestFinished(() => {
      process.removeAllListeners(event);
      for (const other of others) process.on(event, other);
    });
  }
  return found;
}
