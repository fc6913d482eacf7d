// Owns how old market data is, by symbol, and how far ahead it is dated, by feed; for a bounded number of both.

import type { FeedClock } from '../engine/feed-clock.js';
import { type SkewSource, skewOf } from '../engine/market-skew.js';
import type { ReferenceData } from '../engine/reference-data.js';
import type { WatchedMarket } from '../engine/results.js';
import type { Labels } from '../observability/metrics/families.js';

/** Symbols, or feeds, shown by name. */
export const NAMED_SYMBOLS = 200;
const NAMED_FEEDS = 200;

/** What of a term tells how old its data is. */
export interface MarketClock extends SkewSource {
  readonly engine: SkewSource['engine'] & {
    watched(): Iterable<WatchedMarket>;
    readonly reference: Pick<ReferenceData, 'marketHours'>;
  };
  readonly clock: Pick<FeedClock, 'now'>;
}

export interface SymbolAges {
  /** Seconds by feed and symbol; below 0 for data that is dated ahead. */
  readonly ages: [Labels, number][];
  /** Symbols with trades whose data is too old to act on. */
  readonly stale: number;
  /** Seconds by feed: how far ahead of the database's clock its data is dated. */
  readonly skews: [Labels, number][];
}

/** @param term - null on a server that does not lead */
export function symbolAges(term: MarketClock | null): SymbolAges {
  if (term === null) return { ages: [], stale: 0, skews: [] };
  const markets = [...term.engine.watched()];
  const stale = markets.filter(
    ({ feed, view, trades }) =>
      trades > 0 && view.isStale(term.clock.now(feed), term.engine.reference.marketHours(view.symbol)),
  ).length;
  return { ages: agesOf(markets, term), stale, skews: skewsOf(markets, term) };
}

function agesOf(markets: readonly WatchedMarket[], { clock }: MarketClock): [Labels, number][] {
  const aged = markets.flatMap(({ feed, view, trades }) =>
    view.asOf === null
      ? []
      : [{ feed, symbol: view.symbol, trades, age: (clock.now(feed) - view.asOf) / 1000 }],
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
  return ages;
}

/** Those ahead, the farthest first. */
function skewsOf(markets: readonly WatchedMarket[], term: MarketClock): [Labels, number][] {
  const skews = new Map<string, number>();
  const now = term.databaseNow();
  for (const feed of term.engine.faults.feeds()) skews.set(feed, term.engine.faults.skew(feed, now));
  for (const { feed, view } of markets) {
    skews.set(feed, Math.max(skews.get(feed) ?? 0, skewOf(term, feed, view)));
  }
  return [...skews]
    .filter(([, skew]) => skew > 0)
    .sort(([, one], [, other]) => other - one)
    .slice(0, NAMED_FEEDS)
    .map(([feed, skew]) => [{ feed }, skew / 1000]);
}
