// Owns how a file writes numbers and times: what the user says of it, what it shows itself, and nothing by
// guessing.
import type { Asked } from './asked.js';
import { zoneOfWord } from './column-names.js';
import { type Decimal, decimalOf } from './number-text.js';
import { ImportError, type Table } from './table.js';
import { DATE_ORDERS, type DateOrder, dateOrderOf, isEpoch, wallTime } from './time-text.js';
import { UTC_ZONE, type WallZone, wallZone } from './time-zone.js';

export interface Conventions {
  readonly decimal: Decimal;
  /** null where no date needs one. */
  readonly order: DateOrder | null;
  /** Of times that have no offset of their own; null where others have one, and nobody said what these are. */
  readonly zone: WallZone | null;
  /** The digits of a clock without colons; null for other clocks. */
  readonly clockDigits: 4 | 6 | null;
  /** The same for people, with what shows it. */
  readonly numbersText: string;
  readonly timesText: string;
}

/** The columns whose texts show how the file is written. */
export interface TellingColumns {
  readonly content: 'bars' | 'trades';
  readonly time: number;
  readonly clock: number | null;
  /** The zone in the time column's name. */
  readonly zone: string | null;
  readonly prices: readonly number[];
  /** Other numbers, which tell where prices do not. */
  readonly others: readonly number[];
}

/** @throws ImportError where the file may be read in several ways, naming the option that says which. */
export function conventionsOf(table: Table, columns: TellingColumns, asked: Asked): Conventions {
  const days = table.rows.map(({ cells }) => (cells[columns.time] ?? '').trim());
  const order = orderOf(table, days, columns, asked);
  const { time, clock } = columns;
  const whole = table.rows.map(
    ({ cells }) => `${cells[time] ?? ''} ${clock === null ? '' : (cells[clock] ?? '')}`,
  );
  const sample = whole.find((text) => text.trim() !== '')?.trim() ?? '';
  const zone = zoneOf(table, columns.zone, sample, asked);
  const numbers = decimalMark(table, columns, asked);
  const timesText = [zone.text, ...(order.proof === '' ? [] : [order.proof])].join('; ');
  return {
    decimal: numbers.decimal,
    order: order.order,
    zone: zone.zone,
    clockDigits: clockDigitsOf(table, columns.clock),
    numbersText: `decimal ${numbers.decimal} (${numbers.proof})`,
    timesText,
  };
}

const ORDER_NAMES: Readonly<Record<DateOrder, string>> = {
  ymd: 'year, month, day',
  dmy: 'day, month, year',
  mdy: 'month, day, year',
};

function orderOf({ file }: Table, days: readonly string[], { content }: TellingColumns, asked: Asked) {
  const proof = dateOrderOf(days, content);
  if (proof !== null && proof.order === null) return proof;
  const order = asked.dateOrder ?? proof?.order;
  if (order === undefined || order === null) {
    throw new ImportError(`${file}: ${unclearText(days)}`);
  }
  const why = asked.dateOrder === undefined ? (proof?.proof ?? '') : 'asked for';
  return { order, proof: `dates are ${ORDER_NAMES[order]} (${why})` };
}

/** Why nobody can tell in which order these days are, and the orders that they can be read in. */
function unclearText(days: readonly string[]): string {
  const unclear = days.filter((text) => text !== '' && wallTime(text, null) === null);
  const reading = (text: string | undefined) =>
    DATE_ORDERS.filter((order) => text !== undefined && wallTime(text, order) !== null);
  const [example = ''] = unclear;
  const shown = `"${example.slice(0, 40)}"`;
  const orders = reading(example);
  const other = unclear.find((text) => !orders.some((order) => reading(text).includes(order)));
  const both = DATE_ORDERS.filter((order) => [...orders, ...reading(other)].includes(order));
  const options = both.map((name) => `--date-order ${name}`).join(' or ');
  if (options === '') return `${shown} is no day in any order of day, month and year`;
  if (other === undefined) return `${shown} may be several days: give ${options}`;
  return `${shown} and "${other.slice(0, 40)}" are in no one order: give ${options}`;
}

/** The zone of times without an offset of their own, and what is said of the file's times. */
function zoneOf({ file }: Table, name: string | null, sample: string, { timeZone }: Asked) {
  const known = (zone: WallZone, why: string) => ({ zone, text: `${zone.name} (${why})` });
  if (isEpoch(sample)) return { zone: timeZone ?? null, text: 'UTC (seconds or parts of them since 1970)' };
  if (DATE_ORDERS.some((order) => typeof wallTime(sample, order)?.offset === 'number'))
    return { zone: timeZone ?? null, text: 'UTC, by the offset each has' };
  if (timeZone !== undefined) return known(timeZone, 'asked for');
  if (name === null) return known(UTC_ZONE, 'assumed: the file names no zone, and --time-zone was not given');
  const zone = zoneOfWord(name);
  if (zone === null) {
    throw new ImportError(`${file}: its times are called ${name}, which is no one zone: give --time-zone`);
  }
  return known(namedZone(file, zone), "by the column's name");
}

function namedZone(file: string, name: string): WallZone {
  try {
    return wallZone(name);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ImportError(`${file}: the zone in its column's name: ${error.message}`);
  }
}

function decimalMark(table: Table, { prices, others }: TellingColumns, { decimal }: Asked) {
  const { file, rows } = table;
  if (decimal !== undefined) return { decimal, proof: 'asked for' };
  const cellsOf = (columns: readonly number[]) =>
    rows.flatMap(({ cells }) => columns.map((column) => cells[column] ?? ''));
  const found = decimalOf(cellsOf(prices), cellsOf(others), usualMark(table));
  if (found.decimal !== null) return found;
  throw new ImportError(`${file}: ${found.reason}: give --decimal point or --decimal comma`);
}

/** Terminals write decimal points, and who has a comma for them parts cells by something else. */
const usualMark = ({ delimiter, header }: Table): Decimal | null =>
  delimiter === ',' || header.some((name) => /^<.+>$/.test(name)) ? 'point' : null;

/** `220000` or `2200`; programs that take them for numbers lose the zeros before. */
function clockDigitsOf({ rows }: Table, clock: number | null): 4 | 6 | null {
  if (clock === null) return null;
  const texts = rows.map(({ cells }) => (cells[clock] ?? '').trim()).filter((text) => text !== '');
  if (!texts.every((text) => /^\d{1,6}$/.test(text))) return null;
  const isShort = texts.every(
    (text) => text.length <= 4 && Number(text.slice(-2)) < 60 && Number(text) < 2400,
  );
  return isShort ? 4 : 6;
}
