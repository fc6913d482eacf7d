// Owns which deals' money is known to be in results in this term, so that nobody looks for them with each snapshot. A deal that the
// broker corrects is another one. It decides nothing, and another term asks again.
import type { BrokerDeal, BrokerSnapshot } from '../domain/broker/snapshot.js';

export class BookedDeals {
  /** By account and number, what the deals of its last snapshot say. */
  readonly #deals = new Map<string, ReadonlyMap<bigint, string>>();

  has(account: string, deal: BrokerDeal): boolean {
    return this.#deals.get(account)?.get(deal.deal) === contentOf(deal);
  }

  /** Remembers, of the deals a snapshot tells, those that are in results. */
  note(account: string, booked: readonly bigint[], { deals }: Pick<BrokerSnapshot, 'deals'>): void {
    const fresh = new Set(booked);
    const known = deals.filter((deal) => fresh.has(deal.deal) || this.has(account, deal));
    if (known.length > 0)
      this.#deals.set(account, new Map(known.map((deal) => [deal.deal, contentOf(deal)])));
  }

  /** A close was taken back: what its deals are in is asked anew. */
  forget(account: string): void {
    this.#deals.delete(account);
  }
}

/** What the result of a deal depends on. */
function contentOf({ positionIdentifier, entry, volume, price, money }: BrokerDeal): string {
  const { profit, commission, swap, fee } = money ?? {};
  return [positionIdentifier, entry, volume, price, profit, commission, swap, fee].join(' ');
}
