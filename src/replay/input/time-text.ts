// Owns times as text in files: what the clock on the wall showed, and the offset from UTC where the text has
// one.

import { MOST_OFFSET } from './time-zone.js';

/** What a text says: its digits as ms since 1970 of a UTC that shows them, and its own offset; null without. */
export interface WallTime {
  readonly wall: number;
  readonly offset: number | null;
}

/** In which order a date has year, month and day. */
export const DATE_ORDERS = ['ymd', 'dmy', 'mdy'] as const;
export type DateOrder = (typeof DATE_ORDERS)[number];

const CLOCK = String.raw`(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,:](\d{1,9}))?)?\s*([ap]\.?m\.?)?`;
const ZONE = String.raw`(Z|[a-z]{3,4})?\s*([+-]\d{1,2}(?::?\d{2})?)?(?:\s*\([^)]*\))?`;
const TAIL = String.raw`(?:(?:T|[ ,]+)${CLOCK})?\s*${ZONE}$`;
/** `2025-01-01T00:00:00.000Z`, `2025.01.01 00:00`, `20250101 000000`. */
const YEAR_FIRST = new RegExp(String.raw`^(\d{4})(?:([-./])(\d{1,2})\2(\d{1,2})|(\d{2})(\d{2}))${TAIL}`, 'i');
/** Year last, or of two digits: `01.02.2013`, `1/4/2026`, `04/01/26`. */
const YEAR_LAST = new RegExp(String.raw`^(\d{1,2})([-./])(\d{1,2})\2(\d{4}|\d{2})(?!\d)${TAIL}`, 'i');
/** `04-Jan-2026`, `4 January 2026`, after the day of the week or not. */
const DAY_NAMED = new RegExp(
  String.raw`^(?:[a-z]{3,9},? )?(\d{1,2})[- ]([a-z]{3,9})[-, ]+(\d{4})${TAIL}`,
  'i',
);
/** `Jan 4, 2026`, `Sun Jan 04 2026`. */
const MONTH_NAMED = new RegExp(String.raw`^(?:[a-z]{3,9},? )?([a-z]{3,9}) (\d{1,2}),? (\d{4})${TAIL}`, 'i');
const EPOCH = /^-?\d{9,19}(?:\.\d+)?$/;
/** `YYYYMMDDHHMM`, with seconds and thousandths of them or not: as an epoch its time would be in 1976 or after 2500. */
const COMPACT =
  /^((?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))((?:[01]\d|2[0-3])[0-5]\d)(?:([0-5]\d)(\d{3})?)?$/;

/** A date as Chinese and Japanese files write it. */
const EAST_ASIAN = /^(\d{4})年(\d{1,2})月(\d{1,2})日\s*/;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const HOUR = 3_600_000;
const MINUTE = 60_000;
const DAY = 24 * HOUR;
/** Hours ahead of UTC of names that stand beside a time and mean one offset there. */
const OFFSETS: Readonly<Record<string, number>> = {
  z: 0,
  utc: 0,
  gmt: 0,
  wet: 0,
  west: 1,
  cet: 1,
  cest: 2,
  eet: 2,
  eest: 3,
  msk: 3,
  jst: 9,
  est: -5,
  edt: -4,
  cdt: -5,
  mst: -7,
  mdt: -6,
  pst: -8,
  pdt: -7,
};

/** Whole digits of an epoch number to the factor that makes milliseconds of it. */
function epochScale(digits: number): number {
  if (digits <= 11) return 1000;
  if (digits <= 14) return 1;
  if (digits <= 17) return 1e-3;
  return 1e-6;
}

export function isEpoch(text: string): boolean {
  const trimmed = text.trim();
  return EPOCH.test(trimmed) && !COMPACT.test(trimmed);
}

/** A compact time with a blank before its clock; any other text as it is. */
function spaced(text: string): string {
  const [, day, clock = '', second = '00', thousandths = '0'] = COMPACT.exec(text) ?? [];
  return day === undefined ? text : `${day} ${clock}${second}.${thousandths}`;
}

/** What follows the date: hour, minute, second, fraction, half of the day, zone, offset. */
type Tail = readonly (string | undefined)[];

/** undefined: the name of the zone means no offset, or it is one of no place. */
function offsetOf(zone: string | undefined, offset: string | undefined): number | null | undefined {
  if (offset === undefined) return zone === undefined ? null : hours(OFFSETS[zone.toLowerCase()]);
  const digits = offset.slice(1).replace(':', '');
  const whole = digits.length > 2 ? digits.slice(0, -2) : digits;
  const rest = Number(digits.length > 2 ? digits.slice(-2) : '0');
  const ms = Number(whole) * HOUR + rest * MINUTE;
  if (rest > 59 || ms > MOST_OFFSET) return undefined;
  return offset.startsWith('-') ? -ms : ms;
}

function hours(count: number | undefined): number | undefined {
  return count === undefined ? undefined : count * HOUR;
}

/** The hour of a clock of twelve hours, 12 AM being midnight; null where it has no such hour. */
function hourOf(text: string | undefined, half: string | undefined): number | null {
  const hour = Number(text ?? '0');
  if (half === undefined) return hour <= 23 ? hour : null;
  if (hour < 1 || hour > 12) return null;
  return (hour % 12) + (half.toLowerCase().startsWith('p') ? 12 : 0);
}

function wallTimeOf(year: number, month: number, day: number, tail: Tail): WallTime | null {
  const [hourText, minuteText = '0', secondText = '0', fraction = '0', half, zone, offsetText] = tail;
  const hour = hourOf(hourText, half);
  const minute = Number(minuteText);
  const second = Number(secondText);
  const offset = offsetOf(zone, offsetText);
  if (hour === null || offset === undefined || minute > 59 || second > 59) return null;
  const milliseconds = Number(fraction.padEnd(3, '0').slice(0, 3));
  const wall = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
  const made = new Date(wall);
  // Date.UTC rolls 31 February over into March; a file that says so is wrong.
  if (made.getUTCMonth() !== month - 1 || made.getUTCDate() !== day) return null;
  return { wall, offset };
}

/** Years of two digits from here on are of the last century: nobody has prices of 2070. */
const LAST_CENTURY = 70;

/** Year, month and day of three numbers in an order. */
function ordered(parts: readonly string[], order: DateOrder): [number, number, number] {
  const at = (letter: string) => parts[order.indexOf(letter)] ?? '';
  const year = at('y');
  const century = year.length > 2 ? 0 : Number(year) >= LAST_CENTURY ? 1900 : 2000;
  return [century + Number(year), Number(at('m')), Number(at('d'))];
}

function named(month: string, day: string, year: string, tail: Tail): WallTime | null {
  const index = MONTHS.indexOf(month.toLowerCase().slice(0, 3));
  return index < 0 ? null : wallTimeOf(Number(year), index + 1, Number(day), tail);
}

/**
 * A time as files write it: ISO 8601 with or without an offset, `YYYY.MM.DD HH:MM:SS`, `YYYYMMDD HHMMSS`,
 * the same without the blank, `DD.MM.YYYY HH:MM`, clocks of twelve hours, months by name, or an epoch in seconds, milliseconds,
 * microseconds or nanoseconds. `order` is that of dates that do not begin with a year of four digits;
 * null takes dotted ones as day first and no others. Null for anything that is not a time.
 */
export function wallTime(text: string, order: DateOrder | null): WallTime | null {
  const trimmed = spaced(text.trim().replace(EAST_ASIAN, '$1-$2-$3 ').trimEnd());
  // Eight digits are a date, not an epoch; YEAR_FIRST takes them.
  if (EPOCH.test(trimmed)) {
    const whole = trimmed.replace('-', '').split('.')[0] ?? '';
    return { wall: Math.round(Number(trimmed) * epochScale(whole.length)), offset: 0 };
  }
  const yearFirst = YEAR_FIRST.exec(trimmed);
  if (yearFirst !== null) {
    const [, year, , month, day, bareMonth, bareDay, ...tail] = yearFirst;
    return wallTimeOf(Number(year), Number(month ?? bareMonth), Number(day ?? bareDay), tail);
  }
  const yearLast = YEAR_LAST.exec(trimmed);
  if (yearLast !== null) {
    const [, first = '', mark, second = '', third = '', ...tail] = yearLast;
    const known = order ?? (mark === '.' && third.length === 4 ? 'dmy' : null);
    return known === null ? null : wallTimeOf(...ordered([first, second, third], known), tail);
  }
  const dayNamed = DAY_NAMED.exec(trimmed);
  if (dayNamed !== null) {
    const [, day = '', month = '', year = '', ...tail] = dayNamed;
    return named(month, day, year, tail);
  }
  const monthNamed = MONTH_NAMED.exec(trimmed);
  if (monthNamed === null) return null;
  const [, month = '', day = '', year = '', ...tail] = monthNamed;
  return named(month, day, year, tail);
}

/** A date whose order is not plain. */
interface UnclearDate {
  readonly parts: readonly string[];
  readonly isDotted: boolean;
}

/** null for texts that need no order. */
function unclearDate(text: string): UnclearDate | null {
  const [, first = '', mark, second = '', third = ''] = YEAR_LAST.exec(text.trim()) ?? [];
  if (third === '') return null;
  return { parts: [first, second, third], isDotted: mark === '.' && third.length === 4 };
}

/** How a file's dates are ordered, and what shows it. */
export interface OrderProof {
  /** null: no date of the file needs one. */
  readonly order: DateOrder | null;
  readonly proof: string;
}

/** Most bad dates among so many are taken for typing errors. */
const TYPING_ERRORS = 0.02;
/** Days between neighbouring bars that any market's holidays explain, and days that none do. */
const HOLIDAYS = 6;
const MONTH = 20;

/**
 * The order of a file's dates: by one that can only be a day, or, as bars follow each other, by days that do so
 * in one order and lie months apart in the others. Null when neither tells.
 */
export function dateOrderOf(texts: readonly string[], content: 'bars' | 'trades'): OrderProof | null {
  const dates: UnclearDate[] = [];
  for (const text of texts) {
    const date = unclearDate(text);
    if (date !== null && date.parts.join() !== dates.at(-1)?.parts.join()) dates.push(date);
  }
  if (dates.length === 0) return { order: null, proof: '' };
  const isLong = dates.some(({ parts }) => parts[2]?.length === 4);
  const orders = DATE_ORDERS.filter((order) => order !== 'ymd' || !isLong);
  const possible = orders.filter((order) => {
    const bad = dates.filter(({ parts }) => wallTimeOf(...ordered(parts, order), []) === null).length;
    return bad <= dates.length * TYPING_ERRORS;
  });
  const [only] = possible;
  if (possible.length === 1 && only !== undefined) return { order: only, proof: 'a day above 12 shows it' };
  if (dates.every(({ isDotted }) => isDotted) && possible.includes('dmy')) {
    return { order: 'dmy', proof: 'dotted dates are day first' };
  }
  return content === 'bars' ? orderByDays(dates, possible) : null;
}

function orderByDays(dates: readonly UnclearDate[], orders: readonly DateOrder[]): OrderProof | null {
  const longest = orders.map((order) => {
    const days = dates.flatMap(({ parts }) => wallTimeOf(...ordered(parts, order), [])?.wall ?? []);
    return Math.max(...days.slice(1).map((day, index) => Math.abs(day - (days[index] ?? day)) / DAY), 0);
  });
  const following = orders.filter((_, index) => (longest[index] ?? 0) <= HOLIDAYS);
  const apart = longest.filter((days) => days >= MONTH).length;
  const [only] = following;
  if (following.length !== 1 || only === undefined || apart !== orders.length - 1) return null;
  return { order: only, proof: 'the days follow each other only so' };
}
