// Owns what trades ask of a symbol's market.
import type { StructureEvent } from '../market/data.js';
import type { Direction } from '../market/direction.js';
import type { MarketHours } from '../market/market-hours.js';
import type { Evaluation, Signal } from '../signals/signal.js';

/**
 * Up to when a market is known at a moment that some clock tells: a report or a person may be a year ahead of a market that is
 * played, and what comes of it is news all the same.
 */
export function knownUntil(facts: Pick<MarketFacts, 'asOf' | 'admission'> | null, at: number): number {
  return facts === null || facts.admission.wasFresh ? at : Math.min(at, facts.asOf ?? at);
}

/** What the state machine and the planning need to know of a symbol's market. MarketView is one. */
export interface MarketFacts {
  /** The market time of the newest data; null before any. */
  readonly asOf: number | null;
  /** Whether its data have been fresh by the database's clock; what never were are history, or a recording. */
  readonly admission: { readonly wasFresh: boolean };
  /** The price a trade of this direction would exit at: BUY on bid, SELL on ask; null without data. */
  exitPrice(direction: Direction): number | null;
  /** Best known ask - bid; null when no spread is known. */
  readonly spread: number | null;
  readonly medianSpread: number | null;
  /** The size of a tick as the newest prices show it; null when they do not. */
  readonly tickSize: number | null;
  /** ATR(14) of coarse bars; null until warmed up. */
  readonly atrCoarse: number | null;
  readonly atrFine: number | null;
  /** The last confirmed swings of coarse bars. */
  readonly swingHigh: number | null;
  readonly swingLow: number | null;
  /** The latest structure event, however old. */
  readonly structureEvent: StructureEvent | null;
  /** The latest recorded evaluation of a direction. */
  latest(direction: Direction): Evaluation | null;
  /** How many evaluations were recorded since the view began (both directions at once). */
  readonly evaluationCount: number;
  /** Recorded evaluations at or after `from` and within the decay window in which a signal was negative. */
  warnings(direction: Direction, from: number): Partial<Record<Signal, number>>;
  /**
   * True when so much open market time has passed since the newest closed bar and the newest quote that nothing may come of
   * them at `now`, also while the market is closed: by these hours, or its own.
   */
  isOld(now: number, hours?: MarketHours | null): boolean;
  /** The same of closed bars alone: what they say of the market, its structure and its score, is of the past. */
  areBarsOld(now: number, hours?: MarketHours | null): boolean;
  /** True when the newest closed bar is too old to act on at `now` while the market is open: by these hours, or its own. */
  isStale(now: number, hours?: MarketHours | null): boolean;
}
