// Keeps the trades: takes them in, and replaces each by what its events made of it, in every list it is in.
import { opensOwnPosition } from '../domain/action-effects.js';
import { resolveInstrument } from '../domain/symbols.js';
import { adopted, differingFields, isSettled, openTrade } from '../domain/trade.js';
import type { Action, Trade, TradeEvent, TradeOrigin, TradeSpec } from '../domain/types.js';
import type { Accounts } from './accounts.js';
import type { Changes } from './changes.js';
import type { Market, Slot } from './market.js';
import type { Markets } from './markets.js';
import type { Registration } from './results.js';
import { TradeBook } from './trade-book.js';

export class Bookkeeper {
  readonly book = new TradeBook();
  readonly #markets: Markets;
  readonly #accounts: Accounts;
  readonly #changes: Changes;

  constructor(markets: Markets, accounts: Accounts, changes: Changes) {
    this.#markets = markets;
    this.#accounts = accounts;
    this.#changes = changes;
  }

  /** Puts a trade under watch, or compares it with the one that is; see Engine.register. */
  register(spec: TradeSpec, now: number, origin: TradeOrigin, parentTicket: bigint | null): Registration {
    const slot = this.book.slot(spec);
    if (slot !== undefined) return this.#registerAgain(slot, spec, now);
    const market = this.#markets.of(spec.feed, resolveInstrument(spec.symbol));
    const at = spec.openedAt === null ? now : Math.max(spec.openedAt, market.view?.asOf ?? spec.openedAt);
    const trade = openTrade(spec, market.instrument, at, origin, parentTicket);
    this.#admit(market, trade);
    this.#changes.event({ trade, at, change: { kind: 'registered', adopted: false } });
    return { outcome: 'registered', trade, fields: [] };
  }

  /** Takes a stored trade; it does not count as changed. */
  restore(trade: Trade): void {
    this.#admit(this.#markets.of(trade.spec.feed, trade.instrument), trade);
  }

  /** Takes what happened to a trade in one go; whether it is over is asked after the last of it. */
  emit(slot: Slot, events: readonly TradeEvent[]): Trade {
    for (const event of events) this.#take(slot, event);
    const { trade, market } = slot;
    if (isSettled(trade) && this.book.remove(slot)) market.leave();
    for (const { trade: after, change, at } of events) {
      if (change.kind === 'actionChanged') this.#openOwnPosition(after, change.action, at);
    }
    return trade;
  }

  #registerAgain(slot: Slot, spec: TradeSpec, now: number): Registration {
    const known = slot.trade;
    const fields = differingFields(known.spec, spec);
    if (fields.length === 0) return { outcome: 'same', trade: known, fields };
    const trade = adopted(known, spec);
    if (trade === null) return { outcome: 'differs', trade: known, fields };
    const at = Math.max(now, known.stateEnteredAt);
    this.emit(slot, [{ trade, at, change: { kind: 'registered', adopted: true } }]);
    return { outcome: 'registered', trade, fields: [] };
  }

  #admit(market: Market, trade: Trade): void {
    this.#markets.keep(market);
    this.book.add(market.add(trade));
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
    this.book.replaced(slot, before);
    this.#changes.event(event);
    if (trade.state === 'CLOSED' && before.state !== 'CLOSED') this.#accounts.noteClosed(trade, event.at);
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
}
