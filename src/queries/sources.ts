// Owns what queries are answered from. A query changes nothing and does not ask who leads: whoever has the
// state of the log can answer it.
import type { Rules } from '../domain/rules.js';
import type { Engine } from '../engine/engine.js';
import type { FeedClock } from '../engine/feed-clock.js';
import type { Term } from '../engine/term.js';
import type { PastRevisions } from '../journal/past.js';
import type { Store } from '../store/store.js';

/** What queries ask of the engine. */
type EngineState = Pick<
  Engine,
  | 'accounts'
  | 'acting'
  | 'breaker'
  | 'explain'
  | 'faults'
  | 'feedOf'
  | 'feeds'
  | 'flags'
  | 'get'
  | 'heldTrades'
  | 'marketsOf'
  | 'policies'
  | 'protection'
  | 'reference'
  | 'rules'
  | 'termsOf'
  | 'trades'
  | 'tradesOf'
  | 'tradingAccounts'
  | 'valuation'
  | 'view'
  | 'viewOf'
  | 'watched'
>;

/** The trades, markets and accounts as of the log: the term of the server that leads, or what another one follows. */
export interface LogState
  extends Pick<Term, 'databaseNow' | 'find' | 'findAll' | 'list' | 'head' | 'trades'> {
  readonly engine: EngineState;
  readonly clock: Pick<FeedClock, 'now'>;
}

export interface Sources {
  /** Throws NOT_LEADING, SHUTTING_DOWN or STORE_UNAVAILABLE where there is none. */
  state(): LogState;
  /** The same of the server that leads alone: what it has in its memory and no other can know. */
  leading(): LogState;
  readonly store: Store;
  readonly rules: Rules;
  readonly past: PastRevisions;
}
