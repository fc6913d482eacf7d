// Owns the alignment signal: which way the two moving averages slope.
import { favourable } from '../market/direction.js';
import { type SignalRule, STALE, unavailable, verdict } from './verdict.js';

const NOT_KNOWN = unavailable('the moving averages are not warmed up');
const BOTH_AGAINST = verdict(-1.5, 'both moving averages slope against the trade');
const FAST_AGAINST = verdict(-1, 'the fast moving average slopes against the trade');
const BOTH_WITH = verdict(1, 'both moving averages slope with the trade');
const NEITHER = verdict(0, 'the moving averages do not agree');

export const emaAlignment: SignalRule = (features, direction) => {
  if (features.stale) return STALE;
  const fast = features.emaFastSlope * favourable(direction);
  const slow = features.emaSlowSlope * favourable(direction);
  if (Number.isNaN(fast) || Number.isNaN(slow)) return NOT_KNOWN;
  if (fast < 0) return slow < 0 ? BOTH_AGAINST : FAST_AGAINST;
  return fast > 0 && slow > 0 ? BOTH_WITH : NEITHER;
};
