// Owns the rows of a market data file as bars, by the columns and the conventions it has.
import type { Bar } from '../../domain/market/data.js';
import type { Asked } from './asked.js';
import { BadCell, CellReader, isAbsent, textAt } from './cells.js';
import { type BarColumns, columnName, type PriceColumns } from './columns.js';
import { type Conventions, conventionsOf } from './conventions.js';
import { DECIMAL_MARKS, decimalsOf } from './number-text.js';
import { spreadUnitOf } from './spread-unit.js';
import type { Table, TableRow } from './table.js';

/** The four prices of a bar's ask side. */
export type AskSide = Pick<Bar, 'open' | 'high' | 'low' | 'close'>;

export interface ParsedRow {
  readonly line: number;
  readonly bar: Bar;
  /** The ask side the row has itself. */
  readonly ask: AskSide | null;
  /** The cell of the spread column; null without. */
  readonly spread: number | null;
}

const MAXIMUM_PRICE = 1e9;
const MAXIMUM_VOLUME = 1e15;
const MAXIMUM_DIGITS = 8;

/**
 * Recorded sides cross now and then because they were not sampled at one instant; such a quote counts as one
 * without a spread.
 */
export function uncrossed(ask: AskSide, bid: AskSide): AskSide {
  return {
    open: Math.max(ask.open, bid.open),
    high: Math.max(ask.high, bid.high),
    low: Math.max(ask.low, bid.low),
    close: Math.max(ask.close, bid.close),
  };
}

export class BarRows {
  readonly conventions: Conventions;
  /** Decimal places that nearly all prices keep within: a few values with float noise do not widen them. */
  readonly digits: number;
  readonly #table: Table;
  readonly #columns: BarColumns;
  readonly #asked: Asked;
  readonly #reader: CellReader;
  readonly #volume: number | null;

  /** @throws ImportError where the file may be read in several ways. */
  constructor(table: Table, columns: BarColumns, asked: Asked) {
    const { prices, ask, volumes, spread } = columns;
    this.#table = table;
    this.#columns = columns;
    this.#asked = asked;
    this.conventions = conventionsOf(
      table,
      {
        ...columns,
        content: 'bars',
        prices: [...Object.values(prices), ...Object.values(ask ?? {})],
        others: spread === null ? volumes : [...volumes, spread],
      },
      asked,
    );
    this.#reader = new CellReader(this.conventions);
    this.#volume = this.#usedVolume();
    this.digits = this.#digits();
  }

  /** The rows in order of time, as far as the file is sorted, whichever way round. */
  *inOrder(): Iterable<TableRow> {
    const { rows } = this.#table;
    const [first, last] = [rows[0], rows.at(-1)].map((row) => this.#timeOrNull(row));
    const isReversed = first !== null && last !== null && (first ?? 0) > (last ?? 0);
    yield* isReversed ? rows.toReversed() : rows;
  }

  /** @throws BadCell */
  parse(row: TableRow): ParsedRow {
    const { time, clock, prices, ask, spread } = this.#columns;
    this.#checkWidth(row);
    const at = this.#reader.time(row, time, clock);
    const bid = this.#prices(row, prices);
    const bar = { time: at, ...bid, volume: this.#volumeAt(row) };
    const own = ask === null ? null : uncrossed(this.#prices(row, ask), bid);
    if (spread === null || textAt(row, spread) === '') return { line: row.line, bar, ask: own, spread: null };
    const points = this.#reader.number(row, spread);
    if (points < 0) throw new BadCell(spread, `${points} is below 0`);
    return { line: row.line, bar, ask: own, spread: points };
  }

  /** The ask sides of parsed rows, and where they come from. */
  asks(rows: readonly ParsedRow[]): { readonly sides: readonly (AskSide | null)[]; readonly text: string } {
    const { ask, spread, spreadUnit, isTerminal } = this.#columns;
    if (ask !== null) return { sides: rows.map((row) => row.ask), text: "the ask side's own columns" };
    const spreads = rows.flatMap((row) => row.spread ?? []);
    if (spread === null || spreads.length === 0)
      return { sides: rows.map(() => null), text: 'the file has none' };
    const { unit, proof } = spreadUnitOf(
      {
        file: this.#table.file,
        spreads,
        prices: rows.map(({ bar }) => bar.close),
        digits: this.digits,
        named: spreadUnit,
        isTerminal,
      },
      this.#asked,
    );
    const [scale, places] = unit === 'points' ? [10 ** this.digits, this.digits] : [1, MAXIMUM_DIGITS];
    const above = (bar: Bar, distance: number): AskSide => {
      const ask = (price: number) => Number((price + distance / scale).toFixed(places));
      return { open: ask(bar.open), high: ask(bar.high), low: ask(bar.low), close: ask(bar.close) };
    };
    const sides = rows.map((row) => (row.spread === null ? null : above(row.bar, row.spread)));
    return { sides, text: `column ${columnName(this.#table, spread)} in ${unit} (${proof})` };
  }

  /** What each column is taken for, by its name. */
  columnNames(): Record<string, string> {
    const { time, clock, prices, ask, spread } = this.#columns;
    const asks = Object.entries(ask ?? {}).map(([role, index]) => [`ask ${role}`, index] as const);
    const named: readonly (readonly [string, number | null])[] = [
      ['time', time],
      ['clock', clock],
      ...Object.entries(prices),
      ...asks,
      ['volume', this.#volume],
      ['spread', spread],
    ];
    return Object.fromEntries(
      named.flatMap(([role, index]) => (index === null ? [] : [[role, columnName(this.#table, index)]])),
    );
  }

  /** What a reader of the results should know of the prices and volumes. */
  remarks(): string[] {
    const remarks: string[] = [];
    if (this.#columns.side === 'mid') remarks.push('prices are mid prices, taken as the bid');
    if (this.#columns.side === 'ask') remarks.push('prices are those of the ask side');
    if (this.#volume === null) remarks.push('no volume: signals that need it stay unavailable');
    if (this.#table.header.length === 0) remarks.push('no header: the columns were taken by their order');
    return remarks;
  }

  #timeOrNull(row: TableRow | undefined): number | null {
    if (row === undefined) return null;
    try {
      return new CellReader(this.conventions).time(row, this.#columns.time, this.#columns.clock);
    } catch (error) {
      if (error instanceof BadCell) return null;
      throw error;
    }
  }

  /** More cells than columns: a delimiter within a number, and everything after it in the wrong place. */
  #checkWidth({ cells }: TableRow): void {
    const width = this.#table.header.length;
    if (width === 0 || cells.length <= width || cells.slice(width).every((cell) => cell.trim() === ''))
      return;
    throw new BadCell(width, `${cells.length} cells where the header has ${width}`);
  }

  #prices(row: TableRow, columns: PriceColumns): AskSide {
    const [open, high] = [this.#price(row, columns.open), this.#price(row, columns.high)];
    const [low, close] = [this.#price(row, columns.low), this.#price(row, columns.close)];
    if (high < low) throw new BadCell(columns.high, `high ${high} is below low ${low}`);
    if (high < open || high < close)
      throw new BadCell(columns.high, `high ${high} is below open ${open} or close ${close}`);
    if (low > open || low > close)
      throw new BadCell(columns.low, `low ${low} is above open ${open} or close ${close}`);
    return { open, high, low, close };
  }

  #price(row: TableRow, column: number): number {
    const value = this.#reader.number(row, column);
    if (value <= 0) throw new BadCell(column, `${value} is not above 0`);
    if (value > MAXIMUM_PRICE) throw new BadCell(column, `${value} is above ${MAXIMUM_PRICE}`);
    return value;
  }

  #volumeAt(row: TableRow): number {
    const column = this.#volume;
    if (column === null || isAbsent(row, column)) return 0;
    const value = this.#reader.count(row, column);
    if (value < 0) throw new BadCell(column, `${value} is below 0`);
    if (value > MAXIMUM_VOLUME) throw new BadCell(column, `${value} is above ${MAXIMUM_VOLUME}`);
    return value;
  }

  /**
   * The first volume column that holds any: brokers leave the real one at 0 and count ticks. Those without a volume export -1
   * in every row.
   */
  #usedVolume(): number | null {
    const isNone = (column: number) => this.#table.rows.every((row) => textAt(row, column) === '-1');
    const volumes = this.#columns.volumes.filter((column) => !isNone(column));
    const holdsAny = (column: number) =>
      this.#table.rows.some((row) => /[1-9]/.test(row.cells[column] ?? ''));
    return volumes.find(holdsAny) ?? volumes[0] ?? null;
  }

  #digits(): number {
    const { decimal } = this.conventions;
    const counts = new Array<number>(MAXIMUM_DIGITS + 1).fill(0);
    for (const row of this.#table.rows) {
      for (const column of Object.values(this.#columns.prices)) {
        const text = textAt(row, column);
        const length = decimalsOf(text, decimal);
        const plain = text.replace(DECIMAL_MARKS[decimal], '.');
        const kept =
          length > MAXIMUM_DIGITS
            ? decimalsOf(String(Number(Number(plain).toFixed(MAXIMUM_DIGITS))), 'point')
            : length;
        counts[kept] = (counts[kept] ?? 0) + 1;
      }
    }
    const total = counts.reduce((sum, count) => sum + count, 0);
    let within = 0;
    for (const [digits, count] of counts.entries()) {
      within += count;
      if (within >= total * 0.995) return digits;
    }
    return MAXIMUM_DIGITS;
  }
}
