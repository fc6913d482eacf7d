// Owns how far ahead of the database's clock a market's data is dated: skew, which is never shown as age 0.
import type { MarketView } from '../domain/views/market-view.js';
import type { Engine } from './engine.js';

/** What of a term is looked at. */
export interface SkewSource {
  readonly engine: Pick<Engine, 'faults' | 'feeds'>;
  databaseNow(): number;
}

/** In ms: of the newest data, or of what was refused of the feed lately. 0 without; a recorded feed has none. */
export function skewOf(source: SkewSource, feed: string, view: MarketView): number {
  if (source.engine.feeds.feedKind(feed) === 'RECORDED') return 0;
  const now = source.databaseNow();
  return Math.max(source.engine.faults.skew(feed, now), (view.asOf ?? now) - now);
}

/** The same of all that a feed has. */
export function feedSkew(source: SkewSource, feed: string, views: Iterable<MarketView>): number {
  if (source.engine.feeds.feedKind(feed) === 'RECORDED') return 0;
  let most = source.engine.faults.skew(feed, source.databaseNow());
  for (const view of views) most = Math.max(most, skewOf(source, feed, view));
  return most;
}
