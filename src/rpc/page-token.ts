// Owns page tokens: where a list goes on, bound to the query it belongs to.
import { createHash } from 'node:crypto';
import { invalidPageToken } from '../errors/errors.js';

const DEFAULT_PAGE = 100;

/** How many a page holds at most. */
export function pageSizeOf({ pageSize }: { readonly pageSize: number }): number {
  return pageSize || DEFAULT_PAGE;
}

/** Fingerprint of a query, so that a token of another query is refused. */
export function queryFingerprint(method: string, filter: Uint8Array | string): string {
  return createHash('sha256').update(method).update(filter).digest('base64url').slice(0, 12);
}

/** A token to go on after this number; empty when the page was the last. */
export function pageToken(fingerprint: string, after: number | null): string {
  return after === null ? '' : encoded(`${fingerprint}.${after}`);
}

/** The number a token goes on after; 0 for an empty token. Throws INVALID_PAGE_TOKEN. */
export function parsePageToken(token: string, fingerprint: string): number {
  if (token === '') return 0;
  const [after] = decoded(token, fingerprint, /^([\w-]{12})\.(\d{1,15})$/);
  return Number(after);
}

/** A place by number and, where several are of one number, by name. */
export interface NamedPlace {
  readonly after: number;
  readonly name: string;
}

/** A token to go on after this place; empty when the page was the last. */
export function namedPageToken(fingerprint: string, place: NamedPlace | null): string {
  return place === null ? '' : encoded(`${fingerprint}.${place.after}.${place.name}`);
}

/** A token to go on after this name alone; empty when the page was the last. */
export function nameToken(fingerprint: string, name: string | null): string {
  return namedPageToken(fingerprint, name === null ? null : { after: 0, name });
}

/** What they hold; the beginning for an empty token. Throws INVALID_PAGE_TOKEN. */
export function parseNamedPageToken(token: string, fingerprint: string): NamedPlace {
  if (token === '') return { after: 0, name: '' };
  const [after, name = ''] = decoded(token, fingerprint, /^([\w-]{12})\.(\d{1,15})\.(.{1,160})$/);
  return { after: Number(after), name };
}

/** A place by time (UTC ms) and, where several are of one time, by number. */
export interface TimedPlace {
  readonly at: number;
  readonly number: number;
}

/** A token to go on after this place; empty when the page was the last. */
export function placeToken(fingerprint: string, place: TimedPlace | null): string {
  return place === null ? '' : encoded(`${fingerprint}.${place.at}.${place.number}`);
}

/** What placeToken() holds; null for an empty token. Throws INVALID_PAGE_TOKEN. */
export function parsePlaceToken(token: string, fingerprint: string): TimedPlace | null {
  if (token === '') return null;
  const [at, number] = decoded(token, fingerprint, /^([\w-]{12})\.(-?\d{1,14})\.(\d{1,15})$/);
  return { at: Number(at), number: Number(number) };
}

const encoded = (text: string): string => Buffer.from(text).toString('base64url');

/** The parts of a token after its fingerprint. */
function decoded(token: string, fingerprint: string, form: RegExp): string[] {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  const match = form.exec(text);
  // Base64 passes over what is not part of it.
  if (match === null || encoded(text) !== token) throw invalidPageToken('is not one of ours');
  if (match[1] !== fingerprint) throw invalidPageToken('belongs to another query');
  return match.slice(2);
}
