// Owns repeating the journal: row by row from a checkpoint on, from one leader's term to the next, each beginning at its own
// checkpoint, as the leader began with what the database held.
import type { Rules } from '../domain/rules.js';
import { rulesOfCheckpoint } from '../engine/checkpoint.js';
import { decodeEntries, UnreadableJournalError } from '../store/bodies/journal.js';
import type { StoredCheckpoint, StoredJournalRow } from '../store/journal.js';
import type { LogEvent } from '../store/types.js';
import { Rehearsal, type RehearsedTurn } from './rehearsal.js';

/** Where a journal is read. */
export interface JournalSource {
  /** Those that are whole, by their places. */
  checkpoints(): Promise<StoredCheckpoint[]>;
  parts(checkpoint: StoredCheckpoint): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Rows from a place on, in order. */
  rows(from: number, limit: number): Promise<StoredJournalRow[]>;
  /** Events of the log after a revision, in order. */
  events(after: number, limit: number): Promise<LogEvent[]>;
}

/** A row that was repeated. */
export interface RepeatedRow {
  readonly kind: 'repeated';
  readonly row: StoredJournalRow;
  /** The log's head before what was repeated of it. */
  readonly after: number;
  readonly turns: readonly RehearsedTurn[];
  readonly rehearsal: Rehearsal;
}

/** A row whose term ended before it had a checkpoint: nothing can be said of it. */
export interface SkippedRow {
  readonly kind: 'skipped';
  readonly row: StoredJournalRow;
}

/** A term of the journal begins, and its engine is that of a checkpoint. */
export interface BegunTerm {
  readonly kind: 'begun';
  readonly checkpoint: StoredCheckpoint;
  readonly rehearsal: Rehearsal;
}

export type RepeatStep = RepeatedRow | SkippedRow | BegunTerm;

export interface RepeatOptions {
  /** By which it is decided; null: by those of each checkpoint. */
  readonly rules: Rules | null;
  /** Rows read at once. */
  readonly pageRows?: number;
  /** Called before each entry, with its row and its number there. */
  readonly onEntry?: (row: StoredJournalRow, index: number, rehearsal: Rehearsal) => void;
  /** Called at the end of the journal, until it says that there is no more to wait for. */
  readonly atEnd?: () => Promise<'wait' | 'end'>;
}

const PAGE_ROWS = 200;

/**
 * Repeats the journal from a checkpoint on.
 *
 * @throws UnreadableJournalError
 */
export async function* repeatJournal(
  source: JournalSource,
  from: StoredCheckpoint,
  { rules, pageRows = PAGE_ROWS, onEntry, atEnd = () => Promise.resolve('end') }: RepeatOptions,
): AsyncGenerator<RepeatStep> {
  let rehearsal: Rehearsal | null = null;
  let begun: StoredCheckpoint | null = null;
  let pending: StoredCheckpoint | null = from;
  let epoch = from.evaluatorEpoch;
  for (let place = from.place; ; ) {
    const rows = await source.rows(place, pageRows);
    if (rows.length === 0 && (await atEnd()) === 'end') return;
    for (const row of rows) {
      if (row.place !== place) throw new UnreadableJournalError(`row ${place} of the journal is missing`);
      place += 1;
      if (row.evaluatorEpoch !== epoch) {
        [rehearsal, begun, epoch] = [null, null, row.evaluatorEpoch];
        pending = firstOf(await source.checkpoints(), epoch);
      }
      if (pending !== null && pending.place === row.place) {
        rehearsal = await beginAt(source, pending, rules);
        [begun, pending] = [pending, null];
        yield { kind: 'begun', checkpoint: begun, rehearsal };
      }
      if (rehearsal === null) {
        pending ??= firstOf(await source.checkpoints(), epoch);
        yield { kind: 'skipped', row };
        continue;
      }
      const isFirst = begun?.place === row.place;
      const skip = isFirst ? (begun?.skip ?? 0) : 0;
      const after = isFirst ? (begun?.revision ?? row.base) : row.base;
      const made = rehearsal;
      const entries = decodeEntries(row.entries).slice(skip);
      const turns = entries.map((entry, index) => {
        onEntry?.(row, skip + index, made);
        return made.repeat(entry);
      });
      yield { kind: 'repeated', row, after, rehearsal, turns };
    }
  }
}

/** An engine that is made of a checkpoint. @throws UnreadableJournalError */
export async function beginAt(
  source: JournalSource,
  checkpoint: StoredCheckpoint,
  rules: Rules | null,
): Promise<Rehearsal> {
  const parts: Uint8Array[] = [];
  for await (const part of source.parts(checkpoint)) parts.push(part);
  const [first] = parts;
  if (first === undefined) throw new UnreadableJournalError('a checkpoint is empty');
  return Rehearsal.begin(rules ?? rulesOfCheckpoint(first), parts);
}

function firstOf(checkpoints: readonly StoredCheckpoint[], epoch: number): StoredCheckpoint | null {
  return checkpoints.find(({ evaluatorEpoch }) => evaluatorEpoch === epoch) ?? null;
}
