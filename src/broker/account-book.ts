// Owns what the account holds: balance, open positions and the history of deals. It does what it is told;
// whether it is allowed is decided before.

import type { BalanceOperation } from '../domain/account/balance-operations.js';
import { volumeSum } from '../domain/actions/quantise.js';
import type { BrokerDeal, BrokerPosition } from '../domain/broker/snapshot.js';
import { type Direction, favourable } from '../domain/market/direction.js';
import { decimal, times } from '../domain/money/decimal.js';
import { lotMove } from '../domain/money/worth.js';
import type { Accounting } from './accounting.js';
import { type Deal, DealHistory } from './deal-history.js';
import type { SymbolTerms } from './terms.js';

export interface OpenPosition extends Omit<BrokerPosition, 'swap'> {
  /** Money that holding it has earned so far, mostly below 0. */
  readonly swap: number;
}

/** What makes a deal. */
export interface Fill {
  readonly order: bigint;
  readonly deal: bigint;
  readonly at: number;
  readonly price: number;
  readonly volume: number;
  readonly direction: Direction;
  readonly magicNumber: bigint;
  readonly comment: string;
  readonly reason: BrokerDeal['reason'];
}

export interface Levels {
  readonly stopLoss: number | null;
  readonly takeProfit: number | null;
}

export class AccountBook {
  #balance: number;
  readonly #positions = new Map<bigint, OpenPosition>();
  /** Identifier by ticket, of open positions. */
  readonly #byTicket = new Map<bigint, bigint>();
  readonly deals = new DealHistory();
  /** By identifier, what opening the lots that are open cost. */
  readonly #opening = new Map<bigint, number>();

  readonly #operations: BalanceOperation[] = [];
  readonly #accounting: Accounting;

  constructor(balance: number, accounting: Accounting) {
    this.#balance = balance;
    this.#accounting = accounting;
  }

  /** In the order they were made. */
  get operations(): readonly BalanceOperation[] {
    return this.#operations;
  }

  pay(operation: BalanceOperation): void {
    this.#operations.push(operation);
    this.#balance = this.#accounting.booked(this.#balance + operation.amount);
  }

  get balance(): number {
    return this.#balance;
  }

  /** In the order they were opened. */
  get positions(): ReadonlyMap<bigint, OpenPosition> {
    return this.#positions;
  }

  byTicket(ticket: bigint): OpenPosition | undefined {
    const identifier = this.#byTicket.get(ticket);
    return identifier === undefined ? undefined : this.#positions.get(identifier);
  }

  /** The oldest open position of a symbol; on a netting account the only one. */
  firstOf(symbol: string): OpenPosition | undefined {
    for (const position of this.#positions.values()) if (position.symbol === symbol) return position;
    return undefined;
  }

  open(identifier: bigint, terms: SymbolTerms, fill: Fill, { stopLoss, takeProfit }: Levels): OpenPosition {
    const { direction, volume, price, magicNumber, comment, at } = fill;
    const opened: OpenPosition = {
      identifier,
      ticket: identifier,
      symbol: terms.instrument.symbol,
      direction,
      volume,
      entryPrice: price,
      stopLoss,
      takeProfit,
      magicNumber,
      comment,
      openedAt: at,
      swap: 0,
    };
    this.replace(opened);
    this.#recordOpening(opened, terms, fill);
    return opened;
  }

  /** More volume in the position's direction; the entry becomes the average. */
  add(position: OpenPosition, terms: SymbolTerms, fill: Fill, levels: Levels): OpenPosition {
    const { stopLoss, takeProfit } = levels;
    const volume = volumeSum(position.volume, fill.volume);
    const entryPrice = (position.entryPrice * position.volume + fill.price * fill.volume) / volume;
    const added = { ...position, volume, entryPrice, stopLoss, takeProfit };
    this.replace(added);
    this.#recordOpening(added, terms, fill);
    return added;
  }

  /** Takes volume away; null when nothing of the position is left. */
  reduce(position: OpenPosition, terms: SymbolTerms, fill: Fill): OpenPosition | null {
    const left = volumeSum(position.volume, -fill.volume);
    const part = (position.swap * fill.volume) / position.volume;
    const swap = left > 0 ? this.#accounting.booked(part) : position.swap;
    const profit = profitOf(position, fill.price, fill.volume, terms, this.#accounting);
    const cost = this.#opening.get(position.identifier) ?? 0;
    const opening = left > 0 ? this.#accounting.booked((cost * fill.volume) / position.volume) : cost;
    this.#record(position, terms, fill, { entry: 'OUT', profit, swap, opening });
    if (left <= 0) {
      this.#opening.delete(position.identifier);
      this.#positions.delete(position.identifier);
      this.#byTicket.delete(position.ticket);
      return null;
    }
    this.#opening.set(position.identifier, this.#accounting.booked(cost - opening));
    const reduced = { ...position, volume: left, swap: this.#accounting.booked(position.swap - swap) };
    this.replace(reduced);
    return reduced;
  }

  /** Turns a netting position round: its identifier stays, its ticket becomes the order's. */
  reverse(position: OpenPosition, terms: SymbolTerms, fill: Fill, levels: Levels): OpenPosition {
    const { direction, magicNumber, comment, at, order } = fill;
    const profit = profitOf(position, fill.price, position.volume, terms, this.#accounting);
    // Its own cost is of closing and of opening: none of it is told.
    this.#opening.delete(position.identifier);
    this.#record(position, terms, fill, { entry: 'INOUT', profit, swap: position.swap, opening: 0 });
    const reversed: OpenPosition = {
      ...position,
      stopLoss: levels.stopLoss,
      takeProfit: levels.takeProfit,
      ticket: order,
      direction,
      volume: volumeSum(fill.volume, -position.volume),
      entryPrice: fill.price,
      magicNumber,
      comment,
      openedAt: at,
      swap: 0,
    };
    this.replace(reversed);
    return reversed;
  }

  /** Puts a position in the place of the one with its identifier. */
  replace(position: OpenPosition): void {
    const before = this.#positions.get(position.identifier);
    if (before !== undefined) this.#byTicket.delete(before.ticket);
    this.#byTicket.set(position.ticket, position.identifier);
    this.#positions.set(position.identifier, position);
  }

  #recordOpening(position: OpenPosition, terms: SymbolTerms, fill: Fill): void {
    const cost = this.#record(position, terms, fill, { entry: 'IN', profit: 0, swap: 0, opening: 0 });
    const before = this.#opening.get(position.identifier) ?? 0;
    this.#opening.set(position.identifier, this.#accounting.booked(before + cost));
  }

  /** @returns what the deal itself cost. */
  #record(
    { identifier, symbol }: OpenPosition,
    terms: SymbolTerms,
    { order, deal, at, price, volume, direction, magicNumber, comment, reason }: Fill,
    outcome: Pick<Deal, 'entry' | 'profit' | 'swap' | 'opening'>,
  ): number {
    // The instrument's figure is for opening and closing: a deal costs half of it, paid for like a loss.
    const paid = moneyOf(-terms.instrument.commissionPerLot / 2, volume, terms, this.#accounting);
    const commission = 0 - paid;
    const made = { deal, order, positionIdentifier: identifier, symbol, direction, volume, price };
    this.deals.add({ ...made, ...outcome, commission, magicNumber, comment, reason, time: at });
    this.#balance = this.#accounting.booked(this.#balance + outcome.profit + outcome.swap - commission);
    return commission;
  }
}

/** What `volume` of a position earns at an exit price, without costs. */
export function profitOf(
  { direction, entryPrice }: Pick<BrokerPosition, 'direction' | 'entryPrice'>,
  price: number,
  volume: number,
  terms: SymbolTerms,
  accounting: Accounting,
): number {
  if (accounting.currency === null) {
    return favourable(direction) * (price - entryPrice) * volume * terms.instrument.contractSize;
  }
  return accounting.money(lotMove(direction, volume, { from: entryPrice, to: price }), terms);
}

/** The money of a price distance on so many lots. */
export function moneyOf(
  distance: number,
  volume: number,
  terms: SymbolTerms,
  accounting: Accounting,
): number {
  if (accounting.currency === null) return distance * terms.instrument.contractSize * volume;
  return accounting.money(times(decimal(volume), decimal(distance)), terms);
}
