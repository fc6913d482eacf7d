// Owns the trades a study samples of a set: where they are entered, on which side, and where they end left alone.
import { seededRandom } from '../broker/seeded-random.js';
import { TIMEFRAME_MS } from '../domain/market/data.js';
import { sessionAt } from '../domain/market/sessions.js';
import type { ReplayBar, ReplayData } from '../replay/importer.js';
import type { ReplayTrade } from '../replay/trades-file.js';
import type { CoarseMoment } from './coarse-bars.js';
import { type Entry, entriesAfter } from './entry-signals.js';
import type { MarketSet } from './market-set.js';
import type { TradeSampling } from './study-file.js';

/** What trades are sampled of; `from`: none is entered before, UTC ms. */
export type SampledSet = Pick<MarketSet, 'data' | 'moments' | 'symbol' | 'from'>;

/**
 * Trades with tickets from 1, in order of entry: entered at a bar's close, BUY at the ask and SELL at the bid. Fewer than
 * asked for with `overlap` "none" and where there are fewer reasons to enter; none where the bars are too few for an ATR.
 */
export function studyTrades(
  { data, moments, symbol, from }: SampledSet,
  sampling: TradeSampling,
  seed: number,
): readonly ReplayTrade[] {
  const coarse = TIMEFRAME_MS.M15 / TIMEFRAME_MS[data.timeframe];
  const heldBars = sampling.holdBars * coarse;
  const places = usablePlaces(data, moments, sampling, from);
  const { entry } = sampling;
  const entries =
    typeof entry === 'string'
      ? drawn(places, sampling, seed)
      : chosen(entriesAfter(entry, data), new Set(places), sampling, seed);
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

/** Places of the bars at whose close a trade may be entered: with an ATR, but the last, after which there is nothing. */
function usablePlaces(
  { bars, timeframe }: ReplayData,
  moments: readonly CoarseMoment[],
  { sessions }: TradeSampling,
  from: number,
): readonly number[] {
  const first = moments.findIndex(({ atr }) => atr !== null && atr > 0);
  if (first < 0) return [];
  return bars.flatMap(({ bar }, place) => {
    const at = bar.time + TIMEFRAME_MS[timeframe];
    if (place < first || place >= bars.length - 1 || at < from) return [];
    return sessions === undefined || sessions.includes(sessionAt(at)) ? [place] : [];
  });
}

/** `count` entries without a reason. */
function drawn(
  places: readonly number[],
  { count, entry, direction }: TradeSampling,
  seed: number,
): readonly Entry[] {
  if (places.length === 0) return [];
  const random = seededRandom(seed);
  const offset = random();
  const entries = Array.from({ length: count }, (_, number): Entry => {
    const share = entry === 'random' ? random() : (number + offset) / count;
    const isBuy = entry === 'random' ? random() < 0.5 : number % 2 === 0;
    const side = direction === undefined ? isBuy : direction === 'BUY';
    return { place: places[Math.floor(share * places.length)] ?? 0, side: side ? 1 : -1 };
  });
  return entries.sort((a, b) => a.place - b.place);
}

/** Of the moments with a reason `count`, or all where there are no more, each once. */
function chosen(
  reasons: readonly Entry[],
  places: ReadonlySet<number>,
  { count, direction }: TradeSampling,
  seed: number,
): readonly Entry[] {
  const meant = direction === undefined ? null : direction === 'BUY' ? 1 : -1;
  const left = reasons.filter(({ place, side }) => places.has(place) && (meant === null || side === meant));
  const random = seededRandom(seed);
  const ranked = left.map((entry) => ({ entry, rank: random() })).sort((a, b) => a.rank - b.rank);
  return ranked
    .slice(0, count)
    .map(({ entry }) => entry)
    .sort((a, b) => a.place - b.place);
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
