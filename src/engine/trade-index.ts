// Owns the trades that are not settled, and what is asked of them again and again: by identity, by account,
// by state, by the other positions they name, those with open actions, those with a field on lease to a manager.
import { isLeased } from '../domain/ownership/ownership.js';
import type { State } from '../domain/trade/state.js';
import type { Trade, TradeSketch } from '../domain/trade/trade.js';
import type { TradeKey } from '../store/types.js';
import { ActingTrades } from './acting-trades.js';
import type { HeldTrade, Slot } from './market.js';
import { type AccountCounts, tradeKey } from './results.js';

const noTrades = (): Record<State, number> => ({
  HEALTHY: 0,
  WARNING_L1: 0,
  WARNING_L2: 0,
  HEDGED: 0,
  RECOVERING: 0,
  CLOSED: 0,
});

/** The orders in which trades are asked for beside that of registration. */
export interface TradeOrders {
  /** With open actions, by account. */
  readonly acting: readonly (readonly TradeKey[])[];
  readonly modified: readonly TradeKey[];
}

export class TradeIndex {
  /** In the order of registration. */
  readonly #slots = new Map<string, Slot>();
  readonly #byAccount = new Map<string, Set<Slot>>();
  /** With open actions. */
  readonly acting = new ActingTrades();
  /** By the positions they name beside their own identifier, as a key. */
  readonly #naming = new Map<string, Set<Slot>>();
  /** With a field on lease to a manager. */
  readonly #modified = new Set<Slot>();
  readonly #byState: Record<State, number>;
  #deadLetters = 0;
  #added = 0;

  constructor() {
    this.#byState = noTrades();
  }

  get size(): number {
    return this.#slots.size;
  }

  get byState(): Readonly<Record<State, number>> {
    return { ...this.#byState };
  }

  /** Actions that can be replayed. */
  get deadLetters(): number {
    return this.#deadLetters;
  }

  slot({ account, ticket }: TradeKey): Slot | undefined {
    return this.#slots.get(tradeKey(account, ticket));
  }

  /** Adds a trade that is not settled; its sketch says what it is found by. */
  add(slot: Slot, sketch: TradeSketch = slot.trade): void {
    const { spec, actions, deadLetters, owners, state } = sketch;
    this.#added += 1;
    slot.order = this.#added;
    this.#slots.set(tradeKey(spec.account, spec.ticket), slot);
    put(this.#byAccount, spec.account, slot);
    for (const key of namedOf(sketch)) put(this.#naming, key, slot);
    if (actions.length > 0) this.acting.add(slot);
    if (owners.some(isLeased)) this.#modified.add(slot);
    this.#byState[state] += 1;
    this.#deadLetters += deadLetters.length;
  }

  /** A slot's trade was replaced. */
  replaced(slot: Slot, before: Trade): void {
    const { deadLetters, owners, state } = slot.trade;
    this.#byState[before.state] -= 1;
    this.#byState[state] += 1;
    this.#deadLetters += deadLetters.length - before.deadLetters.length;
    this.acting.replaced(slot, before);
    this.#rename(slot, before);
    if (owners === before.owners) return;
    if (owners.some(isLeased)) this.#modified.add(slot);
    else this.#modified.delete(slot);
  }

  /** Removes a trade that is settled; false when it was removed before. */
  remove(slot: Slot): boolean {
    const { spec, deadLetters, state } = slot.trade;
    const key = tradeKey(spec.account, spec.ticket);
    if (this.#slots.get(key) !== slot) return false;
    this.#slots.delete(key);
    take(this.#byAccount, spec.account, slot);
    this.acting.remove(slot);
    for (const key of namedOf(slot.trade)) take(this.#naming, key, slot);
    this.#modified.delete(slot);
    this.#byState[state] -= 1;
    this.#deadLetters -= deadLetters.length;
    return true;
  }

  #rename(slot: Slot, before: Trade): void {
    const { trade } = slot;
    if (trade.hedge === before.hedge && trade.positionTicket === before.positionTicket) return;
    for (const key of namedOf(before)) take(this.#naming, key, slot);
    for (const key of namedOf(trade)) put(this.#naming, key, slot);
  }

  /** The trade that names a position as its hedge, or as its present ticket where that is not its identifier. */
  naming({ account, ticket }: TradeKey): Trade | undefined {
    for (const { trade } of this.#naming.get(tradeKey(account, ticket)) ?? []) return trade;
    return undefined;
  }

  slots(): Iterable<Slot> {
    return this.#slots.values();
  }

  slotsOf(account: string): Iterable<Slot> {
    return this.#byAccount.get(account) ?? [];
  }

  /** As they are held, in the order of registration. */
  *held(): Iterable<HeldTrade> {
    for (const { held } of this.#slots.values()) yield held;
  }

  /** In the order of registration. */
  *trades(): Iterable<Trade> {
    for (const { trade } of this.#slots.values()) yield trade;
  }

  *tradesOf(account: string): Iterable<Trade> {
    for (const { trade } of this.#byAccount.get(account) ?? []) yield trade;
  }

  get orders(): TradeOrders {
    const keyOf = ({ trade: { spec } }: Slot): TradeKey => ({ account: spec.account, ticket: spec.ticket });
    return {
      acting: this.acting.order,
      modified: Array.from(this.#modified, keyOf),
    };
  }

  /** Puts the trades there are into these orders. */
  reorder({ acting, modified }: TradeOrders): void {
    this.acting.clear();
    this.#modified.clear();
    for (const key of acting.flat()) {
      const slot = this.slot(key);
      if (slot !== undefined) this.acting.add(slot);
    }
    for (const key of modified) {
      const slot = this.slot(key);
      if (slot !== undefined) this.#modified.add(slot);
    }
  }

  /** How many trades these accounts have by state, and how many of the active ones wait for data. */
  countsOf(accounts: Iterable<string>): AccountCounts {
    const byState = noTrades();
    let waitingForData = 0;
    for (const account of accounts) {
      for (const { trade, market } of this.#byAccount.get(account) ?? []) {
        byState[trade.state] += 1;
        if (trade.state !== 'CLOSED' && (market.view?.asOf ?? null) === null) waitingForData += 1;
      }
    }
    return { byState, waitingForData };
  }

  /** The accounts that have trades. */
  accounts(): Iterable<string> {
    return this.#byAccount.keys();
  }

  modifiedTrades(): Trade[] {
    return Array.from(this.#modified, ({ trade }) => trade);
  }
}

/** Keys of the positions a trade names beside its own identifier. */
function namedOf({ spec: { account, ticket }, hedge, positionTicket }: TradeSketch): readonly string[] {
  if (hedge === null && (positionTicket === 0n || positionTicket === ticket)) return [];
  const named = new Set<bigint>();
  if (hedge?.ticket) named.add(hedge.ticket);
  if (positionTicket !== 0n && positionTicket !== ticket) named.add(positionTicket);
  return Array.from(named, (position) => tradeKey(account, position));
}

function put(sets: Map<string, Set<Slot>>, key: string, slot: Slot): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([slot]));
  else set.add(slot);
}

function take(sets: Map<string, Set<Slot>>, key: string, slot: Slot): void {
  const set = sets.get(key);
  set?.delete(slot);
  if (set?.size === 0) sets.delete(key);
}
