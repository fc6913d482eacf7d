// What changed in the engine and was not handed out yet.
import type { Bar, Evaluation, Timeframe, TradeEvent } from '../domain/types.js';
import type { Accounts } from './accounts.js';
import type { Market } from './market.js';
import type { FeedBar, MarketEvaluation, Outbox } from './results.js';

export class Changes {
  readonly #accounts: Accounts;
  readonly #views = new Set<Market>();
  #events: TradeEvent[] = [];
  #bars: FeedBar[] = [];
  #marketEvaluations: MarketEvaluation[] = [];

  constructor(accounts: Accounts) {
    this.#accounts = accounts;
  }

  event(event: TradeEvent): void {
    this.#events.push(event);
  }

  /** A view is another now. */
  view(market: Market): void {
    this.#views.add(market);
  }

  /** A closed bar is new or corrected. */
  bar({ feed, instrument }: Market, timeframe: Timeframe, bar: Bar): void {
    this.#bars.push({ feed, instrument, timeframe, bar });
  }

  /** A view recorded the evaluation with this number. */
  evaluation({ feed, instrument }: Market, number: number, buy: Evaluation, sell: Evaluation): void {
    this.#marketEvaluations.push({ feed, instrument, number, buy, sell });
  }

  /** Everything since the last call. */
  drain(): Outbox {
    const outbox: Outbox = {
      events: this.#events,
      views: [...this.#views],
      bars: this.#bars,
      marketEvaluations: this.#marketEvaluations,
      accounts: this.#accounts.drain(),
    };
    this.#events = [];
    this.#bars = [];
    this.#marketEvaluations = [];
    this.#views.clear();
    return outbox;
  }
}
