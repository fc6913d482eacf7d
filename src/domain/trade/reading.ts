// Owns what a trade shows of its symbol's market.

import type { MarketHours } from '../market/market-hours.js';
import type { Evaluation, Signal } from '../signals/signal.js';
import type { MarketView } from '../views/market-view.js';
import {
  currentPriceOf,
  evaluationOf,
  evaluationsOf,
  type Monitoring,
  monitoringOf,
  openResultR,
  warningsOf,
} from './monitoring.js';
import type { Trade } from './trade.js';

/** What a trade shows that is not its own state. */
export interface TradeReading {
  readonly monitoring: Monitoring;
  readonly evaluation: Evaluation | null;
  readonly evaluations: number;
  readonly warnings: Readonly<Partial<Record<Signal, number>>>;
  readonly currentPrice: number | null;
  readonly openResultR: number | null;
}

/** A trade as callers are shown it. */
export interface ShownTrade {
  readonly trade: Trade;
  readonly reading: TradeReading;
  /** The log's revision of its latest change. */
  readonly revision: number;
}

/** `now` is what the feed's data is fresh or old by, UTC ms; `hours` when its market is open, where that is told. */
export function readingOf(
  trade: Trade,
  view: MarketView | undefined,
  now: number,
  hours: MarketHours | null = null,
): TradeReading {
  const facts = view ?? null;
  return {
    monitoring: monitoringOf(trade, facts, now, hours),
    evaluation: evaluationOf(trade, facts),
    evaluations: evaluationsOf(trade, facts),
    warnings: warningsOf(trade, facts),
    currentPrice: currentPriceOf(trade, facts),
    openResultR: openResultR(trade, facts),
  };
}
