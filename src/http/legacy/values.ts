// Owns how values look in the JSON of the old routes.

/** A ticket as a number, as the old callers parse it; as text where a number would not be exact. */
export function ticketValue(ticket: bigint): number | string {
  return ticket <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(ticket) : String(ticket);
}

/** Absent numbers are null, never 0: missing is not neutral. */
export const numberValue = (value: number | undefined): number | null => value ?? null;

/** A name of a proto enum as the old server wrote it: TIGHTEN_SL is tighten_sl. */
export const lowerName = (name: string | undefined): string => (name ?? 'unknown').toLowerCase();

/** UTC with an offset, as Python's datetime reads it. */
export function isoTime(date: Date): string;
export function isoTime(date: Date | undefined): string | null;
export function isoTime(date: Date | undefined): string | null {
  return date === undefined ? null : date.toISOString().replace('Z', '+00:00');
}

/** The time of day in UTC, HH:MM:SS; "Unknown" without one. */
export function clockTime(date: Date | undefined): string {
  return date === undefined ? 'Unknown' : date.toISOString().slice(11, 19);
}

/** Date and time in UTC, YYYY-MM-DD HH:MM:SS; null without one. */
export function dateTime(date: Date | undefined): string | null {
  return date === undefined ? null : date.toISOString().slice(0, 19).replace('T', ' ');
}

const SECOND = 1000;
const HOUR = 3600;
const DAY = 24 * HOUR;

/** A time span in ms as "2 days, 3:04:05", without days below one. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / SECOND));
  const days = Math.floor(seconds / DAY);
  const hours = Math.floor((seconds % DAY) / HOUR);
  const rest = [Math.floor((seconds % HOUR) / 60), seconds % 60].map((part) => String(part).padStart(2, '0'));
  const clock = [hours, ...rest].join(':');
  return days === 0 ? clock : `${days} day${days === 1 ? '' : 's'}, ${clock}`;
}
