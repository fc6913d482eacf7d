// Owns whether a server may run without keys: decided once at the start, from where it listens and
// whether there are keys.
import { isIP } from 'node:net';
import type { AccessMode } from '../config/schema.js';
import type { Logger } from '../observability/logger.js';

/** `closed`: every call needs a key. `open-until-keys`: none does until there is one. */
export type Door = 'closed' | 'open' | 'open-until-keys';

/** The server must not run as it is configured. */
export class AccessPolicyError extends Error {
  override readonly name = 'AccessPolicyError';
}

/** For a person: reads and decides by admin, registers, and closes positions by manage. */
const CREATE = 'dtms keys create --name operator --scope admin,register,manage';
const ONE_EACH = 'each program needs one of its own with the scopes for what it does';

/** How the server is to be reached. */
export interface Access {
  readonly mode: AccessMode;
  readonly host: string;
  /** Whether clients' certificates say what their owners may do. */
  readonly certificates: boolean;
}

/**
 * @param presence - whether a key can be used now, and whether there ever was one.
 * @throws AccessPolicyError when anybody who reaches the address could trade.
 */
export function settleDoor(
  { mode, host, certificates }: Access,
  presence: { readonly active: boolean; readonly any: boolean },
  logger: Logger,
): Door {
  if (mode === 'open') {
    logger.warn({ host }, 'access.mode is open: whoever reaches this server may do everything');
    return 'open';
  }
  if (presence.active) return 'closed';
  const refused = certificates
    ? 'only callers with a certificate named in tls.clientScopes are let in'
    : 'every call is refused';
  if (mode === 'required') {
    logger.warn(`there is no API key that works, so ${refused}; to make one: ${CREATE}; ${ONE_EACH}`);
    return 'closed';
  }
  if (!isLoopback(host)) {
    throw new AccessPolicyError(
      `${host} can be reached from other machines and there is no API key: make one (${CREATE}), ` +
        'or set access.mode to required, or to open where the network lets only friends in',
    );
  }
  if (presence.any) {
    logger.warn(`the API keys have all ended, so ${refused}; to make one: ${CREATE}; ${ONE_EACH}`);
    return 'closed';
  }
  logger.warn(
    `there is no API key: whoever is on this machine may do everything but make one. The first key ends that: from then ` +
      `on ${ONE_EACH}. To make one for yourself: ${CREATE}`,
  );
  return 'open-until-keys';
}

/** Whether only this machine can reach an address. */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.');
  return host === 'localhost' || host === '::1' || host === '0:0:0:0:0:0:0:1';
}
