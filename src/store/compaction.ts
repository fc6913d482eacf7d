// Owns deleting what no promise needs any more: events and evaluations past their retention, old answers,
// old bars and news.
import type pg from 'pg';
import { addJournalDays, dropJournalDays } from './journal.js';
import { dropOldPartitions } from './partitions.js';
import { checkOut, query } from './pool.js';
import { databaseNow } from './reads.js';

export interface Retention {
  /** Days events and evaluations are kept; of events, whole partitions go. */
  readonly days: number;
  /** Hours the answer to a request_id is kept. */
  readonly answerHours: number;
  /** Bars kept per view and timeframe. */
  readonly retainedBars: number;
  /** Days what reached the engine is kept. */
  readonly journalDays: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** One look-up per view and timeframe finds the oldest bar to keep. */
const DELETE_BARS = `
  DELETE FROM bars b USING market_views v, unnest(ARRAY['M1', 'M5', 'M15']) AS t(timeframe),
  LATERAL (SELECT open_time FROM bars o
           WHERE o.feed = v.feed AND o.instrument = v.instrument AND o.timeframe = t.timeframe
           ORDER BY open_time DESC OFFSET $1 LIMIT 1) AS surplus
  WHERE b.feed = v.feed AND b.instrument = v.instrument AND b.timeframe = t.timeframe
    AND b.open_time <= surplus.open_time`;

/**
 * Any server may do this, also several at once. What is old is judged by the database's clock, which recorded
 * it: the date of a server moves nothing.
 *
 * @returns the compaction revision.
 */
export async function compact(pool: pg.Pool, retention: Retention): Promise<number> {
  const now = await databaseNow(pool);
  await query(pool, 'DELETE FROM answers WHERE created_at < $1', [
    new Date(now - retention.answerHours * HOUR_MS),
  ]);
  const oldest = new Date(now - retention.days * DAY_MS);
  await query(pool, 'DELETE FROM news_events WHERE at < $1', [oldest]);
  await query(pool, 'DELETE FROM market_evaluations WHERE recorded_at < $1', [oldest]);
  await query(pool, DELETE_BARS, [retention.retainedBars]);
  await addJournalDays(pool);
  await dropJournalDays(pool, retention.journalDays);
  const client = await checkOut(pool);
  let failed = true;
  try {
    const compacted = await dropOldPartitions(client, now - retention.days * DAY_MS);
    failed = false;
    return compacted;
  } finally {
    // A connection whose rollback may have failed is not given to anyone else.
    client.release(failed);
  }
}
