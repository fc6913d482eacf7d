// Owns what the ownership rules must hold together, beyond each number's type.
import { DTMS_MANAGER } from '../domain/ownership/ownership.js';
import type { Rules } from '../domain/rules.js';

/** A manager's name as requests may carry it. */
const NAME = /^[a-z][a-z0-9_]{0,47}$/;
/** Requests cannot ask for a longer lease. */
const LONGEST_LEASE_MS = 60_000;

/** @param problems - receives what is wrong, each with its path. */
export function checkOwnership(ownership: Rules['ownership'], problems: string[]): void {
  const { dtmsDefensive, dtmsOtherwise, managers, leaseMs, maximumLeaseMs } = ownership;
  const at = 'rules.ownership';
  if (dtmsOtherwise >= dtmsDefensive)
    problems.push(`${at}.dtmsOtherwise: ${dtmsOtherwise} must be below dtmsDefensive ${dtmsDefensive}`);
  for (const [name, priority] of Object.entries(managers)) {
    const path = `${at}.managers.${name}`;
    if (name === DTMS_MANAGER) problems.push(`${path}: is DTMS itself and cannot be registered`);
    else if (!NAME.test(name))
      problems.push(`${path}: must be 1 to 48 of a-z, 0-9 and _, and begin with a letter`);
    if (priority >= dtmsDefensive)
      problems.push(`${path}: ${priority} must be below dtmsDefensive ${dtmsDefensive}`);
  }
  if (!Number.isSafeInteger(maximumLeaseMs) || maximumLeaseMs > LONGEST_LEASE_MS)
    problems.push(`${at}.maximumLeaseMs: must be a whole number of at most ${LONGEST_LEASE_MS}`);
  if (!Number.isSafeInteger(leaseMs) || leaseMs < 1 || leaseMs > maximumLeaseMs)
    problems.push(`${at}.leaseMs: must be a whole number from 1 to maximumLeaseMs ${maximumLeaseMs}`);
}
