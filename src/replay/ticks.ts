// Owns turning a file of ticks into market data: bars of a minute with the quotes within them, and the order flow of those
// trades whose side the file tells.
import { type Bar, type OrderFlow, type Quote, TIMEFRAME_MS } from '../domain/market/data.js';
import type { ReplayBar, ReplayData } from './importer.js';
import type { Asked } from './input/asked.js';
import { BadCell, CellReader, textAt } from './input/cells.js';
import { columnName } from './input/columns.js';
import { type Conventions, conventionsOf } from './input/conventions.js';
import { countReasons, delimiterName, type FileReading, resolutionOf } from './input/file-reading.js';
import { decimalsOf } from './input/number-text.js';
import { outliersOf, ScaleChange } from './input/outliers.js';
import {
  type BadRow,
  type BadRowPolicy,
  describeBadRow,
  ImportError,
  readTable,
  type Table,
  type TableRow,
} from './input/table.js';
import { findTickColumns, type TickColumns, type TradeSide } from './input/tick-columns.js';

export interface TickFile {
  readonly data: ReplayData;
  readonly reading: FileReading;
}

/** One row of the file. */
interface Tick extends Quote {
  readonly line: number;
  readonly volume: number;
  readonly side: TradeSide | null;
}

/** Order flow is told in windows of a fine bar. */
const FLOW_MS = TIMEFRAME_MS.M5;
const MAXIMUM_DIGITS = 8;

/**
 * Reads ticks; rows that cannot be read, or whose prices are out of line, are bad ones.
 * @throws ImportError when nothing can be made of the file, or at the first bad row under the policy `stop`.
 */
export function importTicks(file: string, policy: BadRowPolicy, asked: Asked = {}): TickFile {
  const table = readTable(file);
  const columns = findTickColumns(table);
  const prices = [columns.bid, columns.ask, columns.last].filter((column) => column !== null);
  const others = columns.volume === null ? [] : [columns.volume];
  const conventions = conventionsOf(table, { ...columns, content: 'bars', prices, others }, asked);
  const badRows: BadRow[] = [];
  const report = (line: number, column: number, reason: string) => {
    const bad = { file, line, column: columnName(table, column), reason };
    if (policy === 'stop') throw new ImportError(describeBadRow(bad));
    badRows.push(bad);
  };
  const ticks = inLine(file, ticksOf(table, columns, conventions, report), (tick, reason) =>
    report(tick.line, columns.bid ?? columns.last ?? 0, reason),
  );
  if (ticks.length === 0) {
    const [first] = badRows;
    throw new ImportError(
      first === undefined ? `${file}: no rows` : `no usable row: ${describeBadRow(first)}`,
    );
  }
  const digits = digitsOf(table, prices, conventions);
  const data = { timeframe: 'M1', bars: barsOf(ticks, columns), badRows, digits } as const;
  return { data, reading: readingOf(table, columns, conventions, ticks, data) };
}

/** In order of time; a side that a row leaves out is that of the row before. */
function ticksOf(
  table: Table,
  columns: TickColumns,
  conventions: Conventions,
  report: (line: number, column: number, reason: string) => void,
): readonly Tick[] {
  const reader = new CellReader(conventions);
  const ticks: Tick[] = [];
  let before: Quote | null = null;
  for (const row of table.rows) {
    try {
      const tick = tickOf(row, columns, reader, before);
      ticks.push(tick);
      before = tick;
    } catch (error) {
      if (!(error instanceof BadCell)) throw error;
      report(row.line, error.column, error.message);
    }
  }
  return ticks.sort((a, b) => a.time - b.time);
}

function tickOf(row: TableRow, columns: TickColumns, reader: CellReader, before: Quote | null): Tick {
  const { bid, ask, last, volume, side } = columns;
  const time = reader.time(row, columns.time, columns.clock);
  const priceAt = (column: number, known: number | undefined) => {
    if (textAt(row, column) === '' && known !== undefined) return known;
    const price = reader.number(row, column);
    if (price <= 0) throw new BadCell(column, `${price} is not above 0`);
    return price;
  };
  const sold = priceAt(bid ?? last ?? 0, before?.bid);
  const asked = ask === null ? sold : priceAt(ask, before?.ask);
  const traded = volume === null || textAt(row, volume) === '' ? 0 : reader.count(row, volume);
  if (traded < 0) throw new BadCell(volume ?? 0, `${traded} is below 0`);
  return {
    line: row.line,
    time,
    bid: sold,
    // Sides that cross were not taken at one instant.
    ask: Math.max(asked, sold),
    volume: traded,
    side: side === null || traded === 0 ? null : side.sideOf(textAt(row, side.index)),
  };
}

/** Those whose prices are in line with the rows around them. @throws ImportError where the scale changes for good. */
function inLine(
  file: string,
  ticks: readonly Tick[],
  refuse: (tick: Tick, reason: string) => void,
): readonly Tick[] {
  const flat = ticks.map(
    ({ time, bid }): Bar => ({ time, open: bid, high: bid, low: bid, close: bid, volume: 0 }),
  );
  try {
    const outliers = outliersOf(flat);
    for (const { index, price, usual } of outliers) {
      const tick = ticks[index];
      if (tick !== undefined) refuse(tick, `${price} is out of line with ${usual} around it`);
    }
    const refused = new Set(outliers.map(({ index }) => index));
    return ticks.filter((_, index) => !refused.has(index));
  } catch (error) {
    if (!(error instanceof ScaleChange)) throw error;
    const line = ticks[error.index]?.line;
    throw new ImportError(`${file}:${line}: prices change their scale and stay: split the file there`);
  }
}

/** A bar of each minute that has ticks; its order flow is that of the window that ends with it. */
function barsOf(ticks: readonly Tick[], { ask, side }: TickColumns): readonly ReplayBar[] {
  const minutes = new Map<number, Tick[]>();
  for (const tick of ticks) {
    const minute = Math.floor(tick.time / TIMEFRAME_MS.M1) * TIMEFRAME_MS.M1;
    const known = minutes.get(minute);
    if (known === undefined) minutes.set(minute, [tick]);
    else known.push(tick);
  }
  const flows = side === null ? [] : flowsOf(ticks);
  let told = 0;
  return [...minutes].map(([time, within]): ReplayBar => {
    const bar = { time, ...rangeOf(within.map(({ bid }) => bid)), volume: volumeOf(within) };
    const asks = ask === null ? null : rangeOf(within.map((tick) => tick.ask));
    const quotes = within.map((tick): Quote => ({ time: tick.time, bid: tick.bid, ask: tick.ask }));
    const from = told;
    while ((flows[told]?.time ?? Number.POSITIVE_INFINITY) <= time + TIMEFRAME_MS.M1) told += 1;
    return { bar, ask: asks, within: { quotes, flows: flows.slice(from, told) } };
  });
}

function rangeOf(prices: readonly number[]): Pick<Bar, 'open' | 'high' | 'low' | 'close'> {
  let [high, low] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const price of prices) {
    high = Math.max(high, price);
    low = Math.min(low, price);
  }
  return { open: prices[0] ?? 0, high, low, close: prices.at(-1) ?? 0 };
}

/** What was traded; where nothing is told of that, how many ticks there were. */
function volumeOf(ticks: readonly Tick[]): number {
  return ticks.reduce((sum, { volume }) => sum + volume, 0) || ticks.length;
}

function flowsOf(ticks: readonly Tick[]): readonly OrderFlow[] {
  const flows: OrderFlow[] = [];
  for (const { time, volume, side } of ticks) {
    const end = (Math.floor(time / FLOW_MS) + 1) * FLOW_MS;
    const last = flows.at(-1);
    const { buyVolume, sellVolume } = last?.time === end ? last : { buyVolume: 0, sellVolume: 0 };
    if (last?.time === end) flows.pop();
    flows.push({
      time: end,
      buyVolume: buyVolume + (side === 'bought' ? volume : 0),
      sellVolume: sellVolume + (side === 'sold' ? volume : 0),
    });
  }
  return flows;
}

function digitsOf(table: Table, prices: readonly number[], { decimal }: Conventions): number {
  let most = 0;
  for (const row of table.rows) {
    for (const column of prices) most = Math.max(most, decimalsOf(textAt(row, column), decimal));
  }
  return Math.min(MAXIMUM_DIGITS, most);
}

function readingOf(
  table: Table,
  columns: TickColumns,
  conventions: Conventions,
  ticks: readonly Tick[],
  { badRows, digits }: ReplayData,
): FileReading {
  const { time, clock, bid, ask, last, volume, side } = columns;
  const named = Object.entries({ time, clock, bid, ask, last, volume, side: side?.index ?? null });
  const times = ticks.map((tick) => tick.time);
  const known = ticks.filter((tick) => tick.side !== null).length;
  const remarks = [
    'ticks: bars of a minute are made of them, and stops are tried at each',
    side === null
      ? 'no column says on which side was traded: no order flow'
      : `order flow of ${known} ticks whose side is told, in windows of 5 minutes`,
    ...(bid === null ? ['trades without quotes: their price is taken as the bid'] : []),
  ];
  return {
    file: table.file,
    delimiter: delimiterName(table.delimiter),
    columns: Object.fromEntries(
      named.flatMap(([role, index]) => (index === null ? [] : [[role, columnName(table, index)]])),
    ),
    times: conventions.timesText,
    time_resolution: resolutionOf(times),
    numbers: `${conventions.numbersText}, ${digits} decimals`,
    spread: ask === null ? 'the file has none' : "the ask side's own column",
    timeframe: 'M1',
    other_lines: table.extraLines,
    rows: table.rows.length,
    taken: ticks.length,
    first: new Date(times[0] ?? 0).toISOString(),
    last: new Date(times.at(-1) ?? 0).toISOString(),
    skipped: countReasons(badRows),
    remarks,
  };
}
