// Owns one (feed, instrument): its view and the active trades on it, in the order of registration. A closing
// bar concerns every trade but moves few, so what tells them apart lies flat in arrays and the trades
// themselves are touched only where something may happen.

import { DIRECTIONS, type Direction } from '../domain/market/direction.js';
import type { PolicyRef } from '../domain/trade/policy-ref.js';
import { STATES, type State } from '../domain/trade/state.js';
import type { StateGate } from '../domain/trade/state-machine.js';
import type { Trade, TradeSketch } from '../domain/trade/trade.js';
import { isEvaluated, timerEndsAt } from '../domain/trade/version.js';
import type { MarketView } from '../domain/views/market-view.js';
import { encodeView } from '../store/bodies/market.js';
import { PackedStoredTrade } from '../store/packed-stored-trade.js';

/** A trade in memory, which may be packed as it was restored. */
export type HeldTrade = Trade | PackedStoredTrade;

/** Where a trade lives; its trade is replaced by each of its events, and is settled once it left. */
export interface Slot {
  trade: Trade;
  /** The same, packed as long as nobody asked for it. */
  readonly held: HeldTrade;
  /** Its place in the order of registration of all trades. */
  order: number;
  /** Its place among the market's slots; moves when they are compacted. */
  place: number;
  /** Another one when its trade may follow its feed, or may not any more. */
  market: Market;
}

class HoldingSlot implements Slot {
  held: HeldTrade;
  order = 0;
  place: number;
  market: Market;

  constructor(held: HeldTrade, place: number, market: Market) {
    this.held = held;
    this.place = place;
    this.market = market;
  }

  get trade(): Trade {
    if (this.held instanceof PackedStoredTrade) this.held = this.held.trade;
    return this.held;
  }

  set trade(trade: Trade) {
    this.held = trade;
  }
}

/** Slots are compacted when more than half of them, and at least this many, are empty. */
const LEAST_HOLES = 64;

/** What of a trade a check asks first, as a small number: its state and direction where it is evaluated, else one of these. */
const UNWATCHED = STATES.length * 2;
/** Nothing is decided about it, nor about one that is closed. */
const PAUSED = UNWATCHED + 1;
const CLOSED = PAUSED + 1;
/** It left. */
const GONE = CLOSED + 1;
/** Of the trades of one policy; those of the documented plan come first. */
const KINDS = GONE + 1;

function kindOf(trade: TradeSketch): number {
  if (trade.state === 'CLOSED') return CLOSED;
  if (trade.pausedAt !== null) return PAUSED;
  return isEvaluated(trade) ? kindIn(trade.state, trade.spec.direction) : UNWATCHED;
}

function kindIn(state: State, direction: Direction): number {
  return STATES.indexOf(state) * 2 + (direction === 'BUY' ? 0 : 1);
}

/** What a check asks of a market's trades. */
export interface Asking {
  /** By the clock that timers run on, UTC ms. */
  readonly clock: number;
  readonly states: readonly State[];
  /** What the market means for the trades of a policy in a state. */
  gate(policy: PolicyRef | null, state: State, direction: Direction): StateGate;
  /** Whether a policy's protective rules would move a trade of it now; null where it has none. */
  rules(policy: PolicyRef): IsMoved | null;
}

export type IsMoved = (trade: Trade) => boolean;

/** The same for all trades of a kind: whether an evaluation concerns them, what moves them, and the rules that are asked. */
interface KindGates {
  readonly concerned: Uint8Array;
  readonly open: Uint8Array;
  readonly structureAt: Float64Array;
  readonly rules: readonly (IsMoved | null)[];
}

export class Market {
  readonly feed: string;
  readonly instrument: string;
  #view: MarketView | null = null;
  #slots: Slot[] = [];
  #holes = 0;
  #waiting: Slot[] = [];
  /** By place: the trade's kind, when its timer ends, and up to when it has seen structure. */
  #kinds = new Uint32Array(16);
  #timerEnds = new Float64Array(16);
  #structureSeen = new Float64Array(16);
  /** Policies its trades have had: the number of each leads to its kinds. */
  #policies: (PolicyRef | null)[] = [null];
  readonly #numbers = new Map<string, Map<number, number>>();

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

  readonly #isHere = ({ place }: Slot): boolean => this.#kinds[place] !== GONE;

  /** Adds an active trade. Not to be called while its trades are visited. */
  add(held: HeldTrade, sketch: TradeSketch = sketchOf(held)): Slot {
    if (this.#holes >= LEAST_HOLES && this.#holes * 2 > this.#slots.length) this.#compact();
    const slot = new HoldingSlot(held, this.#slots.length, this);
    this.#slots.push(slot);
    if (this.#slots.length > this.#kinds.length) this.#grow();
    this.#note(slot.place, sketch);
    if (isWaiting(sketch)) this.#waiting.push(slot);
    return slot;
  }

  replace(slot: Slot, trade: Trade): void {
    slot.trade = trade;
    this.#note(slot.place, trade);
  }

  /** Takes a trade as it was written meanwhile: more than one event may lie between it and the one there was. */
  renew(slot: Slot, trade: Trade): void {
    const joins = isWaiting(trade) && !this.#waiting.includes(slot);
    this.replace(slot, trade);
    if (joins) this.#waiting = [...this.#waiting, slot].sort((one, other) => one.place - other.place);
  }

  /** The slot's trade is settled, or of another market now. */
  leave(slot: Slot): void {
    this.#kinds[slot.place] = GONE;
    if (isWaiting(slot.trade)) this.#waiting = this.#waiting.filter((other) => other !== slot);
    this.#holes += 1;
  }

  /** Gives the slots of its trades to another market, in the order of registration. Not to be called while either's are visited. */
  move(slots: ReadonlySet<Slot>, target: Market): void {
    const waiting = [...target.#waiting, ...this.#waiting.filter((slot) => slots.has(slot))];
    this.#waiting = this.#waiting.filter((slot) => !slots.has(slot));
    this.#setSlots(this.#slots.filter((slot) => this.#isHere(slot) && !slots.has(slot)));
    for (const slot of slots) slot.market = target;
    target.#setSlots([...target.#slots.filter(target.#isHere), ...slots].sort(byOrder), slots);
    target.#waiting = waiting.sort(byOrder);
  }

  /** The slots of trades that are not monitored yet or whose R is not known, in order. */
  waiting(): readonly Slot[] {
    if (this.#waiting.length > 0) this.#waiting = this.#waiting.filter((slot) => isWaiting(slot.trade));
    return this.#waiting;
  }

  /**
   * Visits, in order, each trade that a check may move: an evaluated one whose gate is open or whose timer has ended, and one
   * that its policy's rules would move. Returns the number of evaluated trades in the states that it asks of.
   */
  visit(asking: Asking, visitor: (slot: Slot) => void): number {
    const { concerned, open, structureAt, rules } = this.#gates(asking);
    const { clock } = asking;
    const kinds = this.#kinds;
    let count = 0;
    for (let place = 0; place < this.#slots.length; place += 1) {
      const kind = kinds[place] ?? GONE;
      let moves = false;
      if (concerned[kind] === 1) {
        count += 1;
        moves =
          open[kind] === 1 ||
          (structureAt[kind] ?? 0) > (this.#structureSeen[place] ?? 0) ||
          (this.#timerEnds[place] ?? 0) <= clock;
      }
      const isMoved = moves ? null : rules[kind];
      if (!moves && isMoved == null) continue;
      const slot = this.#slots[place];
      if (slot !== undefined && (isMoved == null || isMoved(slot.trade))) visitor(slot);
    }
    return count;
  }

  /** Visits, in order, each trade that has a policy of its own and is not closed. */
  visitPolicies(visitor: (slot: Slot) => void): void {
    if (this.#policies.length === 1) return;
    for (const slot of this.#slots) {
      const kind = this.#kinds[slot.place] ?? GONE;
      if (kind >= KINDS && kind % KINDS !== CLOSED) visitor(slot);
    }
  }

  #gates(asking: Asking): KindGates {
    const length = this.#policies.length * KINDS;
    const concerned = new Uint8Array(length);
    const open = new Uint8Array(length);
    const structureAt = new Float64Array(length).fill(Number.NEGATIVE_INFINITY);
    const rules = new Array<IsMoved | null>(length).fill(null);
    for (const [number, policy] of this.#policies.entries()) {
      const first = number * KINDS;
      for (const state of asking.states) {
        for (const direction of DIRECTIONS) {
          const kind = first + kindIn(state, direction);
          const gate = asking.gate(policy, state, direction);
          concerned[kind] = 1;
          open[kind] = gate.open ? 1 : 0;
          structureAt[kind] = gate.structureAt;
        }
      }
      if (policy !== null) rules.fill(asking.rules(policy), first, first + PAUSED);
    }
    return { concerned, open, structureAt, rules };
  }

  #note(place: number, trade: TradeSketch): void {
    this.#kinds[place] = this.#numberOf(trade.policy) * KINDS + kindOf(trade);
    // What is owed to it is looked at in every check, as if a timer had ended.
    this.#timerEnds[place] = trade.owed.length > 0 ? Number.NEGATIVE_INFINITY : timerEndsAt(trade);
    this.#structureSeen[place] = trade.structureSeenAt;
  }

  #numberOf(policy: PolicyRef | null): number {
    if (policy === null) return 0;
    const { name, version } = policy;
    const known = this.#numbers.get(name)?.get(version);
    if (known !== undefined) return known;
    const number = this.#policies.push(policy) - 1;
    const versions = this.#numbers.get(name) ?? new Map<number, number>();
    this.#numbers.set(name, versions.set(version, number));
    return number;
  }

  #compact(): void {
    this.#setSlots(this.#slots.filter(this.#isHere));
  }

  /** Takes these slots in place of those it had; what is noted of them goes with them, and of those that came is new. */
  #setSlots(slots: Slot[], came: ReadonlySet<Slot> = NONE): void {
    const [kinds, timerEnds, structureSeen] = [this.#kinds, this.#timerEnds, this.#structureSeen];
    const policies = this.#policies;
    this.#slots = slots;
    this.#holes = 0;
    this.#policies = [null];
    this.#numbers.clear();
    [this.#kinds, this.#timerEnds, this.#structureSeen] = [
      kinds.slice(),
      timerEnds.slice(),
      structureSeen.slice(),
    ];
    while (slots.length > this.#kinds.length) this.#grow();
    for (const [place, slot] of slots.entries()) {
      const kind = kinds[slot.place] ?? GONE;
      if (came.has(slot)) this.#note(place, sketchOf(slot.held));
      else {
        this.#kinds[place] =
          this.#numberOf(policies[Math.floor(kind / KINDS)] ?? null) * KINDS + (kind % KINDS);
        this.#timerEnds[place] = timerEnds[slot.place] ?? 0;
        this.#structureSeen[place] = structureSeen[slot.place] ?? 0;
      }
      slot.place = place;
    }
  }

  #grow(): void {
    const length = this.#kinds.length * 2;
    const [kinds, timerEnds, structureSeen] = [this.#kinds, this.#timerEnds, this.#structureSeen];
    this.#kinds = new Uint32Array(length);
    this.#timerEnds = new Float64Array(length);
    this.#structureSeen = new Float64Array(length);
    this.#kinds.set(kinds);
    this.#timerEnds.set(timerEnds);
    this.#structureSeen.set(structureSeen);
  }
}

/** Whether its monitoring has not begun, or its R is not known. */
export function isWaiting(trade: TradeSketch): boolean {
  return trade.state !== 'CLOSED' && (trade.monitoredSince === null || trade.risk === null);
}

const NONE: ReadonlySet<Slot> = new Set();
const byOrder = (one: Slot, other: Slot): number => one.order - other.order;

/** What it stands for, without unpacking it. */
export function sketchOf(held: HeldTrade): TradeSketch {
  return held instanceof PackedStoredTrade ? held.sketch : held;
}
