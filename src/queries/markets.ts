// Owns reading of markets: all of them in short, one in full, its bars, and what was recorded of it.

import type { Bar, Timeframe } from '../domain/market/data.js';
import type { HoursSource } from '../domain/market/market-hours.js';
import type { SwitchedOffSignals } from '../domain/signals/signal.js';
import type { MarketView } from '../domain/views/market-view.js';
import type { TimedBar } from '../domain/views/view-types.js';
import { tradesOnFeeds } from '../engine/feed-standing.js';
import { skewOf } from '../engine/market-skew.js';
import { noMarketData } from '../errors/errors.js';
import type { EvaluationPlace, EvaluationRange, KeptEvaluation } from '../store/evaluation-reads.js';
import { feedsSeen, isReadable } from './feeds.js';
import { type ListPage, pageByName, pageOf } from './page.js';
import type { LogState, Sources } from './sources.js';

/** A market as it is; `now` is what its data is fresh or old by, UTC ms; `skew` how far ahead it is dated, in ms. */
export interface MarketNow {
  readonly feed: string;
  readonly view: MarketView;
  readonly now: number;
  readonly skew: number;
  /** Whether its newest data is too old to act on, and who says when the market is open. */
  readonly stale: boolean;
  readonly hoursSource: HoursSource;
  /** The signals that do not count. */
  readonly off: SwitchedOffSignals;
}

function marketNow(state: LogState, feed: string, view: MarketView): MarketNow {
  const now = state.clock.now(feed);
  const { reference } = state.engine;
  return {
    feed,
    view,
    now,
    skew: skewOf(state, feed, view),
    stale: view.isStale(now, reference.marketHours(view.symbol)),
    hoursSource: reference.hoursSource(view.symbol),
    off: state.engine.flags.signalsOff(view.instrument),
  };
}

/** Which market is asked for, and on behalf of which accounts; null means all of them. */
export interface MarketAsked {
  readonly feed: string;
  readonly symbol: string;
  readonly accounts: ReadonlySet<string> | null;
}

/** Throws NO_MARKET_DATA when nothing is known of the symbol, or the feed is for others. */
export function getMarket(sources: Sources, market: MarketAsked): MarketNow {
  const state = sources.state();
  return marketNow(state, market.feed, viewOf(state, market));
}

/** One market among others, with the trades on it that the caller may see and that are not closed. */
export interface ListedMarket extends MarketNow {
  readonly activeTrades: number;
}

/**
 * Markets in the order of feed and instrument, those after a name.
 *
 * @param feed - empty means all that the accounts see.
 * @param accounts - whose trades are counted; null means everybody's.
 */
export function listMarkets(
  sources: Sources,
  feed: string,
  accounts: ReadonlySet<string> | null,
  after: string,
  size: number,
): ListPage<ListedMarket, string> {
  const state = sources.state();
  const markets = new Map<string, { readonly feed: string; readonly view: MarketView }>();
  const isListed = feed === '' ? feedsSeen(state, accounts) : () => isReadable(state, feed, accounts);
  for (const market of state.engine.watched()) {
    if ((feed === '' || market.feed === feed) && isListed(market.feed)) {
      markets.set(nameOf(market.feed, market.view.instrument), market);
    }
  }
  const { items, next } = pageByName(markets, after, size);
  const trades = tradesOnFeeds(state, accounts);
  return {
    items: items.map((market) => ({
      ...marketNow(state, market.feed, market.view),
      activeTrades: trades.get(market.feed)?.get(market.view.instrument) ?? 0,
    })),
    next,
  };
}

/** A feed has no space in it, which sorts before whatever it has. */
const nameOf = (feed: string, instrument: string): string => `${feed} ${instrument}`;

/** Of a list by time: from this moment on, and before that one, UTC ms; null means no limit. */
export interface TimeRange {
  readonly from: number | null;
  readonly until: number | null;
}

export interface MarketBars {
  readonly symbol: string;
  readonly bars: readonly TimedBar[];
  readonly formingBar: TimedBar | null;
}

/** The newest closed bars of a range, and the forming one. Throws NO_MARKET_DATA. */
export function listBars(
  sources: Sources,
  market: MarketAsked,
  timeframe: Timeframe,
  { from, until }: TimeRange,
  limit: number,
): MarketBars {
  const view = viewOf(sources.state(), market);
  const asked = ({ time }: Bar): boolean =>
    time >= (from ?? time) && time < (until ?? Number.POSITIVE_INFINITY);
  const bars = view.bars(timeframe).filter(asked).slice(-limit);
  const forming = view.formingBar;
  return {
    symbol: view.symbol,
    bars: bars.map((bar) => ({ timeframe, bar })),
    formingBar: forming?.timeframe === timeframe && asked(forming.bar) ? forming : null,
  };
}

/** Recorded evaluations of a market, newest first, those before a place. Throws NO_MARKET_DATA. */
export async function listEvaluations(
  sources: Sources,
  range: EvaluationRange,
  accounts: ReadonlySet<string> | null,
  before: EvaluationPlace | null,
  size: number,
): Promise<ListPage<KeptEvaluation, EvaluationPlace>> {
  viewOf(sources.state(), { feed: range.feed, symbol: range.instrument, accounts });
  const rows = await sources.store.listEvaluations(range, before, size + 1);
  return pageOf(rows, size, ({ at, number }) => ({ at, number }));
}

function viewOf({ engine }: LogState, { feed, symbol, accounts }: MarketAsked): MarketView {
  const view = engine.view(feed, symbol);
  if (view === undefined || !isReadable({ engine }, feed, accounts)) throw noMarketData(feed, symbol);
  return view;
}
