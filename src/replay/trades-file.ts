// The trades of a replay from a CSV file: ticket, symbol, direction, entry time and price, volume, stop, target.
import { favourable } from '../domain/trade.js';
import type { Direction } from '../domain/types.js';
import {
  type BadRow,
  type BadRowPolicy,
  columnKey,
  describeBadRow,
  ImportError,
  readTable,
  type Table,
  type TableRow,
} from './table.js';
import { parseTime } from './time-text.js';

/** A trade to replay. `heldBars` is the number of bars after which it is closed; null means never. */
export interface ReplayTrade {
  readonly ticket: bigint;
  readonly symbol: string;
  readonly direction: Direction;
  /** UTC ms. */
  readonly entryTime: number;
  readonly entryPrice: number;
  readonly volume: number;
  readonly stopLoss: number | null;
  readonly takeProfit: number | null;
  readonly heldBars: number | null;
}

export interface TradesFile {
  readonly trades: readonly ReplayTrade[];
  readonly badRows: readonly BadRow[];
}

const COLUMNS = [
  'ticket',
  'symbol',
  'direction',
  'entry_time',
  'entry_price',
  'volume',
  'stop_loss',
  'take_profit',
] as const;
type Column = (typeof COLUMNS)[number];
const OPTIONAL: readonly Column[] = ['stop_loss', 'take_profit'];
const LARGEST_TICKET = 2n ** 63n - 1n;
const DIRECTIONS: Readonly<Record<string, Direction>> = {
  BUY: 'BUY',
  SELL: 'SELL',
  LONG: 'BUY',
  SHORT: 'SELL',
};

class BadField extends Error {
  readonly column: Column;
  constructor(column: Column, reason: string) {
    super(reason);
    this.column = column;
  }
}

/** One row's cells by column name. */
class Row {
  readonly #row: TableRow;
  readonly #indexes: ReadonlyMap<string, number>;

  constructor(row: TableRow, indexes: ReadonlyMap<string, number>) {
    this.#row = row;
    this.#indexes = indexes;
  }

  text(column: Column): string {
    const index = this.#indexes.get(column);
    return (index === undefined ? '' : (this.#row.cells[index] ?? '')).trim();
  }

  positive(column: Column): number {
    const text = this.text(column);
    const value = Number(text);
    if (text === '' || !Number.isFinite(value))
      throw new BadField(column, `"${text.slice(0, 40)}" is not a number`);
    if (value <= 0) throw new BadField(column, `${value} is not above 0`);
    return value;
  }

  /** Terminals write an absent stop as nothing or as 0. */
  price(column: Column): number | null {
    const text = this.text(column);
    return text === '' || Number(text) === 0 ? null : this.positive(column);
  }
}

function ticketOf(row: Row): bigint {
  const text = row.text('ticket');
  if (!/^\d{1,19}$/.test(text)) throw new BadField('ticket', `"${text.slice(0, 40)}" is not a ticket`);
  const ticket = BigInt(text);
  if (ticket === 0n || ticket > LARGEST_TICKET) throw new BadField('ticket', `${ticket} is out of range`);
  return ticket;
}

function parseTrade(row: Row, symbol: string): ReplayTrade {
  const direction = DIRECTIONS[row.text('direction').toUpperCase()];
  if (direction === undefined)
    throw new BadField('direction', `"${row.text('direction')}" is not BUY or SELL`);
  const asked = row.text('symbol');
  if (asked !== '' && asked !== symbol)
    throw new BadField('symbol', `${asked} is not the replayed ${symbol}`);
  const entryTime = parseTime(row.text('entry_time'));
  if (entryTime === null) throw new BadField('entry_time', `"${row.text('entry_time')}" is not a time`);
  const entryPrice = row.positive('entry_price');
  const stopLoss = row.price('stop_loss');
  const takeProfit = row.price('take_profit');
  const side = favourable(direction);
  if (stopLoss !== null && (entryPrice - stopLoss) * side <= 0) {
    throw new BadField('stop_loss', `${stopLoss} is on the profit side of ${entryPrice} for a ${direction}`);
  }
  if (takeProfit !== null && (takeProfit - entryPrice) * side <= 0) {
    throw new BadField(
      'take_profit',
      `${takeProfit} is on the loss side of ${entryPrice} for a ${direction}`,
    );
  }
  const ticket = ticketOf(row);
  const volume = row.positive('volume');
  return { ticket, symbol, direction, entryTime, entryPrice, volume, stopLoss, takeProfit, heldBars: null };
}

/**
 * Trades of a parsed table, in order of entry. A ticket may come once.
 *
 * @throws ImportError when a column is missing, or at the first bad row under the policy `stop`.
 */
export function tradesOfTable(table: Table, symbol: string, policy: BadRowPolicy): TradesFile {
  const indexes = new Map(table.header.map((name, index) => [columnKey(name), index]));
  const missing = COLUMNS.filter((column) => !indexes.has(column) && !OPTIONAL.includes(column));
  if (missing.length > 0) throw new ImportError(`${table.file}: no column for ${missing.join(', ')}`);
  const trades = new Map<bigint, ReplayTrade>();
  const badRows: BadRow[] = [];
  for (const cells of table.rows) {
    try {
      const trade = parseTrade(new Row(cells, indexes), symbol);
      if (trades.has(trade.ticket)) throw new BadField('ticket', `${trade.ticket} comes twice`);
      trades.set(trade.ticket, trade);
    } catch (error) {
      if (!(error instanceof BadField)) throw error;
      const bad = { file: table.file, line: cells.line, column: error.column, reason: error.message };
      if (policy === 'stop') throw new ImportError(describeBadRow(bad));
      badRows.push(bad);
    }
  }
  return { trades: [...trades.values()].sort((a, b) => a.entryTime - b.entryTime), badRows };
}

/** Reads and parses a trades file; see tradesOfTable. */
export function readTrades(file: string, symbol: string, policy: BadRowPolicy): TradesFile {
  return tradesOfTable(readTable(file), symbol, policy);
}
