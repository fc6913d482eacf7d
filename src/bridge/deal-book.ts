// Owns the deals a bridge knows: found by the tag of the order behind them, and each seen as new only once.

import type { OrderResult } from '../broker/terminal.js';
import { RETURN_CODES } from '../domain/actions/result-codes.js';
import type { BrokerDeal } from '../domain/broker/snapshot.js';

export class DealBook {
  readonly #deals = new Map<bigint, BrokerDeal>();
  readonly #byTag = new Map<string, BrokerDeal[]>();

  /** Takes deals; answers the ones it had not seen, in the order given. */
  add(deals: readonly BrokerDeal[]): readonly BrokerDeal[] {
    const fresh = deals.filter(({ deal }) => !this.#deals.has(deal));
    for (const deal of fresh) {
      this.#deals.set(deal.deal, deal);
      // Some brokers copy a position's comment to the deal of its stop: that is no order's.
      if (deal.comment === '' || deal.reason !== 'CLIENT') continue;
      const known = this.#byTag.get(deal.comment);
      if (known === undefined) this.#byTag.set(deal.comment, [deal]);
      else known.push(deal);
    }
    return fresh;
  }

  /** Forgets deals older than `time` (UTC ms). */
  forgetBefore(time: number): void {
    for (const { deal, comment, time: at } of this.#deals.values()) {
      if (at >= time) continue;
      this.#deals.delete(deal);
      const left = (this.#byTag.get(comment) ?? []).filter((known) => known.deal !== deal);
      if (left.length > 0) this.#byTag.set(comment, left);
      else this.#byTag.delete(comment);
    }
  }

  /** The newest deal that closed something of a position; null where none is known. */
  lastClose(identifier: bigint): BrokerDeal | null {
    const closes = [...this.#deals.values()].filter(
      ({ positionIdentifier, entry }) => positionIdentifier === identifier && entry !== 'IN',
    );
    return closes.sort((a, b) => a.time - b.time || (a.deal < b.deal ? -1 : 1)).at(-1) ?? null;
  }

  /** The result of the order with this tag as its deals tell it; null when there is none. */
  resultOf(tag: string): OrderResult | null {
    const deals = tag === '' ? [] : (this.#byTag.get(tag) ?? []);
    const first = deals[0];
    if (first === undefined) return null;
    const volume = deals.reduce((sum, deal) => sum + deal.volume, 0);
    const value = deals.reduce((sum, deal) => sum + deal.price * deal.volume, 0);
    return {
      code: RETURN_CODES.DONE,
      message: 'found among the deals; not sent again',
      price: deals.length === 1 ? first.price : value / volume,
      volume: Math.round(volume * 1e8) / 1e8,
      stopLoss: null,
      openedTicket: first.entry === 'IN' ? first.positionIdentifier : null,
      dealTicket: first.deal,
    };
  }
}
