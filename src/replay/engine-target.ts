// A replay in this process: the engine itself, without server and store.
import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import type { Desk } from '../bridge/desk.js';
import { EngineDesk } from '../bridge/engine-desk.js';
import { actionsOf } from '../domain/action-changes.js';
import { tagOf } from '../domain/action-tag.js';
import { evaluationsOf } from '../domain/monitoring.js';
import type { Rules } from '../domain/rules.js';
import type { CloseReason, Direction, Evaluation, Instrument, Trade, TradeSpec } from '../domain/types.js';
import { Engine } from '../engine/engine.js';
import type { MarketItem } from '../engine/market-item.js';
import type { Opener } from '../engine/reconcile.js';
import { eventToProto } from '../wire/event.js';
import { REPLAY_NAME } from './canonical.js';
import type { AccountTerms, ReplayTarget } from './target.js';

export class EngineTarget implements ReplayTarget {
  readonly account = REPLAY_NAME;
  readonly feed = REPLAY_NAME;
  readonly #engine: Engine;
  /** The latest version of every trade, closed ones included. */
  readonly #trades = new Map<bigint, Trade>();
  /** By tag, the actions that opened or may have opened a position. */
  readonly #openers = new Map<string, Opener>();
  #events: TradeEvent[] = [];

  constructor(rules: Rules) {
    this.#engine = new Engine(rules);
  }

  async begin(instrument: Instrument, terms: AccountTerms, clock: () => number): Promise<Desk> {
    this.#engine.upsertInstrument(instrument);
    this.#engine.accounts.upsert(this.account, terms);
    return new EngineDesk(this.#engine, {
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
      const { status, field, reason } = this.#engine.apply(this.feed, item);
      if (status === 'rejected') throw new Error(`market data was refused: ${field}: ${reason}`);
    }
    this.#drain();
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

  async end(): Promise<void> {}

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
      for (const { actionId, type } of actionsOf(change)) {
        if (type === 'OPEN_HEDGE' || type === 'RE_ADD') this.#openers.set(tagOf(actionId), { ticket, type });
      }
      this.#events.push(eventToProto(event));
    }
  }
}
