// Owns one (feed, instrument): its view and the active trades on it, in the order of registration. A closing
// bar concerns every trade but moves few, so what tells them apart lies flat in arrays and the trades
// themselves are touched only where something may happen.

import type { Direction } from '../domain/market/direction.js';
import type { Rules } from '../domain/rules.js';
import { STATES, type State } from '../domain/trade/state.js';
import { type DirectionContext, gateOf } from '../domain/trade/state-machine.js';
import type { Trade } from '../domain/trade/trade.js';
import { isEvaluated, isSettled, timerEndsAt } from '../domain/trade/version.js';
import type { MarketView } from '../domain/views/market-view.js';
import { encodeView } from '../store/bodies/market.js';
import type { Sides } from './market-sides.js';

/** Where a trade lives; its trade is replaced by each of its events, and is settled once it left. */
export interface Slot {
  trade: Trade;
  /** Its place among the market's slots; moves when they are compacted. */
  place: number;
  readonly market: Market;
}

/** Slots are compacted when more than half of them, and at least this many, are empty. */
const LEAST_HOLES = 64;

/** Kind of a trade that no evaluation concerns: not monitored, paused or closed. */
const IDLE = 255;

/** State and direction as one small number. */
function kindOf(state: State, direction: Direction): number {
  return STATES.indexOf(state) * 2 + (direction === 'BUY' ? 0 : 1);
}

/** Trades of the documented plan; those with a policy of their own have kinds above these. */
const KINDS = STATES.length * 2;

export class Market {
  readonly feed: string;
  readonly instrument: string;
  #view: MarketView | null = null;
  #slots: Slot[] = [];
  #holes = 0;
  #waiting: Slot[] = [];
  /** By place: the trade's kind, when its timer ends, and up to when it has seen structure. */
  #kinds = new Uint8Array(16);
  #timerEnds = new Float64Array(16);
  #structureSeen = new Float64Array(16);
  /** Whether any trade had a policy of its own. */
  #hasPolicies = false;

  constructor(feed: string, instrument: string) {
    this.feed = feed;
    this.instrument = instrument;
  }

  /** null until the first data arrives. */
  get view(): MarketView | null {
    return this.#view;
  }

  /** The broker's spelling of the symbol on this feed; empty before any data. */
  get symbol(): string {
    return this.#view?.symbol ?? '';
  }

  /** The view as JSON text, as of now. */
  get snapshot(): string {
    return this.#view === null ? 'null' : encodeView(this.#view.snapshot());
  }

  attach(view: MarketView): void {
    this.#view = view;
  }

  /** Forgets its data; its trades wait for other. */
  detach(): void {
    this.#view = null;
  }

  /** Number of trades that are not settled. */
  get size(): number {
    return this.#slots.length - this.#holes;
  }

  /** How its trades spell the symbol. */
  readonly symbols = (): ReadonlySet<string> =>
    new Set(this.#slots.filter(({ trade }) => !isSettled(trade)).map(({ trade }) => trade.spec.symbol));

  /** Adds an active trade. Not to be called while its trades are visited. */
  add(trade: Trade): Slot {
    if (this.#holes >= LEAST_HOLES && this.#holes * 2 > this.#slots.length) this.#compact();
    const slot: Slot = { trade, place: this.#slots.length, market: this };
    this.#slots.push(slot);
    if (this.#slots.length > this.#kinds.length) this.#grow();
    this.#note(slot);
    if (isWaiting(trade)) this.#waiting.push(slot);
    return slot;
  }

  replace(slot: Slot, trade: Trade): void {
    slot.trade = trade;
    this.#note(slot);
  }

  /** Takes a trade as it was written meanwhile: more than one event may lie between it and the one there was. */
  renew(slot: Slot, trade: Trade): void {
    const joins = isWaiting(trade) && !this.#waiting.includes(slot);
    this.replace(slot, trade);
    if (joins) this.#waiting = [...this.#waiting, slot].sort((one, other) => one.place - other.place);
  }

  /** The slot's trade is settled and not of this market any more. */
  leave(): void {
    this.#holes += 1;
  }

  /** The slots of trades that are not monitored yet or whose R is not known, in order. */
  waiting(): readonly Slot[] {
    if (this.#waiting.length > 0) this.#waiting = this.#waiting.filter((slot) => isWaiting(slot.trade));
    return this.#waiting;
  }

  /**
   * Visits, in order, each evaluated trade in one of the states that the sides may move; returns
   * the number of evaluated trades in those states.
   */
  visit(
    sides: Sides,
    states: readonly State[],
    rules: Rules,
    visitor: (slot: Slot, context: DirectionContext) => void,
  ): number {
    const structureAt = new Float64Array(2 * KINDS).fill(Number.NEGATIVE_INFINITY);
    const open = new Uint8Array(2 * KINDS);
    const concerned = new Uint8Array(IDLE + 1);
    for (const state of states) {
      for (const direction of ['BUY', 'SELL'] as const) {
        const kind = kindOf(state, direction);
        const gate = gateOf(state, sides[direction], rules);
        concerned[kind] = 1;
        structureAt[kind] = gate.structureAt;
        open[kind] = gate.open ? 1 : 0;
        // What opens the gate of a policy's trades its own numbers say.
        concerned[kind + KINDS] = 1;
        open[kind + KINDS] = 1;
      }
    }
    const { clock } = sides.BUY.moment;
    const kinds = this.#kinds;
    let count = 0;
    for (let place = 0; place < this.#slots.length; place += 1) {
      const kind = kinds[place] ?? IDLE;
      if (concerned[kind] === 0) continue;
      count += 1;
      const moves =
        open[kind] === 1 ||
        (structureAt[kind] ?? 0) > (this.#structureSeen[place] ?? 0) ||
        (this.#timerEnds[place] ?? 0) <= clock;
      if (moves) this.#show(place, sides, visitor);
    }
    return count;
  }

  /** Visits, in order, each trade that has a policy of its own and is not closed. */
  visitPolicies(visitor: (slot: Slot) => void): void {
    if (!this.#hasPolicies) return;
    for (const slot of this.#slots) {
      const { policy, state } = slot.trade;
      if (policy !== null && state !== 'CLOSED') visitor(slot);
    }
  }

  /** Visits, in order, each evaluated trade in one of the states whose timer has ended by `clock`. */
  visitEnded(clock: number, states: readonly State[], visitor: (slot: Slot) => void): void {
    for (let place = 0; place < this.#slots.length; place += 1) {
      if ((this.#timerEnds[place] ?? clock + 1) > clock || this.#kinds[place] === IDLE) continue;
      const slot = this.#slots[place];
      if (slot !== undefined && states.includes(slot.trade.state)) visitor(slot);
    }
  }

  #show(place: number, sides: Sides, visitor: (slot: Slot, context: DirectionContext) => void): void {
    const slot = this.#slots[place];
    if (slot !== undefined) visitor(slot, sides[slot.trade.spec.direction]);
  }

  #note({ trade, place }: Slot): void {
    const kind = kindOf(trade.state, trade.spec.direction) + (trade.policy === null ? 0 : KINDS);
    if (trade.policy !== null) this.#hasPolicies = true;
    this.#kinds[place] = isEvaluated(trade) ? kind : IDLE;
    this.#timerEnds[place] = timerEndsAt(trade);
    this.#structureSeen[place] = trade.structureSeenAt;
  }

  #compact(): void {
    this.#slots = this.#slots.filter(({ trade }) => !isSettled(trade));
    this.#holes = 0;
    for (const [place, slot] of this.#slots.entries()) {
      slot.place = place;
      this.#note(slot);
    }
  }

  #grow(): void {
    const length = this.#kinds.length * 2;
    const [kinds, timerEnds, structureSeen] = [this.#kinds, this.#timerEnds, this.#structureSeen];
    this.#kinds = new Uint8Array(length);
    this.#timerEnds = new Float64Array(length);
    this.#structureSeen = new Float64Array(length);
    this.#kinds.set(kinds);
    this.#timerEnds.set(timerEnds);
    this.#structureSeen.set(structureSeen);
  }
}

/** Whether its monitoring has not begun, or its R is not known. */
export function isWaiting(trade: Trade): boolean {
  return trade.state !== 'CLOSED' && (trade.monitoredSince === null || trade.risk === null);
}
