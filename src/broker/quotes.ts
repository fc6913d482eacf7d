// Owns the symbols a broker trades, with their terms and newest prices.
import type { Prices } from './prices.js';
import type { SymbolTerms } from './terms.js';

export class Quotes {
  readonly #terms: ReadonlyMap<string, SymbolTerms>;
  readonly #prices = new Map<string, Prices>();
  #quotedAt = 0;

  constructor(symbols: readonly SymbolTerms[]) {
    this.#terms = new Map(symbols.map((terms) => [terms.instrument.symbol, terms]));
  }

  get symbols(): Iterable<SymbolTerms> {
    return this.#terms.values();
  }

  /** The moment of the newest price, UTC ms. */
  get quotedAt(): number {
    return this.#quotedAt;
  }

  trades(symbol: string): boolean {
    return this.#terms.has(symbol);
  }

  /** @throws {Error} for a symbol the broker does not trade. */
  terms(symbol: string): SymbolTerms {
    const terms = this.#terms.get(symbol);
    if (terms === undefined) throw new Error(`the broker does not trade ${symbol}`);
    return terms;
  }

  /** null before the first price. */
  prices(symbol: string): Prices | null {
    return this.#prices.get(symbol) ?? null;
  }

  price(symbol: string, prices: Prices, at: number): void {
    this.#prices.set(symbol, prices);
    this.#quotedAt = at;
  }
}
