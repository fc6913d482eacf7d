// Owns which server does the work of notices: one at a time, by a row that it renews. Whoever is silent too long is followed by
// another, and what it writes after that counts no more.
import type pg from 'pg';
import { int8, time } from './columns.js';
import { query } from './pool.js';

/** What the holder of the work is told. */
export interface Held {
  /** Proves that it is the holder. */
  readonly token: number;
  /** Since the work was last done, before this; null where it never was. In ms. */
  readonly idleMs: number | null;
  /** The database's clock, UTC ms. */
  readonly now: number;
}

export class NoticeWork {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Takes the work, or keeps it, for so long; undefined while another server has it. */
  async hold(serverId: string, leaseMs: number): Promise<Held | undefined> {
    const { rows } = await query(
      this.#pool,
      `WITH before AS (SELECT worked_at FROM notice_worker)
       UPDATE notice_worker w SET token = CASE WHEN holder = $1 THEN token ELSE token + 1 END, holder = $1,
         until = clock_timestamp() + $2::float8 * interval '1 millisecond', worked_at = clock_timestamp()
       FROM before WHERE holder = $1 OR until < clock_timestamp()
       RETURNING token, clock_timestamp() AS now,
         CASE WHEN before.worked_at = 'infinity' THEN NULL
           ELSE extract(epoch FROM clock_timestamp() - before.worked_at) * 1000 END AS idle`,
      [serverId, leaseMs],
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    return {
      token: int8.read(row.token),
      idleMs: row.idle === null ? null : Number(row.idle),
      now: time.read(row.now),
    };
  }

  /** The database's clock, UTC ms. */
  async now(): Promise<number> {
    const { rows } = await query(this.#pool, 'SELECT clock_timestamp() AS now');
    return time.read(rows[0]?.now);
  }

  /** Leaves it to others at once. */
  async release(serverId: string): Promise<void> {
    await query(
      this.#pool,
      `UPDATE notice_worker SET until = '-infinity', token = token + 1, holder = '' WHERE holder = $1`,
      [serverId],
    );
  }
}
