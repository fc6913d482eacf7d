// Owns a transaction over a connection of the pool: all of it, or nothing.
import type pg from 'pg';
import { over } from '../observability/background.js';
import { checkOut, query } from './pool.js';

/** Commits what `work` does; rolls back when it throws. @throws what it throws; StoreUnavailableError */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await checkOut(pool);
  let broken = true;
  try {
    await query(client, 'BEGIN');
    const done = await work(client);
    await query(client, 'COMMIT');
    broken = false;
    return done;
  } catch (error) {
    await over(
      query(client, 'ROLLBACK').then(() => {
        broken = false;
      }),
    );
    throw error;
  } finally {
    client.release(broken);
  }
}
