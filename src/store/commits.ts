// Owns the record of what each commit changed: made of its batch, and taken out again after a while.
import type pg from 'pg';
import type { Timeframe } from '../domain/market/data.js';
import { inBackground } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import { query } from './pool.js';
import type { ChangedKeys, CommitBatch, StoredBar } from './types.js';

/** A commit's record, beside its number. */
export interface CommitRecord {
  /** The log's head after it. */
  readonly revision: number;
  readonly changed: ChangedKeys;
}

export function commitRecord(batch: CommitBatch, base: number): CommitRecord {
  const { instruments, endedInstruments, news, endedNews, feeds, endedFeeds } = batch;
  return {
    revision: base + batch.events.length,
    changed: {
      accounts: batch.accounts.map(({ account }) => account),
      settings: [
        ...(batch.flags.length > 0 ? ['flags'] : []),
        ...(batch.policies.length > 0 ? ['policies'] : []),
      ],
      feeds: [...feeds.map(({ name }) => name), ...endedFeeds],
      news: [...news.map(({ eventId }) => eventId), ...endedNews],
      instruments: [...instruments, ...endedInstruments].map(({ account, symbol }) => [account, symbol]),
      views: batch.views.map(({ feed, instrument }) => [feed, instrument]),
      forgotten: batch.forgotten.map(({ feed, instrument }) => [feed, instrument]),
      bars: earliest(batch.bars),
    },
  };
}

/** Of each market and timeframe the earliest bar: those from it on are read again. */
function earliest(bars: readonly StoredBar[]): ChangedKeys['bars'] {
  const found = new Map<string, [string, string, Timeframe, number]>();
  for (const { feed, instrument, timeframe, bar } of bars) {
    const key = `${feed} ${instrument} ${timeframe}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, [feed, instrument, timeframe, bar.time]);
    else known[3] = Math.min(known[3], bar.time);
  }
  return [...found.values()];
}

/** Commits that are kept: who follows and is further behind restores all. */
export const KEPT_COMMITS = 10_000;
/** Between two removals, in commits. */
const REMOVE_EVERY = 1000;

/** Takes out old records, in the background of the leader. */
export class CommitRemoval {
  readonly #pool: pg.Pool;
  readonly #logger: Logger;
  #since = 0;

  constructor(pool: pg.Pool, logger: Logger) {
    this.#pool = pool;
    this.#logger = logger;
  }

  /** To be called after each commit. */
  count(): void {
    this.#since += 1;
    if (this.#since < REMOVE_EVERY) return;
    this.#since = 0;
    const removed = query(
      this.#pool,
      'DELETE FROM commits WHERE number <= (SELECT commits FROM log_head) - $1',
      [KEPT_COMMITS],
    );
    inBackground(removed, (error) =>
      this.#logger.warn({ error }, 'old records of commits could not be taken out yet'),
    );
  }
}
