// Owns the trade server's clock: it runs in a zone of the broker's choice, may be wrong, and may stand still
// while there are no prices.
import { zoneOffset } from '../domain/market/zones.js';

const HOUR = 3_600_000;
const MINUTE = 60_000;

export interface TradeServerClock {
  /** Minutes ahead of UTC, or the usual zone whose midnight is 17:00 in New York, with its daylight saving. */
  readonly zone: number | 'new_york_close';
  /** How far the clock is wrong, ms; nobody is told. */
  readonly errorMs: number;
  /** Whether it shows the time, or the time of the newest price. */
  readonly shows: 'time' | 'newest_price';
}

export const UTC_CLOCK: TradeServerClock = { zone: 0, errorMs: 0, shows: 'time' };

/** Server time minus UTC as the broker declares it, in minutes, at the UTC time `utc`. */
export function offsetMinutes({ zone }: TradeServerClock, utc: number): number {
  if (zone !== 'new_york_close') return zone;
  return (zoneOffset('America/New_York', utc) + 7 * HOUR) / MINUTE;
}

/** What the server writes for the UTC time `utc`. */
export function toServer(clock: TradeServerClock, utc: number): number {
  return utc + offsetMinutes(clock, utc) * MINUTE + clock.errorMs;
}
