// Owns the trades a study samples of a set: where they are entered, on which side, and where they end left alone.
import { seededRandom } from '../broker/seeded-random.js';
import { TIMEFRAME_MS } from '../domain/market/data.js';
import type { ReplayBar, ReplayData } from '../replay/importer.js';
import type { ReplayTrade } from '../replay/trades-file.js';
import type { CoarseMoment } from './coarse-bars.js';
import type { TradeSampling } from './study-file.js';

interface Entry {
  readonly place: number;
  readonly side: 1 | -1;
}

/**
 * Trades with tickets from 1, in order of entry: entered at a bar's close, BUY at the ask and SELL at the bid. With
 * `overlap` "none" fewer than asked for; none where the bars are too few for an ATR.
 */
export function studyTrades(
  data: ReplayData,
  moments: readonly CoarseMoment[],
  symbol: string,
  sampling: TradeSampling,
  seed: number,
): readonly ReplayTrade[] {
  const coarse = TIMEFRAME_MS.M15 / TIMEFRAME_MS[data.timeframe];
  const heldBars = sampling.holdBars * coarse;
  const entries = drawn(data, moments, sampling, seed);
  const apart = sampling.overlap === 'allowed' ? entries : spacedOut(entries, heldBars);
  return apart.flatMap(({ place, side }, index) => {
    const [bar, moment] = [data.bars[place], moments[place]];
    if (bar === undefined || moment?.atr == null) return [];
    const ticket = BigInt(index + 1);
    return [{ ticket, symbol, heldBars, ...levels(bar, side, moment.atr, data, sampling) }];
  });
}

function levels(
  { bar, ask }: ReplayBar,
  side: 1 | -1,
  atr: number,
  data: ReplayData,
  sampling: TradeSampling,
) {
  const round = (price: number) => Number(price.toFixed(data.digits));
  const entryPrice = side > 0 ? (ask ?? bar).close : bar.close;
  const { stopAtr, targetAtr } = sampling;
  return {
    direction: side > 0 ? ('BUY' as const) : ('SELL' as const),
    entryTime: bar.time + TIMEFRAME_MS[data.timeframe],
    entryPrice,
    volume: 1,
    stopLoss: round(entryPrice - side * stopAtr * atr),
    takeProfit: targetAtr === 0 ? null : round(entryPrice + side * targetAtr * atr),
  };
}

/** Bars with an ATR, but the last, after which there is nothing. */
function drawn(
  { bars }: ReplayData,
  moments: readonly CoarseMoment[],
  { count, entry }: TradeSampling,
  seed: number,
): readonly Entry[] {
  const first = moments.findIndex(({ atr }) => atr !== null && atr > 0);
  const usable = first < 0 ? 0 : bars.length - 1 - first;
  if (usable <= 0) return [];
  const random = seededRandom(seed);
  const offset = random();
  const entries = Array.from({ length: count }, (_, number): Entry => {
    const share = entry === 'random' ? random() : (number + offset) / count;
    const side = (entry === 'random' ? random() < 0.5 : number % 2 === 0) ? 1 : -1;
    return { place: first + Math.floor(share * usable), side };
  });
  return entries.sort((a, b) => a.place - b.place);
}

/** Those that begin when the one before has been held for its longest. */
function spacedOut(entries: readonly Entry[], heldBars: number): Entry[] {
  let free = 0;
  return entries.filter(({ place }) => {
    if (place < free) return false;
    free = place + heldBars;
    return true;
  });
}
