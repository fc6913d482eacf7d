// A replay in this process: the engine itself, without server and store.
import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import type { BrokerUpdate } from '../domain/commands.js';
import { evaluationsOf } from '../domain/monitoring.js';
import type { Rules } from '../domain/rules.js';
import type { CloseReason, Instrument, Trade, TradeSpec } from '../domain/types.js';
import { Engine } from '../engine/engine.js';
import type { MarketItem } from '../engine/market-item.js';
import { eventToProto } from '../wire/event.js';
import { REPLAY_NAME } from './canonical.js';
import type { ReplayTarget } from './target.js';

export class EngineTarget implements ReplayTarget {
  readonly account = REPLAY_NAME;
  readonly feed = REPLAY_NAME;
  readonly #engine: Engine;
  /** The latest version of every trade, closed ones included. */
  readonly #trades = new Map<bigint, Trade>();

  constructor(rules: Rules) {
    this.#engine = new Engine(rules);
  }

  async begin(instrument: Instrument): Promise<void> {
    this.#engine.upsertInstrument(instrument);
  }

  async register(spec: TradeSpec): Promise<void> {
    this.#engine.register(spec, spec.openedAt ?? 0);
  }

  async update(ticket: bigint, update: BrokerUpdate, at: number): Promise<void> {
    this.#engine.update({ account: this.account, ticket }, update, at);
  }

  async close(ticket: bigint, reason: CloseReason, price: number, at: number): Promise<void> {
    this.#engine.close({ account: this.account, ticket }, reason, price, at);
  }

  async push(items: readonly MarketItem[]): Promise<readonly TradeEvent[]> {
    for (const item of items) {
      const { status, field, reason } = this.#engine.apply(this.feed, item);
      if (status === 'rejected') throw new Error(`market data was refused: ${field}: ${reason}`);
    }
    const { events } = this.#engine.drain();
    for (const { trade } of events) this.#trades.set(trade.spec.ticket, trade);
    return events.map(eventToProto);
  }

  async evaluations(tickets: readonly bigint[]): Promise<number> {
    return tickets.reduce((sum, ticket) => {
      const trade = this.#trades.get(ticket);
      return trade === undefined ? sum : sum + evaluationsOf(trade, this.#engine.viewOf(trade) ?? null);
    }, 0);
  }

  async end(): Promise<void> {}
}
