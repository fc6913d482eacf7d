// Owns what is known of deals' money in this term: which is in results, so that nobody looks for it with each snapshot, and in which
// currency it was told first. A deal that the broker corrects is asked about again. It decides nothing, and another term asks again.
import type { BrokerDeal, BrokerSnapshot } from '../domain/broker/snapshot.js';

export class BookedDeals {
  /** By account and number, what the deals of its last snapshot say. */
  readonly #deals = new Map<string, ReadonlyMap<bigint, string>>();

  /** By account and number, its currency when the deal was told first. */
  readonly #currencies = new Map<string, ReadonlyMap<bigint, string>>();

  /** By account, how often snapshots changed its results in this term. */
  readonly #changes = new Map<string, number>();

  changes(account: string): number {
    return this.#changes.get(account) ?? 0;
  }

  /** A snapshot changes results of the account: what was looked up for another one before is not so any more. */
  changed(account: string): void {
    this.#changes.set(account, this.changes(account) + 1);
  }

  currencies(account: string): ReadonlyMap<bigint, string> {
    return this.#currencies.get(account) ?? NONE;
  }

  has(account: string, deal: BrokerDeal): boolean {
    return this.#deals.get(account)?.get(deal.deal) === contentOf(deal);
  }

  /** Remembers, of the deals a snapshot tells, those that are in results, and the currencies of those that are new. */
  note(
    account: string,
    booked: readonly bigint[],
    fresh: ReadonlyMap<bigint, string>,
    { deals }: Pick<BrokerSnapshot, 'deals'>,
  ): void {
    const inResults = new Set(booked);
    const known = deals.filter((deal) => inResults.has(deal.deal) || this.has(account, deal));
    if (known.length > 0)
      this.#deals.set(account, new Map(known.map((deal) => [deal.deal, contentOf(deal)])));
    if (fresh.size === 0) return;
    const before = this.currencies(account);
    const currencies = deals.flatMap(({ deal }) => {
      const currency = before.get(deal) ?? fresh.get(deal);
      return currency === undefined ? [] : [[deal, currency] as const];
    });
    this.#currencies.set(account, new Map(currencies));
  }

  /** A close was taken back: what its deals are in is asked anew. */
  forget(account: string): void {
    this.#deals.delete(account);
  }
}

const NONE: ReadonlyMap<bigint, string> = new Map();

/** What the result of a deal depends on. */
function contentOf({ positionIdentifier, entry, volume, price, money }: BrokerDeal): string {
  const { profit, commission, swap, fee } = money ?? {};
  return [positionIdentifier, entry, volume, price, profit, commission, swap, fee].join(' ');
}
