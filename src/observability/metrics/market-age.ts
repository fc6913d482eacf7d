// Owns how old market data is, by symbol, for a bounded number of symbols.
import type { FeedClock } from '../../engine/feed-clock.js';
import type { WatchedMarket } from '../../engine/results.js';
import type { Labels } from './families.js';

/** Symbols shown by name. */
export const NAMED_SYMBOLS = 200;

/** What of a term tells how old its data is. */
export interface MarketClock {
  readonly engine: { watched(): Iterable<WatchedMarket> };
  readonly clock: Pick<FeedClock, 'now' | 'wall'>;
}

export interface SymbolAges {
  /** Seconds by feed and symbol. */
  readonly ages: [Labels, number][];
  /** Symbols with trades whose data is too old to act on. */
  readonly stale: number;
}

/** @param term - null on a server that does not lead */
export function symbolAges(term: MarketClock | null): SymbolAges {
  if (term === null) return { ages: [], stale: 0 };
  const markets = [...term.engine.watched()];
  const stale = markets.filter(
    ({ feed, view, trades }) => trades > 0 && view.isStale(term.clock.now(feed)),
  ).length;
  const now = term.clock.wall();
  const aged = markets.flatMap(({ feed, view, trades }) =>
    view.asOf === null
      ? []
      : [{ feed, symbol: view.symbol, trades, age: Math.max(0, now - view.asOf) / 1000 }],
  );
  if (aged.length > NAMED_SYMBOLS) {
    aged.sort((one, other) => other.trades - one.trades || one.symbol.localeCompare(other.symbol));
  }
  const ages = aged
    .slice(0, NAMED_SYMBOLS)
    .map(({ feed, symbol, age }): [Labels, number] => [{ feed, symbol }, age]);
  const rest = aged.slice(NAMED_SYMBOLS);
  if (rest.length > 0) {
    const oldest = rest.reduce((most, { age }) => Math.max(most, age), 0);
    ages.push([{ feed: 'other', symbol: 'other' }, oldest]);
  }
  return { ages, stale };
}
