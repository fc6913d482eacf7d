// Owns what an account allows: how it holds positions, and what may be done in it.

export const TRADING_STATES = ['ACTIVE', 'REDUCING', 'HALTED'] as const;
export type TradingState = (typeof TRADING_STATES)[number];

/** What planning asks of an account. */
export interface AccountRules {
  readonly marginMode: 'hedging' | 'netting';
  readonly fifo: boolean;
  /** Whether a hedge needs margin of its own. */
  readonly hedgeAddsMargin: boolean;
  readonly tradingState: TradingState;
  /** Why the trading state is not ACTIVE; empty when it is. */
  readonly limit: string;
}
