// Owns the trades with open actions, by account in the order they came to have some, and what bridges and the clock ask of
// them again and again, without looking at each: which wait for a bridge, what bridges have, whether time changes any.
import { nextSweepAt, waitingSince } from '../domain/changes/sweep.js';
import type { Trade } from '../domain/trade/trade.js';
import type { TradeKey } from '../store/types.js';
import type { Slot } from './market.js';

/** Of one account. */
class Acting {
  /** With the number each came with, which rises. */
  readonly slots = new Map<Slot, number>();
  /** Those with an action that waits for a bridge. */
  readonly pending = new Set<Slot>();
  /** By feed, how many of its trades there are. */
  readonly feeds = new Map<string, number>();
  /** Actions that are leased or executing, by their bridge. */
  readonly byBridge = new Map<string, number>();
  leased = 0;
  overRate = 0;
  /** Time alone changes none of them before; database time, UTC ms. */
  sweptAt = Number.POSITIVE_INFINITY;
  /** No action of them that nobody took waits for longer; the same. */
  waitingSince = Number.POSITIVE_INFINITY;

  add(slot: Slot, trade: Trade): void {
    this.#count(trade, 1);
    const { feed } = trade.spec;
    this.feeds.set(feed, (this.feeds.get(feed) ?? 0) + 1);
    this.#bound(trade);
    if (trade.actions.some(({ status }) => status === 'PENDING')) this.pending.add(slot);
    else this.pending.delete(slot);
  }

  remove(trade: Trade): void {
    this.#count(trade, -1);
    const { feed } = trade.spec;
    const count = (this.feeds.get(feed) ?? 0) - 1;
    if (count > 0) this.feeds.set(feed, count);
    else this.feeds.delete(feed);
  }

  /** Finds out anew before when time changes nothing. */
  bound(): void {
    this.sweptAt = Number.POSITIVE_INFINITY;
    this.waitingSince = Number.POSITIVE_INFINITY;
    for (const { trade } of this.slots.keys()) this.#bound(trade);
  }

  #bound(trade: Trade): void {
    this.sweptAt = Math.min(this.sweptAt, nextSweepAt(trade));
    this.waitingSince = Math.min(this.waitingSince, waitingSince(trade));
  }

  #count({ actions }: Trade, one: 1 | -1): void {
    for (const { status, lease, hold } of actions) {
      if (status === 'LEASED') this.leased += one;
      if (hold === 'ORDER_RATE') this.overRate += one;
      if (lease !== null && (status === 'LEASED' || status === 'EXECUTING'))
        this.byBridge.set(lease.bridge, (this.byBridge.get(lease.bridge) ?? 0) + one);
    }
  }
}

export class ActingTrades {
  readonly #accounts = new Map<string, Acting>();
  #came = 0;

  /** The accounts that have any. */
  accounts(): string[] {
    return [...this.#accounts.keys()];
  }

  /** In the order they came to have open actions. */
  trades(account: string): Trade[] {
    return Array.from(this.#accounts.get(account)?.slots.keys() ?? [], ({ trade }) => trade);
  }

  /** Those of them with an action that waits for a bridge. */
  pending(account: string): Trade[] {
    const acting = this.#accounts.get(account);
    if (acting === undefined) return [];
    const came = (slot: Slot): number => acting.slots.get(slot) ?? 0;
    return [...acting.pending].sort((one, other) => came(one) - came(other)).map(({ trade }) => trade);
  }

  hasPending(account: string): boolean {
    return (this.#accounts.get(account)?.pending.size ?? 0) > 0;
  }

  /** The feeds of an account's trades. */
  feeds(account: string): string[] {
    return [...(this.#accounts.get(account)?.feeds.keys() ?? [])];
  }

  /** How many actions of an account a bridge has, begun or not. */
  heldBy(account: string, bridge: string): number {
    return this.#accounts.get(account)?.byBridge.get(bridge) ?? 0;
  }

  /** How many actions of an account bridges have and have not begun. */
  leased(account: string): number {
    return this.#accounts.get(account)?.leased ?? 0;
  }

  /** Whether any is held because there were too many orders. */
  isOverRate(account: string): boolean {
    return (this.#accounts.get(account)?.overRate ?? 0) > 0;
  }

  /**
   * Whether time alone may change an account's actions at database time `now`; false where it does not. What nobody took for
   * `abandonedMs` is given up.
   */
  isSweepDue(account: string, now: number, abandonedMs: number): boolean {
    const acting = this.#accounts.get(account);
    if (acting === undefined) return false;
    return acting.sweptAt <= now || now - acting.waitingSince >= abandonedMs;
  }

  /** Time changed what was due of an account. */
  swept(account: string): void {
    this.#accounts.get(account)?.bound();
  }

  get order(): readonly (readonly TradeKey[])[] {
    const keyOf = ({ trade: { spec } }: Slot): TradeKey => ({ account: spec.account, ticket: spec.ticket });
    return Array.from(this.#accounts.values(), ({ slots }) => Array.from(slots.keys(), keyOf));
  }

  clear(): void {
    this.#accounts.clear();
  }

  /** A trade came to be there, or back. */
  add(slot: Slot): void {
    const { trade } = slot;
    if (trade.actions.length === 0) return;
    const { account } = trade.spec;
    let acting = this.#accounts.get(account);
    if (acting === undefined) {
      acting = new Acting();
      this.#accounts.set(account, acting);
    }
    if (!acting.slots.has(slot)) {
      this.#came += 1;
      acting.slots.set(slot, this.#came);
    }
    acting.add(slot, trade);
  }

  /** A slot's trade was replaced. */
  replaced(slot: Slot, before: Trade): void {
    const { actions, spec } = slot.trade;
    if (actions === before.actions && spec.feed === before.spec.feed) return;
    if (before.actions.length > 0) this.#accounts.get(spec.account)?.remove(before);
    if (actions.length > 0) this.add(slot);
    else this.#drop(slot);
  }

  /** A slot goes. */
  remove(slot: Slot): void {
    const { trade } = slot;
    if (trade.actions.length > 0) this.#accounts.get(trade.spec.account)?.remove(trade);
    this.#drop(slot);
  }

  #drop(slot: Slot): void {
    const { account } = slot.trade.spec;
    const acting = this.#accounts.get(account);
    if (acting === undefined) return;
    acting.slots.delete(slot);
    acting.pending.delete(slot);
    if (acting.slots.size === 0) this.#accounts.delete(account);
  }
}
