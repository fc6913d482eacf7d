// Lists in the order of names: a page, and the token of the next one.
import { namedPageToken, parseNamedPageToken } from './page-token.js';

export interface NamePage<T> {
  readonly items: readonly T[];
  /** Empty when this is the last. */
  readonly nextPageToken: string;
}

const DEFAULT_PAGE = 100;

/**
 * A page of named things in the order of their names, by code unit. What appears or goes between two
 * pages shifts nothing.
 *
 * @param pageSize - 0 means 100.
 * @throws DtmsError INVALID_PAGE_TOKEN when the token is not of this list.
 */
export function pageByName<T>(
  things: ReadonlyMap<string, T>,
  fingerprint: string,
  { pageSize, pageToken }: { readonly pageSize: number; readonly pageToken: string },
): NamePage<T> {
  const size = pageSize || DEFAULT_PAGE;
  const { name: after } = parseNamedPageToken(pageToken, fingerprint);
  const left = [...things].filter(([name]) => name > after).sort(([a], [b]) => (a < b ? -1 : 1));
  const page = left.slice(0, size);
  const last = page.at(-1);
  return {
    items: page.map(([, item]) => item),
    nextPageToken: left.length > size && last !== undefined ? namedPageToken(fingerprint, 0, last[0]) : '',
  };
}
