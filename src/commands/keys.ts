// Owns what people do with API keys, by RPC and at the command line alike.

import { apiKeyText, isActive, newApiKey, secretHash } from '../access/api-key.js';
import { isWithin } from '../domain/market/feed.js';
import { feedsDenied, keyEnded, keyNameTaken, keyNotFound } from '../errors/access.js';
import { invalidField } from '../errors/errors.js';
import type { Author, KeyTable } from '../store/keys.js';
import type { StoredKey } from '../store/types.js';

export interface KeyRequest {
  readonly name: string;
  /** Names of scopes, such as READ. */
  readonly scopes: readonly string[];
  /** None means every account. */
  readonly accounts: readonly string[];
  /** None means all feeds that the accounts let it write. */
  readonly feeds?: readonly string[];
  /** UTC ms; null means never. */
  readonly expiresAt: number | null;
}

/** A key just made, and what its owner sends: it cannot be had again. */
export interface MadeKey {
  readonly key: StoredKey;
  readonly text: string;
}

/** Who does it, the accounts they may do it for, and the feeds they may write; null means every one. */
export interface Administrator extends Author {
  readonly accounts: ReadonlySet<string> | null;
  readonly feeds: readonly string[] | null;
}

/** The same for a caller, whose key gives no more feeds than it has. Throws PERMISSION_DENIED as well. */
export function grantKey(
  keys: KeyTable,
  request: KeyRequest,
  administrator: Administrator,
): Promise<MadeKey> {
  const { feeds = [] } = request;
  if (!isWithin(feeds.length === 0 ? null : feeds, administrator.feeds)) throw feedsDenied();
  return createKey(keys, request, administrator);
}

/** Throws KEY_NAME_TAKEN, or INVALID_FIELD when it would have expired already. */
export async function createKey(keys: KeyTable, request: KeyRequest, author: Author): Promise<MadeKey> {
  const made = newApiKey();
  const { name, expiresAt, feeds = [] } = request;
  const key = await keys.create(
    {
      keyId: made.keyId,
      name,
      hash: secretHash(made.secret),
      scopes: [...new Set(request.scopes)],
      accounts: request.accounts.length === 0 ? null : [...new Set(request.accounts)],
      feeds: feeds.length === 0 ? null : [...new Set(feeds)],
      expiresAt,
    },
    author,
  );
  if (key === undefined) throw (await keys.isTaken(name)) ? keyNameTaken(name) : pastExpiry();
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

/** A key that is for other accounts or feeds than the administrator's is as if it were not there. */
async function find(keys: KeyTable, keyId: string, { accounts, feeds }: Administrator): Promise<StoredKey> {
  const [key] = await keys.find([keyId]);
  const visible = accounts === null || key?.accounts?.every((account) => accounts.has(account)) === true;
  if (key === undefined || !visible || !isWithin(key.feeds, feeds)) throw keyNotFound(keyId);
  return key;
}

const pastExpiry = () => invalidField('expires_at', 'must be in the future');
