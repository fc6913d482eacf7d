// Owns setting the level of this process's log; other servers keep theirs.
import { invalidField } from '../errors/errors.js';
import type { LevelChange, LevelControl } from '../observability/log-level.js';
import type { LogLevel } from '../observability/logger.js';
import type { AuditTable } from '../store/audits.js';
import { auditOf, type Issuer } from './command.js';

/** An administrator, and the accounts it is limited to; null means every account. */
interface LimitedIssuer extends Issuer {
  readonly principal: Issuer['principal'] & { readonly accounts: ReadonlySet<string> | null };
}

/** What an administrator who is limited to accounts may set it for, in seconds. */
const LONGEST_OWN = 3600;

/**
 * `seconds` is how long the level holds; 0 means until it is set again. Who is limited to accounts sets it for the lines
 * about its own. Throws INVALID_FIELD.
 */
export async function setLogLevel(
  levels: LevelControl,
  audits: Pick<AuditTable, 'add'>,
  level: LogLevel,
  seconds: number,
  issuer: LimitedIssuer,
): Promise<LevelChange> {
  const { accounts, name } = issuer.principal;
  if (accounts !== null && (seconds === 0 || seconds > LONGEST_OWN))
    throw invalidField(
      'duration_seconds',
      `must be 1 to ${LONGEST_OWN} of a key that is limited to accounts`,
    );
  const detail = { level, duration_seconds: seconds, previous_level: levels.level };
  // Written down first: what could not be is not done.
  await audits.add(auditOf(issuer, { detail }));
  if (accounts !== null) return levels.setFor(accounts, level, seconds * 1000, name);
  return levels.set(level, seconds === 0 ? null : seconds * 1000, name);
}
