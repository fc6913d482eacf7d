// Owns putting a feed: where it is of another kind than before, the deadlines of its trades go on by the clock of that one.
import type { Moment } from '../domain/actions/context.js';
import { clockChanged } from '../domain/changes/clock-change.js';
import type { Feed, FeedKind } from '../domain/market/feed.js';
import type { Trade } from '../domain/trade/trade.js';
import type { Engine } from './engine.js';

/** @param moment - database time, and what dates what nobody dated. */
export function putFeed(engine: Engine, feed: Feed, { now, at }: Moment): void {
  const { checks, feeds } = engine;
  const before = feeds.feedKind(feed.name);
  if (feed.kind !== before) {
    // They are decided by the clock that they began by.
    for (const { basis } of checks.all()) if (basis.market.feed === feed.name) checks.finish(basis.market);
  }
  feeds.put(feed);
  if (feed.kind === before) return;
  for (const trade of [...engine.trades()]) {
    if (trade.spec.feed !== feed.name) continue;
    const asOf = marketTime(engine, trade, now);
    const clockOf = (kind: FeedKind): number => (kind === 'LIVE' ? now : asOf);
    const change = { asOf, from: clockOf(before), to: clockOf(feed.kind) };
    engine.act(trade.spec, (current) => clockChanged(current, change, at, engine.rules));
  }
}

/** Without data the next are taken for those of now: nobody knows better. */
function marketTime(engine: Engine, trade: Trade, now: number): number {
  return engine.viewOf(trade)?.asOf ?? now;
}
