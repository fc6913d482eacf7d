// Owns the law of the journal as tests ask for it: journal and code make the log again, and each checkpoint holds what an
// engine has that repeated the journal up to it.
import { isDeepStrictEqual } from 'node:util';
import type { Rehearsal } from '../../src/journal/rehearsal.js';
import { type JournalSource, repeatJournal } from '../../src/journal/repeat.js';
import { type Reproduction, reproduce } from '../../src/journal/reproduce.js';
import { decodePart, UnreadableJournalError } from '../../src/store/bodies/journal.js';
import type { StoredCheckpoint, StoredJournalRow } from '../../src/store/journal.js';

/** What was tried, so that nothing passes for nothing. */
export interface TriedJournal extends Reproduction {
  /** Checkpoints an engine came by on its way. */
  readonly checkpointsMet: number;
}

/** Where the law does not hold, in words; and what it was tried on. */
export async function tryJournal(source: JournalSource): Promise<{ faults: string[]; tried: TriedJournal }> {
  const checkpoints = await source.checkpoints();
  const [first] = checkpoints;
  if (first === undefined) throw new Error('there is no checkpoint');
  const reproduction = await reproduce(source, first, { rules: null });
  const { difference } = reproduction;
  const faults: string[] = [];
  if (difference !== null) {
    const { revision, place, account, ticket, what, made } = difference;
    faults.push(`revision ${revision} (place ${place}) of ${account}:${ticket}: ${what}, ${made}`);
  }
  const met = await meetCheckpoints(source, checkpoints);
  return { faults: [...faults, ...met.faults], tried: { ...reproduction, checkpointsMet: met.count } };
}

/** Repeats all from the first checkpoint of each term, and compares the others on the way. */
async function meetCheckpoints(source: JournalSource, checkpoints: readonly StoredCheckpoint[]) {
  const [first] = checkpoints;
  const faults: string[] = [];
  const due: { checkpoint: StoredCheckpoint; memory: unknown[] }[] = [];
  if (first === undefined) return { count: 0, faults };
  const onEntry = (row: StoredJournalRow, index: number, rehearsal: Rehearsal) => {
    for (const checkpoint of checkpoints) {
      const { place, skip, evaluatorEpoch } = checkpoint;
      if (place === row.place && skip === index && evaluatorEpoch === row.evaluatorEpoch)
        due.push({ checkpoint, memory: structuredClone([...rehearsal.memory]) });
    }
  };
  for await (const { kind } of repeatJournal(source, first, { rules: null, onEntry })) void kind;
  let count = 0;
  for (const { checkpoint, memory } of due) {
    const stored: unknown[] = [];
    for await (const part of source.parts(checkpoint)) stored.push(decodePart(part));
    count += 1;
    if (!isDeepStrictEqual(stored, memory)) {
      const { place, skip } = checkpoint;
      faults.push(
        `the checkpoint at ${place}.${skip} is not what the journal makes: ${differing(stored, memory)}`,
      );
    }
  }
  return { count, faults };
}

/** The first place where two values differ, as a path. */
function differing(one: unknown, other: unknown, path = ''): string {
  if (isDeepStrictEqual(one, other)) return '';
  if (typeof one === 'object' && typeof other === 'object' && one !== null && other !== null) {
    const names = new Set([...Object.keys(one), ...Object.keys(other)]);
    for (const name of names) {
      const found = differing(Reflect.get(one, name), Reflect.get(other, name), `${path}.${name}`);
      if (found !== '') return found;
    }
  }
  return `${path}: ${show(one)} is ${show(other)} in the rehearsal`;
}

const show = (value: unknown): string =>
  String(JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? String(one) : one))).slice(0, 300);

/** The faults alone. */
export async function journalFaults(source: JournalSource): Promise<string[]> {
  try {
    return (await tryJournal(source)).faults;
  } catch (error) {
    if (error instanceof UnreadableJournalError) return [error.message];
    throw error;
  }
}
