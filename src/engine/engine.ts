// Owns the engine: every active trade and every market in memory, driven by commands and market data in the
// order they are given. No clock, no I/O: the same inputs give the same events. What changed is collected
// and handed out by drain().

import type { BrokerUpdate } from '../domain/actions/broker-update.js';
import type { TradeContext } from '../domain/actions/context.js';
import { closeTrade, pauseTrade, resumeTrade, updateTrade } from '../domain/changes/commands.js';
import type { Instrument, NewsEvent } from '../domain/market/data.js';
import type { ItemOutcome, MarketItem } from '../domain/market/market-item.js';
import { resolveInstrument } from '../domain/market/symbols.js';
import type { Rules } from '../domain/rules.js';
import type { TradeEvent } from '../domain/trade/event.js';
import type { CloseReason } from '../domain/trade/state.js';
import type { Trade, TradeOrigin, TradeSketch, TradeSpec } from '../domain/trade/trade.js';
import type { MarketView } from '../domain/views/market-view.js';
import type { MarketKey, RestoredView, TradeKey } from '../store/types.js';
import { Accounts } from './accounts.js';
import type { ActingTrades } from './acting-trades.js';
import { Changes } from './changes.js';
import type { CheckOrder } from './check.js';
import { CircuitBreaker, type MassEffect } from './circuit-breaker.js';
import { Evaluator } from './evaluator.js';
import { FeedFaults } from './feed-faults.js';
import { Feeds } from './feeds.js';
import { Flags } from './flags.js';
import type { HeldTrade, Slot } from './market.js';
import { MarketInput } from './market-input.js';
import { Markets } from './markets.js';
import { countedPlans, effectOf } from './mass-effects.js';
import type { OpenChecks } from './open-checks.js';
import { OrderRate } from './order-rate.js';
import { Policies } from './policies.js';
import { ReferenceData } from './reference-data.js';
import { renewedView } from './renewed-view.js';
import {
  type Counters,
  type Explanation,
  type Outbox,
  type Registration,
  UnknownTradeError,
  type WatchedMarket,
} from './results.js';
import { protectionNow } from './rule-moment.js';
import type { TradeIndex, TradeOrders } from './trade-index.js';
import { Trades } from './trades.js';
import { Valuation } from './valuation.js';

export class Engine {
  readonly rules: Rules;
  readonly accounts: Accounts;
  readonly feeds: Feeds;
  readonly flags = new Flags();
  readonly policies: Policies;
  readonly faults = new FeedFaults();
  /** What happens to too many trades at once is held by it. */
  readonly breaker: CircuitBreaker;
  /** How many orders each account had lately. */
  readonly orders = new OrderRate();
  readonly reference: ReferenceData;
  readonly valuation: Valuation;
  readonly #markets: Markets;
  readonly #changes: Changes;
  readonly #trades: Trades;
  readonly #evaluator: Evaluator;
  readonly #input: MarketInput;

  constructor(rules: Rules) {
    this.rules = rules;
    this.policies = new Policies(rules);
    this.accounts = new Accounts(rules, this.flags, (name) => this.#place(this.#index.slotsOf(name)));
    this.feeds = new Feeds(rules, (name) => this.#placeFollowers(name));
    this.#markets = new Markets(rules.symbols);
    this.breaker = new CircuitBreaker(rules.breaker, this);
    this.reference = new ReferenceData(rules, this.accounts, this.flags, this, this);
    this.valuation = new Valuation(this.accounts, this.#markets, this.reference, this);
    this.#changes = new Changes(this.accounts, this.feeds, this.flags, this.policies);
    const { accounts, reference, flags, policies, valuation } = this;
    this.#trades = new Trades(this.#markets, accounts, reference, policies, this.#changes, valuation, this);
    this.#evaluator = new Evaluator(reference, flags, policies, this.#trades, this.#changes, {
      isCounted: (feed) => this.feeds.feedKind(feed) !== 'RECORDED',
      effectsOf: (event) => countedPlans(this, event).map(({ effect }) => effect),
      isMassive: (type) => effectOf({ type }) !== null,
    });
    this.#input = new MarketInput(rules, {
      feeds: this.feeds,
      faults: this.faults,
      markets: this.#markets,
      changes: this.#changes,
      evaluator: this.#evaluator,
    });
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
    return this.act(key, (trade, context) => updateTrade(trade, update, now, context));
  }

  /** Ends a trade; `closePrice` is null when not known. */
  close(key: TradeKey, reason: CloseReason, closePrice: number | null, now: number): Trade {
    return this.act(key, (trade, context) => [
      closeTrade(trade, { reason, price: closePrice }, now, context),
    ]);
  }

  /** Does to a trade what makes these events, each on the trade the one before it led to. */
  act(key: TradeKey, what: (trade: Trade, context: TradeContext) => readonly TradeEvent[]): Trade {
    const slot = this.#slot(key);
    return this.#trades.emit(slot, what(slot.trade, this.#context(slot)));
  }

  /** What these rules would have a trade protected by at database time `now`, as its market is; null for nothing new. */
  protection(trade: Trade, rules: Rules, now: number): TradeEvent | null {
    const view = this.viewOf(trade);
    if (view === undefined || view.asOf === null) return null;
    const { asOf: at } = view;
    const moment = { at, clock: this.feeds.clockOf(this.feedOf(trade), { at, now }) };
    return protectionNow(trade, rules, view, this.reference, moment);
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

  /** Takes one piece of market data at database time `now`, and does everything it causes, in this order. */
  apply(feed: string, item: MarketItem, now: number, order: CheckOrder = 'urgency'): ItemOutcome {
    const outcome = this.#take(feed, item, now);
    this.checks.settle('all', order);
    return outcome;
  }

  /** The same, but leaves a check of many trades open: `checks` decides them. */
  take(feed: string, item: MarketItem, now: number): ItemOutcome {
    const outcome = this.#take(feed, item, now);
    this.checks.settle('small', 'urgency');
    return outcome;
  }

  /** Checks that are not over. */
  get checks(): OpenChecks {
    return this.#evaluator.checks;
  }

  /** Whether trades of a symbol in any spelling are still to be decided. */
  isDeciding(feed: string, symbol: string): boolean {
    return this.checks.has(this.#markets.ofSymbol(feed, symbol));
  }

  /** Opens the checks again that another leader did not finish. */
  resumeChecks(): void {
    for (const market of this.#markets.withData()) this.#evaluator.resume(market);
  }

  /** Trades that are about to be affected by checks that are not over. */
  coming(kind: MassEffect): Iterable<TradeKey> {
    return this.checks.coming(kind);
  }

  /** What an evaluation would say and do at database time `now`, without doing it. */
  explain(key: TradeKey, now: number): Explanation {
    return this.explainAs(this.#slot(key).trade, now);
  }

  /** The same of a trade as it is given: an engine that repeats the past may have moved on from it. */
  explainAs(trade: Trade, now: number): Explanation {
    const market = this.#trades.marketOf(trade);
    return this.#evaluator.explain({ trade, market }, (at) => this.feeds.clockOf(market.feed, { at, now }));
  }

  /** Forgets the data of a feed, or of one of its symbols in any spelling: returns of how many symbols. */
  forget(feed: string, symbol: string | null): number {
    const markets = this.#markets.ofFeed(feed);
    const named = symbol === null ? null : this.#markets.ofSymbol(feed, symbol);
    const forgotten = named === null ? markets : markets.filter((market) => market === named);
    for (const market of forgotten) {
      this.checks.finish(market);
      this.#changes.forgotten(market);
      this.#markets.detach(market);
    }
    return forgotten.length;
  }

  /** How many symbols of a feed have data. */
  marketsOf(feed: string): number {
    return this.#markets.viewsIn(feed);
  }

  /** Returns whether the terms are new or changed. */
  upsertInstrument(terms: Instrument): boolean {
    return this.reference.upsertInstrument(terms);
  }

  /** Returns whether the event is new or changed. */
  upsertNews(event: NewsEvent): boolean {
    return this.reference.upsertNews(event);
  }

  /** A trade that is not settled: a closed one is here while its actions are open. */
  get(account: string, ticket: bigint): Trade | undefined {
    return this.#index.slot({ account, ticket })?.trade;
  }

  /** The one of them that names a position as its hedge, or as its present ticket where that is not its identifier. */
  naming(account: string, ticket: bigint): Trade | undefined {
    return this.#index.naming({ account, ticket });
  }

  /** As they are in memory; otherwise as trades(). */
  heldTrades(): Iterable<HeldTrade> {
    return this.#index.held();
  }

  /** The trades that are not settled, in the order of registration. */
  trades(): Iterable<Trade> {
    return this.#index.trades();
  }

  /** The same of one account. */
  tradesOf(account: string): Iterable<Trade> {
    return this.#index.tradesOf(account);
  }

  /** The accounts that have any. */
  tradingAccounts(): Iterable<string> {
    return this.#index.accounts();
  }

  /** Those with open actions. */
  get acting(): Omit<ActingTrades, 'add' | 'clear' | 'remove' | 'replaced'> {
    return this.#index.acting;
  }

  /** Trades with a field on lease to a manager. */
  modifiedTrades(): Trade[] {
    return this.#index.modifiedTrades();
  }

  /** Contract terms of a trade's symbol in its account. */
  termsOf({ spec }: { readonly spec: Pick<TradeSpec, 'account' | 'symbol'> }): Instrument {
    return this.reference.terms(spec.account, spec.symbol);
  }

  /** The view of a symbol in any spelling; undefined without data. */
  view(feed: string, symbol: string): MarketView | undefined {
    return this.#markets.view(feed, resolveInstrument(symbol, this.rules.symbols));
  }

  /** The same of an instrument, however its symbol is spelled. */
  viewIn(feed: string, instrument: string): MarketView | undefined {
    return this.#markets.view(feed, instrument);
  }

  viewOf(trade: Trade): MarketView | undefined {
    return this.#trades.marketOf(trade).view ?? undefined;
  }

  /** The feed whose data reach a trade; none's while it may not follow its own. */
  feedOf(trade: Pick<Trade, 'spec'>): string {
    return this.#trades.feedOf(trade);
  }

  /** Every symbol with data on a feed, and how many trades that are not settled are on it. */
  watched(): Iterable<WatchedMarket> {
    return this.#markets.watched();
  }

  /** Trades that are not closed. */
  get activeTrades(): number {
    return this.#index.size - this.#index.byState.CLOSED;
  }

  /** Deep checks of a trade since this engine began. */
  get evaluations(): number {
    return this.#evaluator.evaluations;
  }

  get counters(): Counters {
    const { byState, deadLetters } = this.#index;
    const { activeTrades: active, evaluations } = this;
    return { active, ...this.#markets.counts(), evaluations, byState, deadLetters };
  }

  /** Of these accounts alone; looks at each of their trades. */
  countersOf(accounts: Iterable<string>): Counters {
    const { byState, waitingForData } = this.#index.countsOf(accounts);
    const active = Object.values(byState).reduce((sum, count) => sum + count, -byState.CLOSED);
    return { ...this.counters, active, byState, waitingForData };
  }

  /** What happened to trades since the last drain. */
  get undrained(): readonly TradeEvent[] {
    return this.#changes.events;
  }

  /** Whether anything changed since then that is to be written. */
  get isChanged(): boolean {
    return this.#changes.isChanged;
  }

  /** Everything that changed since the last call. */
  drain(): Outbox {
    return this.#changes.drain();
  }

  restoreView(feed: string, view: MarketView): void {
    this.#markets.attach(this.#markets.of(feed, view.instrument), view);
  }

  /** Begins another trade under the identifier of one that is settled; see Trades.succeed. */
  succeed(over: Trade, spec: TradeSpec, at: number): Trade {
    return this.#trades.succeed(over, spec, at);
  }

  /** Takes a view as it is stored now; bars are those that are new or other than before. It does not count as changed. */
  renewView(stored: RestoredView): MarketView {
    const { feed, instrument } = stored;
    const view = renewedView(this.#markets.view(feed, instrument), stored, this.rules);
    this.restoreView(feed, view);
    return view;
  }

  /** What there was of a market is gone; it does not count as changed. */
  restoreForgotten({ feed, instrument }: MarketKey): void {
    if (this.#markets.view(feed, instrument) !== undefined)
      this.#markets.detach(this.#markets.of(feed, instrument));
  }

  /** Takes a trade as it is stored now, in place of the one there may be. It does not count as changed. */
  renewTrade(trade: Trade): void {
    this.#trades.renew(trade);
  }

  /**
   * Trades must be restored in the order of their registration: it is the order of evaluation.
   *
   * @returns what it is found by; null for one that is settled
   */
  restoreTrade(trade: HeldTrade): TradeSketch | null {
    return this.#trades.restore(trade);
  }

  /** The orders in which trades are asked for beside that of registration. */
  get tradeOrders(): TradeOrders {
    return this.#index.orders;
  }

  /** Puts the trades there are into these orders. */
  reorder(orders: TradeOrders): void {
    this.#index.reorder(orders);
  }

  get #index(): TradeIndex {
    return this.#trades.index;
  }

  #take(feed: string, item: MarketItem, now: number): ItemOutcome {
    const outcome = this.#input.take(feed, item, now);
    if (outcome.status === 'rejected') this.faults.note(feed, outcome.fault);
    return outcome;
  }

  /** A feed is for other accounts now, or of another kind. */
  #placeFollowers(feed: string): void {
    this.#place(this.#trades.onFeed(feed));
  }

  #place(slots: Iterable<Slot>): void {
    this.#trades.moveMisplaced(slots, (market) => this.checks.finish(market));
  }

  #slot(key: TradeKey): Slot {
    const slot = this.#index.slot(key);
    if (slot === undefined) throw new UnknownTradeError(key);
    return slot;
  }

  #context({ market, trade }: Slot): TradeContext {
    return { facts: market.view, rules: this.policies.rulesOf(trade), reference: this.reference };
  }
}
