// Owns which column of a market data file is what, under the names that terminals and data vendors use.
import { resolveInstrument } from '../../domain/market/symbols.js';
import {
  CLOCK_NAMES,
  columnKey,
  DAY_NAMES,
  type PriceRole,
  type PriceSide,
  priceColumn,
  SPREAD_NAMES,
  TICK_VOLUME_NAMES,
  TIME_NAMES,
  timeColumn,
  VOLUME_NAMES,
  volumeCurrency,
} from './column-names.js';
import { ImportError, type Table } from './table.js';
import { isEpoch, wallTime } from './time-text.js';

export type PriceColumns = Readonly<Record<PriceRole, number>>;

/** Column indexes; a file has them once for all its rows. */
export interface BarColumns {
  readonly time: number;
  /** The time of day where it has a column of its own; null otherwise. */
  readonly clock: number | null;
  /** The zone the time column's name has: `eet` of `Time (EET)`. */
  readonly zone: string | null;
  /** What is traded on: bid where the file has both sides, else what it has. */
  readonly prices: PriceColumns;
  /** Whose prices those are, as far as their names say. */
  readonly side: PriceSide;
  /** The ask side where the file has both. */
  readonly ask: PriceColumns | null;
  /** In order of preference: the first with any volume in it counts. */
  readonly volumes: readonly number[];
  readonly spread: number | null;
  /** The unit of the spread where its name has it. */
  readonly spreadUnit: 'points' | 'price' | null;
  /** Whether the columns are those of an MT5 export, whose spread is in points. */
  readonly isTerminal: boolean;
}

const ROLES = ['open', 'high', 'low', 'close'] as const satisfies readonly PriceRole[];
const CLOCK = /^\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s*[ap]\.?m\.?)?$/i;
const BARE_CLOCK = /^\d{1,6}$/;
const BARE_DATE = /^\d{8}$/;
/** Rows a column is judged by. */
const SAMPLE_ROWS = 20;

function sampleOf(table: Table, column: number): string[] {
  return table.rows.slice(0, SAMPLE_ROWS).map((row) => (row.cells[column] ?? '').trim());
}

/** Whether a text may be a time, in whatever order its date is. */
function isTime(text: string): boolean {
  return (['ymd', 'dmy', 'mdy'] as const).some((order) => wallTime(text, order) !== null);
}

function isClock(text: string): boolean {
  return CLOCK.test(text) || BARE_CLOCK.test(text);
}

export type TimeColumns = Pick<BarColumns, 'time' | 'clock' | 'zone'>;

export function timeColumns(table: Table, keys: readonly string[]): TimeColumns | null {
  const columns = keys.map((key, index) => ({ index, ...timeColumn(key) }));
  const indexOf = (name: string) => columns.find((column) => column.name === name);
  const days = DAY_NAMES.flatMap((name) => indexOf(name) ?? []);
  const clocks = CLOCK_NAMES.flatMap((name) => indexOf(name) ?? []);
  for (const day of days) {
    for (const clock of clocks) {
      if (clock.index === day.index) continue;
      if (!sampleOf(table, clock.index).some(isClock)) continue;
      if (!sampleOf(table, day.index).some((text) => isTime(text) && !isEpoch(text))) continue;
      return { time: day.index, clock: clock.index, zone: clock.zone ?? day.zone };
    }
  }
  const named = columns.filter(({ name }) => TIME_NAMES.includes(name));
  // What says its zone itself comes first: by its name, or as seconds since 1970 do.
  const certainty = ({ zone, index }: (typeof columns)[number]) =>
    zone === 'utc' ? 0 : sampleOf(table, index).some(isEpoch) ? 1 : 2;
  const place = ({ name }: (typeof columns)[number]) => TIME_NAMES.indexOf(name);
  named.sort((a, b) => certainty(a) - certainty(b) || place(a) - place(b));
  const unnamed = columns.filter(({ index }) => /^(?:|unnamed_\d+|index|x)$/.test(keys[index] ?? ''));
  const readable = (column: { index: number }) => sampleOf(table, column.index).some(isTime);
  const found = named.find(readable) ?? unnamed.find(readable) ?? named[0];
  return found === undefined ? null : { time: found.index, clock: null, zone: found.zone };
}

/** The layout of a file without a header: [symbol,] [period,] date [, clock], open, high, low, close [, volume]. */
function positional(table: Table): BarColumns {
  const sample = (table.rows[0]?.cells ?? []).map((cell) => cell.trim());
  const time = sample.slice(0, 3).findIndex(isTime);
  const next = sample[time + 1] ?? '';
  const isBareClock = BARE_DATE.test(sample[time] ?? '') && BARE_CLOCK.test(next);
  const clock = CLOCK.test(next) || isBareClock ? time + 1 : null;
  const open = (clock ?? time) + 1;
  if (time < 0 || sample.length < open + 4) {
    throw new ImportError(
      `${table.file}: no header, and the first row is not time, open, high, low, close[, volume]`,
    );
  }
  return {
    ...{ time, clock, zone: null },
    prices: { open, high: open + 1, low: open + 2, close: open + 3 },
    ...{ side: null, ask: null, spread: null, spreadUnit: null, isTerminal: false },
    volumes: sample.length > open + 4 ? [open + 4] : [],
  };
}

/** The four price columns of a side; the roles it has none for; which names come more than once. */
interface SidePrices {
  readonly columns: Partial<Record<PriceRole, number>>;
  readonly missing: readonly PriceRole[];
  readonly repeated: readonly PriceRole[];
}

function pricesOf(keys: readonly string[], side: PriceSide): SidePrices {
  const found = ROLES.map((role) => {
    const indexes = keys.flatMap((key, index) => {
      const price = priceColumn(key);
      return price?.role === role && price.side === side ? [index] : [];
    });
    // The last price is the close only where nothing is called that.
    const exact = indexes.filter((index) => !/last$/.test(keys[index] ?? ''));
    return [role, exact.length > 0 ? exact : indexes] as const;
  });
  return {
    columns: Object.fromEntries(found.map(([role, indexes]) => [role, indexes[0]])),
    missing: found.flatMap(([role, indexes]) => (indexes.length === 0 ? [role] : [])),
    repeated: found.flatMap(([role, indexes]) => (indexes.length > 1 ? [role] : [])),
  };
}

function complete({ columns: { open, high, low, close } }: SidePrices): PriceColumns | null {
  if (open === undefined || high === undefined || low === undefined || close === undefined) return null;
  return { open, high, low, close };
}

type Prices = Pick<BarColumns, 'prices' | 'side' | 'ask'>;

/** Throws ImportError where a price has several columns; null where one has none. */
function priceColumns(table: Table, keys: readonly string[]): Prices | null {
  const of = (side: PriceSide) => {
    const found = pricesOf(keys, side);
    const [role] = found.repeated;
    if (role !== undefined) {
      throw new ImportError(`${table.file}: several columns are named ${role}: keep those of one symbol`);
    }
    return complete(found);
  };
  const [plain, bid, ask, mid] = [of(null), of('bid'), of('ask'), of('mid')];
  if (bid !== null) return { prices: bid, side: 'bid', ask };
  // Unnamed prices beside an ask side are the bid.
  if (plain !== null) return { prices: plain, side: null, ask };
  if (mid !== null) return { prices: mid, side: 'mid', ask: null };
  return ask === null ? null : { prices: ask, side: 'ask', ask: null };
}

/** Which of several volumes counted in currencies is that of the base: VWAP weighs by what changed hands. */
function currencyVolumes(keys: readonly string[], symbol: string | null): number[] {
  const named = keys.flatMap((key, index) => {
    const currency = volumeCurrency(key);
    return currency === null ? [] : [{ index, currency: currency.toUpperCase() }];
  });
  const instrument = symbol === null ? '' : resolveInstrument(symbol).toUpperCase();
  const rank = ({ currency }: { currency: string }) =>
    instrument.startsWith(currency) ? 0 : instrument.endsWith(currency) ? 2 : QUOTES.has(currency) ? 2 : 1;
  return named.sort((a, b) => rank(a) - rank(b)).map(({ index }) => index);
}

const QUOTES = new Set(['USD', 'USDT', 'USDC', 'EUR', 'GBP', 'JPY', 'CURRENCY', 'QUOTE']);

function volumeColumns(keys: readonly string[], symbol: string | null): number[] {
  const indexesOf = (names: readonly string[]) =>
    names.map((name) => keys.indexOf(name)).filter((index) => index >= 0);
  return [...indexesOf(VOLUME_NAMES), ...currencyVolumes(keys, symbol), ...indexesOf(TICK_VOLUME_NAMES)];
}

/**
 * Finds the columns by name in any case. `symbol` is what is replayed, where that is known.
 * @throws ImportError naming what is missing and what is there.
 */
export function findColumns(table: Table, symbol: string | null): BarColumns {
  if (table.header.length === 0) return positional(table);
  const keys = table.header.map(columnKey);
  const time = timeColumns(table, keys);
  const prices = priceColumns(table, keys);
  if (time === null || prices === null) {
    const missing = prices === null ? pricesOf(keys, null).missing : [];
    const names = [...(time === null ? ['time'] : []), ...missing].join(', ');
    throw new ImportError(
      `${table.file}: no column for ${names}; it has ${table.header.join(', ').slice(0, 300)}`,
    );
  }
  const spread = keys.findIndex((key) => Object.hasOwn(SPREAD_NAMES, key));
  const hasTicks = TICK_VOLUME_NAMES.some((name) => keys.includes(name));
  return {
    ...time,
    ...prices,
    volumes: volumeColumns(keys, symbol),
    spread: spread < 0 ? null : spread,
    spreadUnit: SPREAD_NAMES[keys[spread] ?? ''] ?? null,
    isTerminal: hasTicks && spread >= 0,
  };
}

/** The name of a column for a report. */
export function columnName(table: Table, index: number): string {
  const name = table.header[index] ?? '';
  return name === '' ? `column ${index + 1}` : name;
}
