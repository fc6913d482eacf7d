// Owns the checks that are not over: deciding the most urgent trades of them first, as many in a turn as there is time for.
// A check of few trades is decided at once. Of a large one it is first found out, trade by trade, what is about to be
// planned: the circuit breaker judges a bar as a whole, however it is cut.

import type { MarketKey, TradeKey } from '../store/types.js';
import type { CheckOrder, MarketCheck } from './check.js';
import type { MassEffect } from './circuit-breaker.js';
import type { Market, Slot } from './market.js';

/** Above this many trades a check may take several turns. The same in every build, or journals are repeated otherwise. */
const MOST_AT_ONCE = 32;

/** What deciding is made of. */
export interface CheckWork {
  /** Begins a trade's monitoring where that is due. */
  begin(check: MarketCheck, slot: Slot): void;
  /** Decides a trade: begins it, and takes the step of the state table that is due. */
  decide(check: MarketCheck, slot: Slot): void;
  /** What of that the circuit breaker would count, without doing it. */
  survey(check: MarketCheck, slot: Slot): readonly MassEffect[];
  /** A check is over. */
  over(check: MarketCheck): void;
}

/** Asked after each trade; true ends a turn. */
export type Enough = () => boolean;

export class OpenChecks {
  readonly #deciding: CheckWork;
  readonly #open = new Map<Market, MarketCheck>();
  /**
   * Whom a check concerns: the trades it may move; or, as older programs had it, all that have a policy of their own as well.
   * How many there are is what a journal's steps count.
   */
  concern: 'moved' | 'policies' = 'moved';

  constructor(deciding: CheckWork) {
    this.#deciding = deciding;
  }

  get size(): number {
    return this.#open.size;
  }

  has(market: Market): boolean {
    return this.#open.has(market);
  }

  /** All of them. */
  all(): readonly MarketCheck[] {
    return [...this.#open.values()];
  }

  /** The one of a market by its names. */
  find({ feed, instrument }: MarketKey): MarketCheck | undefined {
    for (const check of this.#open.values()) {
      const { market } = check.basis;
      if (market.feed === feed && market.instrument === instrument) return check;
    }
    return undefined;
  }

  add(check: MarketCheck): void {
    this.#open.set(check.basis.market, check);
  }

  /** Decides at once what is to be: all that is open, or only what is small. */
  settle(which: 'all' | 'small', order: CheckOrder): void {
    for (const check of [...this.#open.values()])
      if (which === 'all' || check.size <= MOST_AT_ONCE) this.#finish(check, order);
  }

  /** Decides what is left of a market's check, before anything else happens to the market. */
  finish(market: Market): void {
    const check = this.#open.get(market);
    if (check !== undefined) this.#finish(check, 'urgency');
  }

  /** The check whose next trade is in the worst state; of several the one that has waited longest. */
  next(): MarketCheck | undefined {
    let found: MarketCheck | undefined;
    for (const check of this.#open.values())
      if (found === undefined || check.severity > found.severity) found = check;
    return found;
  }

  /**
   * Works on a check: at most so many steps, each a trade that is surveyed or decided, until another check has
   * trades in a worse state, or `enough` says so.
   *
   * @returns how many steps it took.
   */
  work(check: MarketCheck, most: number, enough: Enough): number {
    const { market } = check.basis;
    const others = Math.max(-1, ...this.#severitiesBeside(check));
    let steps = 0;
    while (steps < most && !check.isOver && check.severity >= others) {
      this.#step(check);
      steps += 1;
      if (enough()) break;
    }
    this.#open.delete(market);
    if (check.isOver) this.#deciding.over(check);
    // Of checks with trades in the same state each has its turn.
    else this.#open.set(market, check);
    return steps;
  }

  /** Trades that open checks are about to affect. */
  *coming(kind: MassEffect): Iterable<TradeKey> {
    for (const check of this.#open.values()) yield* check.coming(kind).values();
  }

  *#severitiesBeside(check: MarketCheck): Iterable<number> {
    for (const other of this.#open.values()) if (other !== check) yield other.severity;
  }

  #step(check: MarketCheck): void {
    const surveyed = check.takeSurvey();
    if (surveyed !== undefined) {
      for (const effect of this.#deciding.survey(check, surveyed)) check.noteComing(effect, surveyed.trade);
      return;
    }
    const slot = check.takeNext('urgency');
    if (slot !== undefined) this.#deciding.decide(check, slot);
  }

  #finish(check: MarketCheck, order: CheckOrder): void {
    check.skipSurvey();
    // So older programs did: all that was to begin, then all that was to move.
    if (order === 'registration') for (const slot of check.slots) this.#deciding.begin(check, slot);
    for (let slot = check.takeNext(order); slot !== undefined; slot = check.takeNext(order))
      this.#deciding.decide(check, slot);
    this.#over(check);
  }

  #over(check: MarketCheck): void {
    this.#open.delete(check.basis.market);
    this.#deciding.over(check);
  }
}
