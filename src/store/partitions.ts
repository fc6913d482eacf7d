// Owns the log's partitions: each holds the same number of revisions, the next one is made ahead of time,
// and old ones are dropped whole.
import type pg from 'pg';

import { inBackground, over } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import { query } from './pool.js';

/** A partition holds revisions first <= r < end. */
interface Partition {
  readonly name: string;
  readonly first: number;
  readonly end: number;
}

const BOUNDS = `
  SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bounds
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent = 'events'::regclass`;

/** The partitions in the order of their revisions. */
async function listPartitions(on: pg.Pool | pg.ClientBase): Promise<Partition[]> {
  const { rows } = await query(on, BOUNDS);
  return partitionsOf(rows);
}

/** The partitions among what the catalogue shows: one that is being dropped has no bounds any more. */
export function partitionsOf(rows: readonly { name: string; bounds: string | null }[]): Partition[] {
  return rows
    .flatMap(({ name, bounds }) => {
      const [, first, end] = /FROM \('(\d+)'\) TO \('(\d+)'\)/.exec(bounds ?? '') ?? [];
      return first === undefined || end === undefined ? [] : { name, first: Number(first), end: Number(end) };
    })
    .sort((a, b) => a.first - b.first);
}

/** Makes partitions so that a commit never waits for one. Belongs to the leader. */
export class PartitionKeeper {
  readonly #pool: pg.Pool;
  readonly #size: number;
  readonly #logger: Logger;
  /** Where the partitions begin that are known. */
  readonly #firsts: Set<number>;
  /** Revisions below this have a partition. */
  #end: number;
  #growing: Promise<void> = Promise.resolve();
  #ahead = false;

  private constructor(pool: pg.Pool, size: number, firsts: readonly number[], end: number, logger: Logger) {
    this.#firsts = new Set(firsts);
    this.#pool = pool;
    this.#size = size;
    this.#end = end;
    this.#logger = logger;
  }

  /** @param size - revisions per new partition; existing ones keep theirs. */
  static async open(pool: pg.Pool, size: number, head: number, logger: Logger): Promise<PartitionKeeper> {
    const partitions = await listPartitions(pool);
    const end = partitions.at(-1)?.end ?? head + 1;
    const firsts = partitions.map(({ first }) => first);
    const keeper = new PartitionKeeper(pool, size, firsts, Math.max(end, head + 1), logger);
    await keeper.cover(head + 1);
    return keeper;
  }

  /** True when `revision` can be written without waiting. */
  covers(revision: number): boolean {
    return revision < this.#end;
  }

  /** Whether revisions go on from the first to the last without a new partition: those before may be dropped alone. */
  isWithinOne(first: number, last: number): boolean {
    if (first < this.#end && last >= this.#end) return false;
    for (const begins of this.#firsts) if (begins > first && begins <= last) return false;
    return true;
  }

  /** Makes partitions up to and including `revision`. */
  cover(revision: number): Promise<void> {
    // One at a time: the next one begins where the one before ends.
    this.#growing = over(this.#growing).then(async () => {
      while (!this.covers(revision)) await this.#add();
    });
    return this.#growing;
  }

  /** Makes the next partition when the current one is half full. Its failure only means to try again. */
  coverAhead(head: number): void {
    const wanted = head + Math.ceil(this.#size / 2);
    if (this.#ahead || this.covers(wanted)) return;
    this.#ahead = true;
    const covered = this.cover(wanted).finally(() => {
      this.#ahead = false;
    });
    inBackground(covered, (error) =>
      this.#logger.warn({ error }, 'the next partition of the log could not be made yet'),
    );
  }

  async #add(): Promise<void> {
    const [first, end] = [this.#end, this.#end + this.#size];
    await query(this.#pool, 'SELECT dtms_add_partition($1, $2)', [first, end]);
    const last = (await listPartitions(this.#pool)).at(-1);
    this.#firsts.add(last?.first ?? first);
    this.#end = last?.end ?? end;
  }
}

/**
 * Drops the oldest partitions whose newest event was recorded before `before`, and moves the
 * compaction revision in the same transaction. A partition that is not full stays.
 *
 * @param before - UTC milliseconds, by the database's clock.
 * @returns the compaction revision.
 */
export async function dropOldPartitions(client: pg.ClientBase, before: number): Promise<number> {
  const { rows } = await query(client, 'SELECT revision, compacted FROM log_head');
  const head = Number(rows[0].revision);
  let compacted = Number(rows[0].compacted);
  const old: Partition[] = [];
  for (const partition of await listPartitions(client)) {
    if (partition.end - 1 > head) break;
    const newest = await query(
      client,
      'SELECT recorded_at FROM events WHERE revision >= $1 AND revision < $2 ORDER BY revision DESC LIMIT 1',
      [partition.first, partition.end],
    );
    if (newest.rows[0]?.recorded_at.getTime() >= before) break;
    old.push(partition);
    compacted = Math.max(compacted, partition.end - 1);
  }
  if (old.length === 0) return compacted;
  await query(client, 'BEGIN');
  try {
    // Readers are short. Should one be long, try again at the next compaction: whoever waits for this
    // lock makes everyone behind it wait as well.
    await query(client, `SET LOCAL lock_timeout = '2s'`);
    await query(client, 'SELECT dtms_drop_partitions($1::text[], $2)', [
      old.map(({ name }) => name),
      compacted,
    ]);
    await query(client, 'COMMIT');
  } catch (error) {
    await over(client.query('ROLLBACK'));
    throw error;
  }
  return compacted;
}
