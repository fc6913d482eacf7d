// Owns what an account allows: how it holds positions, and what may be done in it.

export const TRADING_STATES = ['ACTIVE', 'REDUCING', 'HALTED'] as const;
export type TradingState = (typeof TRADING_STATES)[number];

/** Whether DTMS acts in an account, or only decides and records. */
export const ACCOUNT_MODES = ['enforce', 'observe'] as const;
export type AccountMode = (typeof ACCOUNT_MODES)[number];

/** What planning asks of an account. */
export interface AccountRules {
  readonly marginMode: 'hedging' | 'netting';
  readonly fifo: boolean;
  /** Whether a hedge needs margin of its own. */
  readonly hedgeAddsMargin: boolean;
  /** As set of it, or `observe` where the whole server only observes. */
  readonly mode: AccountMode;
  readonly tradingState: TradingState;
  /** Why the trading state is not ACTIVE; empty when it is. */
  readonly limit: string;
}
