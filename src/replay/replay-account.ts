// Owns a paper broker that goes through the recorded bars with the replay's positions, and what each trade
// has earned at it. A replay has two: one that DTMS defends, and one that is left alone.

import type { PaperBroker } from '../broker/paper-broker.js';
import { closingDeal } from '../broker/terminal.js';
import type { Quote } from '../domain/market/data.js';
import { favourable } from '../domain/market/direction.js';
import type { ReplayBar } from './importer.js';
import type { ReplayTrade } from './trades-file.js';

/** How a trade stands at a broker. */
export interface TradeStanding {
  /** In money, with what is open valued at the newest prices. */
  readonly result: number;
  /** When its last deal was made, UTC ms; null while something is open. */
  readonly endedAt: number | null;
}

export class ReplayAccount {
  readonly broker: PaperBroker;
  readonly #symbol: string;
  /** The trade each position belongs to. */
  readonly #owners = new Map<bigint, bigint>();
  /** The trade an order's comment belongs to: a leg or an added position is known by it. */
  readonly #tags = new Map<string, bigint>();
  readonly #realised = new Map<bigint, { money: number; at: number }>();
  #booked = 0;

  constructor(broker: PaperBroker, symbol: string) {
    this.broker = broker;
    this.#symbol = symbol;
  }

  /** A trade is opened elsewhere, at its own price. */
  enter(trade: ReplayTrade): void {
    const { ticket, symbol, direction, volume, entryPrice, stopLoss, takeProfit, entryTime } = trade;
    this.#owners.set(ticket, ticket);
    this.broker.adopt({
      identifier: ticket,
      symbol,
      direction,
      volume,
      entryPrice,
      stopLoss,
      takeProfit,
      magicNumber: 0n,
      comment: '',
      openedAt: entryTime,
    });
  }

  /** Orders with this comment open positions that belong to a trade, or to one that itself belongs to one. */
  expect(tag: string, ticket: bigint): void {
    this.#tags.set(tag, this.#owners.get(ticket) ?? ticket);
  }

  /** The bar's first prices. */
  open({ bar, ask }: ReplayBar): void {
    this.broker.quote(this.#symbol, { bid: bar.open, ask: (ask ?? bar).open }, bar.time);
  }

  /** A quote within the bar. */
  quote({ bid, ask, time }: Quote): void {
    this.broker.quote(this.#symbol, { bid, ask }, time);
  }

  /** The rest of the bar: stops and targets where it touches them, quote by quote where it has any. */
  pass(bar: ReplayBar, closesAt: number): void {
    if (bar.within === undefined) {
      this.broker.bar(this.#symbol, bar, closesAt);
      return;
    }
    // Its range is that of these quotes: a stop that was moved meanwhile is not touched by prices before it was.
    for (const quote of bar.within.quotes) this.quote(quote);
    this.broker.quote(this.#symbol, { bid: bar.bar.close, ask: (bar.ask ?? bar.bar).close }, closesAt);
  }

  /** Closes what a trade has open; the price of its own position, or null when that was closed before. */
  expire({ ticket }: ReplayTrade): number | null {
    this.#book();
    let price: number | null = null;
    for (const position of this.broker.positions()) {
      if (this.#owners.get(position.identifier) !== ticket) continue;
      const result = this.broker.execute(closingDeal(position));
      if (position.identifier === ticket) price = result.price;
    }
    return price;
  }

  /** Deals the broker has made for reasons of its own, so far. */
  get ownDeals(): number {
    this.#book();
    return this.#ownDeals;
  }
  #ownDeals = 0;

  /** How trades stand now, one by one. */
  standings(): (ticket: bigint) => TradeStanding {
    this.#book();
    const floating = this.#floating();
    return (ticket) => {
      const { money, at } = this.#realised.get(ticket) ?? { money: 0, at: null };
      const open = floating.get(ticket);
      return open === undefined ? { result: money, endedAt: at } : { result: money + open, endedAt: null };
    };
  }

  /** What is open, valued at the newest prices, by trade. */
  #floating(): ReadonlyMap<bigint, number> {
    const floating = new Map<bigint, number>();
    const prices = this.broker.prices(this.#symbol);
    for (const { identifier, direction, volume, entryPrice, swap } of this.broker.positions()) {
      const owner = this.#owners.get(identifier);
      if (owner === undefined || prices === null) continue;
      const exit = direction === 'BUY' ? prices.bid : prices.ask;
      const money = favourable(direction) * (exit - entryPrice) * volume + swap;
      floating.set(owner, (floating.get(owner) ?? 0) + money);
    }
    return floating;
  }

  /** Counts the deals since the last time for their trades. */
  #book(): void {
    const deals = this.broker.history;
    for (const deal of deals.slice(this.#booked)) {
      const { positionIdentifier, comment, profit, swap, commission, time, reason } = deal;
      if (reason !== 'CLIENT') this.#ownDeals += 1;
      const owner = this.#owners.get(positionIdentifier) ?? this.#tags.get(comment);
      if (owner === undefined) continue;
      this.#owners.set(positionIdentifier, owner);
      const before = this.#realised.get(owner);
      const money = (before?.money ?? 0) + profit + swap - commission;
      this.#realised.set(owner, { money, at: Math.max(before?.at ?? time, time) });
    }
    this.#booked = deals.length;
  }
}
