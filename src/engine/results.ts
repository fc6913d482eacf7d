// Owns what the engine gives back: the outcome of commands, what changed, and its counters.

import type { Account } from '../domain/account/account.js';
import type { FlagBook } from '../domain/flags/flag-book.js';
import type { Feed } from '../domain/market/feed.js';
import type { RealisedResult } from '../domain/money/realised.js';
import type { PolicyBook } from '../domain/policy/policy-book.js';
import type { Evaluation } from '../domain/signals/signal.js';
import type { TradeEvent } from '../domain/trade/event.js';
import type { State } from '../domain/trade/state.js';
import type { Trade } from '../domain/trade/trade.js';
import type { MarketView } from '../domain/views/market-view.js';
import type { MarketKey, StoredBar, StoredView, TradeKey } from '../store/types.js';

/** A trade's identity as one text. */
export function tradeKey(account: string, ticket: bigint): string {
  // What happens to a trade asks for it several times, and a 64-bit integer becomes text slowly.
  if (ticket !== last.ticket || account !== last.account)
    last = { account, ticket, key: `${account}:${ticket}` };
  return last.key;
}

let last = { account: '', ticket: 0n, key: ':0' };

/** No active trade has this identity: it was never registered, or it closed. */
export class UnknownTradeError extends Error {
  readonly account: string;
  readonly ticket: bigint;

  constructor({ account, ticket }: TradeKey) {
    super(`no active trade ${account}:${ticket}`);
    this.name = 'UnknownTradeError';
    this.account = account;
    this.ticket = ticket;
  }
}

/** What became of a registration; `fields` are the proto names that differ. */
export interface Registration {
  readonly outcome: 'registered' | 'same' | 'differs';
  readonly trade: Trade;
  readonly fields: readonly string[];
}

/** What an evaluation would say and do now. */
export interface Explanation {
  readonly evaluation: Evaluation | null;
  /** The transition it would make; null when the trade would stay as it is. */
  readonly event: TradeEvent | null;
  /** Why nothing would be decided; empty when it would be. */
  readonly obstacle: string;
}

/** A market whose view changed; its snapshot is taken when read. */
export interface ChangedMarket extends StoredView {
  readonly view: MarketView | null;
}

/** A recorded evaluation of a market. */
export interface MarketEvaluation {
  readonly feed: string;
  readonly instrument: string;
  /** The first of a market is 1, each next one more. */
  readonly number: number;
  readonly buy: Evaluation;
  readonly sell: Evaluation;
}

/** What an event earned or lost for good. */
export interface EventResults {
  readonly event: TradeEvent;
  readonly results: readonly RealisedResult[];
}

/** Everything that changed since the last drain. */
export interface Outbox {
  /** In the order they happened. */
  readonly events: TradeEvent[];
  /** Of those of the events that closed lots. */
  readonly realised: EventResults[];
  readonly views: ChangedMarket[];
  /** Closed bars to keep, new or corrected. */
  readonly bars: StoredBar[];
  /** In the order they were recorded. */
  readonly marketEvaluations: MarketEvaluation[];
  readonly accounts: Account[];
  readonly feeds: Feed[];
  /** Names of feeds that are gone. */
  readonly endedFeeds: string[];
  /** The flags in force, where they changed. */
  readonly flags: FlagBook[];
  /** The policies, where they changed. */
  readonly policies: PolicyBook[];
  /** Markets whose data is forgotten. */
  readonly forgotten: MarketKey[];
}

export interface Counters {
  /** Active trades. */
  readonly active: number;
  /** Market views. */
  readonly views: number;
  /** Deep checks of a trade since this engine began. */
  readonly evaluations: number;
  /** Active trades per state. */
  readonly byState: Readonly<Record<State, number>>;
  /** Active trades whose symbol has no data on their feed. */
  readonly waitingForData: number;
  /** Actions of trades that are not settled which ended REJECTED or DEAD and can be replayed. */
  readonly deadLetters: number;
}

/** The trades of some accounts. */
export type AccountCounts = Pick<Counters, 'byState' | 'waitingForData'>;

/** A symbol with data on a feed. */
export interface WatchedMarket {
  readonly feed: string;
  readonly view: MarketView;
  /** Trades on it that are not settled. */
  readonly trades: number;
}
