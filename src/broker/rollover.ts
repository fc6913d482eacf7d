// Owns what the end of a trading day does to open positions: swap, and with some brokers another ticket.
import { type MarketHours, marketHoursOf } from '../domain/market/market-hours.js';
import { tradingDay } from '../domain/market/sessions.js';
import { instrumentKind, resolveInstrument } from '../domain/market/symbols.js';
import type { AccountBook } from './account-book.js';
import type { Accounting } from './accounting.js';
import type { PaperAccount, SymbolTerms } from './terms.js';

const WEEK = 7;
/** 1970-01-01 was a Thursday; Sunday is 0. */
const FIRST_WEEKDAY = 4;
const WEDNESDAY = 3;
const FRIDAY = 5;

/** Days of swap charged as a trading day begins: of the FX week three on Wednesday, none at the weekend. */
function swapDays(hours: MarketHours, day: number): number {
  if (hours === 'always') return 1;
  const weekday = (day + FIRST_WEEKDAY) % WEEK;
  if (weekday === 0 || weekday > FRIDAY) return 0;
  return weekday === WEDNESDAY ? 3 : 1;
}

function hoursOf(symbol: string): MarketHours {
  return marketHoursOf(instrumentKind(resolveInstrument(symbol)));
}

export class Rollover {
  readonly #symbols: readonly { readonly terms: SymbolTerms; readonly hours: MarketHours }[];
  readonly #mode: PaperAccount['swap'];

  readonly #accounting: Accounting;

  constructor(symbols: Iterable<SymbolTerms>, mode: PaperAccount['swap'], accounting: Accounting) {
    this.#accounting = accounting;
    this.#symbols = [...symbols].map((terms) => ({ terms, hours: hoursOf(terms.instrument.symbol) }));
    this.#mode = mode;
  }

  /** Charges the days that begin after `from` and up to `to` (UTC ms). */
  between(from: number, to: number, book: AccountBook, ticket: () => bigint): void {
    if (book.positions.size === 0) return;
    for (const { terms, hours } of this.#symbols) {
      const last = tradingDay(hours, to);
      let days = 0;
      for (let day = tradingDay(hours, from) + 1; day <= last; day++) days += swapDays(hours, day);
      if (days > 0) this.#charge(terms, days, book, ticket);
    }
  }

  #charge(terms: SymbolTerms, days: number, book: AccountBook, ticket: () => bigint): void {
    const { instrument, swapBuy, swapSell } = terms;
    if (this.#mode === 'held' && swapBuy === 0 && swapSell === 0) return;
    for (const position of [...book.positions.values()]) {
      if (position.symbol !== instrument.symbol) continue;
      const perLot = position.direction === 'BUY' ? swapBuy : swapSell;
      const reopened = this.#mode === 'reopened' ? { ticket: ticket() } : {};
      const swap = this.#accounting.booked(position.swap + perLot * position.volume * days);
      book.replace({ ...position, ...reopened, swap });
    }
  }
}
