// Owns whether the store names an account: in a trade of before, a recorded result, the terms of an instrument or a key.
import type pg from 'pg';
import { lookUp } from './pool.js';

/** Each is found by its index, but keys: they are few. */
const NAMED = `
  SELECT EXISTS (SELECT FROM trades WHERE account = $1) OR EXISTS (SELECT FROM realised_results WHERE account = $1)
    OR EXISTS (SELECT FROM instruments WHERE account = $1)
    OR EXISTS (SELECT FROM api_keys WHERE accounts @> ARRAY[$1::text] AND revoked_at IS NULL) AS named`;

export async function isAccountNamed(pool: pg.Pool, account: string): Promise<boolean> {
  const { rows } = await lookUp(pool, { name: 'is_account_named', text: NAMED, values: [account] });
  return rows[0]?.named === true;
}
