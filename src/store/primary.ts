// Owns which of the configured hosts is the primary: the one that was last, and a connection tries the next when it is
// away or a standby.
import type pg from 'pg';
import { type DatabaseHosts, hostsOf } from '../config/database-url.js';
import { StoreUnavailableError } from './errors.js';

/** True of a standby, and of a primary that was made read-only because another took its place. */
export const IS_STANDBY = `(pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on')`;

/** Where the primary was last, by the configured URL: all connections of the process learn it from one. */
const known = new Map<string, number>();

/** The URL of the host that was the primary last; the first one before that is known. */
export function primaryUrl(url: string): string {
  const { urls } = hostsOf(url);
  return urls[known.get(url) ?? 0] ?? urls[0];
}

/** Host and port of that host, for people. */
export function primaryPlace(url: string): string {
  return placeOf(primaryUrl(url));
}

/**
 * Tries the hosts, the last primary first, until one makes a connection to a primary.
 *
 * @throws what the only host failed with; of several a StoreUnavailableError that says why each is none.
 */
export async function atPrimary<T extends pg.ClientBase>(
  url: string,
  open: (url: string) => Promise<T>,
  close: (client: T) => Promise<void>,
): Promise<T> {
  const hosts = hostsOf(url);
  if (hosts.choice === 'only') return open(hosts.urls[0]);
  const reasons: string[] = [];
  let last: unknown;
  for (const [host, index] of inOrder(hosts, known.get(url) ?? 0)) {
    try {
      const client = await open(host);
      if (await isPrimary(client, close)) {
        known.set(url, index);
        return client;
      }
      reasons.push(`${placeOf(host)} is a standby`);
    } catch (error) {
      last = error;
      reasons.push(`${placeOf(host)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  // One that refuses our password refuses it on every host: the cause says so.
  const cause = last instanceof StoreUnavailableError ? last.cause : last;
  throw new StoreUnavailableError(
    `No host of the database is a primary: ${reasons.join('; ')}`,
    'not_written',
    {
      cause,
    },
  );
}

/** Closes the connection unless it is to a primary. */
async function isPrimary<T extends pg.ClientBase>(
  client: T,
  close: (client: T) => Promise<void>,
): Promise<boolean> {
  let primary = false;
  try {
    primary = !(await isStandby(client));
    return primary;
  } finally {
    if (!primary) await close(client);
  }
}

/** Of a connection of the pool, which cannot try the next host itself. @throws StoreUnavailableError on a standby. */
export async function requirePrimary(url: string, client: pg.ClientBase): Promise<void> {
  if (hostsOf(url).choice !== 'only' && (await isStandby(client))) throw noPrimary(url);
}

/** What whoever finds a standby where the primary was gives up with: the next connection looks for the primary. */
export function noPrimary(url: string): StoreUnavailableError {
  return new StoreUnavailableError(`${primaryPlace(url)} is a standby`, 'not_written');
}

async function isStandby(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query(`SELECT ${IS_STANDBY} AS standby`);
  return rows[0]?.standby === true;
}

function inOrder({ urls }: DatabaseHosts, first: number): [string, number][] {
  const all = urls.map((url, index): [string, number] => [url, index]);
  return [...all.slice(first), ...all.slice(0, first)];
}

function placeOf(url: string): string {
  return new URL(url).host;
}
