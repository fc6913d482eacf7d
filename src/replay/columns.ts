// Which column of a market data file is what, under the names that terminals and data vendors use.

import { columnKey, ImportError, type Table } from './table.js';
import { parseTime } from './time-text.js';

/** Column indexes; a file has them once for all its rows. */
export interface Columns {
  readonly time: number;
  /** The time of day where it has a column of its own; null otherwise. */
  readonly clock: number | null;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** In order of preference: the first with any volume in it counts. */
  readonly volumes: readonly number[];
  readonly spread: number | null;
}

const TIME_NAMES = [
  'time_utc',
  'datetime_utc',
  'timestamp_utc',
  'utc_time',
  'utc',
  'gmt_time',
  'open_time',
  'bar_time',
  'datetime',
  'date_time',
  'timestamp',
  'time',
  'date',
  'local_time',
  'time_epoch',
  'epoch',
  'epoch_ms',
  'unix',
  'unix_time',
  'unix_timestamp',
  'ts',
];
const PRICE_NAMES = {
  open: ['open', 'o', 'open_price', 'bid_open', 'ask_open', 'bidopen', 'askopen'],
  high: ['high', 'h', 'high_price', 'bid_high', 'ask_high', 'bidhigh', 'askhigh'],
  low: ['low', 'l', 'low_price', 'bid_low', 'ask_low', 'bidlow', 'asklow'],
  close: ['close', 'c', 'last', 'close_price', 'bid_close', 'ask_close', 'bidclose', 'askclose'],
} as const;
const VOLUME_NAMES = [
  'real_volume',
  'volume',
  'vol',
  'tick_volume',
  'tickvol',
  'tick_vol',
  'tickvolume',
  'ticks',
];
const CLOCK = /^\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?$/;

function timeColumn(table: Table, keys: readonly string[]): { time: number; clock: number | null } | null {
  const sample = table.rows[0]?.cells ?? [];
  const date = keys.indexOf('date');
  const clock = keys.indexOf('time');
  if (date >= 0 && clock >= 0 && CLOCK.test((sample[clock] ?? '').trim())) return { time: date, clock };
  const known = TIME_NAMES.map((name) => keys.indexOf(name)).filter((index) => index >= 0);
  const readable = known.find((index) =>
    table.rows.slice(0, 5).some((row) => parseTime(row.cells[index] ?? '') !== null),
  );
  const time = readable ?? known[0];
  return time === undefined ? null : { time, clock: null };
}

function firstOf(keys: readonly string[], names: readonly string[]): number {
  return names.map((name) => keys.indexOf(name)).find((index) => index >= 0) ?? -1;
}

/** The layout of a file without a header: [date, clock | time], open, high, low, close, [volume]. */
function positional(table: Table): Columns {
  const sample = table.rows[0]?.cells ?? [];
  const clock = CLOCK.test((sample[1] ?? '').trim()) ? 1 : null;
  const first = clock === null ? 1 : 2;
  if (parseTime(sample[0] ?? '') === null || sample.length < first + 4) {
    throw new ImportError(
      `${table.file}: no header, and the first row is not time, open, high, low, close[, volume]`,
    );
  }
  const volumes = sample.length > first + 4 ? [first + 4] : [];
  return {
    time: 0,
    clock,
    open: first,
    high: first + 1,
    low: first + 2,
    close: first + 3,
    volumes,
    spread: null,
  };
}

/** Finds the columns by name in any case. Throws ImportError naming what is missing and what is there. */
export function findColumns(table: Table): Columns {
  if (table.header.length === 0) return positional(table);
  const keys = table.header.map(columnKey);
  const time = timeColumn(table, keys);
  const open = firstOf(keys, PRICE_NAMES.open);
  const high = firstOf(keys, PRICE_NAMES.high);
  const low = firstOf(keys, PRICE_NAMES.low);
  const close = firstOf(keys, PRICE_NAMES.close);
  const missing = Object.entries({ open, high, low, close })
    .filter(([, index]) => index < 0)
    .map(([name]) => name);
  if (time === null) missing.unshift('time');
  if (time === null || missing.length > 0) {
    throw new ImportError(
      `${table.file}: no column for ${missing.join(', ')}; it has ${table.header.join(', ')}`,
    );
  }
  const volumes = VOLUME_NAMES.map((name) => keys.indexOf(name)).filter((index) => index >= 0);
  const spread = keys.indexOf('spread');
  return { ...time, open, high, low, close, volumes, spread: spread < 0 ? null : spread };
}

/** The name of a column for a report. */
export function columnName(table: Table, index: number): string {
  return table.header[index] ?? `column ${index + 1}`;
}
