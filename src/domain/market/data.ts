// Owns what is told of a market, and the names of what follows from it. Times are UTC milliseconds since
// 1970, prices are in quote currency. null means "not known" or "none", never 0.

import type { InstrumentKind } from './symbols.js';
import type { WeekHours } from './week-hours.js';

/** The feed of whoever names none. */
export const DEFAULT_FEED = 'default';

export const TIMEFRAMES = ['M1', 'M5', 'M15'] as const;
export type Timeframe = (typeof TIMEFRAMES)[number];

export const TIMEFRAME_MS: Record<Timeframe, number> = { M1: 60_000, M5: 300_000, M15: 900_000 };

/** FULL: fine and coarse bars arrive. DEGRADED: only coarse ones do, and serve as both. TOO_FEW_BARS: the ATR is not known. */
export type DataQuality = 'FULL' | 'DEGRADED' | 'TOO_FEW_BARS';

/** A closed (or forming) bar; `time` is its open time. Volume 0 means there is none. */
export interface Bar {
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

export interface Quote {
  readonly time: number;
  readonly bid: number;
  readonly ask: number;
}

/** Volumes bought and sold at market in a window that ended at `time`. */
export interface OrderFlow {
  readonly time: number;
  readonly buyVolume: number;
  readonly sellVolume: number;
}

/** Contract terms of a symbol in an account. Distances are prices, not points. */
export interface Instrument {
  readonly account: string;
  readonly symbol: string;
  readonly digits: number;
  readonly tickSize: number;
  readonly volumeMin: number;
  readonly volumeStep: number;
  readonly volumeMax: number;
  readonly stopsLevel: number;
  readonly freezeLevel: number;
  readonly contractSize: number;
  /** Commission of opening and closing one lot, as a price distance. */
  readonly commissionPerLot: number;
  /** What a BUY or a SELL of one lot earns a night, as a price distance; a cost is negative. */
  readonly swapLong?: number;
  readonly swapShort?: number;
  /** The currency its results are in, and what a tick of one lot is worth in the account's; absent where nobody tells. */
  readonly profitCurrency?: string;
  readonly tickValue?: number;
  /** What it is and whose news concern it, where that is not what the symbol's name says, or another name's. */
  readonly kind?: InstrumentKind;
  readonly currencies?: readonly string[];
  readonly alias?: string;
  /** When its market is open, where that is told. */
  readonly tradingHours?: WeekHours;
}

export const NEWS_IMPACTS = ['LOW', 'MEDIUM', 'HIGH'] as const;
export type NewsImpact = (typeof NEWS_IMPACTS)[number];

export interface NewsEvent {
  readonly eventId: string;
  readonly currency: string;
  readonly time: number;
  readonly impact: NewsImpact;
  readonly title: string;
}

export const SESSIONS = ['ASIAN', 'LONDON', 'NEW_YORK', 'OVERLAP', 'OFF_HOURS'] as const;
export type Session = (typeof SESSIONS)[number];

export type Volatility = 'LOW' | 'NORMAL' | 'HIGH';

export type MarketStructure = 'RANGE' | 'TREND';

/** The latest structure event of the coarse bars; `at` is the close time of the bar that made it. */
export interface StructureEvent {
  readonly kind: 'BOS' | 'CHOCH';
  /** The direction of the break: UP favours BUY. */
  readonly direction: 'UP' | 'DOWN';
  readonly at: number;
  /** The level that was broken. */
  readonly level: number;
}
