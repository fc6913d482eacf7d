// Owns whether the journal can be repeated: its rows are contiguous, do not overlap in the log, and are what was written, as
// are the parts of its checkpoints.
import type pg from 'pg';
import { decodeEntries, decodePart } from '../store/bodies/journal.js';
import { listCheckpoints, readJournal, readParts, type StoredJournalRow } from '../store/journal.js';
import { readHead } from '../store/reads.js';
import { FaultList, type IntegrityFinding } from './faults.js';

const PAGE = 200;

export async function checkJournal(on: pg.ClientBase): Promise<IntegrityFinding[]> {
  return [await checkRows(on), await checkCheckpoints(on)];
}

async function checkRows(on: pg.ClientBase): Promise<IntegrityFinding> {
  const faults = new FaultList('journal');
  const { revision } = await readHead(on);
  let before: StoredJournalRow | undefined;
  for (let from = 0; ; ) {
    const rows = await readJournal(on, from, PAGE);
    for (const row of rows) {
      faults.count();
      if (before !== undefined) {
        faults.same(`the place after ${before.place}`, row.place, before.place + 1);
        if (row.base < before.base + before.events)
          faults.add(
            `place ${row.place} is of the log after ${row.base}, where ${before.place} had written already`,
          );
      }
      if (row.base + row.events > revision) faults.add(`place ${row.place} is of events after the log's end`);
      told(faults, `place ${row.place}`, () => decodeEntries(row.entries));
      before = row;
    }
    if (rows.length < PAGE) break;
    from = (rows.at(-1)?.place ?? from) + 1;
  }
  return faults.finding;
}

async function checkCheckpoints(on: pg.ClientBase): Promise<IntegrityFinding> {
  const faults = new FaultList('checkpoints');
  for (const checkpoint of await listCheckpoints(on)) {
    faults.count();
    const name = `the checkpoint at place ${checkpoint.place}`;
    let bytes = 0;
    try {
      for await (const part of readParts(on, checkpoint)) {
        bytes += part.length;
        decodePart(part);
      }
      faults.same(`the size of ${name}`, bytes, checkpoint.bytes);
    } catch (error) {
      faults.add(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return faults.finding;
}

function told(faults: FaultList, name: string, read: () => unknown): void {
  try {
    read();
  } catch (error) {
    faults.add(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
