// Owns quiet hours: whether a moment is in them, and when they end, by a zone's wall clock.
import { offsetIn } from '../market/zones.js';
import type { QuietHours } from './notice-plan.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Whether it is quiet at a time, UTC ms. Hours that end when they begin are none. */
export function isQuiet({ from, to, zone }: QuietHours, at: number): boolean {
  const minute = Math.floor((((at + offsetIn(zone, at)) % DAY) + DAY) % DAY) / MINUTE;
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}

/** The first moment from `at` on that is not quiet, UTC ms. */
export function afterQuiet(hours: QuietHours, at: number): number {
  let end = at;
  // A day and an hour: a clock that is put back makes hours longer.
  for (let minutes = 0; minutes <= 25 * 60 && isQuiet(hours, end); minutes += 1)
    end = (Math.floor(end / MINUTE) + 1) * MINUTE;
  return end;
}
