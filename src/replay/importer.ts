// Owns turning market data files into sane, ordered bars: every row is taken or reported with file, line,
// column and reason.
import { type Bar, type OrderFlow, type Quote, TIMEFRAME_MS, type Timeframe } from '../domain/market/data.js';
import type { Asked } from './input/asked.js';
import { type AskSide, BarRows, type ParsedRow, uncrossed } from './input/bar-rows.js';
import { BadCell } from './input/cells.js';
import { type BarColumns, columnName, findColumns } from './input/columns.js';
import { countReasons, delimiterName, type FileReading, resolutionOf } from './input/file-reading.js';
import { outliersOf, ScaleChange } from './input/outliers.js';
import {
  type BadRow,
  type BadRowPolicy,
  describeBadRow,
  ImportError,
  readTable,
  type Table,
} from './input/table.js';
import { timeframeOf } from './input/timeframe.js';

/** The bars of one file in order of time, no two at the same time. */
export interface BarFile {
  readonly file: string;
  readonly timeframe: Timeframe;
  readonly bars: readonly Bar[];
  /** The line of each bar in the file. */
  readonly lines: readonly number[];
  /** The ask side of each bar; null where the file has neither it nor a spread. */
  readonly asks: readonly (AskSide | null)[];
  readonly badRows: readonly BadRow[];
  /** Decimal places of the prices. */
  readonly digits: number;
  readonly reading: FileReading;
}

/** A bar of bid prices with its ask side, as far as the spread is known. */
export interface ReplayBar {
  readonly bar: Bar;
  readonly ask: AskSide | null;
  /** What it was made of, where that is known: quotes in order of time, and the order flow of windows that ended within. */
  readonly within?: { readonly quotes: readonly Quote[]; readonly flows: readonly OrderFlow[] };
}

/** Everything a replay needs of its market data. */
export interface ReplayData {
  readonly timeframe: Timeframe;
  readonly bars: readonly ReplayBar[];
  readonly badRows: readonly BadRow[];
  readonly digits: number;
}

/** Collects bad rows, or stops at the first. */
class Inspector {
  readonly #badRows: BadRow[] = [];
  readonly #table: Table;
  readonly #policy: BadRowPolicy;

  constructor(table: Table, policy: BadRowPolicy) {
    this.#table = table;
    this.#policy = policy;
  }

  /** By line. */
  get badRows(): readonly BadRow[] {
    return this.#badRows.toSorted((a, b) => a.line - b.line);
  }

  report(line: number, column: number, reason: string): void {
    const bad = { file: this.#table.file, line, column: columnName(this.#table, column), reason };
    if (this.#policy === 'stop') throw new ImportError(describeBadRow(bad));
    this.#badRows.push(bad);
  }
}

/** The rows that can be read, in order of time. */
function readRows(table: Table, rows: BarRows, inspector: Inspector): ParsedRow[] {
  const parsed: ParsedRow[] = [];
  for (const row of rows.inOrder()) {
    try {
      parsed.push(rows.parse(row));
    } catch (error) {
      if (!(error instanceof BadCell)) throw error;
      inspector.report(row.line, error.column, error.message);
    }
  }
  const [first] = inspector.badRows;
  if (table.header.length === 0 && first !== undefined && parsed.length < table.rows.length / 2) {
    // The order of the prices was an assumption, and most rows speak against it.
    throw new ImportError(
      `no header, and most rows are not open, high, low, close in that order: ${describeBadRow(first)}`,
    );
  }
  if (parsed.length === 0) {
    throw new ImportError(
      first === undefined ? `${table.file}: no rows` : `no usable row: ${describeBadRow(first)}`,
    );
  }
  return parsed.sort((a, b) => a.bar.time - b.bar.time);
}

/** Those on the timeframe's grid, the first of each time. */
function onGrid(
  parsed: readonly ParsedRow[],
  timeframe: Timeframe,
  { time }: BarColumns,
  inspector: Inspector,
): ParsedRow[] {
  const kept: ParsedRow[] = [];
  for (const row of parsed) {
    const previous = kept.at(-1);
    if (row.bar.time % TIMEFRAME_MS[timeframe] !== 0) {
      const at = new Date(row.bar.time).toISOString();
      inspector.report(row.line, time, `${at} is not on the ${timeframe} grid`);
    } else if (previous?.bar.time === row.bar.time) {
      inspector.report(row.line, time, `the same time as line ${previous.line}`);
    } else kept.push(row);
  }
  if (kept.length === 0) throw new ImportError(`no usable row: ${firstOf(inspector.badRows)}`);
  return kept;
}

function firstOf([first]: readonly BadRow[]): string {
  return first === undefined ? '' : describeBadRow(first);
}

/** Those whose prices are in line with the rows around them. */
function inLine(
  file: string,
  rows: readonly ParsedRow[],
  columns: BarColumns,
  inspector: Inspector,
): ParsedRow[] {
  try {
    const outliers = outliersOf(rows.map(({ bar }) => bar));
    for (const { index, price, usual } of outliers) {
      const row = rows[index];
      if (row === undefined) continue;
      const role = (['high', 'low', 'close'] as const).find((name) => row.bar[name] === price) ?? 'close';
      inspector.report(row.line, columns.prices[role], `${price} is out of line with ${usual} around it`);
    }
    const refused = new Set(outliers.map(({ index }) => index));
    return rows.filter((_, index) => !refused.has(index));
  } catch (error) {
    if (!(error instanceof ScaleChange)) throw error;
    const [before, after] = [rows[error.index - 1], rows[error.index]];
    const from = `${before?.bar.close} to ${after?.bar.open}`;
    throw new ImportError(
      `${file}:${after?.line}: prices go from ${from} and stay: another scale or symbol; split the file there`,
    );
  }
}

/**
 * Bars of a parsed table. `timeframe` null takes what the data shows. Rows in another order are sorted;
 * a second row for the same time, or one whose prices are out of line, is a bad row.
 *
 * @throws ImportError when a column is missing, the file may be read in several ways, no row is usable, the
 * bars have another timeframe, or at the first bad row under the policy `stop`.
 */
export function importTable(
  table: Table,
  timeframe: Timeframe | null,
  policy: BadRowPolicy,
  asked: Asked = {},
): BarFile {
  const { file } = table;
  const columns = findColumns(table, asked.symbol ?? null);
  const rows = new BarRows(table, columns, asked);
  const inspector = new Inspector(table, policy);
  const parsed = readRows(table, rows, inspector);
  const known = timeframeOf(
    file,
    parsed.map(({ bar }) => bar.time),
    timeframe,
  );
  const kept = inLine(file, onGrid(parsed, known, columns, inspector), columns, inspector);
  const asks = rows.asks(kept);
  const bars = kept.map(({ bar }) => bar);
  const times = bars.map(({ time }) => time);
  const { badRows } = inspector;
  const reading: FileReading = {
    file,
    delimiter: delimiterName(table.delimiter),
    columns: rows.columnNames(),
    times: rows.conventions.timesText,
    time_resolution: resolutionOf(times),
    numbers: `${rows.conventions.numbersText}, ${rows.digits} decimals`,
    spread: asks.text,
    timeframe: known,
    other_lines: table.extraLines,
    rows: table.rows.length,
    taken: bars.length,
    first: new Date(times[0] ?? 0).toISOString(),
    last: new Date(times.at(-1) ?? 0).toISOString(),
    skipped: countReasons(badRows),
    remarks: rows.remarks(),
  };
  const lines = kept.map(({ line }) => line);
  return { file, timeframe: known, bars, lines, asks: asks.sides, badRows, digits: rows.digits, reading };
}

/** Reads and imports one file; see importTable. */
export function importBars(
  file: string,
  timeframe: Timeframe | null,
  policy: BadRowPolicy,
  asked: Asked = {},
): BarFile {
  return importTable(readTable(file), timeframe, policy, asked);
}

/** Market data of one file, with the ask side it has or its spread column gives. */
export function withSpread({ timeframe, bars, asks, badRows, digits }: BarFile): ReplayData {
  const both = bars.map((bar, index): ReplayBar => ({ bar, ask: asks[index] ?? null }));
  return { timeframe, bars: both, badRows, digits };
}

/**
 * Market data of a bid and an ask file, paired by time. A bar that only one of them has is a bad row of
 * that file. Recorded sides cross now and then because they were not sampled at one instant; such a quote
 * counts as one without a spread.
 *
 * @throws ImportError where no time is common, or most asks are below their bids.
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
  let below = 0;
  for (const [index, bar] of bid.bars.entries()) {
    const askIndex = unpaired.get(bar.time) ?? -1;
    const other = ask.bars[askIndex];
    unpaired.delete(bar.time);
    if (other === undefined) {
      report(bid, index, 'the ask file has no bar for this time');
    } else {
      bars.push({ bar, ask: uncrossed(other, bar) });
      if (other.open < bar.open && other.close < bar.close) below += 1;
    }
  }
  for (const index of unpaired.values()) report(ask, index, 'the bid file has no bar for this time');
  if (bars.length === 0) throw new ImportError(`${bid.file} and ${ask.file} have no time in common`);
  // Uncrossed, every one of them would be a market without a spread.
  if (below > bars.length / 2) {
    const share = `${below} of ${bars.length}`;
    throw new ImportError(
      `${ask.file} is below ${bid.file} in ${share} bars: is it the bid, and the other the ask?`,
    );
  }
  return { timeframe: bid.timeframe, bars, badRows, digits: Math.max(bid.digits, ask.digits) };
}
