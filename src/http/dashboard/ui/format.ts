// Owns how numbers and durations read. What is not known is a dash, never a zero.

import { fixed } from '../../../domain/number-text.js';

export const UNKNOWN = '–';

const MINUS = '−';
const ABBREVIATIONS = /\b(sl|tp|vwap|ema)\b/g;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** By decimals: to make one costs far more than to use it, and a fleet has thousands of numbers. */
const formats = new Map<number, Intl.NumberFormat>();

function formatOf(digits: number): Intl.NumberFormat {
  const known = formats.get(digits);
  if (known !== undefined) return known;
  const made = new Intl.NumberFormat('en-GB', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  formats.set(digits, made);
  return made;
}

/** A number with so many decimals, grouped by thousands, and a true minus. */
export function decimal(value: number | undefined, digits: number): string {
  if (value === undefined || !Number.isFinite(value)) return UNKNOWN;
  const text = formatOf(digits).format(Math.abs(value));
  return value < 0 && /[1-9]/.test(text) ? MINUS + text : text;
}

/** A price with the decimals of its instrument, not grouped. */
export function price(value: number | undefined, digits: number): string {
  return value === undefined ? UNKNOWN : fixed(value, digits);
}

/** The same with a plus where it is one. */
export function signed(value: number | undefined, digits: number): string {
  const text = decimal(value, digits);
  return value !== undefined && value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** Lots, as many decimals as there are, two at least. */
export function lots(value: number | undefined): string {
  if (value === undefined) return UNKNOWN;
  const [, fraction = ''] = Number(value.toPrecision(12)).toString().split('.');
  return fixed(value, Math.max(2, Math.min(8, fraction.length)));
}

export function rMultiple(value: number | undefined): string {
  return value === undefined ? UNKNOWN : `${signed(value, 2)} R`;
}

/**
 * A result in R and in price: "+0.84 R (+12.30 in price)"; what is known of it.
 *
 * @param gain - in price, in the trade's favour
 */
export function resultText(inR: number | undefined, gain: number | undefined, digits: number): string {
  if (gain === undefined) return UNKNOWN;
  const inPrice = `${signed(gain, digits)} in price`;
  return inR === undefined ? inPrice : `${rMultiple(inR)} (${inPrice})`;
}

export function integer(value: number | string | undefined): string {
  return value === undefined ? UNKNOWN : decimal(Number(value), 0);
}

export function percent(share: number | undefined, digits = 2): string {
  return share === undefined ? UNKNOWN : `${decimal(share * 100, digits)}%`;
}

/** Two units at most: "45 s", "12 m 05 s", "3 h 20 m", "2 d 4 h". */
export function duration(ms: number | undefined): string {
  if (ms === undefined || !Number.isFinite(ms)) return UNKNOWN;
  const left = Math.max(0, ms);
  if (left < MINUTE) return `${Math.floor(left / SECOND)} s`;
  if (left < HOUR) return `${Math.floor(left / MINUTE)} m ${pad((left % MINUTE) / SECOND)} s`;
  if (left < DAY) return `${Math.floor(left / HOUR)} h ${pad((left % HOUR) / MINUTE)} m`;
  return `${Math.floor(left / DAY)} d ${Math.floor((left % DAY) / HOUR)} h`;
}

/** The same of a length that is set and does not run: "14 d", not "14 d 0 h". */
export function span(ms: number | undefined): string {
  return duration(ms).replace(/ 0+ [smh]$/, '');
}

/** How old market data is, and what is wrong with that. */
export function dataAge(
  age: number | undefined,
  market: { readonly stale: boolean; readonly skewMs?: string | undefined },
): string {
  if (market.skewMs !== undefined) return `${duration(Number(market.skewMs))} ahead`;
  return `${duration(age)}${market.stale ? ' stale' : ''}`;
}

/** A short delay to the millisecond: "4 ms", "1.25 s", then as a duration. */
export function delay(ms: number | undefined): string {
  if (ms === undefined || !Number.isFinite(ms)) return UNKNOWN;
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  return ms < MINUTE ? `${fixed(ms / SECOND, 2)} s` : duration(ms);
}

/** How long ago: "3 s ago". */
export function ago(ms: number | undefined): string {
  return ms === undefined ? UNKNOWN : `${duration(ms)} ago`;
}

/** Bytes in MiB. */
export function mebibytes(bytes: number | string | undefined): string {
  return bytes === undefined ? UNKNOWN : `${decimal(Number(bytes) / 2 ** 20, 0)} MiB`;
}

/** An enum's value for a person: ("ACTION_TYPE_TIGHTEN_SL", "ACTION_TYPE_") is "tighten SL". */
export function words(value: string, prefix: string): string {
  const text = value.replace(prefix, '').toLowerCase().replaceAll('_', ' ');
  return text.replace(ABBREVIATIONS, (found) => found.toUpperCase());
}

/** A name in a program's spelling: "flatTimerSeconds" is "flat timer seconds". */
export function spaced(name: string): string {
  return name
    .replaceAll(/([A-Z]+|\d+)/g, ' $1')
    .toLowerCase()
    .trim();
}

function pad(value: number): string {
  return String(Math.floor(value)).padStart(2, '0');
}
