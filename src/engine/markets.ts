// Owns every market of the engine: found by feed and instrument, or by the broker's spelling.

import { resolveInstrument, type SymbolRules } from '../domain/market/symbols.js';
import type { MarketView } from '../domain/views/market-view.js';
import { Market } from './market.js';
import type { WatchedMarket } from './results.js';

const keyOf = (feed: string, name: string): string => `${feed} ${name}`;

export class Markets {
  readonly #symbols: SymbolRules;
  /** By feed and instrument. */
  readonly #markets = new Map<string, Market>();
  /** By feed and the broker's spelling: saves resolving it for each item. */
  readonly #spellings = new Map<string, Market>();

  /** How many have data by feed; the empty name stands for all feeds. */
  readonly #views = new Map<string, number>();

  constructor(symbols: SymbolRules) {
    this.#symbols = symbols;
  }

  /** The market of an instrument; a new one is kept once a trade or a view is in it. */
  of(feed: string, instrument: string): Market {
    return this.#markets.get(keyOf(feed, instrument)) ?? new Market(feed, instrument);
  }

  /** The same of a symbol in any spelling. */
  ofSymbol(feed: string, symbol: string): Market {
    const spelled = this.#spellings.get(keyOf(feed, symbol)) ?? this.#markets.get(keyOf(feed, symbol));
    return spelled ?? this.of(feed, resolveInstrument(symbol, this.#symbols));
  }

  keep(market: Market): void {
    this.#markets.set(keyOf(market.feed, market.instrument), market);
  }

  /** How many have data, of a feed or in all. */
  viewsIn(feed = ''): number {
    return this.#views.get(feed) ?? 0;
  }

  /** Gives a market its view. */
  attach(market: Market, view: MarketView): void {
    if (market.view === null) this.#count(market.feed, 1);
    this.keep(market);
    market.attach(view);
    this.#spellings.set(keyOf(market.feed, view.symbol), market);
  }

  /** Forgets the data of a market; it stays while trades are on it. */
  detach(market: Market): void {
    this.#spellings.delete(keyOf(market.feed, market.symbol));
    if (market.view !== null) this.#count(market.feed, -1);
    market.detach();
    if (market.size === 0) this.#markets.delete(keyOf(market.feed, market.instrument));
  }

  #count(feed: string, by: number): void {
    for (const name of [feed, '']) this.#views.set(name, this.viewsIn(name) + by);
  }

  /** Those of a feed that have data. */
  ofFeed(feed: string): Market[] {
    return [...this.#markets.values()].filter((market) => market.feed === feed && market.view !== null);
  }

  /** Those that have data. */
  withData(): Market[] {
    return [...this.#markets.values()].filter(({ view }) => view !== null);
  }

  /** The view of an instrument; undefined without data. */
  view(feed: string, instrument: string): MarketView | undefined {
    return this.#markets.get(keyOf(feed, instrument))?.view ?? undefined;
  }

  /** Those with data, and how many trades that are not settled are on each. */
  *watched(): Iterable<WatchedMarket> {
    for (const { feed, view, size } of this.#markets.values()) {
      if (view !== null) yield { feed, view, trades: size };
    }
  }

  /** How many have a view, and how many trades wait on those without data. */
  counts(): { readonly views: number; readonly waitingForData: number } {
    let views = 0;
    let waitingForData = 0;
    for (const { view, size } of this.#markets.values()) {
      if (view !== null) views += 1;
      if ((view?.asOf ?? null) === null) waitingForData += size;
    }
    return { views, waitingForData };
  }
}
