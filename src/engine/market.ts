// One (feed, instrument): its view and the active trades on it, in the order of registration. Trades
// are looked through on every closing bar, so finding those a check concerns must cost next to nothing.
import type { MarketView } from '../domain/market-view.js';
import { timerEndsAt } from '../domain/trade.js';
import type { Trade } from '../domain/types.js';

/** Where a trade lives; its trade is replaced by each of its events, and is CLOSED once it left. */
export interface Slot {
  trade: Trade;
  readonly market: Market;
}

/** Slots are compacted when more than half of them, and at least this many, are empty. */
const LEAST_HOLES = 64;

export class Market {
  readonly feed: string;
  readonly instrument: string;
  #view: MarketView | null = null;
  #slots: Slot[] = [];
  #holes = 0;
  #waiting: Slot[] = [];
  #nextTimer = Number.POSITIVE_INFINITY;

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
  snapshotText(): string {
    return this.#view === null ? 'null' : JSON.stringify(this.#view.snapshot());
  }

  attach(view: MarketView): void {
    this.#view = view;
  }

  /** Number of active trades. */
  get size(): number {
    return this.#slots.length - this.#holes;
  }

  /** Every slot, empty ones (CLOSED) included, in the order of registration. Not to be changed. */
  get slots(): readonly Slot[] {
    return this.#slots;
  }

  add(trade: Trade): Slot {
    const slot = { trade, market: this };
    this.#slots.push(slot);
    if (isWaiting(trade)) this.#waiting.push(slot);
    this.#nextTimer = Math.min(this.#nextTimer, timerEndsAt(trade));
    return slot;
  }

  replace(slot: Slot, trade: Trade): void {
    slot.trade = trade;
    if (trade.state !== 'CLOSED') {
      this.#nextTimer = Math.min(this.#nextTimer, timerEndsAt(trade));
      return;
    }
    this.#holes += 1;
    if (this.#holes >= LEAST_HOLES && this.#holes * 2 > this.#slots.length) {
      // A new array: whoever walks the old one is not disturbed.
      this.#slots = this.#slots.filter((other) => other.trade.state !== 'CLOSED');
      this.#holes = 0;
    }
  }

  /** The slots of trades that are not monitored yet or whose R is not known, in order. */
  waiting(): readonly Slot[] {
    if (this.#waiting.length > 0) this.#waiting = this.#waiting.filter((slot) => isWaiting(slot.trade));
    return this.#waiting;
  }

  /** Whether a timer of some trade may have ended at `at`. */
  timerDue(at: number): boolean {
    if (this.#nextTimer > at) return false;
    let next = Number.POSITIVE_INFINITY;
    for (const { trade } of this.#slots) next = Math.min(next, timerEndsAt(trade));
    this.#nextTimer = next;
    return next <= at;
  }
}

function isWaiting(trade: Trade): boolean {
  return trade.state !== 'CLOSED' && (trade.monitoredSince === null || trade.risk === null);
}
