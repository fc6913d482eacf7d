// Owns what a test server leaves behind when its program is ended by a signal or ends by itself: nothing. Without a listener a
// signal ends the program at once, and what it started would go on.
import { over, toldElsewhere } from '../observability/background.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What must not outlive the program. */
export interface Leftover {
  /** Ends it in order. */
  readonly stop: () => Promise<void>;
  /** Removes what can be removed when there is no time for that any more: the program is exiting. */
  readonly removeNow: () => void;
}

const leftovers = new Set<Leftover>();

/** Until `forget` is called, the end of the program ends it too. */
export function endWithProgram(leftover: Leftover): { readonly forget: () => void } {
  if (leftovers.size === 0) listen();
  leftovers.add(leftover);
  return {
    forget: () => {
      leftovers.delete(leftover);
      if (leftovers.size === 0) deafen();
    },
  };
}

function listen(): void {
  for (const name of SIGNALS) process.on(name, onSignal);
  process.on('exit', onExit);
}

function deafen(): void {
  for (const name of SIGNALS) process.off(name, onSignal);
  process.off('exit', onExit);
}

function onSignal(signal: NodeJS.Signals): void {
  // A program that listens itself decides what a signal means; when it exits, that is heard.
  if (process.listenerCount(signal) > 1) return;
  const ending = [...leftovers].map(({ stop }) => over(stop()));
  // Another signal ends it at once; so does this one, by itself, once all is over.
  for (const name of SIGNALS) process.off(name, onSignal);
  toldElsewhere(Promise.all(ending).then(() => process.kill(process.pid, signal)));
}

function onExit(): void {
  for (const { removeNow } of leftovers) removeNow();
}
