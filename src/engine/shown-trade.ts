// Owns showing trades: with what their symbol's market says of them now.
import { readingOf, type ShownTrade } from '../domain/trade/reading.js';
import type { Trade } from '../domain/trade/trade.js';
import type { Engine } from './engine.js';
import type { FeedClock } from './feed-clock.js';

/** What of a term is looked at. */
interface TradeMarkets {
  readonly engine: Pick<Engine, 'feedOf' | 'viewOf' | 'reference'>;
  readonly clock: Pick<FeedClock, 'now'>;
}

export function shownTrade({ engine, clock }: TradeMarkets, trade: Trade, revision: number): ShownTrade {
  const { account, symbol } = trade.spec;
  const hours = engine.reference.hoursOf(account, symbol);
  const reading = readingOf(trade, engine.viewOf(trade), clock.now(engine.feedOf(trade)), hours);
  return { trade, reading, revision };
}
