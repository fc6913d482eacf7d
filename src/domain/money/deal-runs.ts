// Owns the deals of a position that are in no result yet, and which of them closed so many lots at such a price: the first that come
// one after the other. A position may have thousands, so each look goes over plain numbers, and none is copied.
import type { BrokerDeal, DealMoney } from '../broker/snapshot.js';
import type { RealisedResult } from './realised.js';

/** A deal that closed lots and tells what it earned. */
export type BookedDeal = BrokerDeal & { readonly money: DealMoney };

export class DealRuns {
  readonly #deals: BookedDeal[];
  readonly #units: number[];
  readonly #values: number[];

  /** @param deals - in the order of time. */
  constructor(deals: readonly BookedDeal[]) {
    this.#deals = [...deals];
    this.#units = deals.map(({ volume }) => unitsOf(volume));
    this.#values = deals.map(({ price, volume }) => price * volume);
  }

  /** Those that nobody took. */
  get left(): readonly BookedDeal[] {
    return this.#deals;
  }

  /** Takes what closed a result's very lots at its very price; none where nothing did. */
  take({ volume, exitPrice }: Pick<RealisedResult, 'volume' | 'exitPrice'>): readonly BookedDeal[] {
    if (exitPrice === null) return [];
    const asked = unitsOf(volume);
    // Each deal enters the sum once and leaves it once.
    let [lots, value, from] = [0, 0, 0];
    for (let at = 0; at < this.#units.length; at += 1) {
      lots += this.#units[at] ?? 0;
      value += this.#values[at] ?? 0;
      for (; lots > asked; from += 1) {
        lots -= this.#units[from] ?? 0;
        value -= this.#values[from] ?? 0;
      }
      // The running sum carries noise: it tells which deals are worth a closer look.
      if (lots !== asked || !isNear(value / volume, exitPrice, 1e-6)) continue;
      if (isNear(averageOf(this.#deals.slice(from, at + 1), volume), exitPrice, 1e-9))
        return this.#cut(from, at + 1 - from);
    }
    return [];
  }

  /** Takes all of them, where together they closed so many lots. */
  takeAll({ volume }: Pick<RealisedResult, 'volume'>): readonly BookedDeal[] {
    return lotsOf(this.#deals) === unitsOf(volume) ? this.#cut(0, this.#deals.length) : [];
  }

  #cut(from: number, count: number): readonly BookedDeal[] {
    this.#units.splice(from, count);
    this.#values.splice(from, count);
    return this.#deals.splice(from, count);
  }
}

/** Lots have eight places at most; in these units a sum of them is exact. */
export const unitsOf = (lots: number): number => Math.round(lots * 1e8);

/** In these units. */
export const lotsOf = (run: readonly BookedDeal[]): number =>
  run.reduce((sum, { volume }) => sum + unitsOf(volume), 0);

export const averageOf = (run: readonly BookedDeal[], volume: number): number =>
  run.reduce((sum, deal) => sum + deal.price * deal.volume, 0) / volume;

/** Averages are told with the digits of a double. */
export const isNear = (average: number, price: number, share: number): boolean =>
  Math.abs(average - price) <= price * share;
