// Sample trades over recorded data: evenly spread, alternating in direction, sized by the market's range.
import type { Bar } from '../domain/types.js';
import type { ReplayData } from './importer.js';
import type { ReplayTrade } from './trades-file.js';

const ATR_PERIOD = 14;
/** Bars before the first that a trade is entered after. */
export const SAMPLE_WARM_UP = ATR_PERIOD + 1;
const STOP_ATR = 4;
const TARGET_ATR = 6;
const HELD_BARS = 200;
const VOLUME = 1;

/** Wilder's ATR(14) after each bar, in price; null before it is warmed up. */
function averageTrueRanges(bars: readonly Bar[]): (number | null)[] {
  let sum = 0;
  let average: number | null = null;
  return bars.map((bar, index) => {
    const before = bars[index - 1];
    if (before === undefined) return null;
    const range = Math.max(bar.high, before.close) - Math.min(bar.low, before.close);
    if (average !== null) average = (average * (ATR_PERIOD - 1) + range) / ATR_PERIOD;
    else {
      sum += range;
      if (index === ATR_PERIOD) average = sum / ATR_PERIOD;
    }
    return average;
  });
}

/**
 * `count` trades with tickets from 1: entered at a bar's close, BUY at the ask and SELL at the bid, stop
 * at 4 ATR(14) of the data's own bars, target at 6, held for at most 200 bars. Empty when there are too
 * few bars for an ATR.
 */
export function sampleTrades(data: ReplayData, symbol: string, barMs: number, count: number): ReplayTrade[] {
  const atrs = averageTrueRanges(data.bars.map(({ bar }) => bar));
  const usable = data.bars.length - 1 - ATR_PERIOD;
  const round = (price: number) => Number(price.toFixed(data.digits));
  const trades: ReplayTrade[] = [];
  for (let number = 0; number < count && usable > 0; number++) {
    const index = ATR_PERIOD + Math.floor((number * usable) / count);
    const entry = data.bars[index];
    const atr = atrs[index] ?? null;
    if (entry === undefined || atr === null || atr === 0) continue;
    const side = number % 2 === 0 ? 1 : -1;
    const entryPrice = side > 0 ? (entry.ask ?? entry.bar).close : entry.bar.close;
    trades.push({
      ticket: BigInt(number + 1),
      symbol,
      direction: side > 0 ? 'BUY' : 'SELL',
      entryTime: entry.bar.time + barMs,
      entryPrice,
      volume: VOLUME,
      stopLoss: round(entryPrice - side * STOP_ATR * atr),
      takeProfit: round(entryPrice + side * TARGET_ATR * atr),
      heldBars: HELD_BARS,
    });
  }
  return trades;
}
