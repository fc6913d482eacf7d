// Market views for tests: made, fed, stopped and restored, and everything they show of the indicators.
import { MarketView, type TimedBar } from '../../src/domain/market-view.js';
import { DEFAULT_RULES, type Rules } from '../../src/domain/rules.js';
import { resolveInstrument } from '../../src/domain/symbols.js';
import { type Bar, TIMEFRAME_MS, type Timeframe } from '../../src/domain/types.js';

export const { M1, M5, M15 } = TIMEFRAME_MS;

export function viewOf(symbol = 'BTCUSD', rules: Rules = DEFAULT_RULES): MarketView {
  return new MarketView(symbol, resolveInstrument(symbol), rules);
}

export function feed(view: MarketView, timeframe: Timeframe, bars: readonly Bar[]): MarketView {
  for (const bar of bars) view.upsertBar(timeframe, bar);
  return view;
}

/** What a store keeps: the latest content of each bar, by timeframe and open time. */
export class BarStore {
  readonly #bars: Record<Timeframe, Map<number, Bar>> = { M1: new Map(), M5: new Map(), M15: new Map() };

  take(stored: readonly TimedBar[]): void {
    for (const { timeframe, bar } of stored) this.#bars[timeframe].set(bar.time, bar);
  }

  all(): Record<Timeframe, Bar[]> {
    const sorted = (timeframe: Timeframe): Bar[] =>
      [...this.#bars[timeframe].values()].sort((a, b) => a.time - b.time);
    return { M1: sorted('M1'), M5: sorted('M5'), M15: sorted('M15') };
  }
}

/** The view after a restart: its snapshot went through JSON, its bars through the store. */
export function restarted(view: MarketView, store: BarStore, rules: Rules = DEFAULT_RULES): MarketView {
  const snapshot = JSON.parse(JSON.stringify(view.snapshot()));
  return MarketView.restore(view.symbol, view.instrument, rules, snapshot, store.all());
}

/** Everything a view shows that follows from its bars alone. */
export function indicatorsOf(view: MarketView) {
  const { rsi, macd, bollinger, ema50, ema200, vwap, vwapSlope, atrFine, atrCoarse, regime } = view;
  const { swingHigh, swingLow, structureEvent, gaps, quality, asOf } = view;
  const { fineBars, coarseBars, lastFineBar, lastCoarseBar } = view;
  return {
    ...{ rsi, macd, bollinger, ema50, ema200, vwap, vwapSlope, atrFine, atrCoarse, regime },
    ...{ swingHigh, swingLow, structureEvent, gaps, quality, asOf },
    ...{ fineBars, coarseBars, lastFineBar, lastCoarseBar },
  };
}
