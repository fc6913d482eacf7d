// Owns which deals' money is known to be in results in this term, so that nobody looks for them with each snapshot. It decides
// nothing, and another term asks again.
import type { BrokerSnapshot } from '../domain/broker/snapshot.js';
import type { RealisedResult } from '../domain/money/realised.js';

export class BookedDeals {
  /** By account, of the deals of its last snapshot. */
  readonly #deals = new Map<string, ReadonlySet<bigint>>();

  has(account: string, deal: bigint): boolean {
    return this.#deals.get(account)?.has(deal) ?? false;
  }

  /** Remembers, of the deals a snapshot tells, those that are in results. */
  note(
    account: string,
    results: readonly Pick<RealisedResult, 'deals'>[],
    { deals }: Pick<BrokerSnapshot, 'deals'>,
  ): void {
    const fresh = results.flatMap((result) => result.deals ?? []);
    const known = deals.flatMap(({ deal }) => (this.has(account, deal) ? deal : []));
    if (fresh.length > 0 || known.length > 0) this.#deals.set(account, new Set([...known, ...fresh]));
  }
}
