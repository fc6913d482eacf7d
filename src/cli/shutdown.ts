// Ctrl-C and SIGTERM: the first asks to stop in order, the second stops at once.
import { EXIT } from './exit.js';
import { remark } from './output.js';

export interface Shutdown {
  /** Aborts with the first signal. */
  readonly signal: AbortSignal;
  /** Gives the signals back to their default. */
  release(): void;
}

/** Listens for SIGINT and SIGTERM; `notice` is said at the first, unless empty. */
export function onShutdown(notice: string): Shutdown {
  const controller = new AbortController();
  const handle = () => {
    if (controller.signal.aborted) {
      remark('stopping at once');
      process.exit(EXIT.failure);
    }
    if (notice !== '') remark(notice);
    controller.abort();
  };
  process.on('SIGINT', handle).on('SIGTERM', handle);
  return {
    signal: controller.signal,
    release: () => process.off('SIGINT', handle).off('SIGTERM', handle),
  };
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
