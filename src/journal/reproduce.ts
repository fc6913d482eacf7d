// Owns the law of the journal: the journal and the code make the log again, byte for byte, but for when it was recorded.
import type { TradeChange } from '../domain/trade/event.js';
import type { StoredCheckpoint } from '../store/journal.js';
import type { LogEvent } from '../store/types.js';
import { encodeEvent } from '../wire/event.js';
import type { RehearsedEvent } from './rehearsal.js';
import { type JournalSource, type RepeatedRow, type RepeatOptions, repeatJournal } from './repeat.js';

/** Where the log and what was made again first differ. */
export interface FoundDifference {
  /** Of the log's event, or where it would be. */
  readonly revision: number;
  readonly place: number;
  readonly account: string;
  readonly ticket: bigint;
  readonly what: 'not made' | 'not in the log' | 'other bytes';
  /** What was made; null where nothing was. */
  readonly made: TradeChange['kind'] | null;
}

/** What came of repeating a journal. */
export interface Reproduction {
  /** Revisions that were compared, the first and the last; null where none were. */
  readonly first: number | null;
  readonly last: number | null;
  readonly rows: number;
  readonly entries: number;
  readonly events: number;
  readonly terms: number;
  /** Of terms that ended before they had a checkpoint. */
  readonly skippedRows: number;
  /** Null: the log was made again. */
  readonly difference: FoundDifference | null;
}

export interface ReproduceOptions extends RepeatOptions {
  /** Only rows that were recorded in this time are compared, UTC ms. */
  readonly since?: number;
  readonly until?: number;
  /** Only the events of this account are. */
  readonly account?: string;
}

/** Repeats the journal and compares what it makes with the log, up to the first difference. @throws UnreadableJournalError */
export async function reproduce(
  source: JournalSource,
  from: StoredCheckpoint,
  options: ReproduceOptions,
): Promise<Reproduction> {
  const { since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = options;
  const sum = { rows: 0, entries: 0, events: 0, terms: 0, skippedRows: 0 };
  let [first, last]: [number | null, number | null] = [null, null];
  for await (const step of repeatJournal(source, from, options)) {
    if (step.kind === 'begun') {
      sum.terms += 1;
      continue;
    }
    const { row } = step;
    if (row.recordedAt >= until) break;
    if (step.kind === 'skipped') {
      sum.skippedRows += 1;
      continue;
    }
    sum.rows += 1;
    sum.entries += step.turns.length;
    if (row.recordedAt < since) continue;
    const { compared, difference } = await compareRow(source, step, options.account);
    sum.events += compared;
    const end = row.base + row.events;
    if (end > step.after) [first, last] = [first ?? step.after + 1, end];
    if (difference !== null) return { ...sum, first, last, difference };
  }
  return { ...sum, first, last, difference: null };
}

async function compareRow(source: JournalSource, step: RepeatedRow, account: string | undefined) {
  const { row, after } = step;
  const made = step.turns.flatMap(({ events }) => events);
  const logged = await eventsOf(source, after, row.base + row.events);
  const isMeant = (name: string): boolean => account === undefined || name === account;
  let compared = 0;
  for (let index = 0; index < Math.max(made.length, logged.length); index += 1) {
    const [one, other] = [made[index], logged[index]];
    const { account: name, ticket } = other ?? one?.event.trade.spec ?? { account: '', ticket: 0n };
    if (!isMeant(name)) continue;
    compared += 1;
    const what = differenceOf(one, other);
    if (what === null) continue;
    const place = { revision: after + index + 1, place: row.place };
    return {
      compared,
      difference: { ...place, account: name, ticket, what, made: one?.event.change.kind ?? null },
    };
  }
  return { compared, difference: null };
}

function differenceOf(
  made: RehearsedEvent | undefined,
  logged: LogEvent | undefined,
): FoundDifference['what'] | null {
  if (made === undefined) return 'not made';
  if (logged === undefined) return 'not in the log';
  return Buffer.compare(encodeEvent(made.event, made.actor), logged.payload) === 0 ? null : 'other bytes';
}

const PAGE = 1000;

/** The events after a revision up to another, in order. */
export async function eventsOf(source: JournalSource, after: number, last: number): Promise<LogEvent[]> {
  const events: LogEvent[] = [];
  while (after + events.length < last) {
    const left = last - after - events.length;
    const page = await source.events(after + events.length, Math.min(PAGE, left));
    if (page.length === 0) break;
    events.push(...page);
  }
  return events;
}
