// Owns whether every set of a study can be read and has trades: asked of all of them before anything is computed, which may
// take long, and told together.
import type { Rules } from '../domain/rules.js';
import { ImportError } from '../replay/input/table.js';
import { EmptySetError, readSet } from './market-set.js';
import { NewsFileError } from './news-file.js';
import { tradesIn } from './parts.js';
import type { Study, StudySet } from './study-file.js';

/** Sets that cannot be studied, each with why. */
export class UnreadableSetsError extends Error {
  override readonly name = 'UnreadableSetsError';
}

/** @throws UnreadableSetsError that names every one of these sets that cannot be studied. */
export function checkSets(study: Study, sets: readonly StudySet[], rules: Rules): void {
  const faults = sets.flatMap((set) => {
    const why = whyNot(study, set, rules);
    return why === null ? [] : [`${set.name}: ${why}`];
  });
  if (faults.length > 0)
    throw new UnreadableSetsError(`these sets cannot be studied:\n  ${faults.join('\n  ')}`);
}

function whyNot({ trades }: Study, set: StudySet, rules: Rules): string | null {
  try {
    tradesIn(readSet(set, rules), trades, trades.seeds[0] ?? 1);
    return null;
  } catch (error) {
    const isOfData = [ImportError, NewsFileError, EmptySetError].some((kind) => error instanceof kind);
    if (error instanceof Error && isOfData) return error.message;
    throw error;
  }
}
