// Builds market views for tests and reads everything off them that can be read.

import type { Bar, Timeframe } from '../../src/domain/market/data.js';
import { DEFAULT_RULES, type Rules } from '../../src/domain/rules.js';
import { MarketView } from '../../src/domain/views/market-view.js';
import type { ViewSnapshot } from '../../src/domain/views/view-types.js';

export const M1 = 60_000;
export const M5 = 300_000;
export const M15 = 900_000;

export function viewOf(instrument = 'BTCUSD', rules: Rules = DEFAULT_RULES): MarketView {
  return new MarketView(`${instrument}m`, instrument, rules);
}

export function feed(view: MarketView, timeframe: Timeframe, bars: readonly Bar[]): MarketView {
  for (const bar of bars) view.upsertBar(timeframe, bar);
  return view;
}

/** Everything that follows from the bars alone, and both assessments at the newest data. */
export function indicatorsOf(view: MarketView) {
  const { quality, fineBars, coarseBars, gaps, lastFineBar, lastCoarseBar, asOf } = view;
  const { rsi, macd, bollinger, vwap, vwapSlope, ema50, ema200, atrFine, atrCoarse } = view;
  const { swingHigh, swingLow, structureEvent, regime } = view;
  return {
    ...{ quality, fineBars, coarseBars, gaps, lastFineBar, lastCoarseBar },
    ...{ rsi, macd, bollinger, vwap, vwapSlope, ema50, ema200, atrFine, atrCoarse },
    ...{ swingHigh, swingLow, structureEvent, regime },
    buy: asOf === null ? null : view.assess('BUY', asOf),
    sell: asOf === null ? null : view.assess('SELL', asOf),
  };
}

/** A store as the engine uses one: it keeps the latest of every bar it is given. */
export class BarStore {
  readonly #bars: Record<Timeframe, Map<number, Bar>> = { M1: new Map(), M5: new Map(), M15: new Map() };

  take(stored: readonly { readonly timeframe: Timeframe; readonly bar: Bar }[]): void {
    for (const { timeframe, bar } of stored) this.#bars[timeframe].set(bar.time, bar);
  }

  /** Ascending by open time, as if read back from text. */
  all(): Record<Timeframe, Bar[]> {
    const ascending = (timeframe: Timeframe): Bar[] =>
      [...this.#bars[timeframe].values()].sort((a, b) => a.time - b.time).map((bar) => ({ ...bar }));
    return { M1: ascending('M1'), M5: ascending('M5'), M15: ascending('M15') };
  }
}

/** Stops a view and starts it again from what would be stored. */
export function restarted(view: MarketView, store: BarStore, rules: Rules = DEFAULT_RULES): MarketView {
  const text = JSON.stringify(view.snapshot());
  return MarketView.restore(
    view.symbol,
    view.instrument,
    rules,
    JSON.parse(text) as ViewSnapshot,
    store.all(),
  );
}
