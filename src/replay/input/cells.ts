// Owns reading the cells of a row by the conventions of its file: numbers with their decimal mark, times
// with their zone.
import { unmarked } from '../../domain/csv-cell.js';
import type { Conventions } from './conventions.js';
import { type Decimal, parseCount, parseNumber } from './number-text.js';
import type { TableRow } from './table.js';
import { wallTime } from './time-text.js';

/** A cell that cannot be taken; where the row is known it becomes a BadRow. */
export class BadCell extends Error {
  readonly column: number;
  constructor(column: number, reason: string) {
    super(reason);
    this.column = column;
  }
}

/** A cell's text without blanks around it; nothing for a column the file does not have. */
export function textAt(row: TableRow, column: number | null): string {
  return column === null ? '' : unmarked((row.cells[column] ?? '').trim());
}

/** How sources write that a cell has nothing. */
const ABSENT = /^(?:[-\u2013\u2014]|n\/?a|nan|none|null)?$/i;

/** Whether a cell says that there is nothing, or the file does not have its column. */
export function isAbsent(row: TableRow, column: number | null): boolean {
  return ABSENT.test(textAt(row, column));
}

/** Times are told in the order of the file's rows: an hour that comes twice in autumn is told apart by that. */
export class CellReader {
  readonly #conventions: Conventions;
  /** First instants of hours that come twice which a row has taken. */
  readonly #taken = new Set<number>();

  constructor(conventions: Conventions) {
    this.#conventions = conventions;
  }

  number(row: TableRow, column: number): number {
    return this.#numberBy(parseNumber, row, column);
  }

  /** A volume, which may be written `1.2K`. */
  count(row: TableRow, column: number): number {
    return this.#numberBy(parseCount, row, column);
  }

  /** UTC ms; `clock` is the column of the time of day where it has one. */
  time(row: TableRow, column: number, clock: number | null): number {
    const { order, zone, clockDigits } = this.#conventions;
    const day = textAt(row, column);
    const text = clock === null ? day : `${day} ${clockText(textAt(row, clock), clockDigits)}`;
    if (text.trim() === '') throw new BadCell(column, 'is empty');
    const time = wallTime(text, order);
    if (time === null) throw new BadCell(column, `"${text.trim().slice(0, 40)}" is not a time`);
    if (time.offset !== null) return time.wall - time.offset;
    if (zone === null) {
      const what = `"${text.trim().slice(0, 40)}" has no offset from UTC`;
      throw new BadCell(column, `${what}, as others of the file have: give --time-zone for it`);
    }
    const [first, second] = zone.instants(time.wall);
    if (first === undefined) {
      throw new BadCell(
        column,
        `"${text.trim().slice(0, 40)}" does not exist: clocks go forward, ${zone.name}`,
      );
    }
    if (second === undefined) return first;
    if (this.#taken.has(first)) return second;
    this.#taken.add(first);
    return first;
  }

  #numberBy(parse: (text: string, decimal: Decimal) => number | null, row: TableRow, column: number): number {
    const text = textAt(row, column);
    if (text === '') throw new BadCell(column, 'is empty');
    const value = parse(text, this.#conventions.decimal);
    if (value === null) throw new BadCell(column, `"${text.slice(0, 40)}" is not a number`);
    return value;
  }
}

/** A clock of bare digits with the zeros it lost: `90000` is 09:00:00 among clocks of six digits. */
function clockText(text: string, digits: 4 | 6 | null): string {
  return digits !== null && /^\d{1,6}$/.test(text) ? text.padStart(digits, '0') : text;
}
