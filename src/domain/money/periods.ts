// Owns where a broker's week and month begin, by the numbers of its days since 1970.

const DAY_MS = 86_400_000;
/** 1 January 1970 was a Thursday, three days after a Monday. */
const THURSDAY = 3;

/** The Monday of a day's week. */
export function weekStart(day: number): number {
  return day - ((((day + THURSDAY) % 7) + 7) % 7);
}

/** The first day of a day's month. */
export function monthStart(day: number): number {
  const date = new Date(day * DAY_MS);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) / DAY_MS;
}

/** When a broker's day begins, UTC ms. */
export function startOfDay(day: number, utcOffsetMinutes: number): number {
  return day * DAY_MS - utcOffsetMinutes * 60_000;
}

/** A day as it is written: 2026-11-30. */
export function dateText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
