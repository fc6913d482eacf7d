// Owns being told to stop, by Ctrl-C, SIGTERM or a terminal that closes: the first time asks to stop in order, within
// a time, and the second stops at once. Without a terminal SIGHUP may mean to reload instead (docs/adr/0033).
import { closeSync, openSync } from 'node:fs';
import { EXIT } from './exit.js';
import { remark } from './output.js';

export interface Shutdown {
  /** Aborts with the first signal; its reason is a StopRequest. */
  readonly signal: AbortSignal;
  /**
   * What SIGHUP does from now on where no terminal can send it by closing. Until then, and with a terminal, it stops.
   * Windows sends it when its window closes: there it always stops.
   */
  onHangUp(reload: () => void): void;
  /** How long a stop in order may take from now on, in ms: then the program stops at once. */
  allow(ms: number): void;
  /** Gives the signals back to their default; a stopped program ends with the next one, or a little later by itself. */
  release(): void;
}

/** Why what was under way ended: somebody asked for it, and nothing failed. */
export class StopRequest extends Error {
  override readonly name = 'StopRequest';
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const STOP_MS = 15_000;
/** One Ctrl-C may come twice, from the terminal and from npm. */
const SAME_MS = 50;
/** For what a program does after its work. */
const LEAVE_MS = 1_000;

/** Listens for the signals; `notice` is said at the first, unless empty. */
export function onShutdown(notice: string): Shutdown {
  const controller = new AbortController();
  // Asked at the start: a terminal that has closed cannot be opened any more.
  const isAttended = hasTerminal();
  let allowedMs = STOP_MS;
  let askedAt = 0;
  let reload: (() => void) | undefined;
  const handle = (name: NodeJS.Signals) => {
    if (name === 'SIGHUP' && reload !== undefined) {
      reload();
      return;
    }
    if (controller.signal.aborted) {
      if (performance.now() - askedAt > SAME_MS) stopAtOnce('stopping at once');
      return;
    }
    askedAt = performance.now();
    if (notice !== '') remark(notice);
    setTimeout(() => stopAtOnce('not stopped in time: stopping at once'), allowedMs).unref();
    controller.abort(new StopRequest('asked to stop'));
  };
  for (const name of SIGNALS) process.on(name, handle);
  return {
    signal: controller.signal,
    onHangUp: (task) => {
      if (process.platform !== 'win32' && !isAttended) reload = task;
    },
    allow: (ms) => {
      allowedMs = ms;
    },
    release: () => {
      // It has stopped in order: a second signal that comes too late does not make that a failure. Listened for before
      // the other listener goes: a signal between the two would end the program by itself.
      if (controller.signal.aborted) {
        for (const name of SIGNALS) process.on(name, () => process.exit());
        setTimeout(() => process.exit(), LEAVE_MS).unref();
      }
      for (const name of SIGNALS) process.off(name, handle);
    },
  };
}

/** Whether the process has a controlling terminal, whose end is told by SIGHUP; where its output goes says nothing of it. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}

/** What the process owns ends with it: see its exit listeners. */
function stopAtOnce(why: string): never {
  remark(why);
  process.exit(EXIT.failure);
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
