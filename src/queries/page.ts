// Owns reading lists a page at a time.

/** A list that goes down from here has all. */
export const NEWEST = Number.MAX_SAFE_INTEGER;

export interface ListPage<Item, Cursor> {
  readonly items: readonly Item[];
  /** Where the next page goes on; null when this is the last. */
  readonly next: Cursor | null;
}

/** The page of rows that were read one more than fit. */
export function pageOf<Row, Cursor>(
  rows: readonly Row[],
  size: number,
  cursorOf: (last: Row) => Cursor,
): ListPage<Row, Cursor> {
  const items = rows.slice(0, size);
  const last = items.at(-1);
  return { items, next: rows.length > size && last !== undefined ? cursorOf(last) : null };
}

/**
 * A page of named things in the order of their names, by code unit: those after a name. What appears or goes
 * between two pages shifts nothing.
 */
export function pageByName<T>(
  things: ReadonlyMap<string, T>,
  after: string,
  size: number,
): ListPage<T, string> {
  const left = [...things].filter(([name]) => name > after).sort(([a], [b]) => (a < b ? -1 : 1));
  const { items, next } = pageOf(left, size, ([name]) => name);
  return { items: items.map(([, thing]) => thing), next };
}
