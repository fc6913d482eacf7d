// Owns a broker of one account, simulated with MT5's rules. It is told the time and the prices; the same
// calls with the same seed make the same history.

import type { BalanceOperation, BalanceOperationKind } from '../domain/account/balance-operations.js';
import { RETURN_CODES } from '../domain/actions/result-codes.js';
import type { BrokerPosition } from '../domain/broker/snapshot.js';
import type { Direction } from '../domain/market/direction.js';
import { moneyOf, type OpenPosition } from './account-book.js';
import { type AccountState, accountState, affords, leastProfitable, type Priced } from './account-state.js';
import { Accounting } from './accounting.js';
import { type OrderContext, refusal } from './checks.js';
import type { Deal } from './deal-history.js';
import { Dealer } from './dealer.js';
import type { Ledger } from './ledger.js';
import {
  exitPrice,
  exitRange,
  momentary,
  orderPrice,
  type PriceRange,
  type Prices,
  type TwoSidedBar,
  touchWithin,
} from './prices.js';
import { Quotes } from './quotes.js';
import { Rollover } from './rollover.js';
import { type DealRequest, type OrderRequest, type OrderResult, untraded } from './terminal.js';
import type { Execution, PaperAccount, SymbolTerms } from './terms.js';

const MINUTE = 60_000;

interface LateRequest {
  readonly dueAt: number;
  readonly request: OrderRequest;
}

/** A broker made of code: accounts, fills and refusals by MT5's rules, at the prices it is quoted. */
export class PaperBroker {
  readonly terms: PaperAccount;
  readonly #quotes: Quotes;
  readonly #accounting: Accounting;
  readonly #dealer: Dealer;
  readonly #rollover: Rollover;
  /** In the order they are due. */
  #late: readonly LateRequest[] = [];
  #requestTimes: readonly number[] = [];
  #now = 0;

  constructor(account: PaperAccount, symbols: readonly SymbolTerms[], execution: Execution) {
    this.terms = account;
    this.#quotes = new Quotes(symbols);
    this.#accounting = new Accounting(account.currency, this.#quotes);
    this.#dealer = new Dealer(account, execution, this.#accounting);
    this.#rollover = new Rollover(symbols, account.swap, this.#accounting);
  }

  /** The latest moment the broker was told of, UTC ms. */
  get now(): number {
    return this.#now;
  }

  /** The moment of the newest price, UTC ms. */
  get quotedAt(): number {
    return this.#quotes.quotedAt;
  }

  get ledger(): Ledger {
    return this.#dealer.ledger;
  }

  /** Open positions in the order they were opened. */
  positions(): readonly OpenPosition[] {
    return [...this.#dealer.book.positions.values()];
  }

  /** By stable identifier. */
  position(identifier: bigint): OpenPosition | undefined {
    return this.#dealer.book.positions.get(identifier);
  }

  /** What holding a position has earned so far, as a price distance. */
  swapDistance({ symbol, swap, volume }: OpenPosition): number {
    const terms = this.#quotes.terms(symbol);
    if (this.#accounting.currency === null) return swap / (volume * terms.instrument.contractSize);
    if (swap === 0) return 0;
    // By so large a distance that rounding its money is nothing.
    const far = Math.sign(swap) * 1e6;
    return (swap * far) / moneyOf(far, volume, terms, this.#accounting);
  }

  /** Deals at or after `time` (UTC ms) in the order they were made. */
  deals(time: number): readonly Deal[] {
    return this.#dealer.book.deals.since(time);
  }

  /** Every deal so far, in the order they were made. */
  get history(): readonly Deal[] {
    return this.#dealer.book.deals.all;
  }

  /** Forgets what was done before `time` (UTC ms), so that a broker that goes on for days does not grow. */
  forgetBefore(time: number): void {
    const { book, ledger } = this.#dealer;
    book.deals.forgetBefore(time);
    ledger.forgetBefore(time, (position) => book.positions.has(position));
  }

  /** Money is paid in, or out where the amount is below 0. */
  pay(kind: BalanceOperationKind, amount: number): void {
    this.#dealer.pay(kind, amount, this.#now);
  }

  /** Balance operations at or after `time` (UTC ms). */
  operations(time: number): readonly BalanceOperation[] {
    return this.#dealer.book.operations.filter((operation) => operation.time >= time);
  }

  account(): AccountState {
    return accountState(this.#dealer.book, this.#priced, this.terms);
  }

  /** null before the first price. */
  prices(symbol: string): Prices | null {
    return this.#quotes.prices(symbol);
  }

  /** Moves the time on: late requests are carried out when they are due, trading days end. */
  advance(to: number): void {
    for (let next = this.#late[0]; next !== undefined && next.dueAt <= to; next = this.#late[0]) {
      this.#late = this.#late.slice(1);
      this.#moveTo(next.dueAt);
      this.execute(next.request);
    }
    this.#moveTo(to);
  }

  /** Takes a price; one older than what is known is ignored. Answers the deals it caused. */
  quote(symbol: string, prices: Prices, at: number): readonly Deal[] {
    if (at < this.#now) return [];
    const before = this.#dealer.book.deals.all.length;
    this.advance(at);
    this.#quotes.price(symbol, prices, at);
    this.#touch(symbol, (direction) => momentary(exitPrice(direction, prices)), at);
    this.#stopOut(at);
    return this.#dealer.book.deals.all.slice(before);
  }

  /**
   * Goes through a closed bar that ended at `closesAt` (UTC ms): its open, what was late, its range, its
   * close. A bar that ended before what is known is ignored. Answers the deals it caused.
   */
  bar(symbol: string, bar: TwoSidedBar, closesAt: number): readonly Deal[] {
    if (closesAt < this.#now) return [];
    const before = this.#dealer.book.deals.all.length;
    const { spread } = this.#quotes.terms(symbol);
    const buys = exitRange('BUY', bar, spread);
    const sells = exitRange('SELL', bar, spread);
    this.quote(symbol, { bid: buys.open, ask: sells.open }, bar.bar.time);
    this.advance(closesAt);
    this.#touch(symbol, (direction) => (direction === 'BUY' ? buys : sells), closesAt);
    this.#quotes.price(symbol, { bid: buys.close, ask: sells.close }, closesAt);
    this.#stopOut(closesAt);
    return this.#dealer.book.deals.all.slice(before);
  }

  /**
   * Takes over a position that was opened elsewhere, under its identifier.
   * @throws {Error} when the identifier is taken, or a netting account holds the symbol already.
   */
  adopt(position: Omit<BrokerPosition, 'ticket'>): void {
    const { identifier, symbol } = position;
    const { book } = this.#dealer;
    const isNetted = this.terms.marginMode === 'netting' && book.firstOf(symbol) !== undefined;
    if (isNetted || book.positions.has(identifier)) {
      throw new Error(`the account holds ${isNetted ? symbol : `position ${identifier}`} already`);
    }
    this.#dealer.adopt(position, this.#quotes.terms(symbol));
  }

  /** Carries out a request later, once the time has come to `dueAt` (UTC ms). */
  defer(request: OrderRequest, dueAt: number): void {
    this.#late = [...this.#late, { dueAt, request }].sort((a, b) => a.dueAt - b.dueAt);
  }

  /** Carries out a request at the prices of now, or refuses it. */
  execute(request: OrderRequest): OrderResult {
    if (!this.#quotes.trades(request.symbol)) return untraded(RETURN_CODES.INVALID);
    if (!this.#admits()) return untraded(RETURN_CODES.TOO_MANY_REQUESTS);
    const context = this.#context(request);
    const { position, prices } = context;
    const code = refusal(request, context);
    if (code !== null) return untraded(code, position?.stopLoss);
    if (request.kind === 'stops') {
      return position === undefined
        ? untraded(RETURN_CODES.POSITION_CLOSED)
        : this.#dealer.setLevels(request, position, this.#now);
    }
    if (prices === null) return untraded(RETURN_CODES.PRICE_OFF);
    if (!this.#affords(request, position)) return untraded(RETURN_CODES.NO_MONEY);
    const price = orderPrice(request.direction, prices);
    return this.#dealer.fill(request, this.#quotes.terms(request.symbol), position, price, this.#now);
  }

  get #priced(): Priced {
    return { quotes: this.#quotes, accounting: this.#accounting };
  }

  #context(request: OrderRequest): OrderContext {
    const { symbol } = request;
    const { instrument, hours } = this.#quotes.terms(symbol);
    const position = this.#concerned(request);
    return {
      account: this.terms,
      instrument,
      hours,
      prices: this.#quotes.prices(symbol),
      now: this.#now,
      position,
      others: this.terms.fifo ? this.positions().filter((open) => open.symbol === symbol) : [],
      openPositions: this.#dealer.book.positions.size,
      isLocked:
        position !== undefined && this.#late.some((late) => this.#concerned(late.request) === position),
    };
  }

  /** The position a request names, or on a netting account would be netted with. */
  #concerned({ symbol, position: ticket }: OrderRequest): OpenPosition | undefined {
    const { book } = this.#dealer;
    if (ticket !== null) return book.byTicket(ticket);
    return this.terms.marginMode === 'netting' ? book.firstOf(symbol) : undefined;
  }

  #admits(): boolean {
    const limit = this.terms.requestsPerMinute;
    if (limit === null) return true;
    const recent = this.#requestTimes.filter((time) => time > this.#now - MINUTE);
    const admits = recent.length < limit;
    this.#requestTimes = admits ? [...recent, this.#now] : recent;
    return admits;
  }

  /** What reduces the exposure, or turns it round without raising it, is never refused for money. */
  #affords(request: DealRequest, position: OpenPosition | undefined): boolean {
    const isAgainst = position !== undefined && position.direction !== request.direction;
    if (isAgainst && request.volume <= position.volume * 2) return true;
    return affords(request, this.#dealer.book, this.#priced, this.terms);
  }

  /** Closes every position of the symbol whose stop or target its range touches. */
  #touch(symbol: string, rangeOf: (direction: Direction) => PriceRange, at: number): void {
    const terms = this.#quotes.terms(symbol);
    for (const position of this.#dealer.book.positions.values()) {
      if (position.symbol !== symbol) continue;
      const { direction, stopLoss, takeProfit } = position;
      const touch = touchWithin(direction, stopLoss, takeProfit, rangeOf(direction));
      if (touch === null) continue;
      const comment = touch.reason === 'STOP_LOSS' ? `[sl ${stopLoss}]` : `[tp ${takeProfit}]`;
      this.#dealer.forceOut(position, terms, { ...touch, comment }, at);
    }
  }

  /** Closes the worst position, and the next, while equity does not cover the margin as it must. */
  #stopOut(at: number): void {
    const { stopOutLevel } = this.terms;
    if (stopOutLevel === null) return;
    for (;;) {
      const { equity, margin } = this.account();
      if (margin === 0 || equity >= margin * stopOutLevel) return;
      const worst = leastProfitable(this.#dealer.book, this.#priced);
      const prices = worst === null ? null : this.#quotes.prices(worst.symbol);
      if (worst === null || prices === null) return;
      const price = exitPrice(worst.direction, prices);
      const comment = `[so ${Math.round((equity / margin) * 100)}%]`;
      const terms = this.#quotes.terms(worst.symbol);
      this.#dealer.forceOut(worst, terms, { price, reason: 'STOP_OUT', comment }, at);
    }
  }

  #moveTo(time: number): void {
    if (time <= this.#now) return;
    this.#rollover.between(this.#now, time, this.#dealer.book, () => this.#dealer.ticket());
    this.#now = time;
  }
}
