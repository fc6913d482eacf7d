// Owns the delta signal: whether buyers or sellers press unusually hard.
import { favourable } from '../market/direction.js';
import { type SignalRule, unavailable, verdict } from './verdict.js';

const NOT_KNOWN = unavailable('no standardised order-flow delta');
const AGAINST = verdict(-1, 'order-flow delta against the trade');
const WITH = verdict(1, 'order-flow delta with the trade');
const USUAL = verdict(0, 'order-flow delta is usual');

export const deltaPressure: SignalRule = (features, direction, _regime, rules) => {
  if (features.deltaZ === null) return NOT_KNOWN;
  const favour = features.deltaZ * favourable(direction);
  if (favour < -rules.signals.deltaZ) return AGAINST;
  return favour > rules.signals.deltaZ ? WITH : USUAL;
};
