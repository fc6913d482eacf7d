// Every market of the engine: found by feed and instrument, or by the broker's spelling.
import type { MarketView } from '../domain/market-view.js';
import { resolveInstrument } from '../domain/symbols.js';
import { Market } from './market.js';
import type { WatchedMarket } from './results.js';

const keyOf = (feed: string, name: string): string => `${feed} ${name}`;

export class Markets {
  /** By feed and instrument. */
  readonly #markets = new Map<string, Market>();
  /** By feed and the broker's spelling: saves resolving it for each item. */
  readonly #spellings = new Map<string, Market>();

  /** The market of an instrument; a new one is kept once a trade or a view is in it. */
  of(feed: string, instrument: string): Market {
    return this.#markets.get(keyOf(feed, instrument)) ?? new Market(feed, instrument);
  }

  /** The same of a symbol in any spelling. */
  ofSymbol(feed: string, symbol: string): Market {
    return this.#spellings.get(keyOf(feed, symbol)) ?? this.of(feed, resolveInstrument(symbol));
  }

  keep(market: Market): void {
    this.#markets.set(keyOf(market.feed, market.instrument), market);
  }

  /** Gives a market its view. */
  attach(market: Market, view: MarketView): void {
    this.keep(market);
    market.attach(view);
    this.#spellings.set(keyOf(market.feed, view.symbol), market);
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
