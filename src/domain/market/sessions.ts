// Owns which exchange session a moment belongs to, and where a trading day begins.

import type { Session } from './data.js';
import type { MarketHours } from './market-hours.js';
import { weekDay } from './week-hours.js';
import { localTime, type Zone } from './zones.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The FX day begins at 17:00 in New York. */
const FX_DAY_START = 17 * HOUR;

function within(zone: Zone, from: number, to: number, time: number): boolean {
  const local = localTime(zone, time);
  const ofDay = local - Math.floor(local / DAY) * DAY;
  return ofDay >= from * HOUR && ofDay < to * HOUR;
}

/** The session at the UTC time `time`, by exchange-local windows; where several are open: Overlap, London, New York, Asian. */
export function sessionAt(time: number): Session {
  const london = within('Europe/London', 8, 16, time);
  const newYork = within('America/New_York', 8, 16, time);
  if (london) return newYork ? 'OVERLAP' : 'LONDON';
  if (newYork) return 'NEW_YORK';
  return within('Asia/Tokyo', 9, 17, time) ? 'ASIAN' : 'OFF_HOURS';
}

/**
 * Number of the trading day a moment belongs to: from 00:00 UTC around the clock, from midnight on the clock that hours
 * are told in, else from 17:00 in New York.
 */
export function tradingDay(hours: MarketHours, time: number): number {
  if (typeof hours === 'object') return weekDay(hours, time);
  if (hours === 'always') return Math.floor(time / DAY);
  return Math.floor((localTime('America/New_York', time) - FX_DAY_START) / DAY);
}
