// Owns a market's facts held still at one moment. A closing bar may move a hundred thousand trades, and each
// asks the same questions of the view: here they are answered once.
import type { StructureEvent } from '../market/data.js';
import type { Direction } from '../market/direction.js';
import type { MarketHours } from '../market/market-hours.js';
import type { Evaluation, Signal } from '../signals/signal.js';
import type { MarketFacts } from './market-facts.js';

export class StillFacts implements MarketFacts {
  readonly asOf: number | null;
  readonly admission: { readonly wasFresh: boolean };
  readonly spread: number | null;
  readonly medianSpread: number | null;
  readonly atrCoarse: number | null;
  readonly atrFine: number | null;
  readonly swingHigh: number | null;
  readonly swingLow: number | null;
  readonly structureEvent: StructureEvent | null;
  readonly evaluationCount: number;
  readonly #facts: MarketFacts;
  readonly #bid: number | null;
  readonly #ask: number | null;
  readonly #at: number;
  readonly #stale: boolean;
  /** undefined until it was asked for. */
  #tickSize: number | null | undefined;

  /**
   * `facts` as they are, at the market time `at`; not to be used once they have changed.
   *
   * @param evaluationCount - where it is another: before the evaluation that was recorded since.
   */
  constructor(facts: MarketFacts, at: number, evaluationCount = facts.evaluationCount) {
    this.asOf = facts.asOf;
    this.admission = { wasFresh: facts.admission.wasFresh };
    this.spread = facts.spread;
    this.medianSpread = facts.medianSpread;
    this.atrCoarse = facts.atrCoarse;
    this.atrFine = facts.atrFine;
    this.swingHigh = facts.swingHigh;
    this.swingLow = facts.swingLow;
    this.structureEvent = facts.structureEvent;
    this.evaluationCount = evaluationCount;
    this.#facts = facts;
    this.#bid = facts.exitPrice('BUY');
    this.#ask = facts.exitPrice('SELL');
    this.#at = at;
    this.#stale = facts.isStale(at);
  }

  get tickSize(): number | null {
    if (this.#tickSize === undefined) this.#tickSize = this.#facts.tickSize;
    return this.#tickSize;
  }

  exitPrice(direction: Direction): number | null {
    return direction === 'BUY' ? this.#bid : this.#ask;
  }

  latest(direction: Direction): Evaluation | null {
    return this.#facts.latest(direction);
  }

  warnings(direction: Direction, from: number): Partial<Record<Signal, number>> {
    return this.#facts.warnings(direction, from);
  }

  isOld(now: number, hours: MarketHours | null = null): boolean {
    return this.#facts.isOld(now, hours);
  }

  areBarsOld(now: number, hours: MarketHours | null = null): boolean {
    return this.#facts.areBarsOld(now, hours);
  }

  isStale(now: number, hours: MarketHours | null = null): boolean {
    return now === this.#at && hours === null ? this.#stale : this.#facts.isStale(now, hours);
  }
}
