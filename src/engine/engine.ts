// The engine: every active trade and every market in memory, driven by commands and market data in
// the order they are given. No clock, no I/O: the same inputs give the same events. What changed is
// collected and handed out by drain().
import {
  type BrokerUpdate,
  closeTrade,
  pauseTrade,
  resumeTrade,
  type Scene,
  updateTrade,
} from '../domain/commands.js';
import { MarketView } from '../domain/market-view.js';
import type { Rules } from '../domain/rules.js';
import { resolveInstrument } from '../domain/symbols.js';
import type {
  CloseReason,
  Instrument,
  NewsEvent,
  Trade,
  TradeEvent,
  TradeOrigin,
  TradeSpec,
} from '../domain/types.js';
import { Accounts } from './accounts.js';
import { Bookkeeper } from './bookkeeper.js';
import { Changes } from './changes.js';
import { Evaluator } from './evaluator.js';
import { takeItem } from './intake.js';
import type { Slot } from './market.js';
import { faultOf, type ItemOutcome, type MarketItem, rejected } from './market-item.js';
import { Markets } from './markets.js';
import {
  type Counters,
  type Explanation,
  type Outbox,
  type Registration,
  type TradeKey,
  UnknownTradeError,
  type WatchedMarket,
} from './results.js';
import { KnownSurroundings } from './surroundings.js';
import type { TradeBook } from './trade-book.js';

export type { BrokerUpdate } from '../domain/commands.js';
export type { ItemOutcome, MarketItem } from './market-item.js';
export type {
  ChangedMarket,
  Counters,
  Explanation,
  FeedBar,
  MarketEvaluation,
  Outbox,
  Registration,
  TradeKey,
} from './results.js';
export { UnknownTradeError } from './results.js';

export class Engine {
  readonly rules: Rules;
  readonly accounts: Accounts;
  readonly #surroundings: KnownSurroundings;
  readonly #markets = new Markets();
  readonly #changes: Changes;
  readonly #trades: Bookkeeper;
  readonly #evaluator: Evaluator;

  constructor(rules: Rules) {
    this.rules = rules;
    this.accounts = new Accounts(rules);
    this.#surroundings = new KnownSurroundings(rules, this.accounts);
    this.#changes = new Changes(this.accounts);
    this.#trades = new Bookkeeper(this.#markets, this.accounts, this.#changes);
    this.#evaluator = new Evaluator(rules, this.#surroundings, this.#trades, this.#changes);
  }

  /**
   * Puts a trade under watch. Its first event is dated by the market: when the trade was opened or the
   * feed's newest data, whichever is later; `now` counts only when `spec.openedAt` is absent.
   */
  register(
    spec: TradeSpec,
    now: number,
    origin: TradeOrigin = 'REGISTERED',
    parentTicket: bigint | null = null,
  ): Registration {
    return this.#trades.register(spec, now, origin, parentTicket);
  }

  /** Records the broker's truth about a trade. An update that changes nothing makes no event. */
  update(key: TradeKey, update: BrokerUpdate, now: number): Trade {
    return this.act(key, (trade, scene) => updateTrade(trade, update, now, scene));
  }

  /** Ends a trade; `closePrice` is null when not known. */
  close(key: TradeKey, reason: CloseReason, closePrice: number | null, now: number): Trade {
    return this.act(key, (trade, scene) => [closeTrade(trade, { reason, price: closePrice }, now, scene)]);
  }

  /** Does to a trade what makes these events, each on the trade the one before it led to. */
  act(key: TradeKey, what: (trade: Trade, scene: Scene) => readonly TradeEvent[]): Trade {
    const slot = this.#slot(key);
    return this.#trades.emit(slot, what(slot.trade, this.#scene(slot)));
  }

  /** Stops a trade's evaluation. Pausing a paused trade changes nothing. */
  pause(key: TradeKey, reason: string, now: number): Trade {
    const slot = this.#slot(key);
    return this.#trades.emit(slot, pauseTrade(slot.trade, reason, slot.market.view, now));
  }

  /** Starts a paused trade's evaluation again. Resuming one that is not paused changes nothing. */
  resume(key: TradeKey, reason: string, now: number): Trade {
    const slot = this.#slot(key);
    return this.#trades.emit(slot, resumeTrade(slot.trade, reason, slot.market.view, now));
  }

  /** Takes one piece of market data and does everything it causes. */
  apply(feed: string, item: MarketItem): ItemOutcome {
    const fault = faultOf(item);
    if (fault !== null) return fault;
    const market = this.#markets.ofSymbol(feed, item.symbol);
    const known = market.view;
    if (known !== null && known.symbol !== item.symbol) {
      return rejected(
        `${item.kind === 'orderFlow' ? 'order_flow' : item.kind}.symbol`,
        `feed ${feed} already spells ${market.instrument} as ${known.symbol}`,
      );
    }
    const view = known ?? new MarketView(item.symbol, market.instrument, this.rules);
    const { outcome, check, at, changed, stored } = takeItem(view, item);
    if (outcome.status === 'rejected') return outcome;
    if (known === null) this.#markets.attach(market, view);
    if (changed) this.#changes.view(market);
    for (const { timeframe, bar } of stored) this.#changes.bar(market, timeframe, bar);
    if (check !== 'none') {
      const now = Math.max(at, view.asOf ?? at);
      if (check === 'deep') this.#evaluator.deepCheck(market, view, now);
      else this.#evaluator.fastCheck(market, view, now);
    }
    return outcome;
  }

  /** What an evaluation would say and do now, without doing it. */
  explain(key: TradeKey): Explanation {
    return this.#evaluator.explain(this.#slot(key));
  }

  /** Returns whether the terms are new or changed. */
  upsertInstrument(terms: Instrument): boolean {
    return this.#surroundings.upsertInstrument(terms);
  }

  /** Returns whether the event is new or changed. */
  upsertNews(event: NewsEvent): boolean {
    return this.#surroundings.upsertNews(event);
  }

  /** A trade that is not settled: a closed one is here while its actions are open. */
  get(account: string, ticket: bigint): Trade | undefined {
    return this.#book.slot({ account, ticket })?.trade;
  }

  /** The trades that are not settled, in the order of registration. */
  trades(): Iterable<Trade> {
    return this.#book.trades();
  }

  /** The same of one account. */
  tradesOf(account: string): Iterable<Trade> {
    return this.#book.tradesOf(account);
  }

  /** The accounts that have any. */
  tradingAccounts(): Iterable<string> {
    return this.#book.accounts();
  }

  /** Those of them with open actions, in the order they came to have some. */
  actingTrades(account: string): Trade[] {
    return this.#book.actingTrades(account);
  }

  /** The accounts that have open actions. */
  actingAccounts(): string[] {
    return this.#book.actingAccounts();
  }

  /** Trades with a field on lease to a manager. */
  modifiedTrades(): Trade[] {
    return this.#book.modifiedTrades();
  }

  /** Contract terms of a trade's symbol in its account. */
  termsOf({ spec }: Trade): Instrument {
    return this.#surroundings.terms(spec.account, spec.symbol);
  }

  /** The view of a symbol in any spelling; undefined without data. */
  view(feed: string, symbol: string): MarketView | undefined {
    return this.#markets.view(feed, resolveInstrument(symbol));
  }

  viewOf(trade: Trade): MarketView | undefined {
    return this.#markets.view(trade.spec.feed, trade.instrument);
  }

  /** Every symbol with data on a feed, and how many trades that are not settled are on it. */
  watched(): Iterable<WatchedMarket> {
    return this.#markets.watched();
  }

  /** Trades that are not closed. */
  get activeTrades(): number {
    return this.#book.size - this.#book.byState.CLOSED;
  }

  /** Deep checks of a trade since this engine began. */
  get evaluations(): number {
    return this.#evaluator.evaluations;
  }

  get counters(): Counters {
    const { byState, deadLetters } = this.#book;
    const { activeTrades: active, evaluations } = this;
    return { active, ...this.#markets.counts(), evaluations, byState, deadLetters };
  }

  /** Of these accounts alone; looks at each of their trades. */
  countersOf(accounts: Iterable<string>): Counters {
    const { byState, waitingForData } = this.#book.countsOf(accounts);
    const active = Object.values(byState).reduce((sum, count) => sum + count, -byState.CLOSED);
    return { ...this.counters, active, byState, waitingForData };
  }

  /** Everything that changed since the last call. */
  drain(): Outbox {
    return this.#changes.drain();
  }

  restoreView(feed: string, view: MarketView): void {
    this.#markets.attach(this.#markets.of(feed, view.instrument), view);
  }

  /** Trades must be restored in the order of their registration: it is the order of evaluation. */
  restoreTrade(trade: Trade): void {
    this.#trades.restore(trade);
  }

  get #book(): TradeBook {
    return this.#trades.book;
  }

  #slot(key: TradeKey): Slot {
    const slot = this.#book.slot(key);
    if (slot === undefined) throw new UnknownTradeError(key);
    return slot;
  }

  #scene({ market }: Slot): Scene {
    return { facts: market.view, rules: this.rules, surroundings: this.#surroundings };
  }
}
