// Owns golden journals: what an earlier build wrote into a journal, with the digest of the log it made, kept as files. A
// build that makes another log of them has changed what an argument means, or how it is decided. `npm run golden` records
// them anew.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JournalSource, type RepeatedRow, repeatJournal } from '../../src/journal/repeat.js';
import { eventsOf } from '../../src/journal/reproduce.js';
import type { StoredCheckpoint, StoredJournalRow } from '../../src/store/journal.js';
import { encodeEvent } from '../../src/wire/event.js';

const FOLDER = join(import.meta.dirname, '../golden/journals');
/** One JSON value a line, bytes as base64. */
const ENDING = '.jsonl';

/** A line of a file: checkpoints with their parts, then rows with the digest of their events in the log. */
type Line =
  | { readonly checkpoint: StoredCheckpoint; readonly parts: readonly string[] }
  | {
      readonly row: Omit<StoredJournalRow, 'entries'>;
      readonly entries: string;
      readonly digest: string | null;
    };

export interface GoldenJournal {
  readonly source: JournalSource;
  readonly first: StoredCheckpoint;
  /** By place, of the events a row made; null where its term had no checkpoint. */
  readonly digests: ReadonlyMap<number, string | null>;
}

export function goldenNames(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(ENDING))
    .map((file) => file.slice(0, -ENDING.length));
}

export function readGolden(name: string): GoldenJournal {
  const checkpoints: StoredCheckpoint[] = [];
  const parts = new Map<string, readonly Uint8Array[]>();
  const rows: StoredJournalRow[] = [];
  const digests = new Map<number, string | null>();
  for (const text of readFileSync(join(FOLDER, name + ENDING), 'utf8')
    .trimEnd()
    .split('\n')) {
    const line: Line = JSON.parse(text);
    if ('checkpoint' in line) {
      checkpoints.push(line.checkpoint);
      parts.set(line.checkpoint.checkpointId, line.parts.map(bytesOf));
    } else {
      rows.push({ ...line.row, entries: bytesOf(line.entries) });
      digests.set(line.row.place, line.digest);
    }
  }
  const [first] = checkpoints;
  if (first === undefined) throw new Error(`${name} has no checkpoint`);
  return {
    first,
    digests,
    source: {
      checkpoints: () => Promise.resolve(checkpoints),
      parts: ({ checkpointId }) => parts.get(checkpointId) ?? [],
      rows: (from, limit) => Promise.resolve(rows.filter(({ place }) => place >= from).slice(0, limit)),
      // The log itself is not kept, but for its digests.
      events: () => Promise.resolve([]),
    },
  };
}

/** Of the events that repeating a row made. */
export function digestMade({ turns }: RepeatedRow): string {
  return digestOf(turns.flatMap(({ events }) => events).map(({ event, actor }) => encodeEvent(event, actor)));
}

/** Writes a journal down with the digests of its log, where DTMS_RECORD_JOURNALS asks for it. */
export async function recordGolden(name: string, source: JournalSource): Promise<void> {
  if (process.env.DTMS_RECORD_JOURNALS === undefined) return;
  const checkpoints = await source.checkpoints();
  const [first] = checkpoints;
  if (first === undefined) throw new Error('there is no checkpoint');
  const lines: Line[] = [];
  for (const [index, checkpoint] of checkpoints.entries()) {
    const { evaluatorEpoch } = checkpoint;
    // Each term begins at its first.
    if (checkpoints.findIndex((other) => other.evaluatorEpoch === evaluatorEpoch) !== index) continue;
    const parts: string[] = [];
    for await (const part of source.parts(checkpoint)) parts.push(textOf(part));
    lines.push({ checkpoint, parts });
  }
  for await (const step of repeatJournal(source, first, { rules: null })) {
    if (step.kind === 'begun') continue;
    const { entries, ...row } = step.row;
    const logged =
      step.kind === 'repeated' ? await eventsOf(source, step.after, row.base + row.events) : null;
    const digest = logged === null ? null : digestOf(logged.map(({ payload }) => payload));
    lines.push({ row, entries: textOf(entries), digest });
  }
  writeFileSync(join(FOLDER, name + ENDING), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

function digestOf(payloads: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const payload of payloads) hash.update(`${payload.length} `).update(payload);
  return hash.digest('hex').slice(0, 32);
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'base64');
