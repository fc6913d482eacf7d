// Owns what a replay drives: an engine in this process or a server, told the same things in the same order.

import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import type { LeaseClient } from '../bridge/lease-client.js';
import type { AccountTerms } from '../domain/account/account.js';
import type { Instrument } from '../domain/market/data.js';
import type { MarketItem } from '../domain/market/market-item.js';
import type { CloseReason } from '../domain/trade/state.js';
import type { TradeSpec } from '../domain/trade/trade.js';

export interface ReplayTarget {
  /** The account and feed of this run. */
  readonly account: string;
  readonly feed: string;
  /** `clock` tells the broker's time, UTC ms; it dates what the lease client is told. */
  begin(instrument: Instrument, terms: AccountTerms, clock: () => number): Promise<LeaseClient>;
  register(spec: TradeSpec): Promise<void>;
  close(ticket: bigint, reason: CloseReason, price: number, at: number): Promise<void>;
  /** Market data in order of time. Resolves with every event of the run since the last push, in log order. */
  push(items: readonly MarketItem[]): Promise<readonly TradeEvent[]>;
  /** Evaluations that have concerned these trades, in total. */
  evaluations(tickets: readonly bigint[]): Promise<number>;
  /** Of each signal the share of evaluations in which it was available; null where that is not told. */
  availability(): Readonly<Record<string, number>> | null;
  end(): Promise<void>;
}
