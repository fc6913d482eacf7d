// Owns which history a database has when its log is led: the one that it was written in, also at a standby that took the
// place of its primary and is proved to have all of it, or another one.
import type pg from 'pg';
import type { LogCursor } from './notices.js';
import { query } from './pool.js';

/** What a server knows of the newest term it led. It is kept in memory: no copy of a database has it. */
export interface LedTerm {
  readonly logEpoch: string;
  /** Cluster, timeline and table that it was led in. */
  readonly identity: string;
  readonly evaluatorEpoch: number;
  /** The newest revision of an answered commit. */
  readonly head: number;
  /** Whether every standby had each commit before it was answered, as was told last. */
  readonly isSynchronous: boolean;
}

/** What a log is led in. */
export type History = Pick<LedTerm, 'logEpoch' | 'identity'>;

/** For so long a promoted standby is left to the server that led before it: that one alone can prove what it has. */
const PROOF_MS = 5000;

/**
 * A statement that tells whether each commit waits until every standby has it on disk. Of several standbys nobody knows
 * which one will be promoted, so one that may lack a commit is enough to say no. A role that may not see the standbys'
 * states (it needs pg_read_all_stats) is told no.
 */
export const IS_SYNCHRONOUS = `
  SELECT current_setting('synchronous_commit') IN ('on', 'remote_apply')
    AND current_setting('synchronous_standby_names') <> ''
    AND coalesce(bool_and(coalesce(sync_state = 'sync', false)), false) AS synchronous
  FROM pg_stat_replication WHERE state IS DISTINCT FROM 'backup'`;

/**
 * A condition for what is shown to others: true, or the statement fails where a commit it sees may be at no standby. When
 * a postmaster dies, backends that wait for the synchronous standby give up waiting, and their commits are seen by those
 * who ask in that moment; the promoted standby never has them. A sleep ends a backend whose postmaster is dead. Here it
 * comes after the statement's snapshot: a postmaster that is alive then was alive when all that is seen was committed.
 */
export const IS_AT_STANDBYS = `(SELECT CASE WHEN current_setting('synchronous_standby_names') = '' THEN true
  ELSE pg_sleep(0.001) IS NOT NULL END)`;

export const HERE = `here AS (
  SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()),
                   substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8),
                   'log_head'::regclass::oid) AS identity, dtms_place() AS place)`;

/** That a history that was begun is in another database now. */
const MOVED = `(log_head.identity <> '' AND
  (log_head.identity <> here.identity OR log_head.place <> here.place))`;

const part = (of: string, number: number) => `split_part(${of}.identity, '/', ${number})`;

/** That the same cluster is on a later timeline: a promotion, or a point in time. */
export const PROMOTED = `(${part('here', 1)} = ${part('log_head', 1)} AND ${part('here', 3)} = ${part('log_head', 3)}
  AND ${part('here', 2)} COLLATE "C" > ${part('log_head', 2)} COLLATE "C")`;

/** What is known of a database in which a log is led, and whether that is the history it was written in. */
const VERDICT = `
  found AS (SELECT ${MOVED} AS moved, ${PROMOTED} AS promoted, $1::boolean AS synchronous,
      log_head.epoch = $2 AND log_head.identity = $3 AND log_head.evaluator_epoch = $4 AS led_here_last,
      log_head.revision >= $5 AS whole
    FROM log_head, here),
  verdict AS (SELECT *, moved AND NOT (promoted AND synchronous AND led_here_last AND whole) AS another FROM found)`;

/** Why a log has a new epoch. What is not true of these was not proved. */
export interface NewHistory {
  /** The same cluster is on a later timeline. */
  readonly promoted: boolean;
  /** Every standby had each commit before it was answered, as this server was told last. */
  readonly synchronous: boolean;
  /** The last term was this server's. */
  readonly ledHereLast: boolean;
  /** Every commit that this server answered or read is there. */
  readonly whole: boolean;
}

export class Succession {
  /** The newest term this server led, or leads. */
  led: LedTerm | undefined;
  /** The newest revision that this server has read of the log, and perhaps shown. */
  #read: LogCursor | undefined;
  #promotedSeenAt: number | undefined;

  /**
   * Whose the log is for now: after a standby was promoted that of the server that led before, which alone can prove what is
   * there. Whether that one has the state or has to restore it, nobody else should come first.
   */
  async heir(on: pg.ClientBase): Promise<'this' | 'another' | 'anyone'> {
    const { rows } = await query(
      on,
      `WITH ${HERE} SELECT ${PROMOTED} AS promoted, evaluator_epoch FROM log_head, here`,
    );
    if (rows[0]?.promoted !== true) {
      this.isSettled();
      return 'anyone';
    }
    if (Number(rows[0].evaluator_epoch) === this.led?.evaluatorEpoch) return 'this';
    this.#promotedSeenAt ??= performance.now();
    return performance.now() - this.#promotedSeenAt < PROOF_MS ? 'another' : 'anyone';
  }

  /** No standby was promoted since the log was led last. */
  isSettled(): void {
    this.#promotedSeenAt = undefined;
  }

  /** The log was read up to here. */
  read({ epoch, revision }: LogCursor): void {
    if (epoch !== this.#read?.epoch || revision > this.#read.revision) this.#read = { epoch, revision };
  }

  /**
   * Gives the log a new epoch when its database is not the one it was written in: another cluster (a restore), another
   * timeline (a promotion, a point in time), another table (a dump loaded again), another place (a copy of its files).
   * Resumed watches are then told to take a snapshot, and the leader leases nothing of an account before it is
   * reconciled. A promoted standby that is proved to have everything keeps the epoch: this server led last, each of its
   * commits waited for every standby, and all that were answered, or read by this server, are here.
   *
   * @param begun - told why, where the epoch is a new one
   */
  async settle(on: pg.ClientBase, begun: (why: NewHistory) => void = () => undefined): Promise<History> {
    const {
      isSynchronous = false,
      logEpoch = '',
      identity = '',
      evaluatorEpoch = 0,
      head = 0,
    } = this.led ?? {};
    const read = this.#read?.epoch === logEpoch ? this.#read.revision : 0;
    const { rows: settled } = await query(
      on,
      `WITH ${HERE}, ${VERDICT}
       UPDATE log_head SET identity = here.identity, place = here.place,
         epoch = CASE WHEN another THEN gen_random_uuid()::text ELSE log_head.epoch END,
         restored_at = CASE WHEN another THEN clock_timestamp() ELSE restored_at END,
         logged_until = CASE WHEN another
           THEN coalesce((SELECT recorded_at FROM events ORDER BY revision DESC LIMIT 1), clock_timestamp())
           ELSE logged_until END
       FROM here, verdict WHERE log_head.identity <> here.identity OR log_head.place IS DISTINCT FROM here.place
       RETURNING another, promoted, synchronous, led_here_last AS "ledHereLast", whole`,
      [isSynchronous, logEpoch, identity, evaluatorEpoch, Math.max(head, read)],
    );
    const [{ another, ...why } = { another: false }] = settled;
    if (another === true) begun(why);
    const { rows } = await query(on, 'SELECT epoch, identity FROM log_head');
    return { logEpoch: String(rows[0].epoch), identity: String(rows[0].identity) };
  }
}
