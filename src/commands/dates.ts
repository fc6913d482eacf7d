// Owns how what callers date is judged: by the database's clock, or on a recorded feed by the feed's own where
// that is later. What changes a trade is refused when it is ahead; a caller that must be heard is not believed.
import { TIMEFRAME_MS } from '../domain/market/data.js';
import { isAhead } from '../domain/market/given-time.js';
import type { Rules } from '../domain/rules.js';
import { invalidField } from '../errors/errors.js';
import type { Deciding } from './command.js';

/** Throws INVALID_FIELD when a date is ahead of `now`, the database's time; both UTC ms. */
export function checkDate(field: string, at: number | null, now: number, { feeds }: Rules): void {
  if (at === null || !isAhead(at, now, feeds.maximumAheadMs)) return;
  throw invalidField(field, `is ${Math.round((at - now) / 1000)} s ahead of the database's clock`);
}

/** The same of something that happened to a trade on a feed. */
export function checkMarketDate(field: string, at: number | null, feed: string, term: Deciding): void {
  checkDate(field, at, latestOf(feed, term), term.engine.rules);
}

/** The market time that a caller says it is on a feed; the feed's where it says none or one that is ahead. */
export function marketTime(at: number | null, feed: string, term: Deciding): number {
  const { maximumAheadMs } = term.engine.rules.feeds;
  const isBelieved = at !== null && !isAhead(at, latestOf(feed, term), maximumAheadMs);
  return isBelieved ? at : term.clock.now(feed);
}

/** A recorded market is told bar by bar, so its programs are up to a bar ahead of what its feed has. */
function latestOf(feed: string, term: Deciding): number {
  const now = term.databaseNow();
  if (term.engine.feeds.feedKind(feed) === 'LIVE') return now;
  return Math.max(now, term.clock.now(feed) + TIMEFRAME_MS.M15);
}
