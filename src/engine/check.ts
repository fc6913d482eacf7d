// Owns a check of one market: which of its trades it concerns, in which order they are decided, and how far it is. The most
// urgent come first: the worst state, then the nearest stop in R, then the order of registration. What a check is about
// (market time, evaluation, prices) stands still until it is over, however many turns it takes.
import { favourable } from '../domain/market/direction.js';
import { SEVERITY } from '../domain/trade/state-machine.js';
import type { Trade } from '../domain/trade/trade.js';
import type { CheckMark } from '../domain/views/check-schedule.js';
import type { MarketView } from '../domain/views/market-view.js';
import type { StillFacts } from '../domain/views/still-facts.js';
import type { MassEffect } from './circuit-breaker.js';
import type { Receipt } from './group-commit.js';
import type { Market, Slot } from './market.js';
import type { Sides } from './market-sides.js';
import { tradeKey } from './results.js';

/** In which order the trades of a check are decided. */
export type CheckOrder = 'urgency' | 'registration';

/** What a check decides by. */
export interface CheckBasis {
  readonly market: Market;
  readonly view: MarketView;
  readonly mark: CheckMark;
  /** The market before the evaluation of this check was recorded: what the beginning of monitoring is about. */
  readonly before: StillFacts;
  readonly sides: Sides;
}

/** Trades that are about to be affected, all by the same kind. */
export type ComingEffects = ReadonlyMap<string, { readonly account: string; readonly ticket: bigint }>;

const WORST = Math.max(...Object.values(SEVERITY));
/** Distances count to a thousandth of R, up to so many of them on either side. */
const STEPS = 2 ** 20;
const STEPS_IN_R = 1000;
/** Above the number of trades of a market. */
const PLACES = 2 ** 28;

export class MarketCheck {
  readonly basis: CheckBasis;
  /** Of the trades it concerns, in the order of registration. */
  readonly slots: readonly Slot[];
  /** Urgency and place of each, as one number: ascending, the most urgent first. */
  #order: Float64Array | null = null;
  #surveyed = 0;
  #decided = 0;
  #events = 0;
  #ms = 0;
  #receipt: Receipt | null = null;
  readonly #coming: Readonly<Record<MassEffect, Map<string, { account: string; ticket: bigint }>>> = {
    CLOSE: new Map(),
    HEDGE: new Map(),
    GONE: new Map(),
  };

  /** @param slots - of the trades it concerns, in the order of registration. */
  constructor(basis: CheckBasis, slots: readonly Slot[]) {
    this.basis = basis;
    this.slots = slots;
  }

  /** Of its slices: events, how long they took in ms, and the receipt of the last; null before the first. */
  get sliced(): { readonly events: number; readonly ms: number; readonly receipt: Receipt | null } {
    return { events: this.#events, ms: this.#ms, receipt: this.#receipt };
  }

  /** A slice of it was made, in so many ms. */
  worked(receipt: Receipt, ms: number): void {
    this.#events += receipt.events;
    this.#ms += ms;
    this.#receipt = receipt;
  }

  /** How many trades it concerns. */
  get size(): number {
    return this.slots.length;
  }

  get isOver(): boolean {
    return this.#decided === this.slots.length;
  }

  /** Whether it is known of every trade what it is about to plan. */
  get isSurveyed(): boolean {
    return this.#surveyed === this.slots.length;
  }

  /** How bad the state of the trade is that comes next; -1 when it is over. */
  get severity(): number {
    const place = this.#placeAt(this.#decided, 'urgency');
    const slot = place === undefined ? undefined : this.slots[place];
    return slot === undefined ? -1 : SEVERITY[slot.trade.state];
  }

  /** Trades not decided yet that are about to be affected, as far as they were surveyed. */
  coming(kind: MassEffect): ComingEffects {
    return this.#coming[kind];
  }

  /** The next trade that was not surveyed. */
  takeSurvey(): Slot | undefined {
    const slot = this.slots[this.#surveyed];
    if (slot !== undefined) this.#surveyed += 1;
    return slot;
  }

  noteComing(kind: MassEffect, { spec: { account, ticket } }: Trade): void {
    this.#coming[kind].set(tradeKey(account, ticket), { account, ticket });
  }

  /** Nobody but this check decides before it is over: there is nothing to know beforehand. */
  skipSurvey(): void {
    this.#surveyed = this.slots.length;
  }

  /** The next trade to decide. What was known to come of it is now seen by itself. */
  takeNext(order: CheckOrder): Slot | undefined {
    const place = this.#placeAt(this.#decided, order);
    const slot = place === undefined ? undefined : this.slots[place];
    if (slot === undefined) return undefined;
    this.#decided += 1;
    const { account, ticket } = slot.trade.spec;
    if (this.#coming.CLOSE.size > 0) this.#coming.CLOSE.delete(tradeKey(account, ticket));
    if (this.#coming.HEDGE.size > 0) this.#coming.HEDGE.delete(tradeKey(account, ticket));
    return slot;
  }

  #placeAt(index: number, order: CheckOrder): number | undefined {
    if (index >= this.slots.length) return undefined;
    if (order === 'registration') return index;
    this.#order ??= this.#byUrgency();
    const key = this.#order[index];
    return key === undefined ? undefined : key % PLACES;
  }

  #byUrgency(): Float64Array {
    const { view } = this.basis;
    const prices = { BUY: view.exitPrice('BUY'), SELL: view.exitPrice('SELL') };
    const order = Float64Array.from(this.slots, ({ trade }, place) => {
      const state = WORST - SEVERITY[trade.state];
      return (state * STEPS + stepsToStop(trade, prices[trade.spec.direction])) * PLACES + place;
    });
    return order.sort();
  }
}

/** How far the price is from the trade's stop; least without a stop, as nothing protects it then. */
function stepsToStop({ spec, stopLoss, risk }: Trade, price: number | null): number {
  if (stopLoss === null || risk === null || price === null) return 0;
  const distance = (favourable(spec.direction) * (price - stopLoss)) / risk;
  const steps = Math.round(distance * STEPS_IN_R) + STEPS / 2;
  return Math.min(STEPS - 1, Math.max(0, steps));
}
