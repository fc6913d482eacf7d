// Owns sample trades over recorded data: evenly spread and alternating in direction, or drawn; their exits
// by the market's range.
import { seededRandom } from '../broker/seeded-random.js';
import type { Bar } from '../domain/market/data.js';
import type { ReplayData } from './importer.js';
import type { ReplayTrade } from './trades-file.js';

const ATR_PERIOD = 14;
/** Bars before the first that a trade is entered after. */
export const SAMPLE_WARM_UP = ATR_PERIOD + 1;
const VOLUME = 1;

/** How sampled trades are entered and left. */
export interface SampleRules {
  /** Entries and directions are drawn by it; null spreads entries evenly and alternates directions. */
  readonly seed: number | null;
  /** Distances of stop and target from the entry, in ATR(14) of the data's bars; no target at 0. */
  readonly stopAtr: number;
  readonly targetAtr: number;
  /** The longest a trade is held, in bars. */
  readonly heldBars: number;
}

const DEFAULT_SAMPLE: SampleRules = { seed: null, stopAtr: 4, targetAtr: 6, heldBars: 200 };

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

/** Where a trade is entered: after which of the usable bars, and on which side. */
interface Entry {
  readonly place: number;
  readonly side: 1 | -1;
}

function entriesOf(count: number, usable: number, seed: number | null): Entry[] {
  const numbers = Array.from({ length: count }, (_, number) => number);
  if (seed === null) {
    return numbers.map((number) => ({
      place: Math.floor((number * usable) / count),
      side: number % 2 === 0 ? 1 : -1,
    }));
  }
  const random = seededRandom(seed);
  const drawn = numbers.map(() => ({
    place: Math.floor(random() * usable),
    side: random() < 0.5 ? (1 as const) : (-1 as const),
  }));
  return drawn.sort((a, b) => a.place - b.place);
}

/**
 * `count` trades with tickets from 1, in order of entry: entered at a bar's close, BUY at the ask and SELL at
 * the bid, with stop, target and time by the rules. Empty when there are too few bars for an ATR.
 */
export function sampleTrades(
  data: ReplayData,
  symbol: string,
  barMs: number,
  count: number,
  rules: SampleRules = DEFAULT_SAMPLE,
): ReplayTrade[] {
  const atrs = averageTrueRanges(data.bars.map(({ bar }) => bar));
  const usable = data.bars.length - 1 - ATR_PERIOD;
  if (usable <= 0) return [];
  const round = (price: number) => Number(price.toFixed(data.digits));
  const trades: ReplayTrade[] = [];
  for (const [number, { place, side }] of entriesOf(count, usable, rules.seed).entries()) {
    const entry = data.bars[ATR_PERIOD + place];
    const atr = atrs[ATR_PERIOD + place] ?? null;
    if (entry === undefined || atr === null || atr === 0) continue;
    const entryPrice = side > 0 ? (entry.ask ?? entry.bar).close : entry.bar.close;
    trades.push({
      ticket: BigInt(number + 1),
      symbol,
      direction: side > 0 ? 'BUY' : 'SELL',
      entryTime: entry.bar.time + barMs,
      entryPrice,
      volume: VOLUME,
      stopLoss: round(entryPrice - side * rules.stopAtr * atr),
      takeProfit: rules.targetAtr === 0 ? null : round(entryPrice + side * rules.targetAtr * atr),
      heldBars: rules.heldBars,
    });
  }
  return trades;
}
