// Owns who takes a free lead first: a server that has the state of the log, before one that would have to restore it.
import type pg from 'pg';
import { query } from './pool.js';

/** For so long a free lead is left to a server that has the state, in ms. */
const WAIT_MS = 3000;
/** Who told of itself longer ago may be gone, in ms. Servers do about once a second. */
const FRESH_MS = 2500;

export class WarmFirst {
  #waitsSince: number | undefined;

  /**
   * Whether a server without the state should leave the lead, which is free, to another for now.
   *
   * @param serverId - the server that asks
   */
  async isLeftToAnother(on: pg.ClientBase, serverId: string): Promise<boolean> {
    const { rows } = await query(
      on,
      `SELECT FROM servers WHERE server_id <> $1 AND has_state AND role = 'STANDBY'
         AND seen_at > clock_timestamp() - $2::float8 * interval '1 millisecond' LIMIT 1`,
      [serverId, FRESH_MS],
    );
    if (rows.length === 0) return false;
    this.#waitsSince ??= performance.now();
    return performance.now() - this.#waitsSince < WAIT_MS;
  }

  /** The lead is not free. */
  taken(): void {
    this.#waitsSince = undefined;
  }
}
