// Owns the structure signal: the latest break of structure or change of character, while it is held.
import { type SignalRule, STALE, unavailable, verdict } from './verdict.js';

const NOT_KNOWN = unavailable('no swings are known yet');
const NONE = verdict(0, 'no structure event is held');
const BOS_WITH = verdict(3, 'break of structure with the trade');
const BOS_AGAINST = verdict(-3, 'break of structure against the trade');
const CHOCH_WITH = verdict(2, 'change of character with the trade');
const CHOCH_AGAINST = verdict(-3, 'change of character against the trade');

export const structure: SignalRule = (features, direction, _regime, rules) => {
  if (features.stale) return STALE;
  const event = features.structureEvent;
  if (event === null) return features.swingsKnown ? NONE : NOT_KNOWN;
  if (features.structureAge >= rules.signals.structureHoldBars) return NONE;
  const withTrade = (event.direction === 'UP') === (direction === 'BUY');
  if (event.kind === 'BOS') return withTrade ? BOS_WITH : BOS_AGAINST;
  return withTrade ? CHOCH_WITH : CHOCH_AGAINST;
};
