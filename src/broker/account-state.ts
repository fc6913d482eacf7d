// Owns what the account is worth and what its positions bind, at the prices of now.
import type { Direction } from '../domain/market/direction.js';
import { type AccountBook, moneyOf, type OpenPosition, profitOf } from './account-book.js';
import type { Accounting } from './accounting.js';
import { exitPrice } from './prices.js';
import type { Quotes } from './quotes.js';
import type { DealRequest } from './terminal.js';
import type { PaperAccount } from './terms.js';

/** Money in account currency. */
export interface AccountState {
  readonly balance: number;
  /** Balance plus what open positions would earn if they were closed now, without closing costs. */
  readonly equity: number;
  readonly margin: number;
}

/** What positions are valued by. */
export interface Priced {
  readonly quotes: Quotes;
  readonly accounting: Accounting;
}

/** What a position has earned at the prices of now, swap included; before any price only its swap. */
export function floating(position: OpenPosition, { quotes, accounting }: Priced): number {
  const prices = quotes.prices(position.symbol);
  if (prices === null) return position.swap;
  const price = exitPrice(position.direction, prices);
  const { volume, symbol, swap } = position;
  return swap + profitOf(position, price, volume, quotes.terms(symbol), accounting);
}

/** Lots per symbol and direction. */
class Exposure {
  readonly #lots = new Map<string, { buys: number; sells: number }>();

  constructor(book: AccountBook) {
    for (const position of book.positions.values()) this.add(position);
  }

  add({ symbol, direction, volume }: { symbol: string; direction: Direction; volume: number }): void {
    const lots = this.#lots.get(symbol) ?? { buys: 0, sells: 0 };
    if (direction === 'BUY') lots.buys += volume;
    else lots.sells += volume;
    this.#lots.set(symbol, lots);
  }

  /** Opposite positions bind margin once, for the larger side; on a netting account they cannot be. */
  margin({ quotes, accounting }: Priced, { leverage, marginMode }: PaperAccount): number {
    let margin = 0;
    for (const [symbol, { buys, sells }] of this.#lots) {
      const lots = marginMode === 'netting' ? Math.abs(buys - sells) : Math.max(buys, sells);
      const price = quotes.prices(symbol)?.bid ?? 0;
      if (price > 0) margin += moneyOf(price, lots, quotes.terms(symbol), accounting) / leverage;
    }
    return margin;
  }
}

export function accountState(book: AccountBook, priced: Priced, account: PaperAccount): AccountState {
  let open = book.balance;
  for (const position of book.positions.values()) open += floating(position, priced);
  const equity = priced.accounting.booked(open);
  return { balance: book.balance, equity, margin: new Exposure(book).margin(priced, account) };
}

/** Whether equity covers the margin once an order has opened its volume. */
export function affords(
  request: DealRequest,
  book: AccountBook,
  priced: Priced,
  account: PaperAccount,
): boolean {
  const exposure = new Exposure(book);
  exposure.add(request);
  return accountState(book, priced, account).equity >= exposure.margin(priced, account);
}

/** The position that has earned least; null without positions. */
export function leastProfitable(book: AccountBook, priced: Priced): OpenPosition | null {
  let worst: OpenPosition | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const position of book.positions.values()) {
    const earned = floating(position, priced);
    if (earned >= least) continue;
    worst = position;
    least = earned;
  }
  return worst;
}
