// Owns what changed in the engine and was not handed out yet.
import type { Bar, Timeframe } from '../domain/market/data.js';
import type { RealisedResult } from '../domain/money/realised.js';
import type { Evaluation } from '../domain/signals/signal.js';
import type { TradeEvent } from '../domain/trade/event.js';
import type { MarketKey, StoredBar } from '../store/types.js';
import type { Accounts } from './accounts.js';
import type { Feeds } from './feeds.js';
import type { Flags } from './flags.js';
import type { Market } from './market.js';
import type { Policies } from './policies.js';
import type { EventResults, MarketEvaluation, Outbox } from './results.js';

export class Changes {
  readonly #accounts: Accounts;
  readonly #feeds: Feeds;
  readonly #flags: Flags;
  readonly #policies: Policies;
  readonly #views = new Set<Market>();
  #forgotten: MarketKey[] = [];
  #events: TradeEvent[] = [];
  #realised: EventResults[] = [];
  #bars: StoredBar[] = [];
  #marketEvaluations: MarketEvaluation[] = [];

  constructor(accounts: Accounts, feeds: Feeds, flags: Flags, policies: Policies) {
    this.#accounts = accounts;
    this.#feeds = feeds;
    this.#flags = flags;
    this.#policies = policies;
  }

  /** Since the last call of drain. */
  get events(): readonly TradeEvent[] {
    return this.#events;
  }

  /** @param results - what it earned or lost for good. */
  event(event: TradeEvent, results: readonly RealisedResult[] = []): void {
    this.#events.push(event);
    if (results.length > 0) this.#realised.push({ event, results });
  }

  /** A view is another now. */
  view(market: Market): void {
    this.#views.add(market);
  }

  /** A market's data is forgotten, what changed of it since included. */
  forgotten(market: Market): void {
    const { feed, instrument } = market;
    this.#views.delete(market);
    this.#bars = this.#bars.filter((bar) => bar.feed !== feed || bar.instrument !== instrument);
    this.#forgotten.push({ feed, instrument });
  }

  /** A closed bar is new or corrected. */
  bar({ feed, instrument }: Market, timeframe: Timeframe, bar: Bar): void {
    this.#bars.push({ feed, instrument, timeframe, bar });
  }

  /** A view recorded the evaluation with this number. */
  evaluation({ feed, instrument }: Market, number: number, buy: Evaluation, sell: Evaluation): void {
    this.#marketEvaluations.push({ feed, instrument, number, buy, sell });
  }

  get isChanged(): boolean {
    const lists = [this.#events, this.#bars, this.#forgotten, this.#marketEvaluations];
    const isListed = lists.some(({ length }) => length > 0);
    const parts = [this.#accounts, this.#feeds, this.#flags, this.#policies];
    const isAnyChanged = parts.some(({ isChanged }) => isChanged);
    return isListed || this.#views.size > 0 || isAnyChanged;
  }

  /** Everything since the last call. */
  drain(): Outbox {
    const outbox: Outbox = {
      events: this.#events,
      realised: this.#realised,
      views: [...this.#views],
      bars: this.#bars,
      marketEvaluations: this.#marketEvaluations,
      accounts: this.#accounts.drain(),
      ...this.#feeds.drain(),
      flags: this.#flags.drain(),
      policies: this.#policies.drain(),
      forgotten: this.#forgotten,
    };
    this.#events = [];
    this.#realised = [];
    this.#bars = [];
    this.#forgotten = [];
    this.#marketEvaluations = [];
    this.#views.clear();
    return outbox;
  }
}
