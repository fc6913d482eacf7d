// Owns the candle signal: a last fine bar that is long and nearly all body.
import { type SignalRule, STALE, unavailable, verdict } from './verdict.js';

const NO_BAR = unavailable('no closed bar');
const NO_ATR = unavailable('the ATR is not warmed up');
const ORDINARY = verdict(0, 'an ordinary candle');
const AGAINST = verdict(-1, 'a strong candle against the trade');
const AGAINST_THROUGH = verdict(-2, 'a strong candle against the trade, through VWAP');
const WITH = verdict(0.5, 'a strong candle with the trade');
const WITH_THROUGH = verdict(1, 'a strong candle with the trade, through VWAP');

export const candleConviction: SignalRule = (features, direction, _regime, rules) => {
  if (features.stale) return STALE;
  const { candle, atrFine, vwap } = features;
  if (candle === null) return NO_BAR;
  if (Number.isNaN(atrFine)) return NO_ATR;
  const { body, rangeAtr } = rules.signals.candle;
  const range = candle.high - candle.low;
  const rise = candle.close - candle.open;
  if (range <= 0 || Math.abs(rise) < body * range || range < rangeAtr * atrFine) return ORDINARY;
  // Without a VWAP both comparisons fail and the candle counts for itself.
  const through =
    rise > 0 ? candle.open <= vwap && candle.close > vwap : candle.open >= vwap && candle.close < vwap;
  if (rise > 0 === (direction === 'BUY')) return through ? WITH_THROUGH : WITH;
  return through ? AGAINST_THROUGH : AGAINST;
};
