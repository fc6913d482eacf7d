// Owns the rows a report is made of: what the log says, flat and in log order. Times are UTC ms, prices in
// quote currency, volumes in lots. null means "not known" or "none".
import type { TradeOutcome } from '../replay/results.js';

/** A trade as it was registered, and how it ended. */
export interface TradeRow {
  readonly ticket: bigint;
  readonly symbol: string;
  readonly direction: 'BUY' | 'SELL';
  readonly openedAt: number;
  readonly entryPrice: number;
  readonly volume: number;
  readonly stopLoss: number | null;
  readonly takeProfit: number | null;
  /** R as a price distance. */
  readonly risk: number | null;
  readonly label: string;
  /** The trade whose volume this one adds again. */
  readonly parentTicket: bigint | null;
  /** The state of its latest event. */
  readonly state: string;
  readonly closeReason: string | null;
  readonly closePrice: number | null;
  readonly closedAt: number | null;
  /** null when its R is not known, or when it is not one of the replay's own trades. */
  readonly withDtms: TradeOutcome | null;
  readonly without: TradeOutcome | null;
}

/** A row of the state table that was taken. */
export interface TransitionRow {
  readonly ticket: bigint;
  readonly version: bigint;
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly cause: string;
  /** Of the evaluation that led to it. */
  readonly score: number | null;
  readonly confluence: string | null;
  readonly summary: string;
  readonly price: number | null;
}

/** One step in the life of an action; a suppressed plan is a single step with the status SUPPRESSED. */
export interface ActionRow {
  readonly ticket: bigint;
  readonly at: number;
  /** Empty for a suppressed plan. */
  readonly actionId: string;
  readonly type: string;
  readonly status: string;
  readonly stopLoss: number | null;
  readonly volume: number | null;
  readonly reduceOnly: boolean;
  readonly attempts: number;
  /** The broker's return code. */
  readonly code: number | null;
  readonly fillPrice: number | null;
  readonly fillVolume: number | null;
  /** Why it is in that status. */
  readonly reason: string;
  /** Why it looks as it does. */
  readonly note: string;
  readonly by: string;
}

/** The position at the broker after a change of it. */
export interface PositionRow {
  readonly ticket: bigint;
  readonly at: number;
  readonly volume: number;
  readonly stopLoss: number | null;
  readonly takeProfit: number | null;
  readonly hedgeVolume: number | null;
  readonly hedgeEntry: number | null;
}

/** Anything else the log says of a trade, for a person. */
export interface NoteRow {
  readonly ticket: bigint;
  readonly at: number;
  readonly text: string;
}

/** The summed results after a bar. */
export interface EquityRow {
  readonly at: number;
  readonly withDtms: number;
  readonly without: number;
}
