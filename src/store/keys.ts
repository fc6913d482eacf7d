// API keys and the record of what was done by hand. Any server may write them: they are no matter of the
// engine. Each change of a key is one statement with its audit row, so neither is ever without the other.
import type pg from 'pg';
import { textArray } from './binary-arrays.js';
import { query } from './pool.js';
import type { Audit, AuditFilter, StoredAudit, StoredKey } from './types.js';

type Row = pg.QueryResultRow;

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
  /** UTC ms; null means never. */
  readonly expiresAt: number | null;
}

/** Who changes a key, for its audit row. */
export type Author = Pick<Audit, 'actor' | 'method'>;

const COLUMNS = `k.number, k.key_id, k.name, k.hash, k.scopes, k.accounts, k.created_at, k.expires_at,
  k.revoked_at, k.rotated_to, k.overlap_ends_at, k.last_used_at,
  extract(epoch FROM least(k.expires_at, k.overlap_ends_at) - clock_timestamp())::float8 * 1000 AS remaining`;

const AUDIT = 'INSERT INTO audit_events (actor, method, account, ticket, detail)';

/** Can be used now. */
const ACTIVE = `revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())
  AND (overlap_ends_at IS NULL OR overlap_ends_at > clock_timestamp())`;

const msOrNull = (value: Date | null): number | null => (value === null ? null : value.getTime());
const dateOrNull = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));

const toKey = (row: Row): StoredKey => ({
  number: Number(row.number),
  keyId: row.key_id,
  name: row.name,
  hash: row.hash,
  scopes: row.scopes,
  accounts: row.accounts,
  createdAt: row.created_at.getTime(),
  expiresAt: msOrNull(row.expires_at),
  revokedAt: msOrNull(row.revoked_at),
  rotatedTo: row.rotated_to,
  overlapEndsAt: msOrNull(row.overlap_ends_at),
  lastUsedAt: msOrNull(row.last_used_at),
  remainingMs: row.remaining === null ? Number.POSITIVE_INFINITY : row.remaining,
});

export class KeyTable {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Keys by their ids, those that ended too; unknown ones are left out. */
  async find(keyIds: readonly string[]): Promise<StoredKey[]> {
    const { rows } = await query(this.#pool, {
      name: 'find_keys',
      text: `SELECT ${COLUMNS} FROM api_keys k WHERE k.key_id = ANY($1::text[])`,
      values: [textArray(keyIds)],
    });
    return rows.map(toKey);
  }

  /**
   * Keys in the order they were made.
   *
   * @param accounts - only those that are limited to some of these; null means all.
   */
  async list(accounts: readonly string[] | null, after: number, limit: number): Promise<StoredKey[]> {
    const { rows } = await query(
      this.#pool,
      `SELECT ${COLUMNS} FROM api_keys k
       WHERE k.number > $1 AND ($3::text[] IS NULL OR k.accounts <@ $3::text[]) ORDER BY k.number LIMIT $2`,
      [after, limit, accounts === null ? null : textArray(accounts)],
    );
    return rows.map(toKey);
  }

  /** How many keys can be used now, and whether there ever was one; counted no further than to 1. */
  async presence(): Promise<{ readonly active: boolean; readonly any: boolean }> {
    const { rows } = await query(
      this.#pool,
      `SELECT EXISTS (SELECT FROM api_keys WHERE ${ACTIVE}) AS active, EXISTS (SELECT FROM api_keys) AS some`,
    );
    return { active: rows[0]?.active === true, any: rows[0]?.some === true };
  }

  /** Undefined when it would have expired already. */
  async create(key: NewKey, author: Author): Promise<StoredKey | undefined> {
    const { rows } = await query(
      this.#pool,
      `WITH k AS (
         INSERT INTO api_keys (key_id, name, hash, scopes, accounts, expires_at)
         SELECT $1, $2, $3, $4::text[], $5::text[], $6::timestamptz
         WHERE $6::timestamptz IS NULL OR $6::timestamptz > clock_timestamp()
         RETURNING *
       ), audited AS (
         ${AUDIT} SELECT $7, $8, '', 0, json_build_object('key_id', k.key_id, 'name', k.name,
           'scopes', k.scopes, 'accounts', k.accounts, 'expires_at', k.expires_at) FROM k
       )
       SELECT ${COLUMNS} FROM k`,
      [
        key.keyId,
        key.name,
        key.hash,
        textArray(key.scopes),
        key.accounts === null ? null : textArray(key.accounts),
        dateOrNull(key.expiresAt),
        author.actor,
        author.method,
      ],
    );
    return rows.map(toKey)[0];
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
         INSERT INTO api_keys (key_id, name, hash, scopes, accounts, expires_at)
         SELECT $2, name, $3, scopes, accounts, next_expiry FROM old
         WHERE next_expiry IS NULL OR next_expiry > clock_timestamp()
         RETURNING *
       ), replaced AS (
         UPDATE api_keys SET rotated_to = fresh.key_id,
           overlap_ends_at = clock_timestamp() + $5::float8 * interval '1 millisecond'
         FROM fresh WHERE api_keys.key_id = $1 RETURNING api_keys.*
       ), audited AS (
         ${AUDIT} SELECT $6, $7, '', 0, json_build_object('key_id', k.key_id, 'name', k.name,
           'rotated_to', k.rotated_to, 'overlap_ends_at', k.overlap_ends_at) FROM replaced k
       )
       SELECT ${COLUMNS} FROM (TABLE fresh UNION ALL TABLE replaced) k ORDER BY k.number DESC`,
      [oldId, fresh.keyId, fresh.hash, dateOrNull(fresh.expiresAt), overlapMs, author.actor, author.method],
    );
    const [key, replaced] = rows.map(toKey);
    return key === undefined || replaced === undefined ? undefined : { key, replaced };
  }

  /** Revokes a key that is not revoked yet; undefined when there is none such. */
  async revoke(keyId: string, author: Author): Promise<StoredKey | undefined> {
    const { rows } = await query(
      this.#pool,
      `WITH k AS (
         UPDATE api_keys SET revoked_at = clock_timestamp() WHERE key_id = $1 AND revoked_at IS NULL RETURNING *
       ), audited AS (
         ${AUDIT} SELECT $2, $3, '', 0, json_build_object('key_id', k.key_id, 'name', k.name) FROM k
       )
       SELECT ${COLUMNS} FROM k`,
      [keyId, author.actor, author.method],
    );
    return rows.map(toKey)[0];
  }

  /** These keys were used just now. */
  async touch(keyIds: readonly string[]): Promise<void> {
    await query(
      this.#pool,
      'UPDATE api_keys SET last_used_at = clock_timestamp() WHERE key_id = ANY($1::text[])',
      [textArray(keyIds)],
    );
  }

  /** Records what was done by hand where nothing else is written with it. */
  async audit({ actor, method, account, ticket, detail }: Audit): Promise<void> {
    await query(this.#pool, `${AUDIT} VALUES ($1, $2, $3, $4, $5)`, [
      actor,
      method,
      account,
      String(ticket),
      JSON.stringify(detail),
    ]);
  }

  /** What was done by hand, in its order. */
  async audits(filter: AuditFilter, after: number, limit: number): Promise<StoredAudit[]> {
    const values: unknown[] = [after, limit];
    const terms = ['id > $1'];
    const add = (value: unknown, term: string): void => {
      if (value !== null) terms.push(`${term} $${values.push(value)}`);
    };
    add(filter.account, 'account =');
    add(filter.actor, 'actor =');
    add(filter.method, 'method =');
    add(dateOrNull(filter.from), 'at >=');
    add(dateOrNull(filter.until), 'at <');
    const { rows } = await query(
      this.#pool,
      `SELECT id, at, actor, method, account, ticket, detail FROM audit_events
       WHERE ${terms.join(' AND ')} ORDER BY id LIMIT $2`,
      values,
    );
    return rows.map((row) => ({
      auditId: Number(row.id),
      at: row.at.getTime(),
      actor: row.actor,
      method: row.method,
      account: row.account,
      ticket: BigInt(row.ticket),
      detail: row.detail,
    }));
  }
}
