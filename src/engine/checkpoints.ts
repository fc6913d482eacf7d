// Owns keeping checkpoints while a term lasts: one when it begins, then one now and then, each written beside everything else.
import { setImmediate as turn } from 'node:timers/promises';
import { inBackground } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import type { Leadership } from '../store/store.js';
import { encodeCheckpoint } from './checkpoint.js';
import type { Term } from './term.js';

/**
 * Keeps checkpoints of a term. A failure means that the next one is tried in its time.
 *
 * @returns ends it
 */
export function keepCheckpoints(
  term: Term,
  leadership: Pick<Leadership, 'writeCheckpoint'>,
  intervalMs: number,
  logger: Logger,
): () => void {
  let isWriting = false;
  const keep = (): void => {
    if (isWriting || term.over !== null) return;
    isWriting = true;
    const writing = write(term, leadership, logger).finally(() => {
      isWriting = false;
    });
    inBackground(writing, (error) => logger.warn({ error }, 'a checkpoint could not be written'));
  };
  keep();
  const timer = setInterval(keep, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

async function write(
  term: Term,
  leadership: Pick<Leadership, 'writeCheckpoint'>,
  logger: Logger,
): Promise<void> {
  // What is open is in no checkpoint; it is over within a second or so. The first of a term is taken in this very turn: in the
  // next one bars that the term before left open are opened again, and would be in no journal.
  if (!isWhole(term)) await untilWhole(term);
  const startedAt = performance.now();
  const { parts, ...at } = term.checkpoint();
  const tookMs = performance.now() - startedAt;
  const { bytes } = await leadership.writeCheckpoint(at, encodeCheckpoint(parts));
  const [taken_ms, elapsed_ms] = [Math.round(tookMs), Math.round(performance.now() - startedAt)];
  logger.debug({ revision: at.revision, bytes, taken_ms, elapsed_ms }, 'a checkpoint was written');
}

/** Whether no bar and no snapshot is half decided. */
const isWhole = ({ engine: { checks, accounts } }: Pick<Term, 'engine'>): boolean =>
  checks.size === 0 && accounts.reconciling.size === 0;

/** Resolves when nothing is half decided. @throws why the term is over */
export async function untilWhole(term: Pick<Term, 'engine' | 'settled' | 'slices'>): Promise<void> {
  while (!isWhole(term)) {
    await term.slices.until(() => term.engine.checks.size === 0);
    await term.settled();
    await turn();
  }
}
