// Owns options and argument parsers that several commands share.
import { InvalidArgumentError, Option } from 'commander';
import type { CallOptions } from '../client/call.js';
import type { DtmsClient } from '../client/client.js';
import { clientServer } from '../config/client.js';
import { TIMEFRAME_MS, type Timeframe } from '../domain/market/data.js';
import { connection } from './connection.js';
import { CommandError, EXIT, unreached } from './exit.js';

export const DEFAULT_SERVER = '127.0.0.1:50051';

/** `--server ADDR`; DTMS_SERVER is its default where it is set. The key of its calls is in DTMS_API_KEY. */
export function serverOption(): Option {
  return new Option(
    '--server <address>',
    'the server, host:port or https://host:port, of several all of them with commas between, or DTMS_SERVER; its API key, if it needs one, in DTMS_API_KEY',
  ).default(clientServer() ?? DEFAULT_SERVER);
}

/** `--json`. */
export function jsonOption(): Option {
  return new Option('--json', 'machine-readable output').default(false);
}

export function parseWhole(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new InvalidArgumentError('must be a whole number.');
  return value;
}

export function parseShare(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('must be from 0 to 1.');
  return value;
}

/** A date with its time, in any form of ISO 8601; without a zone it is of this machine's. */
export function parseTime(text: string): Date {
  const time = new Date(text);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(time.getTime()))
    throw new InvalidArgumentError('must be a time such as 2026-11-30T08:00:00Z.');
  return time;
}

export function parseRevision(text: string): bigint {
  if (!/^\d{1,18}$/.test(text)) throw new InvalidArgumentError('must be a revision.');
  return BigInt(text);
}

const LARGEST_TICKET = 2n ** 63n - 1n;

/** Reports of brokers write a ticket as #1000. */
export function parseTicket(text: string): bigint {
  const [, number = '0'] = /^#?(\d{1,19})$/.exec(text) ?? [];
  const ticket = BigInt(number);
  if (ticket > 0n && ticket <= LARGEST_TICKET) return ticket;
  throw new InvalidArgumentError('must be a positive whole number, such as 1000 or #1000.');
}

export function parsePositive(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError('must be a number above 0.');
  }
  return value;
}

export function parseNotNegative(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError('must be 0 or above.');
  }
  return value;
}

export function parsePort(text: string): number {
  const value = parseWhole(text);
  if (value > 65_535) throw new InvalidArgumentError('must be a port, 0 to 65535.');
  return value;
}

export function parseTimeframe(text: string): Timeframe {
  const name = text.toUpperCase();
  const found = (Object.keys(TIMEFRAME_MS) as Timeframe[]).find((timeframe) => timeframe === name);
  if (found === undefined)
    throw new InvalidArgumentError(`must be one of ${Object.keys(TIMEFRAME_MS).join(', ')}.`);
  return found;
}

/** Collects a repeatable option. */
export function collect(text: string, before: readonly string[]): string[] {
  return [...before, ...text.split(',').map((part) => part.trim())];
}

/** A person at a terminal is told soon that nobody answers. */
const RETRY_MS = 2_000;

/**
 * Runs with a client that is closed afterwards; its calls are tried again for a short time.
 * @throws CommandError when no server is reached, or a file of its TLS cannot be used.
 */
export async function withClient<T>(
  address: string,
  run: (client: DtmsClient) => Promise<T>,
  defaults: Omit<CallOptions, 'signal'> = { retryMs: RETRY_MS },
): Promise<T> {
  const [{ DtmsClient }, where] = await Promise.all([import('../client/client.js'), connection(address)]);
  const client = new DtmsClient({ ...where, defaults });
  try {
    return await run(client);
  } catch (error) {
    const cause = unreached(error);
    if (cause === null) throw error;
    const advice = 'is the server running, and is --server (or DTMS_SERVER) right?';
    // Where something listens and does not answer in the clear, TLS is the likely reason.
    const listens = where.credentials === undefined && !cause.includes('ECONNREFUSED');
    const secure = listens ? `; a server with TLS is called https://${address}` : '';
    const text = `no server at ${address}: ${advice} (${cause}${secure})`;
    throw new CommandError(text, EXIT.unreachable, { cause: error });
  } finally {
    client.close();
  }
}
