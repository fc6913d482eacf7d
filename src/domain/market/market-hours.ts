// Owns when a market is open, and so what counts as missing or stale data.
import type { InstrumentKind } from './symbols.js';
import {
  isWeekOpen,
  nextClosing,
  nextOpening,
  type WeekHours,
  weekOpenBetween,
  weekShare,
} from './week-hours.js';
import { localTime, zoneOffset } from './zones.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const NEW_YORK = 'America/New_York';
/** Friday 1970-01-02 17:00 on the New York wall clock: a week's close. */
const WEEKEND_PHASE = DAY + 17 * HOUR;
const WEEKEND = 2 * DAY;
/** Above this a stretch is not walked weekend by weekend. */
const LONG = 8 * WEEK;
/** Bars stamped in the broker's time shift a weekend by a few hours against the exchange's. */
const WEEKEND_TOLERANCE = 6 * HOUR;

/** Around the clock; the FX week: Sunday 17:00 to Friday 17:00 in New York (metals too); or as they are told. */
export type MarketHours = 'always' | 'fx_week' | WeekHours;

/** Who says so: somebody told them, the kind of instrument has them, or nobody knows it and the FX week is assumed. */
export const HOURS_SOURCES = ['TOLD', 'LISTED', 'ASSUMED'] as const;
export type HoursSource = (typeof HOURS_SOURCES)[number];

export function marketHoursOf(kind: InstrumentKind): MarketHours {
  return kind === 'CRYPTO' ? 'always' : 'fx_week';
}

/** ms since the week closed, below WEEKEND while it is closed (on the wall clock). */
function phase(time: number): number {
  const since = (localTime(NEW_YORK, time) - WEEKEND_PHASE) % WEEK;
  return since < 0 ? since + WEEK : since;
}

/** Whether the market is open at the UTC time `time`. */
export function isOpen(hours: MarketHours, time: number): boolean {
  if (typeof hours === 'object') return isWeekOpen(hours, time);
  return hours === 'always' || phase(time) >= WEEKEND;
}

/**
 * The hours of a market that nobody told any of. Those of an instrument no list knows are assumed: data in the middle of a
 * weekend, beyond what a clock may be off, shows that they are not the FX week's.
 */
export function hoursSeen(kind: InstrumentKind, newest: number | null): MarketHours {
  if (kind !== 'OTHER' || newest === null) return marketHoursOf(kind);
  const since = phase(newest);
  const isWeekend = since > WEEKEND_TOLERANCE && since < WEEKEND - WEEKEND_TOLERANCE;
  return isWeekend ? 'always' : marketHoursOf(kind);
}

/** UTC time at which the New York wall clock shows `local`; never asked within a changed hour. */
function utcOf(local: number): number {
  return local - zoneOffset(NEW_YORK, local - zoneOffset(NEW_YORK, local));
}

/** Open market time between two UTC times, in ms. Stretches above eight weeks are estimated. */
export function openBetween(hours: MarketHours, from: number, to: number): number {
  if (to <= from) return 0;
  if (hours === 'always') return to - from;
  if (typeof hours === 'object') {
    return to - from > LONG ? (to - from) * weekShare(hours) : weekOpenBetween(hours, from, to);
  }
  if (to - from > LONG) return ((to - from) * 5) / 7;
  let closed = 0;
  let friday = localTime(NEW_YORK, from) - phase(from);
  for (;;) {
    const start = utcOf(friday);
    if (start >= to) break;
    const end = utcOf(friday + WEEKEND);
    closed += Math.max(0, Math.min(end, to) - Math.max(start, from));
    friday += WEEK;
  }
  return to - from - closed;
}

/** Whether a stretch without bars is missing data: it is not when it is a weekend or about one. */
export function isGap(from: number, to: number, hours: MarketHours): boolean {
  const open = openBetween(hours, from, to);
  if (open <= 0) return false;
  return to - from - open < WEEKEND / 2 || open > WEEKEND_TOLERANCE;
}

/** More closings than this do not lie before a weekend. */
const MOST_CLOSINGS = 20;

/** When the market closes next for a day or longer, UTC ms; null while it is closed, and where it never does. */
export function nextWeekend(hours: MarketHours, time: number): number | null {
  if (hours === 'always') return null;
  if (hours === 'fx_week') {
    const since = phase(time);
    return since < WEEKEND ? null : utcOf(localTime(NEW_YORK, time) - since + WEEK);
  }
  let closing = nextClosing(hours, time);
  for (let passed = 0; closing !== null && passed < MOST_CLOSINGS; passed += 1) {
    const opening = nextOpening(hours, closing);
    if (opening - closing >= DAY) return closing;
    closing = nextClosing(hours, opening);
  }
  return null;
}

/**
 * When the session ends that is under way, UTC ms: where hours are told, when the market closes; of the FX week at 17:00 in New
 * York each day; around the clock at 00:00 UTC. null while the market is closed.
 */
export function sessionEnd(hours: MarketHours, time: number): number | null {
  if (hours === 'always') return (Math.floor(time / DAY) + 1) * DAY;
  if (typeof hours === 'object') return nextClosing(hours, time);
  const since = phase(time);
  return since < WEEKEND ? null : utcOf(localTime(NEW_YORK, time) - (since % DAY) + DAY);
}
