// The engine: every active trade and every market in memory, driven by commands and market data in
// the order they are given. No clock, no I/O: the same inputs give the same events. What changed is
// collected and handed out by drain().
import { type BrokerUpdate, closeTrade, pauseTrade, resumeTrade, updateTrade } from '../domain/commands.js';
import { MarketView } from '../domain/market-view.js';
import { begin } from '../domain/monitoring.js';
import type { Rules } from '../domain/rules.js';
import { type Situation, situationOf } from '../domain/state-machine.js';
import { step } from '../domain/step.js';
import { StillFacts } from '../domain/still-facts.js';
import { resolveInstrument } from '../domain/symbols.js';
import { differingFields, openTrade, timerEndsAt } from '../domain/trade.js';
import {
  type CloseReason,
  type Evaluation,
  type Instrument,
  type NewsEvent,
  STATES,
  type State,
  type Trade,
  type TradeEvent,
  type TradeSpec,
} from '../domain/types.js';
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
  type Outbox,
  type Registration,
  type TradeKey,
  UnknownTradeError,
} from './results.js';
import { assessedSituations, recordedSituations, type Situations } from './situations.js';
import { KnownSurroundings } from './surroundings.js';

export type { BrokerUpdate } from '../domain/commands.js';
export type { ItemOutcome, MarketItem } from './market-item.js';
export type {
  ChangedMarket,
  Counters,
  Explanation,
  FeedBar,
  Outbox,
  Registration,
  TradeKey,
} from './results.js';
export { UnknownTradeError } from './results.js';

const UNHEDGED: readonly State[] = STATES.filter((state) => state !== 'HEDGED');

const keyText = (account: string, ticket: bigint): string => `${account}:${ticket}`;

export class Engine {
  readonly #rules: Rules;
  readonly #surroundings: KnownSurroundings;
  /** In the order of registration. */
  readonly #slots = new Map<string, Slot>();
  /** By feed and instrument. */
  readonly #markets = new Map<string, Market>();
  /** By feed and the broker's spelling: saves resolving it for each item. */
  readonly #spellings = new Map<string, Market>();
  readonly #changed = new Set<Market>();
  #events: TradeEvent[] = [];
  #bars: FeedBar[] = [];
  #evaluations = 0;
  readonly #byState: Record<State, number>;

  constructor(rules: Rules) {
    this.#rules = rules;
    this.#surroundings = new KnownSurroundings(rules);
    this.#byState = Object.fromEntries(STATES.map((state) => [state, 0])) as Record<State, number>;
  }

  /**
   * Puts a trade under watch. Its first event is dated by the market: when the trade was opened or the
   * feed's newest data, whichever is later; `now` counts only when `spec.openedAt` is absent.
   */
  register(spec: TradeSpec, now: number): Registration {
    const known = this.#slots.get(keyText(spec.account, spec.ticket))?.trade;
    if (known !== undefined) {
      const fields = differingFields(known.spec, spec);
      return { outcome: fields.length === 0 ? 'same' : 'differs', trade: known, fields };
    }
    const market = this.#market(spec.feed, resolveInstrument(spec.symbol));
    const at = spec.openedAt === null ? now : Math.max(spec.openedAt, market.view?.asOf ?? spec.openedAt);
    const trade = openTrade(spec, market.instrument, at);
    this.#admit(market, trade);
    this.#events.push({ trade, at, change: { kind: 'registered' } });
    return { outcome: 'registered', trade, fields: [] };
  }

  /** Records the broker's truth about a trade. An update that changes nothing makes no event. */
  update(key: TradeKey, update: BrokerUpdate, now: number): Trade {
    const slot = this.#slot(key);
    const { trade, market } = slot;
    return this.#emitAll(slot, updateTrade(trade, update, market.view, now, this.#rules, this.#surroundings));
  }

  /** Ends a trade; `closePrice` is null when not known. */
  close(key: TradeKey, reason: CloseReason, closePrice: number | null, now: number): Trade {
    const slot = this.#slot(key);
    const { trade, market } = slot;
    return this.#emitAll(slot, [
      closeTrade(trade, { reason, price: closePrice }, market.view, now, this.#rules, this.#surroundings),
    ]);
  }

  /** Stops a trade's evaluation. Pausing a paused trade changes nothing. */
  pause(key: TradeKey, reason: string, now: number): Trade {
    const slot = this.#slot(key);
    return this.#emitAll(slot, pauseTrade(slot.trade, reason, slot.market.view, now));
  }

  /** Starts a paused trade's evaluation again. Resuming one that is not paused changes nothing. */
  resume(key: TradeKey, reason: string, now: number): Trade {
    const slot = this.#slot(key);
    return this.#emitAll(slot, resumeTrade(slot.trade, reason, slot.market.view, now));
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
    const view = known ?? new MarketView(item.symbol, market.instrument, this.#rules);
    const { outcome, check, at } = this.#take(market, view, item);
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
    const begun = begin(trade, view, at, this.#rules).at(-1)?.trade ?? trade;
    if (begun.monitoredSince === null) {
      return nothingToExplain(evaluation, 'the trade has met no condition that starts its monitoring');
    }
    const situation = situationOf(view, trade.spec.direction, evaluation, at);
    const event = step(begun, situation, 'all', this.#rules, this.#surroundings);
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

  /** An active trade; a closed one is not here any more. */
  get(account: string, ticket: bigint): Trade | undefined {
    return this.#slots.get(keyText(account, ticket))?.trade;
  }

  /** The active trades in the order of registration. */
  *trades(): Iterable<Trade> {
    for (const { trade } of this.#slots.values()) yield trade;
  }

  /** The view of a symbol in any spelling; undefined without data. */
  view(feed: string, symbol: string): MarketView | undefined {
    return this.#markets.get(keyOf(feed, resolveInstrument(symbol)))?.view ?? undefined;
  }

  viewOf(trade: Trade): MarketView | undefined {
    return this.#markets.get(keyOf(trade.spec.feed, trade.instrument))?.view ?? undefined;
  }

  /** Everything that changed since the last call. */
  drain(): Outbox {
    const outbox = { events: this.#events, views: [...this.#changed], bars: this.#bars };
    this.#events = [];
    this.#bars = [];
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
    const active = this.#slots.size;
    return { active, views, evaluations: this.#evaluations, byState: { ...this.#byState }, waitingForData };
  }

  #slot(key: TradeKey): Slot {
    const slot = this.#slots.get(keyText(key.account, key.ticket));
    if (slot === undefined) throw new UnknownTradeError(key);
    return slot;
  }

  #admit(market: Market, trade: Trade): void {
    this.#markets.set(keyOf(market.feed, market.instrument), market);
    this.#slots.set(keyText(trade.spec.account, trade.spec.ticket), market.add(trade));
    this.#byState[trade.state] += 1;
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
  #take(market: Market, view: MarketView, item: MarketItem): Taken {
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
        return this.#takeBar(market, view, item);
    }
  }

  #takeBar(market: Market, view: MarketView, item: Extract<MarketItem, { kind: 'bar' }>): Taken {
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
    view.record(at);
    this.#evaluations += market.visit(recordedSituations(view, at), STATES, this.#rules, (slot, situation) =>
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
    view.record(at);
    this.#evaluations += market.visit(
      recordedSituations(view, at),
      states,
      this.#rules,
      (slot, situation) => {
        const held = cooling && timerEndsAt(slot.trade) > at;
        this.#step(slot, situation, held ? 'worsening' : 'all');
      },
    );
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
    for (const slot of waiting) this.#emitAll(slot, begin(slot.trade, facts, at, this.#rules));
  }

  #step(slot: Slot, situation: Situation, limit: 'all' | 'worsening'): void {
    const event = step(slot.trade, situation, limit, this.#rules, this.#surroundings);
    if (event !== null) this.#emit(slot, event);
  }

  #emitAll(slot: Slot, events: readonly TradeEvent[]): Trade {
    for (const event of events) this.#emit(slot, event);
    return slot.trade;
  }

  #emit(slot: Slot, event: TradeEvent): void {
    const { trade } = event;
    if (trade.version !== slot.trade.version + 1) {
      throw new Error(
        `version ${trade.version} of ${trade.spec.account}:${trade.spec.ticket} is not the next`,
      );
    }
    this.#byState[slot.trade.state] -= 1;
    slot.market.replace(slot, trade);
    if (trade.state === 'CLOSED') this.#slots.delete(keyText(trade.spec.account, trade.spec.ticket));
    else this.#byState[trade.state] += 1;
    this.#events.push(event);
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
