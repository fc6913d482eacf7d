// The trades that are not settled, and what is asked of them again and again: by identity, by account, by
// state, those with open actions, those with a field on lease to a manager.
import { isLeased } from '../domain/ownership.js';
import type { State, Trade } from '../domain/types.js';
import type { Slot } from './market.js';
import { type AccountCounts, type TradeKey, tradeKey } from './results.js';

const noTrades = (): Record<State, number> => ({
  HEALTHY: 0,
  WARNING_L1: 0,
  WARNING_L2: 0,
  HEDGED: 0,
  RECOVERING: 0,
  CLOSED: 0,
});

export class TradeBook {
  /** In the order of registration. */
  readonly #slots = new Map<string, Slot>();
  readonly #byAccount = new Map<string, Set<Slot>>();
  /** With open actions, per account, in the order they came to have some. */
  readonly #acting = new Map<string, Set<Slot>>();
  /** With a field on lease to a manager. */
  readonly #modified = new Set<Slot>();
  readonly #byState: Record<State, number>;
  #deadLetters = 0;

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

  /** Adds a trade that is not settled. */
  add(slot: Slot): void {
    const { spec, actions, deadLetters, owners, state } = slot.trade;
    this.#slots.set(tradeKey(spec.account, spec.ticket), slot);
    put(this.#byAccount, spec.account, slot);
    if (actions.length > 0) put(this.#acting, spec.account, slot);
    if (owners.some(isLeased)) this.#modified.add(slot);
    this.#byState[state] += 1;
    this.#deadLetters += deadLetters.length;
  }

  /** A slot's trade was replaced. */
  replaced(slot: Slot, before: Trade): void {
    const { spec, actions, deadLetters, owners, state } = slot.trade;
    this.#byState[before.state] -= 1;
    this.#byState[state] += 1;
    this.#deadLetters += deadLetters.length - before.deadLetters.length;
    if (actions.length === 0) take(this.#acting, spec.account, slot);
    else if (before.actions.length === 0) put(this.#acting, spec.account, slot);
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
    take(this.#acting, spec.account, slot);
    this.#modified.delete(slot);
    this.#byState[state] -= 1;
    this.#deadLetters -= deadLetters.length;
    return true;
  }

  /** In the order of registration. */
  *trades(): Iterable<Trade> {
    for (const { trade } of this.#slots.values()) yield trade;
  }

  *tradesOf(account: string): Iterable<Trade> {
    for (const { trade } of this.#byAccount.get(account) ?? []) yield trade;
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

  actingTrades(account: string): Trade[] {
    return Array.from(this.#acting.get(account) ?? [], ({ trade }) => trade);
  }

  actingAccounts(): string[] {
    return [...this.#acting.keys()];
  }

  modifiedTrades(): Trade[] {
    return Array.from(this.#modified, ({ trade }) => trade);
  }
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
