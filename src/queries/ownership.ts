// Owns reading of who may change what of a trade.
import type { Trade } from '../domain/trade/trade.js';
import type { TradeKey } from '../store/types.js';
import type { Sources } from './sources.js';
import { findTrade, findTrades } from './trades.js';

/** A trade at database time `now`, by which leases end. */
export interface TradeNow {
  readonly trade: Trade;
  readonly now: number;
}

/** Throws TRADE_NOT_FOUND. */
export async function getOwnership(sources: Sources, key: TradeKey): Promise<TradeNow> {
  const state = sources.state();
  const { trade } = await findTrade(state, key);
  return { trade, now: state.databaseNow() };
}

export async function getOwnerships(
  sources: Sources,
  account: string,
  tickets: readonly bigint[],
): Promise<{ readonly trades: readonly TradeNow[]; readonly unknownTickets: readonly bigint[] }> {
  const state = sources.state();
  const { found, unknownTickets } = await findTrades(state, account, tickets);
  const now = state.databaseNow();
  return { trades: found.map(({ trade }) => ({ trade, now })), unknownTickets };
}
