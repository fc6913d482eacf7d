// Owns when data are too old to act on: time while the market was closed does not age them.
import { type Quote, TIMEFRAME_MS } from '../market/data.js';
import { type MarketHours, openBetween } from '../market/market-hours.js';
import type { TimedBar } from './view-types.js';

/** Whether the newest closed bar is older than its length and `staleMs`, or there is none. */
export function areBarsOld(
  newest: TimedBar | null,
  now: number,
  staleMs: number,
  hours: MarketHours,
): boolean {
  if (newest === null) return true;
  const length = TIMEFRAME_MS[newest.timeframe];
  return hasAged(newest.bar.time + length, length + staleMs, now, hours);
}

/** Whether the newest quote is older than `staleMs`, or there is none. */
export function isQuoteOld(quote: Quote | null, now: number, staleMs: number, hours: MarketHours): boolean {
  return quote === null || hasAged(quote.time, staleMs, now, hours);
}

/** Whether the market was open for longer than `limit` since. Times are UTC ms. */
function hasAged(since: number, limit: number, now: number, hours: MarketHours): boolean {
  return now - since > limit && openBetween(hours, since, now) > limit;
}
