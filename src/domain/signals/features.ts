// Owns the list of what the signals look at: the market at one moment, no direction taken yet.
import type { Bar, OrderFlow, StructureEvent } from '../market/data.js';

/** NaN, null and false-like fields say "not known"; each signal says which of them it misses. */
export interface Features {
  /** The newest closed bar is too old: what follows from bars must not be scored. */
  readonly stale: boolean;
  /** Whether swings are known, so that a missing event means "none" rather than "not known". */
  readonly swingsKnown: boolean;
  readonly structureEvent: StructureEvent | null;
  /** Coarse bars closed since the event's bar. */
  readonly structureAge: number;
  readonly vwap: number;
  readonly vwapSlope: number;
  /** Consecutive fine closes above (positive) or below (negative) the VWAP. */
  readonly vwapRun: number;
  /** The latest order-flow window; null when there is none, it is too old, or it is empty. */
  readonly orderFlow: OrderFlow | null;
  readonly deltaZ: number | null;
  readonly rsi: number;
  /** Three fine bars earlier. */
  readonly rsiBefore: number;
  /** MACD histogram of the last three fine bars, newest first. */
  readonly histogram: readonly [number, number, number];
  /** Changes of the averages over the slope's coarse bars, in price. */
  readonly emaFastSlope: number;
  readonly emaSlowSlope: number;
  readonly candle: Bar | null;
  readonly atrFine: number;
}
