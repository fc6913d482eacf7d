// Owns API keys and audits on the wire.
import { Scope } from '../../gen/ts/dtms/v1/access.js';
import type { ApiKey, AuditEvent } from '../../gen/ts/dtms/v1/system_service.js';
import { isActive } from '../access/api-key.js';
import { scopeNamed } from '../contract/scopes.js';
import type { StoredAudit, StoredKey } from '../store/types.js';
import { toDate } from './time.js';

/** Without its hash. */
export function keyToProto(key: StoredKey): ApiKey {
  return {
    keyId: key.keyId,
    name: key.name,
    scopes: key.scopes.map((name) => scopeNamed(name) ?? Scope.UNSPECIFIED),
    accounts: [...(key.accounts ?? [])],
    feeds: [...(key.feeds ?? [])],
    createdAt: toDate(key.createdAt),
    expiresAt: toDate(key.expiresAt),
    revokedAt: toDate(key.revokedAt),
    rotatedTo: key.rotatedTo ?? '',
    overlapEndsAt: toDate(key.overlapEndsAt),
    lastUsedAt: toDate(key.lastUsedAt),
    active: isActive(key),
  };
}

export function auditToProto({
  auditId,
  at,
  actor,
  actorId,
  hash,
  method,
  account,
  ticket,
  detail,
}: StoredAudit): AuditEvent {
  return {
    auditId: BigInt(auditId),
    at: toDate(at),
    actor,
    actorId,
    method,
    account,
    ticket,
    detail,
    hash: Buffer.from(hash),
  };
}
