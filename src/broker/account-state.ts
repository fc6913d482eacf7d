// What the account is worth and what its positions bind, at the prices of now.
import type { Direction } from '../domain/types.js';
import { type AccountBook, type OpenPosition, profitOf } from './account-book.js';
import type { PaperMarket } from './paper-market.js';
import { exitPrice } from './prices.js';
import type { DealRequest } from './terminal.js';
import type { PaperAccount } from './terms.js';

/** Money in account currency. */
export interface AccountState {
  readonly balance: number;
  /** Balance plus what open positions would earn if they were closed now, without closing costs. */
  readonly equity: number;
  readonly margin: number;
}

/** What a position has earned at the prices of now, swap included; before any price only its swap. */
export function floating(position: OpenPosition, market: PaperMarket): number {
  const prices = market.prices(position.symbol);
  if (prices === null) return position.swap;
  const price = exitPrice(position.direction, prices);
  return position.swap + profitOf(position, price, position.volume, market.terms(position.symbol));
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
  margin(market: PaperMarket, { leverage, marginMode }: PaperAccount): number {
    let margin = 0;
    for (const [symbol, { buys, sells }] of this.#lots) {
      const lots = marginMode === 'netting' ? Math.abs(buys - sells) : Math.max(buys, sells);
      const { contractSize } = market.terms(symbol).instrument;
      margin += (lots * contractSize * (market.prices(symbol)?.bid ?? 0)) / leverage;
    }
    return margin;
  }
}

export function accountState(book: AccountBook, market: PaperMarket, account: PaperAccount): AccountState {
  let equity = book.balance;
  for (const position of book.positions.values()) equity += floating(position, market);
  return { balance: book.balance, equity, margin: new Exposure(book).margin(market, account) };
}

/** Whether equity covers the margin once an order has opened its volume. */
export function affords(
  request: DealRequest,
  book: AccountBook,
  market: PaperMarket,
  account: PaperAccount,
): boolean {
  const exposure = new Exposure(book);
  exposure.add(request);
  return accountState(book, market, account).equity >= exposure.margin(market, account);
}

/** The position that has earned least; null without positions. */
export function leastProfitable(book: AccountBook, market: PaperMarket): OpenPosition | null {
  let worst: OpenPosition | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const position of book.positions.values()) {
    const earned = floating(position, market);
    if (earned >= least) continue;
    worst = position;
    least = earned;
  }
  return worst;
}
