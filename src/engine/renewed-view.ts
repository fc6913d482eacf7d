// Owns a market's view as it is stored now, made of the one there is and what changed.
import { TIMEFRAMES, type Timeframe } from '../domain/market/data.js';
import type { Rules } from '../domain/rules.js';
import { MarketView } from '../domain/views/market-view.js';
import type { ViewSnapshot } from '../domain/views/view-types.js';
import { decodeView } from '../store/bodies/market.js';
import type { MarketBarsByTimeframe, RestoredView } from '../store/types.js';

/** The view; bars are all there are, or those that are new or other than in the view that is known. */
export function renewedView(
  known: MarketView | undefined,
  { instrument, symbol, snapshot, bars }: RestoredView,
  rules: Rules,
): MarketView {
  const decoded = decodeView(snapshot);
  const source = known === undefined ? bars : merged(known, decoded, bars);
  return MarketView.restore(symbol, instrument, rules, decoded, source);
}

/** The bars of a view with those that are new or other in their places; the view itself where none is. */
function merged(
  view: MarketView,
  { indicators }: ViewSnapshot,
  changed: MarketBarsByTimeframe,
): MarketBarsByTimeframe | MarketView {
  const isSame = TIMEFRAMES.every((timeframe) => changed[timeframe].length === 0);
  if (isSame && JSON.stringify(view.snapshot().indicators) === JSON.stringify(indicators)) return view;
  const of = (timeframe: Timeframe): MarketBarsByTimeframe[Timeframe] => {
    const [first] = changed[timeframe];
    const known = view.bars(timeframe);
    if (first === undefined) return known;
    // Those that changed are all from the first of them on, and may be fewer than there were.
    return [...known.filter(({ time }) => time < first.time), ...changed[timeframe]];
  };
  return { M1: of('M1'), M5: of('M5'), M15: of('M15') };
}
