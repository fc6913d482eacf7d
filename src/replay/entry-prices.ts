// Owns whether the entry prices of recorded trades are those of the market they are replayed in.
import type { ReplayBar } from './importer.js';
import type { ReplayTrade } from './trades-file.js';

/** No market moves so far within a bar: a price this many times the market's, or less than its part, is of another scale. */
const FAR = 2;

/** Trades that can be replayed, and what is to be said of the others. */
export interface EntryCheck {
  readonly trades: readonly ReplayTrade[];
  readonly remarks: readonly string[];
}

/**
 * Leaves out the trades whose entry price has another scale than the bar they were entered in, and counts those whose
 * price that bar never had: most often their times are of another zone. Bars in order of time; times are UTC ms.
 */
export function checkEntries(trades: readonly ReplayTrade[], bars: readonly ReplayBar[]): EntryCheck {
  const kept: ReplayTrade[] = [];
  let outside = 0;
  for (const trade of trades) {
    const entered = barAt(bars, trade.entryTime);
    const low = entered?.bar.low ?? trade.entryPrice;
    const high = Math.max(entered?.bar.high ?? trade.entryPrice, entered?.ask?.high ?? 0);
    if (trade.entryPrice > high * FAR || trade.entryPrice < low / FAR) continue;
    kept.push(trade);
    if (trade.entryPrice > high || trade.entryPrice < low) outside += 1;
  }
  const far = trades.length - kept.length;
  return {
    trades: kept,
    remarks: [
      ...(far === 0 ? [] : [`${far} × the entry price is far from the market's: left out`]),
      ...(outside === 0
        ? []
        : [`${outside} × the bar of the entry did not have its price: are the times of another zone?`]),
    ],
  };
}

/** The last bar that began at or before `time`. */
function barAt(bars: readonly ReplayBar[], time: number): ReplayBar | undefined {
  let [from, to] = [0, bars.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((bars[middle]?.bar.time ?? 0) <= time) from = middle + 1;
    else to = middle;
  }
  return bars[from - 1];
}
