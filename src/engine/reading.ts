// What a trade shows of its symbol's market, gathered for the wire.
import type { MarketView } from '../domain/market-view.js';
import {
  currentPriceOf,
  evaluationOf,
  evaluationsOf,
  monitoringOf,
  openResultR,
  warningsOf,
} from '../domain/monitoring.js';
import type { Trade } from '../domain/types.js';
import type { TradeReading } from '../wire/trade.js';

/** `now` is the feed's time in UTC ms. */
export function readingOf(trade: Trade, view: MarketView | undefined, now: number): TradeReading {
  const facts = view ?? null;
  return {
    monitoring: monitoringOf(trade, facts, now),
    evaluation: evaluationOf(trade, facts),
    evaluations: evaluationsOf(trade, facts),
    warnings: warningsOf(trade, facts),
    currentPrice: currentPriceOf(trade, facts),
    openResultR: openResultR(trade, facts),
  };
}
