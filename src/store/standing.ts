// Owns how it stands with the database a server is connected to: which one it is, and who else has what is committed.
import type pg from 'pg';
import { query } from './pool.js';

export interface DatabaseStanding {
  /** Grows with every promotion. */
  readonly timeline: number;
  /** Servers that follow it, in its own words: sync, quorum, potential, async. */
  readonly standbys: readonly Standby[];
  /** Whether a commit waits until a standby has it: then no failover loses what was acknowledged. */
  readonly replication: 'none' | 'asynchronous' | 'synchronous';
}

interface Standby {
  readonly name: string;
  /** Null where this user may not see it. */
  readonly state: string | null;
  readonly lagBytes: number | null;
}

const STANDING = `
  SELECT ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int AS timeline,
         current_setting('synchronous_standby_names') <> ''
           AND current_setting('synchronous_commit') <> 'local' AS synchronous`;

const STANDBYS = `
  SELECT application_name AS name, sync_state AS state,
         pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::float8 AS lag
  FROM pg_stat_replication ORDER BY application_name`;

/** Looks at a primary. */
export async function standingOf(on: pg.Pool): Promise<DatabaseStanding> {
  const [{ timeline, synchronous }] = (await query(on, STANDING)).rows;
  const standbys = (await query(on, STANDBYS)).rows.map(({ name, state, lag }) => ({
    name,
    state,
    lagBytes: lag,
  }));
  const followed = standbys.length > 0 ? 'asynchronous' : 'none';
  return { timeline, standbys, replication: synchronous ? 'synchronous' : followed };
}
