// Owns trading hours as they are told: sessions of a week, on the broker's clock. Daylight saving is the zone's.
import { offsetIn } from './zones.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
/** Minutes of a week. */
export const WEEK_MINUTES = 7 * 24 * 60;
/** 1970-01-05, a Monday. */
const MONDAY = 4 * DAY;

/** One stretch of a week in which the market is open, in minutes since Monday 00:00; it ends before `closes`. */
export interface WeekSession {
  readonly opens: number;
  readonly closes: number;
}

export interface WeekHours {
  /** An IANA name, or minutes ahead of UTC. */
  readonly zone: string | number;
  /** In the order of the week, apart from each other or touching. */
  readonly sessions: readonly WeekSession[];
}

/** What is wrong with told hours, by the field it is wrong in; empty when nothing is. */
export function weekFaults({ zone, sessions }: WeekHours): readonly (readonly [string, string])[] {
  const faults: (readonly [string, string])[] = [];
  try {
    offsetIn(zone, 0);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    faults.push(['zone', 'is no IANA time zone']);
  }
  if (sessions.length === 0) faults.push(['sessions', 'must be at least one']);
  for (const [index, { opens, closes }] of sessions.entries()) {
    const before = sessions[index - 1]?.closes ?? 0;
    if (closes <= opens) faults.push([`sessions[${index}].closes`, 'must be after it opens']);
    else if (opens < before)
      faults.push([`sessions[${index}].opens`, 'must not be before the one before closes']);
  }
  return faults;
}

const local = ({ zone }: WeekHours, time: number): number => time + offsetIn(zone, time);

/** UTC time at which the clock shows `wall`. */
function utcOf({ zone }: WeekHours, wall: number): number {
  return wall - offsetIn(zone, wall - offsetIn(zone, wall));
}

/** Local time of the Monday before. */
function weekOf(hours: WeekHours, time: number): number {
  const wall = local(hours, time);
  return wall - ((((wall - MONDAY) % WEEK) + WEEK) % WEEK);
}

/** Whether the market is open at the UTC time `time`. */
export function isWeekOpen(hours: WeekHours, time: number): boolean {
  const minute = (local(hours, time) - weekOf(hours, time)) / MINUTE;
  return hours.sessions.some(({ opens, closes }) => minute >= opens && minute < closes);
}

/** Open market time between two UTC times, in ms. */
export function weekOpenBetween(hours: WeekHours, from: number, to: number): number {
  let open = 0;
  // The week before may reach into this one where a clock is put back.
  for (let week = weekOf(hours, from) - WEEK; utcOf(hours, week) < to; week += WEEK) {
    for (const { opens, closes } of hours.sessions) {
      const start = utcOf(hours, week + opens * MINUTE);
      const end = utcOf(hours, week + closes * MINUTE);
      open += Math.max(0, Math.min(end, to) - Math.max(start, from));
    }
  }
  return open;
}

/** The share of a week in which the market is open. */
export function weekShare({ sessions }: WeekHours): number {
  return sessions.reduce((sum, { opens, closes }) => sum + closes - opens, 0) / WEEK_MINUTES;
}

/** Number of the day a moment belongs to: from midnight on the clock. */
export function weekDay(hours: WeekHours, time: number): number {
  return Math.floor(local(hours, time) / DAY);
}

/** When a market that is open at `time` closes next, UTC ms; null while it is closed, and where it never closes. */
export function nextClosing(hours: WeekHours, time: number): number | null {
  if (!isWeekOpen(hours, time)) return null;
  const week = weekOf(hours, time);
  const minute = (local(hours, time) - week) / MINUTE;
  let end = minute;
  // Sessions may touch each other, and those of the next week.
  for (const begins of [0, WEEK_MINUTES]) {
    for (const { opens, closes } of hours.sessions)
      if (begins + opens <= end && begins + closes > end) end = begins + closes;
  }
  return end >= 2 * WEEK_MINUTES ? null : utcOf(hours, week + end * MINUTE);
}

/** A session that falls into the hour a clock skips is not in every week. */
const WEEKS_AHEAD = [0, WEEK, 2 * WEEK];

/**
 * When the market opens next after a time at which it is closed, UTC ms. A clock that is put forward or back may open it
 * too, and shows a wall time twice or never.
 */
export function nextOpening(hours: WeekHours, time: number): number {
  const week = weekOf(hours, time);
  const starts = WEEKS_AHEAD.flatMap((ahead) =>
    hours.sessions.map(({ opens }) => week + ahead + opens * MINUTE),
  );
  const openings = starts.flatMap((wall) =>
    [wall - DAY, wall + DAY].map((near) => wall - offsetIn(hours.zone, near)),
  );
  const next = [...openings, ...clockChanges(hours, time)].filter(
    (opening) => opening > time && isWeekOpen(hours, opening),
  );
  return Math.min(time + WEEKS_AHEAD.length * WEEK, ...next);
}

/** When the zone's clock is changed within a week and a day after `time`, UTC ms: on whole hours. */
function clockChanges({ zone }: WeekHours, time: number): number[] {
  const first = Math.floor(time / HOUR) * HOUR;
  const hoursAhead = Array.from({ length: (WEEK + DAY) / HOUR }, (_, hour) => first + (hour + 1) * HOUR);
  return hoursAhead.filter((hour) => offsetIn(zone, hour) !== offsetIn(zone, hour - HOUR));
}
