// Owns API keys. Any server may write them: they are no matter of the engine. Each change of a key is one
// statement with its audit row, so neither is ever without the other.
import type pg from 'pg';
import { textArray } from './binary-arrays.js';
import { select } from './columns.js';
import { lookUp, query } from './pool.js';
import { KEYS } from './tables.js';
import type { Audit, StoredKey } from './types.js';

/** What of a new key is not the database's to decide. */
export interface NewKey {
  readonly keyId: string;
  readonly name: string;
  /** SHA-256 of its secret. */
  readonly hash: Uint8Array;
  /** Names of dtms.v1.Scope without their prefix. */
  readonly scopes: readonly string[];
  /** Null means every account. */
  readonly accounts: readonly string[] | null;
  /** Feeds it may write, as patterns; null means all that its accounts let it write. */
  readonly feeds?: readonly string[] | null;
  /** UTC ms; null means never. */
  readonly expiresAt: number | null;
}

/** Who changes a key, for its audit row. */
export type Author = Pick<Audit, 'actor' | 'actorId' | 'method'>;

/** To be selected from api_keys AS k. */
const KEY = select(KEYS);

const AUDIT = 'INSERT INTO audit_events (actor, actor_id, method, account, ticket, detail)';

/** Can be used now. */
const ACTIVE = `revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())
  AND (overlap_ends_at IS NULL OR overlap_ends_at > clock_timestamp())`;

const dateOrNull = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));

export class KeyTable {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Keys by their ids, those that ended too; unknown ones are left out. */
  async find(keyIds: readonly string[]): Promise<StoredKey[]> {
    const { rows } = await lookUp(this.#pool, {
      name: 'find_keys',
      text: `SELECT ${KEY.list} FROM api_keys k WHERE k.key_id = ANY($1::text[])`,
      values: [textArray(keyIds)],
    });
    return rows.map(KEY.read);
  }

  /**
   * Keys in the order they were made.
   *
   * @param accounts - only those that are limited to some of these; null means all.
   */
  async list(accounts: readonly string[] | null, after: number, limit: number): Promise<StoredKey[]> {
    const { rows } = await query(
      this.#pool,
      `SELECT ${KEY.list} FROM api_keys k
       WHERE k.number > $1 AND ($3::text[] IS NULL OR k.accounts <@ $3::text[]) ORDER BY k.number LIMIT $2`,
      [after, limit, accounts === null ? null : textArray(accounts)],
    );
    return rows.map(KEY.read);
  }

  /** How many keys can be used now, and whether there ever was one; counted no further than to 1. */
  async presence(): Promise<{ readonly active: boolean; readonly any: boolean }> {
    const { rows } = await query(
      this.#pool,
      `SELECT EXISTS (SELECT FROM api_keys WHERE ${ACTIVE}) AS active, EXISTS (SELECT FROM api_keys) AS some`,
    );
    return { active: rows[0]?.active === true, any: rows[0]?.some === true };
  }

  /** Whether a key that can be used has this name, whatever its capitals. */
  async isTaken(name: string): Promise<boolean> {
    const { rows } = await query(this.#pool, 'SELECT dtms_key_named($1) AS taken', [name]);
    return rows[0]?.taken === true;
  }

  /** Undefined when it would have expired already, or another key that can be used has its name. */
  async create(key: NewKey, author: Author): Promise<StoredKey | undefined> {
    const { rows } = await query(
      this.#pool,
      `WITH named AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended(lower($2), 0))), k AS (
         INSERT INTO api_keys (key_id, name, hash, scopes, accounts, expires_at, feeds)
         SELECT $1, $2, $3, $4::text[], $5::text[], $6::timestamptz, $10::text[] FROM named
         WHERE ($6::timestamptz IS NULL OR $6::timestamptz > clock_timestamp()) AND NOT dtms_key_named($2)
         RETURNING *
       ), audited AS (
         ${AUDIT} SELECT $7, $8, $9, '', 0, json_build_object('key_id', k.key_id, 'name', k.name,
           'scopes', k.scopes, 'accounts', k.accounts, 'feeds', k.feeds, 'expires_at', k.expires_at) FROM k
       )
       SELECT ${KEY.list} FROM k`,
      [
        key.keyId,
        key.name,
        key.hash,
        textArray(key.scopes),
        key.accounts === null ? null : textArray(key.accounts),
        dateOrNull(key.expiresAt),
        author.actor,
        author.actorId,
        author.method,
        key.feeds == null ? null : textArray(key.feeds),
      ],
    );
    return rows.map(KEY.read)[0];
  }

  /**
   * Makes a key with the rights of another, which ends after the overlap. Without `expiresAt` it lives as
   * long as the old one was to live.
   *
   * @returns undefined when the old key has ended, or the new one would have.
   */
  async rotate(
    oldId: string,
    fresh: Pick<NewKey, 'keyId' | 'hash' | 'expiresAt'>,
    overlapMs: number,
    author: Author,
  ): Promise<{ readonly key: StoredKey; readonly replaced: StoredKey } | undefined> {
    const { rows } = await query(
      this.#pool,
      `WITH old AS (
         SELECT *, coalesce($4::timestamptz, clock_timestamp() + (expires_at - created_at)) AS next_expiry
         FROM api_keys WHERE key_id = $1 AND rotated_to IS NULL AND ${ACTIVE} FOR UPDATE
       ), fresh AS (
         INSERT INTO api_keys (key_id, name, hash, scopes, accounts, expires_at, feeds)
         SELECT $2, name, $3, scopes, accounts, next_expiry, feeds FROM old
         WHERE next_expiry IS NULL OR next_expiry > clock_timestamp()
         RETURNING *
       ), replaced AS (
         UPDATE api_keys SET rotated_to = fresh.key_id,
           overlap_ends_at = clock_timestamp() + $5::float8 * interval '1 millisecond'
         FROM fresh WHERE api_keys.key_id = $1 RETURNING api_keys.*
       ), audited AS (
         ${AUDIT} SELECT $6, $7, $8, '', 0, json_build_object('key_id', k.key_id, 'name', k.name,
           'rotated_to', k.rotated_to, 'overlap_ends_at', k.overlap_ends_at) FROM replaced k
       )
       SELECT ${KEY.list} FROM (TABLE fresh UNION ALL TABLE replaced) k ORDER BY k.number DESC`,
      [
        oldId,
        fresh.keyId,
        fresh.hash,
        dateOrNull(fresh.expiresAt),
        overlapMs,
        author.actor,
        author.actorId,
        author.method,
      ],
    );
    const [key, replaced] = rows.map(KEY.read);
    return key === undefined || replaced === undefined ? undefined : { key, replaced };
  }

  /** Revokes a key that is not revoked yet; undefined when there is none such. */
  async revoke(keyId: string, author: Author): Promise<StoredKey | undefined> {
    const { rows } = await query(
      this.#pool,
      `WITH k AS (
         UPDATE api_keys SET revoked_at = clock_timestamp() WHERE key_id = $1 AND revoked_at IS NULL RETURNING *
       ), audited AS (
         ${AUDIT} SELECT $2, $3, $4, '', 0, json_build_object('key_id', k.key_id, 'name', k.name) FROM k
       )
       SELECT ${KEY.list} FROM k`,
      [keyId, author.actor, author.actorId, author.method],
    );
    return rows.map(KEY.read)[0];
  }

  /** These keys were used just now. */
  async touch(keyIds: readonly string[]): Promise<void> {
    await query(
      this.#pool,
      'UPDATE api_keys SET last_used_at = clock_timestamp() WHERE key_id = ANY($1::text[])',
      [textArray(keyIds)],
    );
  }
}
