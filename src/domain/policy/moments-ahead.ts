// Owns how long it is until what a trade may be closed before: live and in studies the same.
import { type MarketHours, nextWeekend, sessionEnd } from '../market/market-hours.js';
import type { ProtectionMarket } from './protective-rules.js';

/** @param news - when the next news of high impact is due, UTC ms as `at`; null where none is known. */
export function momentsAhead(hours: MarketHours, news: number | null, at: number): ProtectionMarket['ahead'] {
  const until = (time: number | null) => (time === null ? null : time - at);
  return {
    weekend: until(nextWeekend(hours, at)),
    session_end: until(sessionEnd(hours, at)),
    news: until(news),
  };
}
