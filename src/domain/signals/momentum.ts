// Owns the momentum signal: where the RSI is and goes, and two steps of the MACD histogram.
import { type SignalRule, STALE, unavailable, verdict } from './verdict.js';

const NO_RSI = unavailable('the RSI is not warmed up');
const NO_MACD = unavailable('the MACD is not warmed up');

/** An index of 0 to 100 and its mirror image. */
function mirrored(index: number, direction: 'BUY' | 'SELL'): number {
  return direction === 'BUY' ? index : 100 - index;
}

export const momentum: SignalRule = (features, direction, regime, rules) => {
  if (features.stale) return STALE;
  const rsi = mirrored(features.rsi, direction);
  const before = mirrored(features.rsiBefore, direction);
  const [newest, previous, oldest] = features.histogram;
  if (Number.isNaN(rsi) || Number.isNaN(before)) return NO_RSI;
  if (Number.isNaN(oldest)) return NO_MACD;
  let raw = 0;
  let text = 'RSI neutral';
  if (rsi < regime.rsiThreshold && rsi < before) {
    raw = -2;
    text = 'RSI weak and weakening';
  } else if (rsi > rules.signals.rsiExhausted && rsi > before) {
    raw = -1;
    text = 'RSI exhausted';
  } else if (rsi > 50 && rsi > before) {
    raw = 1;
    text = 'RSI firm and firming';
  }
  const firming = direction === 'BUY' ? newest > previous : newest < previous;
  const firmed = direction === 'BUY' ? previous > oldest : previous < oldest;
  const weakening = direction === 'BUY' ? newest < previous : newest > previous;
  const weakened = direction === 'BUY' ? previous < oldest : previous > oldest;
  if (firming && firmed) return verdict(raw + 1, `${text}; MACD two steps with the trade`);
  if (weakening && weakened) return verdict(raw - 1, `${text}; MACD two steps against the trade`);
  return verdict(raw, `${text}; MACD undecided`);
};
