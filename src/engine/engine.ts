// The engine: every active trade and every market in memory, driven by commands and market data in
// the order they are given. No clock, no I/O: the same inputs give the same events. What changed is
// collected and handed out by drain().
import { opensOwnPosition } from '../domain/action-effects.js';
import {
  type BrokerUpdate,
  closeTrade,
  pauseTrade,
  resumeTrade,
  type Scene,
  updateTrade,
} from '../domain/commands.js';
import { MarketView } from '../domain/market-view.js';
import { begin } from '../domain/monitoring.js';
import type { Rules } from '../domain/rules.js';
import { type Situation, situationOf } from '../domain/state-machine.js';
import { step } from '../domain/step.js';
import { StillFacts } from '../domain/still-facts.js';
import { resolveInstrument } from '../domain/symbols.js';
import { adopted, differingFields, isSettled, openTrade, timerEndsAt } from '../domain/trade.js';
import {
  type Action,
  type CloseReason,
  type Evaluation,
  type Instrument,
  type NewsEvent,
  STATES,
  type State,
  type Trade,
  type TradeEvent,
  type TradeOrigin,
  type TradeSpec,
} from '../domain/types.js';
import { Accounts } from './accounts.js';
import { Market, type Slot } from './market.js';
import {
  ACCEPTED,
  CORRECTED,
  DUPLICATE,
  faultOf,
  type ItemOutcome,
  type MarketItem,
  rejected,
} from './market-item.js';
import {
  type Counters,
  type Explanation,
  type FeedBar,
  type MarketEvaluation,
  type Outbox,
  type Registration,
  type TradeKey,
  UnknownTradeError,
  type WatchedMarket,
} from './results.js';
import { assessedSituations, recordedSituations, type Situations } from './situations.js';
import { KnownSurroundings } from './surroundings.js';
import { TradeBook } from './trade-book.js';

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

const UNHEDGED: readonly State[] = STATES.filter((state) => state !== 'HEDGED');

export class Engine {
  readonly rules: Rules;
  readonly #surroundings: KnownSurroundings;
  readonly accounts: Accounts;
  readonly #book = new TradeBook();
  /** By feed and instrument. */
  readonly #markets = new Map<string, Market>();
  /** By feed and the broker's spelling: saves resolving it for each item. */
  readonly #spellings = new Map<string, Market>();
  readonly #changed = new Set<Market>();
  #events: TradeEvent[] = [];
  #bars: FeedBar[] = [];
  #marketEvaluations: MarketEvaluation[] = [];
  #evaluations = 0;

  constructor(rules: Rules) {
    this.rules = rules;
    this.accounts = new Accounts(rules);
    this.#surroundings = new KnownSurroundings(rules, this.accounts);
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
    const slot = this.#book.slot(spec);
    if (slot !== undefined) {
      const known = slot.trade;
      const fields = differingFields(known.spec, spec);
      if (fields.length === 0) return { outcome: 'same', trade: known, fields };
      const trade = adopted(known, spec);
      if (trade === null) return { outcome: 'differs', trade: known, fields };
      const at = Math.max(now, known.stateEnteredAt);
      this.#emit(slot, [{ trade, at, change: { kind: 'registered', adopted: true } }]);
      return { outcome: 'registered', trade, fields: [] };
    }
    const market = this.#market(spec.feed, resolveInstrument(spec.symbol));
    const at = spec.openedAt === null ? now : Math.max(spec.openedAt, market.view?.asOf ?? spec.openedAt);
    const trade = openTrade(spec, market.instrument, at, origin, parentTicket);
    this.#admit(market, trade);
    this.#events.push({ trade, at, change: { kind: 'registered', adopted: false } });
    return { outcome: 'registered', trade, fields: [] };
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
    return this.#emit(slot, what(slot.trade, this.#scene(slot)));
  }

  /** Stops a trade's evaluation. Pausing a paused trade changes nothing. */
  pause(key: TradeKey, reason: string, now: number): Trade {
    const slot = this.#slot(key);
    return this.#emit(slot, pauseTrade(slot.trade, reason, slot.market.view, now));
  }

  /** Starts a paused trade's evaluation again. Resuming one that is not paused changes nothing. */
  resume(key: TradeKey, reason: string, now: number): Trade {
    const slot = this.#slot(key);
    return this.#emit(slot, resumeTrade(slot.trade, reason, slot.market.view, now));
  }

  /** Takes one piece of market data and does everything it causes. */
  apply(feed: string, item: MarketItem): ItemOutcome {
    const fault = faultOf(item);
    if (fault !== null) return fault;
    const market = this.#marketOf(feed, item.symbol);
    const known = market.view;
    if (known !== null && known.symbol !== item.symbol) {
      return rejected(
        `${item.kind === 'orderFlow' ? 'order_flow' : item.kind}.symbol`,
        `feed ${feed} already spells ${market.instrument} as ${known.symbol}`,
      );
    }
    const view = known ?? new MarketView(item.symbol, market.instrument, this.rules);
    const { outcome, check, at } = this.#applyItem(market, view, item);
    if (outcome.status === 'rejected') return outcome;
    if (known === null) this.#attach(market, view);
    if (check !== 'none') {
      const now = Math.max(at, view.asOf ?? at);
      if (check === 'deep') this.#deepCheck(market, view, now);
      else this.#fastCheck(market, view, now);
    }
    return outcome;
  }

  /** What an evaluation would say and do now, without doing it. */
  explain(key: TradeKey): Explanation {
    const { trade, market } = this.#slot(key);
    const { view } = market;
    const at = view?.asOf ?? null;
    if (view === null || at === null) {
      return nothingToExplain(null, `no market data for ${trade.spec.symbol} on feed ${trade.spec.feed} yet`);
    }
    const evaluation = view.assess(trade.spec.direction, at);
    if (trade.pausedAt !== null) return nothingToExplain(evaluation, 'the trade is paused');
    const begun = begin(trade, view, at, this.rules).at(-1)?.trade ?? trade;
    if (begun.monitoredSince === null) {
      return nothingToExplain(evaluation, 'the trade has met no condition that starts its monitoring');
    }
    const situation = situationOf(view, trade.spec.direction, evaluation, at);
    const event = step(begun, situation, 'all', this.rules, this.#surroundings);
    const obstacle = event === null && evaluation.score === null ? 'no signal is available yet' : '';
    return { evaluation, event, obstacle };
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
    return this.#markets.get(keyOf(feed, resolveInstrument(symbol)))?.view ?? undefined;
  }

  viewOf(trade: Trade): MarketView | undefined {
    return this.#markets.get(keyOf(trade.spec.feed, trade.instrument))?.view ?? undefined;
  }

  /** Every symbol with data on a feed, and how many trades that are not settled are on it. */
  *watched(): Iterable<WatchedMarket> {
    for (const { feed, view, size } of this.#markets.values()) {
      if (view !== null) yield { feed, view, trades: size };
    }
  }

  /** Trades that are not closed. */
  get activeTrades(): number {
    return this.#book.size - this.#book.byState.CLOSED;
  }

  /** Deep checks of a trade since this engine began. */
  get evaluations(): number {
    return this.#evaluations;
  }

  /** Everything that changed since the last call. */
  drain(): Outbox {
    const accounts = this.accounts.drain();
    const [events, bars, marketEvaluations] = [this.#events, this.#bars, this.#marketEvaluations];
    const outbox = { events, views: [...this.#changed], bars, marketEvaluations, accounts };
    this.#events = [];
    this.#bars = [];
    this.#marketEvaluations = [];
    this.#changed.clear();
    return outbox;
  }

  restoreView(feed: string, view: MarketView): void {
    this.#attach(this.#market(feed, view.instrument), view);
  }

  /** Trades must be restored in the order of their registration: it is the order of evaluation. */
  restoreTrade(trade: Trade): void {
    this.#admit(this.#market(trade.spec.feed, trade.instrument), trade);
  }

  get counters(): Counters {
    let views = 0;
    let waitingForData = 0;
    for (const { view, size } of this.#markets.values()) {
      if (view !== null) views += 1;
      if ((view?.asOf ?? null) === null) waitingForData += size;
    }
    const { byState, deadLetters } = this.#book;
    const active = this.#book.size - byState.CLOSED;
    return { active, views, evaluations: this.#evaluations, byState, waitingForData, deadLetters };
  }

  #slot(key: TradeKey): Slot {
    const slot = this.#book.slot(key);
    if (slot === undefined) throw new UnknownTradeError(key);
    return slot;
  }

  #admit(market: Market, trade: Trade): void {
    this.#markets.set(keyOf(market.feed, market.instrument), market);
    this.#book.add(market.add(trade));
  }

  #scene({ market }: Slot): Scene {
    return { facts: market.view, rules: this.rules, surroundings: this.#surroundings };
  }

  /** The market of an instrument; a new one is kept once a trade or a view is in it. */
  #market(feed: string, instrument: string): Market {
    return this.#markets.get(keyOf(feed, instrument)) ?? new Market(feed, instrument);
  }

  #attach(market: Market, view: MarketView): void {
    this.#markets.set(keyOf(market.feed, market.instrument), market);
    market.attach(view);
    this.#spellings.set(keyOf(market.feed, view.symbol), market);
  }

  /** The item's effect on the view, and which check of the trades it calls for. */
  #applyItem(market: Market, view: MarketView, item: MarketItem): Taken {
    switch (item.kind) {
      case 'quote': {
        const status = view.addQuote(item.quote);
        if (status === 'duplicate') return { ...NO_CHECK, outcome: DUPLICATE };
        if (status === 'late') return refused('quote.time', 'a newer quote is known');
        this.#changed.add(market);
        return { outcome: ACCEPTED, check: 'fast', at: item.quote.time };
      }
      case 'orderFlow': {
        const status = view.addOrderFlow(item.flow);
        if (status === 'duplicate') return { ...NO_CHECK, outcome: DUPLICATE };
        if (status === 'late') return refused('order_flow.time', 'a newer window is known');
        this.#changed.add(market);
        return { ...NO_CHECK, outcome: ACCEPTED };
      }
      case 'bar':
        return this.#applyBar(market, view, item);
    }
  }

  #applyBar(market: Market, view: MarketView, item: Extract<MarketItem, { kind: 'bar' }>): Taken {
    const taken = item.forming
      ? view.setForming(item.timeframe, item.bar)
      : view.upsertBar(item.timeframe, item.bar);
    switch (taken.status) {
      case 'duplicate':
        return { ...NO_CHECK, outcome: DUPLICATE };
      case 'ignored':
        return refused('bar.open_time', taken.reason ?? 'cannot be used');
      // A forming bar is shown and decides nothing; it is not worth a write.
      case 'forming':
        return { ...NO_CHECK, outcome: ACCEPTED };
      case 'corrected':
      case 'accepted':
        break;
    }
    this.#changed.add(market);
    const { feed, instrument } = market;
    for (const { timeframe, bar } of taken.stored) this.#bars.push({ feed, instrument, timeframe, bar });
    // A late or corrected bar rebuilds the indicators and never undoes or repeats a decision.
    if (taken.status === 'corrected') return { ...NO_CHECK, outcome: CORRECTED };
    return { outcome: ACCEPTED, check: taken.coarseClosed ? 'deep' : 'fast', at: taken.at };
  }

  /** On a closed coarse bar: every trade of the market is evaluated. */
  #deepCheck(market: Market, view: MarketView, at: number): void {
    this.#begin(market, view, at);
    this.#record(market, view, at);
    this.#evaluations += market.visit(recordedSituations(view, at), STATES, this.rules, (slot, situation) =>
      this.#step(slot, situation, 'all'),
    );
  }

  /** As prices arrive: starts monitoring, and makes a deep check where something calls for one. */
  #fastCheck(market: Market, view: MarketView, at: number): void {
    if (!view.takeFastCheck(at, 'normal')) return;
    const states = view.takeFastCheck(at, 'hedged') ? STATES : UNHEDGED;
    this.#begin(market, view, at);
    if (view.trigger() === null) {
      this.#timerCheck(market, view, states, at);
      return;
    }
    const cooling = view.inCooldown(at);
    if (!cooling) view.noteTriggered(at);
    this.#record(market, view, at);
    this.#evaluations += market.visit(recordedSituations(view, at), states, this.rules, (slot, situation) => {
      const held = cooling && timerEndsAt(slot.trade) > at;
      this.#step(slot, situation, held ? 'worsening' : 'all');
    });
  }

  #record({ feed, instrument }: Market, view: MarketView, at: number): void {
    const { BUY: buy, SELL: sell } = view.record(at);
    this.#marketEvaluations.push({ feed, instrument, number: view.evaluationCount, buy, sell });
  }

  /** A timer's end concerns its trade alone: it looks at the market without leaving a mark on it. */
  #timerCheck(market: Market, view: MarketView, states: readonly State[], at: number): void {
    let situations: Situations | null = null;
    market.visitEnded(at, states, (slot) => {
      situations ??= assessedSituations(view, at);
      this.#evaluations += 1;
      this.#step(slot, situations[slot.trade.spec.direction], 'all');
    });
  }

  /** Estimates R and starts monitoring where that is due. */
  #begin(market: Market, view: MarketView, at: number): void {
    const waiting = market.waiting();
    if (waiting.length === 0) return;
    const facts = new StillFacts(view, at);
    for (const slot of waiting) this.#emit(slot, begin(slot.trade, facts, at, this.rules));
  }

  #step(slot: Slot, situation: Situation, limit: 'all' | 'worsening'): void {
    const event = step(slot.trade, situation, limit, this.rules, this.#surroundings);
    if (event !== null) this.#emit(slot, [event]);
  }

  /** Takes what happened to a trade in one go; whether it is over is asked after the last of it. */
  #emit(slot: Slot, events: readonly TradeEvent[]): Trade {
    for (const event of events) this.#take(slot, event);
    const { trade, market } = slot;
    if (isSettled(trade) && this.#book.remove(slot)) market.leave();
    for (const { trade: after, change, at } of events) {
      if (change.kind === 'actionChanged') this.#openOwnPosition(after, change.action, at);
    }
    return trade;
  }

  #take(slot: Slot, event: TradeEvent): void {
    const { trade } = event;
    const before = slot.trade;
    if (trade.version !== before.version + 1) {
      throw new Error(
        `version ${trade.version} of ${trade.spec.account}:${trade.spec.ticket} is not the next`,
      );
    }
    slot.market.replace(slot, trade);
    this.#book.replaced(slot, before);
    this.#events.push(event);
    if (trade.state === 'CLOSED' && before.state !== 'CLOSED') this.accounts.noteClosed(trade, event.at);
  }

  /** A RE_ADD on a hedging account opened a position beside the trade's: it is a trade of its own. */
  #openOwnPosition(parent: Trade, action: Action, at: number): void {
    const { result, status } = action;
    if (status !== 'DONE' || result === null || !opensOwnPosition(parent, action)) return;
    const { openedTicket, price, volume, stopLoss } = result;
    if (openedTicket === null) return;
    const { spec } = parent;
    const entryPrice = price ?? spec.entryPrice;
    const own: TradeSpec = {
      ...spec,
      ticket: openedTicket,
      positionTicket: openedTicket,
      entryPrice,
      volume: volume ?? action.volume ?? spec.volume,
      stopLoss: stopLoss ?? parent.stopLoss,
      takeProfit: parent.takeProfit,
      initialStopLoss: null,
      openedAt: at,
    };
    if (own.ticket > 0n) this.register(own, at, 'RE_ADD', spec.ticket);
  }

  #marketOf(feed: string, symbol: string): Market {
    return this.#spellings.get(keyOf(feed, symbol)) ?? this.#market(feed, resolveInstrument(symbol));
  }
}

interface Taken {
  readonly outcome: ItemOutcome;
  readonly check: 'none' | 'fast' | 'deep';
  readonly at: number;
}

const NO_CHECK = { check: 'none', at: 0 } as const;

function refused(field: string, reason: string): Taken {
  return { ...NO_CHECK, outcome: rejected(field, reason) };
}

const keyOf = (feed: string, name: string): string => `${feed} ${name}`;

function nothingToExplain(evaluation: Evaluation | null, obstacle: string): Explanation {
  return { evaluation, event: null, obstacle };
}
