// Owns a new secret for the servers of a database, on a person's word.
import type { AuditTable } from '../store/audits.js';
import type { ServerTable } from '../store/servers.js';
import { auditOf, type Issuer } from './command.js';

export interface Rotated {
  /** The number of the newest secret. */
  readonly serial: number;
  /** For so long the one before counts as well, in ms. */
  readonly overlapMs: number;
  /** A rotation was under way already. */
  readonly wasRotating: boolean;
}

export interface RotatingParts {
  readonly servers: Pick<ServerTable, 'secrets' | 'rotateSecret'>;
  readonly audits: Pick<AuditTable, 'add'>;
  /** For so long two secrets count, in ms. */
  readonly overlapMs: number;
}

/** Begins a rotation, unless one is under way. @throws StoreUnavailableError */
export async function rotateClusterSecret(
  { servers, audits, overlapMs }: RotatingParts,
  by: string,
  issuer: Issuer,
): Promise<Rotated> {
  const { serial, rotatedMs } = await servers.secrets(overlapMs);
  if (rotatedMs < overlapMs) return { serial, overlapMs: overlapMs - rotatedMs, wasRotating: true };
  // Written down first: what could not be is not done.
  await audits.add(auditOf(issuer, { detail: { by, replaces: String(serial) } }));
  const made = await servers.rotateSecret(overlapMs);
  if (made !== undefined) return { serial: made, overlapMs, wasRotating: false };
  // Somebody else was faster.
  const now = await servers.secrets(overlapMs);
  return { serial: now.serial, overlapMs: Math.max(0, overlapMs - now.rotatedMs), wasRotating: true };
}
