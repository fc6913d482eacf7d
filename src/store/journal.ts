// Owns the journal in the database: its days, its rows in order, and checkpoints with their parts.
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Config } from '../config/config.js';
import type { Logger } from '../observability/logger.js';
import { UnreadableJournalError } from './bodies/journal.js';
import { bytea, int4, int8, select, text, time } from './columns.js';
import { checkOut, createPool, query } from './pool.js';
import { readEvents } from './reads.js';
import { JOURNAL } from './tables.js';
import type { JournalPlace, JournalRow, LogEvent } from './types.js';

type Queryable = pg.Pool | pg.ClientBase;

/** A row as it stands in the journal. */
export interface StoredJournalRow extends JournalRow {
  /** The log's head before it. */
  readonly base: number;
  /** Database time, UTC ms. */
  readonly recordedAt: number;
}

/** A checkpoint, all of whose parts are there. */
export interface StoredCheckpoint extends JournalPlace {
  readonly checkpointId: string;
  readonly evaluatorEpoch: number;
  /** Database time, UTC ms. */
  readonly takenAt: number;
  /** Of the program that took it. */
  readonly version: string;
  readonly parts: number;
  readonly bytes: number;
}

/** How the journal stands. */
export interface JournalStanding {
  /** When its oldest row was recorded, UTC ms; null when it is empty. */
  readonly oldestAt: number | null;
  /** On disk, with checkpoints. */
  readonly bytes: number;
  readonly checkpoints: number;
  /** When the newest was taken, UTC ms; null without one. */
  readonly checkpointAt: number | null;
  /** The database's clock when it was looked at, UTC ms. */
  readonly now: number;
}

const ROW = select<StoredJournalRow>({ ...JOURNAL, base: int8, recordedAt: time });
const CHECKPOINT = select<StoredCheckpoint>({
  checkpointId: text,
  place: int8,
  skip: int4,
  revision: int8,
  evaluatorEpoch: int8,
  takenAt: time,
  version: text,
  parts: int4,
  bytes: int8,
});
/** Partitions are made for today and so many days after it. */
const DAYS_AHEAD = 2;

/** Makes the partitions of today and the next days, where they are not there. */
export async function addJournalDays(on: Queryable): Promise<void> {
  await query(
    on,
    `SELECT dtms_add_journal_day((clock_timestamp() AT TIME ZONE 'UTC')::date + n) FROM generate_series(0, $1::int) AS n`,
    [DAYS_AHEAD],
  );
}

/**
 * Drops the days that were over `days` ago, and what nothing can be repeated from any more.
 *
 * @param days - 0 drops all that is over.
 */
export async function dropJournalDays(pool: pg.Pool, days: number): Promise<void> {
  const client = await checkOut(pool);
  let failed = true;
  try {
    await query(client, 'BEGIN');
    // Whoever waits for this lock makes everyone behind it wait: then the next compaction tries again.
    await query(client, `SET LOCAL lock_timeout = '2s'`);
    await query(
      client,
      `SELECT dtms_drop_journal_days((clock_timestamp() AT TIME ZONE 'UTC')::date - $1::int)`,
      [days],
    );
    await query(client, 'COMMIT');
    failed = false;
  } finally {
    client.release(failed);
  }
  await query(
    pool,
    `DELETE FROM journal_checkpoints
     WHERE place < coalesce((SELECT min(place) FROM journal), place) OR taken_at < clock_timestamp() - make_interval(days => $1 + 1)`,
    [days],
  );
  // Parts without their checkpoint: one that was not finished, or is gone.
  await query(
    pool,
    `DELETE FROM journal_checkpoint_parts p
     WHERE written_at < clock_timestamp() - interval '1 hour'
       AND NOT EXISTS (SELECT FROM journal_checkpoints c WHERE c.checkpoint_id = p.checkpoint_id)`,
  );
}

/** The journal as it is read. */
export class JournalTable {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Those that are whole, by their places. */
  checkpoints(): Promise<StoredCheckpoint[]> {
    return listCheckpoints(this.#pool);
  }

  parts(checkpoint: StoredCheckpoint): AsyncIterable<Uint8Array> {
    return readParts(this.#pool, checkpoint);
  }

  rows(from: number, limit: number): Promise<StoredJournalRow[]> {
    return readJournal(this.#pool, from, limit);
  }

  events(after: number, limit: number): Promise<LogEvent[]> {
    return readEvents(this.#pool, after, limit);
  }

  standing(): Promise<JournalStanding> {
    return journalStanding(this.#pool);
  }
}

/**
 * The journal of a database that is not touched otherwise: its role need not be allowed more than to read it.
 *
 * @throws StoreUnavailableError when the database cannot be reached
 */
export async function openJournal(
  url: string,
  { database }: Pick<Config, 'database'>,
  logger: Logger,
): Promise<{ readonly journal: JournalTable; readonly close: () => Promise<void> }> {
  const pool = createPool({ url, statementTimeoutMs: database.statementTimeoutMs }, 1, logger);
  return { journal: new JournalTable(pool), close: () => pool.end() };
}

/** Rows from a place on, in order, at most `limit`. */
export async function readJournal(on: Queryable, from: number, limit: number): Promise<StoredJournalRow[]> {
  const text = `SELECT ${ROW.list} FROM journal WHERE place >= $1 ORDER BY place LIMIT $2`;
  const { rows } = await query(on, text, [from, limit]);
  return rows.map(ROW.read);
}

/** Every checkpoint from which what the journal holds can be repeated, oldest first. */
export async function listCheckpoints(on: Queryable): Promise<StoredCheckpoint[]> {
  const { rows } = await query(on, `SELECT ${CHECKPOINT.list} FROM journal_checkpoints ORDER BY place, skip`);
  return rows.map(CHECKPOINT.read);
}

/** The parts of a checkpoint, in order. */
export async function* readParts(
  on: Queryable,
  { checkpointId, parts }: Pick<StoredCheckpoint, 'checkpointId' | 'parts'>,
): AsyncGenerator<Uint8Array> {
  for (let part = 0; part < parts; part += 1) {
    const text = 'SELECT body FROM journal_checkpoint_parts WHERE checkpoint_id = $1 AND part = $2';
    const { rows } = await query(on, text, [checkpointId, part]);
    if (rows.length === 0) throw new UnreadableJournalError(`part ${part} of a checkpoint is gone`);
    yield bytea.read(rows[0]?.body);
  }
}

/** Writes a checkpoint, a part at a time. Until the last is written there is none. */
export async function writeCheckpoint(
  pool: pg.Pool,
  at: JournalPlace & { readonly evaluatorEpoch: number; readonly version: string },
  parts: AsyncIterable<Uint8Array>,
): Promise<{ readonly parts: number; readonly bytes: number }> {
  const checkpointId = randomUUID();
  let [count, bytes] = [0, 0];
  for await (const body of parts) {
    const text = 'INSERT INTO journal_checkpoint_parts (checkpoint_id, part, body) VALUES ($1, $2, $3)';
    await query(pool, text, [checkpointId, count, body]);
    count += 1;
    bytes += body.length;
  }
  await query(
    pool,
    `INSERT INTO journal_checkpoints (checkpoint_id, place, skip, revision, evaluator_epoch, version, parts, bytes)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [checkpointId, at.place, at.skip, at.revision, at.evaluatorEpoch, at.version, count, bytes],
  );
  return { parts: count, bytes };
}

export async function journalStanding(on: Queryable): Promise<JournalStanding> {
  const { rows } = await query(
    on,
    `SELECT (SELECT recorded_at FROM journal ORDER BY place LIMIT 1) AS oldest,
       (SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0) FROM pg_inherits WHERE inhparent = 'journal'::regclass)
         + pg_total_relation_size('journal_checkpoint_parts') AS bytes,
       (SELECT count(*) FROM journal_checkpoints) AS checkpoints,
       (SELECT max(taken_at) FROM journal_checkpoints) AS newest, clock_timestamp() AS now`,
  );
  const { oldest, bytes, checkpoints, newest, now } = rows[0] ?? {};
  return {
    oldestAt: oldest?.getTime() ?? null,
    bytes: Number(bytes),
    checkpoints: Number(checkpoints),
    checkpointAt: newest?.getTime() ?? null,
    now: now.getTime(),
  };
}
