// Owns finding the header of a table among what files put around it: titles, addresses, comments, second
// rows of names.
import { columnKey, isKnownName, priceColumn } from './column-names.js';

interface HeadingRow {
  readonly line: number;
  readonly cells: readonly string[];
}

interface Heading<Row extends HeadingRow> {
  /** Column names as written, with what another row of the heading says of a column; empty without a header. */
  readonly header: readonly string[];
  readonly rows: readonly Row[];
}

/** The header is looked for in so many rows from the top. */
const HEADING_ROWS = 60;
/** A row of names has at least so many that mean something here. */
const LEAST_KNOWN = 4;
/** Reports have several tables: the first whose names are known about as well as any is meant. */
const ABOUT = 2;
/** A first cell of `#1000` is a ticket, as brokers' reports write one. */
const COMMENT = /^\s*(?:#(?!\d+\s*$)|\/\/|%)\s*/;
const NUMBER = /^\s*[-+]?[.\d][-\d.,:/ T+]*$/;
const SIDE = /^(?:bid|ask|mid)$/;

const isComment = ({ cells }: HeadingRow) => COMMENT.test(cells[0] ?? '');
const hasNumber = ({ cells }: HeadingRow) => cells.some((cell) => NUMBER.test(cell));

/** Names of a row that may itself be a comment: `# time,open,high,low,close`. */
function namesOf({ cells }: HeadingRow): string[] {
  return cells.map((cell, index) => (index === 0 ? cell.replace(COMMENT, '') : cell).trim());
}

/** `Bid,,,,Ask,,,` or `bid,bid,...` above the names: each column's side. */
function sidesOf(row: HeadingRow | undefined): (string | null)[] {
  let side: string | null = null;
  return (row?.cells ?? []).map((cell) => {
    const key = columnKey(cell);
    if (SIDE.test(key)) side = key;
    else if (key !== '') side = null;
    return side;
  });
}

/**
 * Splits rows into header and data. The header is the first row near the top that has about as many known names
 * as any. A row of bid and ask above it names the sides of its columns; rows without a number below it are
 * more of the heading and name what it left unnamed.
 */
export function findHeading<Row extends HeadingRow>(rows: readonly Row[]): Heading<Row> {
  const knownIn = (row: Row) => new Set(namesOf(row).filter(isKnownName).map(columnKey)).size;
  const top = rows.slice(0, HEADING_ROWS);
  const most = Math.max(0, ...top.map(knownIn));
  const least = Math.max(LEAST_KNOWN, most - ABOUT);
  const at = top.findIndex((row) => knownIn(row) >= least);
  const found = top[at];
  if (found === undefined) return withoutKnownNames(rows);
  const end = at + 1 + Math.max(0, rows.slice(at + 1, at + 4).findIndex(hasNumber));
  const below = rows.slice(at + 1, end);
  const sides = sidesOf(top[at - 1]);
  const names = namesOf(found).map((name, index) => {
    const more = below.map(({ cells }) => (cells[index] ?? '').trim()).find(isKnownName);
    // A first column called otherwise than what it holds: the row below says what.
    if (index === 0 && more !== undefined) return more;
    const side = sides[index] ?? null;
    return side === null || priceColumn(columnKey(name)) === null ? name || (more ?? '') : `${side} ${name}`;
  });
  const data = rows.slice(end).filter((row) => !isComment(row));
  return { header: withIndexColumn(names, data), rows: data };
}

/** No row has names that mean anything: the first is the header unless it has a number. */
function withoutKnownNames<Row extends HeadingRow>(rows: readonly Row[]): Heading<Row> {
  const plain = rows.filter((row) => !isComment(row));
  const first = plain[0] ?? rows[0];
  if (first === undefined) return { header: [], rows: [] };
  if (plain.length > 0 && hasNumber(first)) return { header: [], rows: plain };
  return { header: namesOf(first), rows: plain.slice(1) };
}

/** Some programs number the rows and leave that column without a name in the header. */
function withIndexColumn(names: readonly string[], rows: readonly HeadingRow[]): readonly string[] {
  const start = Number(rows[0]?.cells[0] ?? Number.NaN);
  const isNumbered = rows.every(({ cells }, place) => Number(cells[0]) === start + place);
  return isNumbered && rows[0]?.cells.length === names.length + 1 ? ['', ...names] : names;
}
