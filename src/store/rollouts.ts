// Owns the tables of rollouts: one is active at a time, its transitions are contiguous, and its samples are kept. Bodies are
// what rollouts make of them (JSON); times are UTC ms by the database's clock.
import type pg from 'pg';
import { guarded, toldElsewhere } from '../observability/background.js';
import { sqlState } from './errors.js';
import { connect, type DatabaseOptions, disconnect, query } from './pool.js';

/** A rollout as it is stored. */
export interface StoredRollout {
  readonly rolloutId: number;
  readonly plan: unknown;
  readonly groups: unknown;
  readonly state: unknown;
  /** Of the newest transition. */
  readonly number: number;
  readonly startedAt: number;
  /** Null while it is active. */
  readonly endedAt: number | null;
  /** When this was read. */
  readonly now: number;
  /** Of the newest sample; null before the first. */
  readonly lookedAt: number | null;
}

/** A transition to be written. */
export interface NewRolloutStep {
  readonly decider: string;
  readonly by: string;
  readonly what: string;
  readonly findings: unknown;
  readonly state: unknown;
  /** Whether it is the rollout's last. */
  readonly end: 'ends' | 'goes on';
}

export interface StoredRolloutStep extends Omit<NewRolloutStep, 'end'> {
  readonly number: number;
  readonly at: number;
}

export interface StoredRolloutSample {
  readonly at: number;
  readonly looks: unknown;
}

/** The right to carry rollouts out. */
export interface RolloutHold {
  /** Whether it is lost: another tool may have it. */
  readonly lost: boolean;
  release(): Promise<void>;
}

/** Any number that only DTMS uses, as those of the leader and of migrations. */
const LOCK = '5274716210412026';
/** The session of a tool that is silent for so long is ended: it is frozen, or cut off. */
const SILENCE_MS = 20_000;
const SIGN_MS = 4_000;
const UNIQUE_VIOLATION = '23505';
const NOW = `(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`;
/** To be selected from rollouts AS r. */
const COLUMNS = `rollout_id::float8, plan, groups, state, number, started_at, ended_at, ${NOW},
  (SELECT max(at) FROM rollout_samples s WHERE s.rollout_id = r.rollout_id) AS looked_at`;

export class RolloutTable {
  readonly #pool: pg.Pool;
  readonly #connection: DatabaseOptions;

  /** @param connection - for what a session holds */
  constructor(pool: pg.Pool, connection: DatabaseOptions) {
    this.#pool = pool;
    this.#connection = connection;
  }

  /** Begins one with its first transition; undefined where one is active. */
  async begin(
    { plan, groups }: Pick<StoredRollout, 'plan' | 'groups'>,
    { decider, by, what, findings, state }: NewRolloutStep,
  ): Promise<number | undefined> {
    try {
      const { rows } = await query(
        this.#pool,
        `WITH begun AS (
          INSERT INTO rollouts (plan, groups, state, number) VALUES ($1, $2, $3, 1) RETURNING rollout_id
        )
        INSERT INTO rollout_steps (rollout_id, number, decider, by, what, findings, state)
        SELECT rollout_id, 1, $4, $5, $6, $7, $3 FROM begun RETURNING rollout_id::float8`,
        [
          ...[plan, groups, state].map((body) => JSON.stringify(body)),
          decider,
          by,
          what,
          JSON.stringify(findings),
        ],
      );
      return Number(rows[0]?.rollout_id);
    } catch (error) {
      if (sqlState(error) === UNIQUE_VIOLATION) return undefined;
      throw error;
    }
  }

  /** The newest one, or the one with this number; undefined where there is none. */
  async find(rolloutId?: number): Promise<StoredRollout | undefined> {
    const { rows } = await query(
      this.#pool,
      `SELECT ${COLUMNS} FROM rollouts r
       WHERE $1::bigint IS NULL OR rollout_id = $1 ORDER BY rollout_id DESC LIMIT 1`,
      [rolloutId ?? null],
    );
    return rows.map(storedOf)[0];
  }

  /** The newest first. @param before - only those with a lower number; 0 for all */
  async list(before: number, limit: number): Promise<StoredRollout[]> {
    const { rows } = await query(
      this.#pool,
      `SELECT ${COLUMNS} FROM rollouts r
       WHERE $1::bigint = 0 OR rollout_id < $1 ORDER BY rollout_id DESC LIMIT $2`,
      [before, limit],
    );
    return rows.map(storedOf);
  }

  /** The database's clock. */
  async now(): Promise<number> {
    const { rows } = await query(this.#pool, `SELECT ${NOW}`);
    return Number(rows[0]?.now);
  }

  /** Writes the transition after one; false where another one was written meanwhile, or the rollout is over. */
  async append(rolloutId: number, after: number, step: NewRolloutStep): Promise<boolean> {
    const { decider, by, what, findings, state, end } = step;
    const { rowCount } = await query(
      this.#pool,
      `WITH moved AS (
        UPDATE rollouts SET state = $3, number = number + 1,
          ended_at = CASE WHEN $4 THEN clock_timestamp() END
        WHERE rollout_id = $1 AND number = $2 AND ended_at IS NULL RETURNING rollout_id, number
      )
      INSERT INTO rollout_steps (rollout_id, number, decider, by, what, findings, state)
      SELECT rollout_id, number, $5, $6, $7, $8, $3 FROM moved`,
      [rolloutId, after, JSON.stringify(state), end === 'ends', decider, by, what, JSON.stringify(findings)],
    );
    return rowCount === 1;
  }

  /** Its transitions after one, in their order; of many the newest. */
  async steps(rolloutId: number, after = 0, most = Number.MAX_SAFE_INTEGER): Promise<StoredRolloutStep[]> {
    const { rows } = await query(
      this.#pool,
      `SELECT * FROM (
         SELECT number, at, decider, by, what, findings, state FROM rollout_steps
         WHERE rollout_id = $1 AND number > $2 ORDER BY number DESC LIMIT $3
       ) AS newest ORDER BY number`,
      [rolloutId, after, most],
    );
    return rows.map(({ number, at, decider, by, what, findings, state }) => ({
      ...{ number, at: timeOf(at), decider, by, what, findings, state },
    }));
  }

  /** Keeps a sample. @returns its time */
  async addSample(rolloutId: number, looks: unknown): Promise<number> {
    const { rows } = await query(
      this.#pool,
      'INSERT INTO rollout_samples (rollout_id, looks) VALUES ($1, $2) RETURNING at',
      [rolloutId, JSON.stringify(looks)],
    );
    return timeOf(rows[0]?.at);
  }

  /** Its samples since a moment, in their order. */
  async samples(rolloutId: number, since: number): Promise<StoredRolloutSample[]> {
    const { rows } = await query(
      this.#pool,
      'SELECT at, looks FROM rollout_samples WHERE rollout_id = $1 AND at >= $2 ORDER BY at',
      [rolloutId, new Date(since)],
    );
    return rows.map(({ at, looks }) => ({ at: timeOf(at), looks }));
  }

  /**
   * Takes the right to carry rollouts out, which one tool has at a time; undefined where another has it. A tool that dies gives it
   * back by that, and one that is frozen within 20 s by the database's clock.
   */
  async hold(): Promise<RolloutHold | undefined> {
    let lost = false;
    const client = await connect(this.#connection, 'rollout', () => {
      lost = true;
    });
    try {
      const { rows } = await query(client, `SELECT pg_try_advisory_lock(${LOCK}) AS held`);
      if (rows[0]?.held !== true) {
        await disconnect(client);
        return undefined;
      }
      await query(client, `SET idle_session_timeout = ${SILENCE_MS}`);
    } catch (error) {
      await disconnect(client);
      throw error;
    }
    // What becomes of a sign is told by the connection's end.
    const sign = () => toldElsewhere(query(client, 'SELECT 1'));
    const signs = setInterval(
      guarded(sign, () => undefined),
      SIGN_MS,
    );
    return {
      get lost() {
        return lost;
      },
      release: async () => {
        clearInterval(signs);
        await disconnect(client);
      },
    };
  }
}

function storedOf(row: Record<string, unknown>): StoredRollout {
  const { plan, groups, state, started_at: startedAt, ended_at: endedAt, looked_at: lookedAt } = row;
  return {
    ...{ plan, groups, state, startedAt: timeOf(startedAt) },
    ...{ rolloutId: Number(row.rollout_id), number: Number(row.number), now: Number(row.now) },
    endedAt: endedAt === null ? null : timeOf(endedAt),
    lookedAt: lookedAt === null ? null : timeOf(lookedAt),
  };
}

function timeOf(value: unknown): number {
  if (!(value instanceof Date)) throw new TypeError('a rollout has no time');
  return value.getTime();
}
