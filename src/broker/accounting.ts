// Owns what price moves are worth in the account's money: by the contracts of its symbols, converted at their own prices, and
// rounded as a broker books them. An account without a currency counts in the symbols' own prices, unrounded, as replays do.

import { resolveInstrument } from '../domain/market/symbols.js';
import { contractOf } from '../domain/money/contract.js';
import type { FedRates } from '../domain/money/conversion.js';
import { placesOf } from '../domain/money/currency.js';
import { asNumber, decimal, type ExactDecimal, rounded } from '../domain/money/decimal.js';
import { amountOf, type Worth, worthOf } from '../domain/money/worth.js';
import type { Quotes } from './quotes.js';
import type { SymbolTerms } from './terms.js';

export class Accounting {
  /** null where there is none. */
  readonly currency: string | null;
  readonly #rates: FedRates;

  constructor(currency: string | null, quotes: Pick<Quotes, 'symbols' | 'prices' | 'quotedAt'>) {
    this.currency = currency;
    const symbols = new Map(
      Array.from(
        quotes.symbols,
        ({ instrument: { symbol } }) => [resolveInstrument(symbol), symbol] as const,
      ),
    );
    this.#rates = (pair) => {
      const symbol = symbols.get(pair);
      const prices = symbol === undefined ? null : quotes.prices(symbol);
      return prices === null ? null : { ...prices, at: quotes.quotedAt };
    };
  }

  /**
   * The money of a move, as lots times price.
   * @throws {Error} where no price converts it: such an account cannot be kept.
   */
  money(move: ExactDecimal, { instrument }: SymbolTerms): number {
    const worth = this.#worthOf(instrument);
    const amount = worth === null ? null : amountOf(move, worth);
    if (amount === null)
      throw new Error(`nothing converts results of ${instrument.symbol} to ${this.currency}`);
    return asNumber(amount);
  }

  /** An amount as it is booked. */
  booked(amount: number): number {
    return this.currency === null ? amount : asNumber(rounded(decimal(amount), placesOf(this.currency)));
  }

  #worthOf(instrument: SymbolTerms['instrument']): Worth | null {
    const contract = contractOf(resolveInstrument(instrument.symbol), instrument);
    return this.currency === null ? null : worthOf(contract, this.currency, this.#rates);
  }
}
