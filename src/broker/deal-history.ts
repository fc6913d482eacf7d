// Owns the account's deals in the order they were made, and finds the ones since a moment.
import type { BrokerDeal } from '../domain/broker/snapshot.js';

/** A deal with what it did to the balance, in account currency. */
export interface Deal extends BrokerDeal {
  readonly order: bigint;
  readonly profit: number;
  readonly swap: number;
  /** What the deal cost, 0 or more. */
  readonly commission: number;
  /** The share of what opening the lots it closed had cost; no part of what it did to the balance. */
  readonly opening: number;
}

export class DealHistory {
  #deals: Deal[] = [];
  /** The latest time among the first n + 1 deals: positions that were taken over are told late. */
  #latest: number[] = [];

  get all(): readonly Deal[] {
    return this.#deals;
  }

  add(deal: Deal): void {
    this.#deals.push(deal);
    this.#latest.push(Math.max(this.#latest.at(-1) ?? Number.NEGATIVE_INFINITY, deal.time));
  }

  /** Forgets the deals before the first one at or after `time` (UTC ms). */
  forgetBefore(time: number): void {
    const from = this.#latest.findIndex((latest) => latest >= time);
    const gone = from === -1 ? this.#deals.length : from;
    this.#deals = this.#deals.slice(gone);
    this.#latest = this.#latest.slice(gone);
  }

  /** Deals at or after `time` (UTC ms), in the order they were made. */
  since(time: number): readonly Deal[] {
    let from = 0;
    let to = this.#latest.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#latest[middle] ?? 0) < time) from = middle + 1;
      else to = middle;
    }
    return this.#deals.slice(from).filter((deal) => deal.time >= time);
  }
}
