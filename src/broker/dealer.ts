// Owns making deals: at which price and how much of it, under which tickets, and what they do to the
// account's book. Whether a request is taken is decided before.

import type { BalanceOperationKind } from '../domain/account/balance-operations.js';
import { unitsToValue } from '../domain/actions/quantise.js';
import { codeText, RETURN_CODES } from '../domain/actions/result-codes.js';
import type { BrokerPosition } from '../domain/broker/snapshot.js';
import { type Direction, favourable, opposite } from '../domain/market/direction.js';
import { AccountBook, type Fill, type OpenPosition } from './account-book.js';
import type { Accounting } from './accounting.js';
import { partOf } from './checks.js';
import { Ledger } from './ledger.js';
import { seededRandom } from './seeded-random.js';
import { type DealRequest, type OrderResult, type StopsRequest, untraded } from './terminal.js';
import type { Execution, PaperAccount, SymbolTerms } from './terms.js';

export class Dealer {
  readonly book: AccountBook;
  readonly ledger = new Ledger();
  readonly #execution: Execution;
  readonly #random: () => number;
  #nextTicket: bigint;

  constructor({ balance, firstTicket }: PaperAccount, execution: Execution, accounting: Accounting) {
    this.book = new AccountBook(balance, accounting);
    this.#execution = execution;
    this.#random = seededRandom(execution.seed);
    this.#nextTicket = firstTicket;
  }

  ticket(): bigint {
    const ticket = this.#nextTicket;
    this.#nextTicket += 1n;
    return ticket;
  }

  /** Takes over a position opened elsewhere, as a deal at its entry. */
  adopt(position: Omit<BrokerPosition, 'ticket'>, terms: SymbolTerms): void {
    const { identifier, entryPrice, openedAt } = position;
    const fill = { ...position, price: entryPrice, reason: 'CLIENT' as const };
    const opened = this.book.open(identifier, terms, this.#fill(fill, identifier, openedAt), position);
    this.#noteStop(opened, openedAt);
  }

  pay(kind: BalanceOperationKind, amount: number, time: number): void {
    this.book.pay({ deal: this.ticket(), kind, amount, time });
  }

  setLevels(request: StopsRequest, position: OpenPosition, at: number): OrderResult {
    const { stopLoss, takeProfit, comment } = request;
    const changed = { ...position, stopLoss, takeProfit };
    this.book.replace(changed);
    this.#noteStop(changed, at);
    this.ledger.noteExecuted({ at, tag: comment, kind: 'stops', position: position.identifier });
    return untraded(RETURN_CODES.DONE, stopLoss);
  }

  /** Fills a request near `price`, or quotes again. `position` is the one it names or nets with. */
  fill(
    request: DealRequest,
    terms: SymbolTerms,
    position: OpenPosition | undefined,
    price: number,
    at: number,
  ): OrderResult {
    if (this.#happens(this.#execution.requote)) return untraded(RETURN_CODES.REQUOTE);
    const isPart = this.#happens(this.#execution.partialFill);
    const volume = isPart ? partOf(request, this.#random(), terms.instrument) : request.volume;
    const filledAt = this.#slipped(request.direction, price, terms);
    const order = this.ticket();
    const fill = this.#fill({ ...request, volume, price: filledAt, reason: 'CLIENT' }, order, at);
    const held = this.#carryOut(request, terms, fill, position);
    const identifier = position?.identifier ?? order;
    if (held !== null) this.#noteStop(held, at);
    this.ledger.noteExecuted({ at, tag: request.comment, kind: 'deal', position: identifier });
    const code = volume < request.volume ? RETURN_CODES.DONE_PARTIAL : RETURN_CODES.DONE;
    return {
      code,
      message: codeText(code),
      price: filledAt,
      volume,
      stopLoss: held?.stopLoss ?? null,
      openedTicket: position === undefined ? identifier : null,
      dealTicket: fill.deal,
    };
  }

  /** Closes a position for the broker's own reason. A target fills at its price, everything else at market. */
  forceOut(
    position: OpenPosition,
    terms: SymbolTerms,
    how: Pick<Fill, 'price' | 'reason' | 'comment'>,
    at: number,
  ): void {
    const { volume, magicNumber } = position;
    const direction = opposite(position.direction);
    const price = how.reason === 'TAKE_PROFIT' ? how.price : this.#slipped(direction, how.price, terms);
    const fill = { ...how, price, volume, magicNumber, direction };
    this.book.reduce(position, terms, this.#fill(fill, this.ticket(), at));
  }

  /** Opens, adds to, reduces or turns round; null when the position is gone after it. */
  #carryOut(
    request: DealRequest,
    terms: SymbolTerms,
    fill: Fill,
    position: OpenPosition | undefined,
  ): OpenPosition | null {
    if (position === undefined) return this.book.open(fill.order, terms, fill, request);
    if (position.direction === request.direction) return this.book.add(position, terms, fill, request);
    if (fill.volume <= position.volume) return this.book.reduce(position, terms, fill);
    return this.book.reverse(position, terms, fill, request);
  }

  #happens(probability: number): boolean {
    return probability > 0 && this.#random() < probability;
  }

  /** A price, moved against who trades in `direction`, by whole ticks within the bound. */
  #slipped(direction: Direction, price: number, { instrument }: SymbolTerms): number {
    const { slippageTicks } = this.#execution;
    if (slippageTicks === 0) return price;
    const ticks = Math.floor(this.#random() * (slippageTicks + 1));
    const { tickSize } = instrument;
    return unitsToValue(Math.round(price / tickSize) + favourable(direction) * ticks, tickSize);
  }

  #fill(fill: Omit<Fill, 'order' | 'deal' | 'at'>, order: bigint, at: number): Fill {
    return { ...fill, order, deal: this.ticket(), at };
  }

  #noteStop({ identifier, direction, stopLoss }: OpenPosition, at: number): void {
    this.ledger.noteStop({ at, position: identifier, direction, stopLoss });
  }
}
