// Owns a replay in this process: the engine itself, without server and store.

import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { EngineLeaseClient } from '../bridge/engine-lease-client.js';
import type { LeaseClient } from '../bridge/lease-client.js';
import type { AccountTerms } from '../domain/account/account.js';
import { tagOf } from '../domain/broker/order-tag.js';
import type { FlagSetting } from '../domain/flags/flag-book.js';
import type { Instrument, NewsEvent } from '../domain/market/data.js';
import type { Direction } from '../domain/market/direction.js';
import { knownFrom } from '../domain/market/given-time.js';
import type { MarketItem } from '../domain/market/market-item.js';
import type { PolicyTerms } from '../domain/policy/policy.js';
import type { Rules } from '../domain/rules.js';
import type { Regime } from '../domain/signals/regime.js';
import { type Evaluation, SIGNALS, type Signal } from '../domain/signals/signal.js';
import { dealsOf } from '../domain/trade/action-specs.js';
import { actionsOf } from '../domain/trade/event-actions.js';
import { evaluationsOf } from '../domain/trade/monitoring.js';
import type { CloseReason } from '../domain/trade/state.js';
import type { Trade, TradeSpec } from '../domain/trade/trade.js';
import type { MarketView } from '../domain/views/market-view.js';
import { Engine } from '../engine/engine.js';
import { type Opener, openerOf } from '../engine/findings.js';
import { eventToProto } from '../wire/event.js';
import { REPLAY_NAME } from './canonical.js';
import type { ReplayTarget } from './target.js';

export class EngineTarget implements ReplayTarget {
  readonly account = REPLAY_NAME;
  readonly feed = REPLAY_NAME;
  readonly #engine: Engine;
  readonly #viewOf: (symbol: string) => MarketView | null;
  /** The latest version of every trade, closed ones included. */
  readonly #trades = new Map<bigint, Trade>();
  /** By tag, the actions that opened or may have opened a position. */
  readonly #openers = new Map<string, Opener>();
  #events: TradeEvent[] = [];
  /** Evaluations so far, the time of the newest, and of each signal in how many it was available. */
  #signals = { at: Number.NaN, count: 0, available: new Map<Signal, number>() };

  /** `viewOf` makes the view of the instrument, where it is to be another than the engine's own. */
  constructor(rules: Rules, viewOf: (symbol: string) => MarketView | null = () => null) {
    this.#viewOf = viewOf;
    this.#engine = new Engine(rules);
    this.#engine.feeds.put({ ...this.#engine.feeds.of(this.feed), kind: 'RECORDED' });
  }

  /** A person sets a feature flag of this replay. */
  setFlag(setting: FlagSetting): void {
    this.#engine.flags.set(setting);
  }

  /** Puts a policy into force for the trades that are registered from now on. */
  upsertPolicy(terms: PolicyTerms): void {
    this.#engine.policies.upsert(terms, () => true);
  }

  /** Tells of news that are due. */
  upsertNews(event: NewsEvent): void {
    this.#engine.upsertNews(event);
  }

  async begin(instrument: Instrument, terms: AccountTerms, clock: () => number): Promise<LeaseClient> {
    this.#engine.upsertInstrument(instrument);
    const view = this.#viewOf(instrument.symbol);
    if (view !== null) this.#engine.restoreView(this.feed, view);
    this.#engine.accounts.upsert(this.account, terms, []);
    return new EngineLeaseClient(this.#engine, {
      account: this.account,
      bridgeId: REPLAY_NAME,
      // The recording's time is the database's too: what waits for time waits for the market's.
      clock: () => ({ at: clock(), now: clock() }),
      past: {
        trade: (ticket) => this.#known(ticket),
        opener: (tag) => this.#openerOf(tag),
      },
    });
  }

  async register(spec: TradeSpec): Promise<void> {
    this.#engine.register(spec, spec.openedAt ?? 0);
  }

  async close(ticket: bigint, reason: CloseReason, price: number, at: number): Promise<void> {
    const { account } = this;
    if (this.#engine.get(account, ticket)?.state === 'CLOSED') return;
    this.#engine.close({ account, ticket }, reason, price, at);
  }

  async push(items: readonly MarketItem[]): Promise<readonly TradeEvent[]> {
    for (const item of items) {
      this.#engine.reference.tell(knownFrom(item));
      const outcome = this.#engine.apply(this.feed, item, knownFrom(item));
      if (outcome.status !== 'rejected' || outcome.fault === 'UNCONFIRMED') continue;
      throw new Error(`market data was refused: ${outcome.field}: ${outcome.reason}`);
    }
    this.#drain();
    for (const item of items) if (item.kind === 'bar') this.#countSignals(item.symbol);
    const events = this.#events;
    this.#events = [];
    return events;
  }

  async evaluations(tickets: readonly bigint[]): Promise<number> {
    return tickets.reduce((sum, ticket) => {
      const trade = this.#trades.get(ticket);
      return trade === undefined ? sum : sum + evaluationsOf(trade, this.#engine.viewOf(trade) ?? null);
    }, 0);
  }

  /** The latest recorded evaluation of a direction; null before the first. */
  latest(symbol: string, direction: Direction): Evaluation | null {
    return this.#engine.view(this.feed, symbol)?.latest(direction) ?? null;
  }

  availability(): Readonly<Record<string, number>> {
    const { count, available } = this.#signals;
    return Object.fromEntries(
      SIGNALS.map((signal) => [signal, count === 0 ? 0 : (available.get(signal) ?? 0) / count]),
    );
  }

  /** The regime a symbol's market is in; null before it has data. */
  regime(symbol: string): Regime | null {
    return this.#engine.view(this.feed, symbol)?.regime ?? null;
  }

  async end(): Promise<void> {}

  /** Counts which signals the newest evaluation had, once; both directions have the same. */
  #countSignals(symbol: string): void {
    const evaluation = this.latest(symbol, 'BUY');
    const { at, count, available } = this.#signals;
    if (evaluation === null || evaluation.at === at) return;
    for (const { signal, available: isThere } of evaluation.signals) {
      if (isThere) available.set(signal, (available.get(signal) ?? 0) + 1);
    }
    this.#signals = { at: evaluation.at, count: count + 1, available };
  }

  #known(ticket: bigint): Trade | undefined {
    this.#drain();
    return this.#trades.get(ticket);
  }

  #openerOf(tag: string): Opener | undefined {
    this.#drain();
    return this.#openers.get(tag);
  }

  #drain(): void {
    for (const event of this.#engine.drain().events) {
      const { trade, change } = event;
      const { ticket } = trade.spec;
      this.#trades.set(ticket, trade);
      for (const action of actionsOf(change)) {
        if (dealsOf(action.type) === 'open')
          this.#openers.set(tagOf(action.actionId), openerOf(ticket, action));
      }
      this.#events.push(eventToProto(event));
    }
  }
}
