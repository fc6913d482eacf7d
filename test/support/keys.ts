// API keys for tests: stored ones made up, and a table of them in memory.
import pg from 'pg';
import type { Scope } from '../../gen/ts/dtms/v1/access.js';
import { apiKeyText, newApiKey, secretHash } from '../../src/access/api-key.js';
import { createKey, type MadeKey } from '../../src/commands/keys.js';
import { scopeName } from '../../src/contract/scopes.js';
import { KeyTable } from '../../src/store/keys.js';
import type { StoredKey } from '../../src/store/types.js';

export function storedKey(keyId: string, more: Partial<StoredKey> = {}): StoredKey {
  return {
    number: 1,
    keyId,
    name: `key ${keyId}`,
    hash: new Uint8Array(32),
    scopes: ['READ'],
    accounts: null,
    feeds: null,
    createdAt: 0,
    expiresAt: null,
    revokedAt: null,
    rotatedTo: null,
    overlapEndsAt: null,
    lastUsedAt: null,
    remainingMs: Number.POSITIVE_INFINITY,
    ...more,
  };
}

/** A key with a secret: as it is stored, and as it is sent. */
export function keyPair(more: Partial<StoredKey> = {}): {
  readonly stored: StoredKey;
  readonly text: string;
} {
  const made = newApiKey();
  const stored = storedKey(made.keyId, { hash: secretHash(made.secret), ...more });
  return { stored, text: apiKeyText(made) };
}

/** What a gate asks of the store, from memory. */
export class MemoryKeys {
  readonly keys = new Map<string, StoredKey>();
  readonly touched: string[][] = [];
  looks = 0;

  put(...keys: readonly StoredKey[]): void {
    for (const key of keys) this.keys.set(key.keyId, key);
  }

  find(keyIds: readonly string[]): Promise<StoredKey[]> {
    this.looks += 1;
    return Promise.resolve(keyIds.flatMap((keyId) => this.keys.get(keyId) ?? []));
  }

  touch(keyIds: readonly string[]): Promise<void> {
    this.touched.push([...keyIds]);
    return Promise.resolve();
  }

  presence(): Promise<{ active: boolean; any: boolean }> {
    const exists = this.keys.size > 0;
    return Promise.resolve({ active: exists, any: exists });
  }
}

const TESTER = { actor: 'test', actorId: '', method: 'test' };

/** Keys in a real database, made behind the server's back as the command line does. */
export class DatabaseKeys {
  readonly #pool: pg.Pool;
  readonly table: KeyTable;
  #made = 0;

  constructor(url: string) {
    this.#pool = new pg.Pool({ connectionString: url, max: 2 });
    this.#pool.on('error', () => undefined);
    this.table = new KeyTable(this.#pool);
  }

  /** @param expiresAt UTC ms; null means never. */
  make(
    scopes: readonly Scope[],
    accounts: readonly string[] = [],
    name = `test-${process.pid}-${++this.#made}`,
    expiresAt: number | null = null,
    feeds: readonly string[] = [],
  ): Promise<MadeKey> {
    return createKey(this.table, { name, scopes: scopes.map(scopeName), accounts, feeds, expiresAt }, TESTER);
  }

  async revoke({ key }: MadeKey): Promise<void> {
    await this.table.revoke(key.keyId, TESTER);
  }

  /** Sets a key's expiry to a time that is over. */
  async expire({ key }: MadeKey): Promise<void> {
    await this.#pool.query(
      `UPDATE api_keys SET expires_at = clock_timestamp() - interval '1 second' WHERE key_id = $1`,
      [key.keyId],
    );
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}
