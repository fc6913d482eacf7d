// Page tokens: where a list continues, bound to the query it belongs to.
import { createHash } from 'node:crypto';
import { invalidPageToken } from '../errors/errors.js';

/** Fingerprint of a query, so that a token of another query is refused. */
export function queryFingerprint(method: string, filter: Uint8Array): string {
  return createHash('sha256').update(method).update(filter).digest('base64url').slice(0, 12);
}

/** A token to continue after this revision; empty when the page was the last. */
export function pageToken(fingerprint: string, after: number): string {
  return Buffer.from(`${fingerprint}.${after}`).toString('base64url');
}

/** The revision a token continues after; 0 for an empty token. Throws INVALID_PAGE_TOKEN. */
export function parsePageToken(token: string, fingerprint: string): number {
  if (token === '') return 0;
  const match = /^([\w-]{12})\.(\d{1,15})$/.exec(Buffer.from(token, 'base64url').toString('latin1'));
  if (match === null) throw invalidPageToken('is not one of ours');
  if (match[1] !== fingerprint) throw invalidPageToken('belongs to another query');
  return Number(match[2]);
}

/** A token to continue after this revision and, within it, after this name. */
export function namedPageToken(fingerprint: string, after: number, name: string): string {
  return Buffer.from(`${fingerprint}.${after}.${name}`).toString('base64url');
}

/** What namedPageToken() holds; the beginning for an empty token. Throws INVALID_PAGE_TOKEN. */
export function parseNamedPageToken(token: string, fingerprint: string): { after: number; name: string } {
  if (token === '') return { after: 0, name: '' };
  const text = Buffer.from(token, 'base64url').toString('utf8');
  const match = /^([\w-]{12})\.(\d{1,15})\.(.{1,160})$/.exec(text);
  if (match === null) throw invalidPageToken('is not one of ours');
  if (match[1] !== fingerprint) throw invalidPageToken('belongs to another query');
  return { after: Number(match[2]), name: match[3] ?? '' };
}

/** A place by time (UTC ms) and, where several are of one time, by number. */
export interface TimedPlace {
  readonly at: number;
  readonly number: number;
}

/** A token to continue after this place. */
export function placeToken(fingerprint: string, { at, number }: TimedPlace): string {
  return Buffer.from(`${fingerprint}.${at}.${number}`).toString('base64url');
}

/** What placeToken() holds; null for an empty token. Throws INVALID_PAGE_TOKEN. */
export function parsePlaceToken(token: string, fingerprint: string): TimedPlace | null {
  if (token === '') return null;
  const match = /^([\w-]{12})\.(-?\d{1,14})\.(\d{1,15})$/.exec(
    Buffer.from(token, 'base64url').toString('latin1'),
  );
  if (match === null) throw invalidPageToken('is not one of ours');
  if (match[1] !== fingerprint) throw invalidPageToken('belongs to another query');
  return { at: Number(match[2]), number: Number(match[3]) };
}
