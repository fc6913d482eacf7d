// Owns the trades of a replay from a CSV file: a list of one's own, or the report of a terminal.

import { type Direction, favourable } from '../domain/market/direction.js';
import { resolveInstrument } from '../domain/market/symbols.js';
import type { Asked } from './input/asked.js';
import { BadCell, CellReader, isAbsent, textAt } from './input/cells.js';
import { columnKey, TRADE_COLUMNS, type TradeColumn, timeColumn } from './input/column-names.js';
import { columnName } from './input/columns.js';
import { conventionsOf } from './input/conventions.js';
import { countReasons, delimiterName, type FileReading, resolutionOf } from './input/file-reading.js';
import {
  type BadRow,
  type BadRowPolicy,
  describeBadRow,
  ImportError,
  readTable,
  type Table,
  type TableRow,
} from './input/table.js';

/** A trade to replay. `heldBars` is the number of bars after which it is closed; null means never. */
export interface ReplayTrade {
  readonly ticket: bigint;
  readonly symbol: string;
  readonly direction: Direction;
  /** UTC ms. */
  readonly entryTime: number;
  readonly entryPrice: number;
  readonly volume: number;
  /** null also where the file has only the stop it was moved to: R is estimated then. */
  readonly stopLoss: number | null;
  readonly takeProfit: number | null;
  readonly heldBars: number | null;
}

/** A trade as a file has it. */
export interface FileTrade extends ReplayTrade {
  /** When it was closed, UTC ms; null where the file does not say. */
  readonly exitTime: number | null;
}

export interface TradesFile {
  readonly trades: readonly FileTrade[];
  readonly badRows: readonly BadRow[];
  readonly reading: FileReading;
}

type TradeColumns = Readonly<Record<TradeColumn, number | null>>;

const NEEDED: readonly TradeColumn[] = [
  'ticket',
  'symbol',
  'direction',
  'entry_time',
  'entry_price',
  'volume',
];
const LARGEST_TICKET = 2n ** 63n - 1n;
const DIRECTIONS: Readonly<Record<string, Direction>> = {
  BUY: 'BUY',
  SELL: 'SELL',
  LONG: 'BUY',
  SHORT: 'SELL',
  // As MT5 numbers the types of positions and deals.
  '0': 'BUY',
  '1': 'SELL',
};

/** TradeColumns by name; what a report names twice is the entry's first and the exit's then. */
function findTradeColumns({ file, header }: Table): { columns: TradeColumns; zone: string | null } {
  const keys = header.map(columnKey);
  const plain = keys.map((key) => timeColumn(key).name);
  const find = (role: TradeColumn): number | null => {
    const names: readonly string[] = TRADE_COLUMNS[role];
    const index = names
      .map((name) => Math.max(keys.indexOf(name), plain.indexOf(name)))
      .find((at) => at >= 0);
    return index ?? null;
  };
  const roles = Object.keys(TRADE_COLUMNS) as TradeColumn[];
  const found = Object.fromEntries(roles.map((role) => [role, find(role)])) as Record<
    TradeColumn,
    number | null
  >;
  const first = keys.indexOf('time');
  const second = first < 0 ? -1 : keys.indexOf('time', first + 1);
  const columns = { ...found, exit_time: found.exit_time ?? (second < 0 ? null : second) };
  const missing = NEEDED.filter((column) => columns[column] === null);
  if (missing.length > 0) {
    throw new ImportError(
      `${file}: no column for ${missing.join(', ')}; it has ${header.join(', ').slice(0, 300)}`,
    );
  }
  return { columns, zone: timeColumn(keys[columns.entry_time ?? -1] ?? '').zone };
}

function ticketAt(row: TableRow, column: number): bigint {
  const text = textAt(row, column);
  const [, number] = /^#?(\d{1,19})$/.exec(text) ?? [];
  if (number === undefined) throw new BadCell(column, `"${text.slice(0, 40)}" is not a ticket`);
  const ticket = BigInt(number);
  if (ticket === 0n || ticket > LARGEST_TICKET) throw new BadCell(column, `${ticket} is out of range`);
  return ticket;
}

/** Reads the rows of one file. */
class TradeRows {
  readonly #columns: TradeColumns;
  readonly #symbol: string;
  readonly #reader: CellReader;
  /** Times of exits are told in an order of their own. */
  readonly #exits: CellReader;
  /** Stops that were moved to the profit side after the entry. */
  movedStops = 0;
  /** Targets that were moved to the loss side after the entry. */
  movedTargets = 0;

  constructor(columns: TradeColumns, symbol: string, readers: { entries: CellReader; exits: CellReader }) {
    this.#columns = columns;
    this.#symbol = symbol;
    this.#reader = readers.entries;
    this.#exits = readers.exits;
  }

  /** @throws BadCell */
  parse(row: TableRow): FileTrade {
    const columns = this.#columns;
    const direction = this.#direction(row);
    const asked = textAt(row, columns.symbol);
    if (asked !== '' && resolveInstrument(asked) !== resolveInstrument(this.#symbol))
      throw new BadCell(columns.symbol ?? 0, `${asked} is not the replayed ${this.#symbol}`);
    const entryTime = this.#reader.time(row, columns.entry_time ?? 0, null);
    const entryPrice = this.#positive(row, columns.entry_price ?? 0);
    const exits = this.#exitPrices(row, direction, entryPrice);
    const ticket = ticketAt(row, columns.ticket ?? 0);
    const volume = this.#positive(row, columns.volume ?? 0);
    const exitTime = this.#exitTime(row, entryTime);
    const symbol = this.#symbol;
    return { ticket, symbol, direction, entryTime, volume, entryPrice, ...exits, heldBars: null, exitTime };
  }

  /** A price on the wrong side cannot have been there at the entry: it was moved. Both are BUY and SELL mixed up. */
  #exitPrices(
    row: TableRow,
    direction: Direction,
    entryPrice: number,
  ): Pick<FileTrade, 'stopLoss' | 'takeProfit'> {
    const { stop_loss, take_profit } = this.#columns;
    const side = favourable(direction);
    const stopLoss = this.#price(row, stop_loss);
    const takeProfit = this.#price(row, take_profit);
    const isStopMoved = stopLoss !== null && (entryPrice - stopLoss) * side <= 0;
    const isTargetMoved = takeProfit !== null && (takeProfit - entryPrice) * side <= 0;
    if (isStopMoved && isTargetMoved) {
      const where = `${takeProfit} is on the loss side of ${entryPrice} for a ${direction}, and the stop is on its profit side`;
      throw new BadCell(take_profit ?? 0, where);
    }
    if (isStopMoved) this.movedStops += 1;
    if (isTargetMoved) this.movedTargets += 1;
    return { stopLoss: isStopMoved ? null : stopLoss, takeProfit: isTargetMoved ? null : takeProfit };
  }

  #direction(row: TableRow): Direction {
    const text = textAt(row, this.#columns.direction);
    const direction = DIRECTIONS[text.toUpperCase()];
    if (direction === undefined)
      throw new BadCell(this.#columns.direction ?? 0, `"${text}" is not BUY or SELL`);
    return direction;
  }

  #exitTime(row: TableRow, entryTime: number): number | null {
    const column = this.#columns.exit_time;
    if (column === null || isAbsent(row, column)) return null;
    const time = this.#exits.time(row, column, null);
    if (time < entryTime) throw new BadCell(column, `"${textAt(row, column)}" is before the entry`);
    return time;
  }

  #positive(row: TableRow, column: number): number {
    const value = this.#reader.number(row, column);
    if (value <= 0) throw new BadCell(column, `${value} is not above 0`);
    return value;
  }

  /** Terminals write an absent stop as nothing, a dash or 0. */
  #price(row: TableRow, column: number | null): number | null {
    if (column === null || isAbsent(row, column)) return null;
    return this.#reader.number(row, column) === 0 ? null : this.#positive(row, column);
  }
}

/**
 * Trades of a parsed table, in order of entry. A ticket may come once. A symbol with another suffix is the
 * replayed one. A stop on the profit side, or a target on the loss side, was moved there after the entry: the trade is
 * replayed without it.
 *
 * @throws ImportError when a column is missing, the file may be read in several ways, or at the first bad row
 * under the policy `stop`.
 */
export function tradesOfTable(
  table: Table,
  symbol: string,
  policy: BadRowPolicy,
  asked: Asked = {},
): TradesFile {
  const { columns, zone } = findTradeColumns(table);
  const present = (...roles: TradeColumn[]) => roles.flatMap((role) => columns[role] ?? []);
  const conventions = conventionsOf(
    table,
    {
      ...{ content: 'trades', time: columns.entry_time ?? 0, clock: null, zone },
      prices: present('entry_price', 'stop_loss', 'take_profit'),
      others: present('volume'),
    },
    asked,
  );
  const readers = { entries: new CellReader(conventions), exits: new CellReader(conventions) };
  const rows = new TradeRows(columns, symbol, readers);
  const trades = new Map<bigint, FileTrade>();
  const badRows: BadRow[] = [];
  for (const row of table.rows) {
    try {
      const trade = rows.parse(row);
      if (trades.has(trade.ticket)) throw new BadCell(columns.ticket ?? 0, `${trade.ticket} comes twice`);
      trades.set(trade.ticket, trade);
    } catch (error) {
      if (!(error instanceof BadCell)) throw error;
      const column = columnName(table, error.column);
      const bad = { file: table.file, line: row.line, column, reason: error.message };
      if (policy === 'stop') throw new ImportError(describeBadRow(bad));
      badRows.push(bad);
    }
  }
  const sorted = [...trades.values()].sort((a, b) => a.entryTime - b.entryTime);
  const times = sorted.map(({ entryTime }) => entryTime);
  const reading: FileReading = {
    file: table.file,
    delimiter: delimiterName(table.delimiter),
    columns: columnNames(table, columns),
    times: conventions.timesText,
    time_resolution: resolutionOf(times),
    numbers: conventions.numbersText,
    other_lines: table.extraLines,
    rows: table.rows.length,
    taken: sorted.length,
    first: dateText(times[0]),
    last: dateText(times.at(-1)),
    skipped: countReasons(badRows),
    remarks: movedText(rows),
  };
  return { trades: sorted, badRows, reading };
}

function dateText(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString();
}

function columnNames(table: Table, columns: TradeColumns): Record<string, string> {
  const named = Object.entries(columns).flatMap(([role, index]) =>
    index === null ? [] : [[role, columnName(table, index)]],
  );
  return Object.fromEntries(named);
}

function movedText({ movedStops, movedTargets }: TradeRows): string[] {
  const texts: readonly (readonly [number, string])[] = [
    [movedStops, 'the stop is on the profit side, moved there after the entry: no stop, R is estimated'],
    [movedTargets, 'the target is on the loss side, moved there after the entry: no target'],
  ];
  return texts.flatMap(([count, text]) => (count === 0 ? [] : [`${count} × ${text}`]));
}

/** Reads and parses a trades file; see tradesOfTable. */
export function readTrades(
  file: string,
  symbol: string,
  policy: BadRowPolicy,
  asked: Asked = {},
): TradesFile {
  return tradesOfTable(readTable(file), symbol, policy, asked);
}

/**
 * The trades held up to their exits: up to the close of the bar in which each was closed, at least one bar.
 * Bars are given by their times, UTC ms, in order.
 */
export function heldToExit(
  trades: readonly FileTrade[],
  times: readonly number[],
  barMs: number,
): ReplayTrade[] {
  return trades.map(({ exitTime, ...trade }) => {
    if (exitTime === null) return trade;
    const first = times.findIndex((time) => time >= trade.entryTime);
    const last = times.findIndex((time) => time + barMs >= exitTime);
    return first < 0 || last < 0 ? trade : { ...trade, heldBars: Math.max(1, last - first + 1) };
  });
}

/** The trades whose entry lies within bars of these times, UTC ms. */
export function withinData(
  trades: readonly ReplayTrade[],
  times: readonly number[],
  barMs: number,
): ReplayTrade[] {
  const [from, to] = [times[0] ?? 0, (times.at(-1) ?? 0) + barMs];
  return trades.filter(({ entryTime }) => entryTime >= from && entryTime < to);
}
