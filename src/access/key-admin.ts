// Owns what is done with API keys by hand, by RPC and at the command line alike.
import type { Scope } from '../../gen/ts/dtms/v1/access.js';
import { keyEnded, keyNotFound } from '../errors/access.js';
import { invalidField } from '../errors/errors.js';
import type { Author, KeyTable } from '../store/keys.js';
import type { StoredKey } from '../store/types.js';
import { apiKeyText, newApiKey, secretHash } from './api-key.js';
import { scopeName } from './scopes.js';

export interface KeyRequest {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** None means every account. */
  readonly accounts: readonly string[];
  /** UTC ms; null means never. */
  readonly expiresAt: number | null;
}

/** A key just made, and what its owner sends: it cannot be had again. */
export interface MadeKey {
  readonly key: StoredKey;
  readonly text: string;
}

/** Who does it, and the accounts they may do it for; null means every account. */
export interface Administrator extends Author {
  readonly accounts: ReadonlySet<string> | null;
}

/** Whether a key can be used, as of when it was read. */
export function isActive({ revokedAt, remainingMs }: StoredKey): boolean {
  return revokedAt === null && remainingMs > 0;
}

/** Throws INVALID_FIELD when it would have expired already. */
export async function createKey(keys: KeyTable, request: KeyRequest, author: Author): Promise<MadeKey> {
  const made = newApiKey();
  const { name, expiresAt } = request;
  const key = await keys.create(
    {
      keyId: made.keyId,
      name,
      hash: secretHash(made.secret),
      scopes: [...new Set(request.scopes.map(scopeName))],
      accounts: request.accounts.length === 0 ? null : [...new Set(request.accounts)],
      expiresAt,
    },
    author,
  );
  if (key === undefined) throw pastExpiry();
  return { key, text: apiKeyText(made) };
}

/** Throws KEY_NOT_FOUND, KEY_ENDED, or INVALID_FIELD when the new key would have expired already. */
export async function rotateKey(
  keys: KeyTable,
  keyId: string,
  terms: { readonly overlapMs: number; readonly expiresAt: number | null },
  administrator: Administrator,
): Promise<MadeKey & { readonly replaced: StoredKey }> {
  await find(keys, keyId, administrator);
  const made = newApiKey();
  const fresh = { keyId: made.keyId, hash: secretHash(made.secret), expiresAt: terms.expiresAt };
  const rotated = await keys.rotate(keyId, fresh, terms.overlapMs, administrator);
  if (rotated !== undefined) return { ...rotated, text: apiKeyText(made) };
  const old = await find(keys, keyId, administrator);
  throw isActive(old) && old.rotatedTo === null ? pastExpiry() : keyEnded(keyId);
}

/** Revoking a revoked key changes nothing. Throws KEY_NOT_FOUND. */
export async function revokeKey(
  keys: KeyTable,
  keyId: string,
  administrator: Administrator,
): Promise<StoredKey> {
  await find(keys, keyId, administrator);
  return (await keys.revoke(keyId, administrator)) ?? (await find(keys, keyId, administrator));
}

/** A key that is for other accounts than the administrator's is as if it were not there. */
async function find(keys: KeyTable, keyId: string, { accounts }: Administrator): Promise<StoredKey> {
  const [key] = await keys.find([keyId]);
  const visible = accounts === null || key?.accounts?.every((account) => accounts.has(account)) === true;
  if (key === undefined || !visible) throw keyNotFound(keyId);
  return key;
}

const pastExpiry = () => invalidField('expires_at', 'must be in the future');
