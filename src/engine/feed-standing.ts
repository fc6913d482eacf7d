// Owns how feeds stand: what there is on them, how old it is, what is ahead, what was refused and what was held.
import type { Feed } from '../domain/market/feed.js';
import type { Trade } from '../domain/trade/trade.js';
import type { MarketView } from '../domain/views/market-view.js';
import type { Engine } from './engine.js';
import type { FeedClock } from './feed-clock.js';
import type { FeedHeld } from './feed-faults.js';
import { NO_FEED } from './feed-rights.js';
import { feedSkew, type SkewSource } from './market-skew.js';

/** A feed with what there is on it. Times are UTC ms. */
export interface FeedStanding {
  readonly feed: Feed;
  /** Symbols with data. */
  readonly markets: number;
  /** Trades that follow it, are not closed, and are the asker's to see. */
  readonly activeTrades: number;
  /** How far ahead of the database's clock its data is dated, in ms; 0 when it is not. */
  readonly skew: number;
  /** The time of its newest data; null without. */
  readonly asOf: number | null;
  /** What its data is fresh or old by. */
  readonly now: number;
  /** Symbols without data, or with data too old to act on, that these trades are on, or closed ones with open actions. */
  readonly staleMarkets: number;
  /** Items refused since the term began, by fault. */
  readonly refused: Readonly<Record<string, number>>;
  /** What of it was not believed at once since the term began. */
  readonly held: FeedHeld;
}

/** What of a term is looked at. */
export interface StandingSource extends SkewSource {
  readonly engine: SkewSource['engine'] & Pick<Engine, 'feedOf' | 'trades' | 'tradesOf' | 'watched'>;
  readonly clock: Pick<FeedClock, 'now'>;
}

/** Tells of any feed how it stands now. `accounts` are whose trades are counted; null means everybody's. */
export function feedStandings(
  source: StandingSource,
  accounts: ReadonlySet<string> | null,
): (feed: Feed) => FeedStanding {
  const trades = tradesOnFeeds(source, accounts);
  const unfinished = tradesOnFeeds(source, accounts, isUnfinished);
  const views = new Map<string, Map<string, MarketView>>();
  for (const { feed, view } of source.engine.watched()) {
    const known = views.get(feed);
    if (known === undefined) views.set(feed, new Map([[view.instrument, view]]));
    else known.set(view.instrument, view);
  }
  const refused = new Map<string, Record<string, number>>();
  for (const { feed, fault, count } of source.engine.faults.counts()) {
    refused.set(feed, { ...refused.get(feed), [fault]: count });
  }
  return (feed) => {
    const { name } = feed;
    const now = source.clock.now(name);
    const held = trades.get(name) ?? new Map<string, number>();
    const seen = views.get(name) ?? new Map<string, MarketView>();
    const dated = [...seen.values()].flatMap(({ asOf }) => asOf ?? []);
    return {
      feed,
      markets: seen.size,
      activeTrades: [...held.values()].reduce((sum, count) => sum + count, 0),
      skew: feedSkew(source, name, seen.values()),
      asOf: dated.length === 0 ? null : dated.reduce((newest, at) => Math.max(newest, at)),
      now,
      staleMarkets: [...(unfinished.get(name)?.keys() ?? [])].filter(
        (instrument) => seen.get(instrument)?.isStale(now) ?? true,
      ).length,
      refused: refused.get(name) ?? {},
      held: source.engine.faults.heldOf(name),
    };
  };
}

const isActive = ({ state }: Trade): boolean => state !== 'CLOSED';

/** Whether it is not closed, or something of it is left to be done at the broker: that waits for fresh data as well. */
export const isUnfinished = (trade: Trade): boolean => isActive(trade) || trade.actions.length > 0;

/** By feed and instrument, how many trades follow it and are not closed, or are of another kind. */
export function tradesOnFeeds(
  { engine }: { readonly engine: Pick<Engine, 'feedOf' | 'trades' | 'tradesOf'> },
  accounts: ReadonlySet<string> | null,
  isCounted: (trade: Trade) => boolean = isActive,
): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const feeds = new Map<string, Map<string, number>>();
  const all =
    accounts === null ? [engine.trades()] : [...accounts].map((account) => engine.tradesOf(account));
  for (const trades of all) {
    for (const trade of trades) {
      const feed = engine.feedOf(trade);
      if (!isCounted(trade) || feed === NO_FEED) continue;
      const { instrument } = trade;
      const known = feeds.get(feed) ?? new Map<string, number>();
      known.set(instrument, (known.get(instrument) ?? 0) + 1);
      feeds.set(feed, known);
    }
  }
  return feeds;
}
