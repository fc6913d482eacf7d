// Market data files to sane, ordered bars: every row is taken or reported with file, line, column and reason.
import { type Bar, TIMEFRAME_MS, type Timeframe } from '../domain/types.js';
import { type Columns, columnName, findColumns } from './columns.js';
import {
  type BadRow,
  type BadRowPolicy,
  describeBadRow,
  ImportError,
  readTable,
  type Table,
  type TableRow,
} from './table.js';
import { parseTime } from './time-text.js';

/** The bars of one file in order of time, no two at the same time. */
export interface BarFile {
  readonly file: string;
  readonly timeframe: Timeframe;
  readonly bars: readonly Bar[];
  /** The line of each bar in the file. */
  readonly lines: readonly number[];
  /** ask - bid of each bar as a price distance; null where the file has no spread column or value. */
  readonly spreads: readonly (number | null)[];
  readonly badRows: readonly BadRow[];
  /** Decimal places of the prices. */
  readonly digits: number;
}

/** A bar of bid prices with its ask side, as far as the spread is known. */
export interface ReplayBar {
  readonly bar: Bar;
  readonly ask: {
    readonly open: number;
    readonly high: number;
    readonly low: number;
    readonly close: number;
  } | null;
}

/** Everything a replay needs of its market data. */
export interface ReplayData {
  readonly timeframe: Timeframe;
  readonly bars: readonly ReplayBar[];
  readonly badRows: readonly BadRow[];
  readonly digits: number;
}

const MAXIMUM_PRICE = 1e9;
const MAXIMUM_VOLUME = 1e15;
const MAXIMUM_DIGITS = 8;
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;
const DECIMAL_COMMA = /^[-+]?\d+,\d+$/;

/** Thrown for a cell and turned into a BadRow where the row is known. */
class BadCell extends Error {
  readonly column: number;
  constructor(column: number, reason: string) {
    super(reason);
    this.column = column;
  }
}

function numberAt(row: TableRow, column: number): number {
  const text = (row.cells[column] ?? '').trim();
  if (text === '') throw new BadCell(column, 'is empty');
  const plain = DECIMAL_COMMA.test(text) ? text.replace(',', '.') : text;
  const value = Number(plain);
  if (!NUMBER.test(plain) || !Number.isFinite(value))
    throw new BadCell(column, `"${text.slice(0, 40)}" is not a number`);
  return value;
}

function priceAt(row: TableRow, column: number): number {
  const value = numberAt(row, column);
  if (value <= 0) throw new BadCell(column, `${value} is not above 0`);
  if (value > MAXIMUM_PRICE) throw new BadCell(column, `${value} is above ${MAXIMUM_PRICE}`);
  return value;
}

function volumeAt(row: TableRow, column: number): number {
  if ((row.cells[column] ?? '').trim() === '') return 0;
  const value = numberAt(row, column);
  if (value < 0) throw new BadCell(column, `${value} is below 0`);
  if (value > MAXIMUM_VOLUME) throw new BadCell(column, `${value} is above ${MAXIMUM_VOLUME}`);
  return value;
}

function timeAt(row: TableRow, columns: Columns): number {
  const day = row.cells[columns.time] ?? '';
  const text = columns.clock === null ? day : `${day.trim()} ${(row.cells[columns.clock] ?? '').trim()}`;
  if (text.trim() === '') throw new BadCell(columns.time, 'is empty');
  const time = parseTime(text);
  if (time === null) throw new BadCell(columns.time, `"${text.trim().slice(0, 40)}" is not a time`);
  return time;
}

interface ParsedRow {
  readonly line: number;
  readonly bar: Bar;
  readonly spreadPoints: number | null;
}

function parseRow(row: TableRow, columns: Columns, volume: number | null): ParsedRow {
  const time = timeAt(row, columns);
  const open = priceAt(row, columns.open);
  const high = priceAt(row, columns.high);
  const low = priceAt(row, columns.low);
  const close = priceAt(row, columns.close);
  if (high < low) throw new BadCell(columns.high, `high ${high} is below low ${low}`);
  if (high < open || high < close)
    throw new BadCell(columns.high, `high ${high} is below open ${open} or close ${close}`);
  if (low > open || low > close)
    throw new BadCell(columns.low, `low ${low} is above open ${open} or close ${close}`);
  const bar = { time, open, high, low, close, volume: volume === null ? 0 : volumeAt(row, volume) };
  if (columns.spread === null || (row.cells[columns.spread] ?? '').trim() === '') {
    return { line: row.line, bar, spreadPoints: null };
  }
  const spreadPoints = numberAt(row, columns.spread);
  if (spreadPoints < 0) throw new BadCell(columns.spread, `${spreadPoints} is below 0`);
  return { line: row.line, bar, spreadPoints };
}

/** The first volume column that holds any: brokers leave the real one at 0 and count ticks. */
function volumeColumn(table: Table, columns: Columns): number | null {
  const used = columns.volumes.find((column) => table.rows.some((row) => Number(row.cells[column]) > 0));
  return used ?? columns.volumes[0] ?? null;
}

function decimals(text: string): number {
  const point = text.search(/[.,]/);
  return point < 0 ? 0 : text.length - point - 1;
}

/** Decimal places that nearly all prices keep within: a few values with float noise do not widen them. */
function digitsOf(table: Table, columns: Columns): number {
  const counts = new Array<number>(MAXIMUM_DIGITS + 1).fill(0);
  for (const row of table.rows) {
    for (const column of [columns.open, columns.high, columns.low, columns.close]) {
      const text = (row.cells[column] ?? '').trim();
      const length = decimals(text);
      const kept =
        length > MAXIMUM_DIGITS ? decimals(String(Number(Number(text).toFixed(MAXIMUM_DIGITS)))) : length;
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

/** The step most neighbouring bars are apart, in milliseconds; null for too few bars to tell. */
function commonStep(times: readonly number[]): number | null {
  if (times.length < 10) return null;
  const counts = new Map<number, number>();
  for (let index = 1; index < times.length; index++) {
    const step = (times[index] ?? 0) - (times[index - 1] ?? 0);
    if (step > 0) counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  let best: number | null = null;
  for (const [step, count] of counts) if (best === null || count > (counts.get(best) ?? 0)) best = step;
  return best;
}

function timeframeOf(file: string, parsed: readonly ParsedRow[], asked: Timeframe | null): Timeframe {
  const step = commonStep(parsed.map((row) => row.bar.time));
  const seen = (Object.keys(TIMEFRAME_MS) as Timeframe[]).find((name) => TIMEFRAME_MS[name] === step) ?? null;
  if (step !== null && (seen === null || (asked !== null && asked !== seen))) {
    const known = seen === null ? 'not M1, M5 or M15' : `${seen}, not ${asked}`;
    throw new ImportError(`${file}: its bars are ${step / 60_000} minutes apart: ${known}`);
  }
  const timeframe = asked ?? seen;
  if (timeframe === null) throw new ImportError(`${file}: too few bars to tell their timeframe: name it`);
  return timeframe;
}

/** Collects bad rows, or stops at the first. */
class Inspector {
  readonly badRows: BadRow[] = [];
  readonly #table: Table;
  readonly #policy: BadRowPolicy;

  constructor(table: Table, policy: BadRowPolicy) {
    this.#table = table;
    this.#policy = policy;
  }

  report(line: number, column: number, reason: string): void {
    const bad = { file: this.#table.file, line, column: columnName(this.#table, column), reason };
    if (this.#policy === 'stop') throw new ImportError(describeBadRow(bad));
    this.badRows.push(bad);
  }
}

/**
 * Bars of a parsed table. `timeframe` null takes what the data shows. Rows in another order are sorted;
 * a second row for the same time is a bad row.
 *
 * @throws ImportError when a column is missing, no row is usable, the bars have another timeframe, or at
 * the first bad row under the policy `stop`.
 */
export function importTable(table: Table, timeframe: Timeframe | null, policy: BadRowPolicy): BarFile {
  const columns = findColumns(table);
  const volume = volumeColumn(table, columns);
  const inspector = new Inspector(table, policy);
  const parsed: ParsedRow[] = [];
  for (const row of table.rows) {
    try {
      parsed.push(parseRow(row, columns, volume));
    } catch (error) {
      if (!(error instanceof BadCell)) throw error;
      inspector.report(row.line, error.column, error.message);
    }
  }
  parsed.sort((a, b) => a.bar.time - b.bar.time);
  if (parsed.length === 0) {
    const first = inspector.badRows[0];
    throw new ImportError(
      first === undefined ? `${table.file}: no rows` : `no usable row: ${describeBadRow(first)}`,
    );
  }
  const known = timeframeOf(table.file, parsed, timeframe);
  const digits = digitsOf(table, columns);
  const bars: Bar[] = [];
  const lines: number[] = [];
  const spreads: (number | null)[] = [];
  let previous: ParsedRow | null = null;
  for (const row of parsed) {
    if (row.bar.time % TIMEFRAME_MS[known] !== 0) {
      inspector.report(
        row.line,
        columns.time,
        `${new Date(row.bar.time).toISOString()} is not on the ${known} grid`,
      );
    } else if (previous !== null && previous.bar.time === row.bar.time) {
      inspector.report(row.line, columns.time, `the same time as line ${previous.line}`);
    } else {
      previous = row;
      bars.push(row.bar);
      lines.push(row.line);
      spreads.push(row.spreadPoints === null ? null : row.spreadPoints / 10 ** digits);
    }
  }
  return { file: table.file, timeframe: known, bars, lines, spreads, badRows: inspector.badRows, digits };
}

/** Reads and imports one file; see importTable. */
export function importBars(file: string, timeframe: Timeframe | null, policy: BadRowPolicy): BarFile {
  return importTable(readTable(file), timeframe, policy);
}

/** Market data of one file: the ask side comes from its spread column, where it has one. */
export function withSpread(file: BarFile): ReplayData {
  const round = (price: number) => Number(price.toFixed(file.digits));
  const bars = file.bars.map((bar, index): ReplayBar => {
    const spread = file.spreads[index] ?? null;
    if (spread === null) return { bar, ask: null };
    return {
      bar,
      ask: {
        open: round(bar.open + spread),
        high: round(bar.high + spread),
        low: round(bar.low + spread),
        close: round(bar.close + spread),
      },
    };
  });
  return { timeframe: file.timeframe, bars, badRows: file.badRows, digits: file.digits };
}

/**
 * Market data of a bid and an ask file, paired by time. A bar that only one of them has is a bad row of
 * that file. Recorded sides cross now and then because they were not sampled at one instant; such a quote
 * counts as one without a spread.
 */
export function pairBidAsk(bid: BarFile, ask: BarFile, policy: BadRowPolicy): ReplayData {
  if (bid.timeframe !== ask.timeframe) {
    throw new ImportError(`${bid.file} has ${bid.timeframe} bars, ${ask.file} ${ask.timeframe}`);
  }
  const badRows: BadRow[] = [...bid.badRows, ...ask.badRows];
  const report = (source: BarFile, index: number, reason: string) => {
    const bad = { file: source.file, line: source.lines[index] ?? 0, column: 'time', reason };
    if (policy === 'stop') throw new ImportError(describeBadRow(bad));
    badRows.push(bad);
  };
  const unpaired = new Map(ask.bars.map((bar, index) => [bar.time, index]));
  const bars: ReplayBar[] = [];
  for (const [index, bar] of bid.bars.entries()) {
    const askIndex = unpaired.get(bar.time) ?? -1;
    const other = ask.bars[askIndex];
    unpaired.delete(bar.time);
    if (other === undefined) {
      report(bid, index, 'the ask file has no bar for this time');
    } else {
      bars.push({
        bar,
        ask: {
          open: Math.max(other.open, bar.open),
          high: Math.max(other.high, bar.high),
          low: Math.max(other.low, bar.low),
          close: Math.max(other.close, bar.close),
        },
      });
    }
  }
  for (const index of unpaired.values()) report(ask, index, 'the bid file has no bar for this time');
  if (bars.length === 0) throw new ImportError(`${bid.file} and ${ask.file} have no time in common`);
  return { timeframe: bid.timeframe, bars, badRows, digits: Math.max(bid.digits, ask.digits) };
}
