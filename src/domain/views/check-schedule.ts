// Owns when a view is checked: fast checks, what triggers a deep one between coarse bars, and its cooldown.

import type { Rules } from '../rules.js';
import type { Regime } from '../signals/regime.js';

export type FastCheckKind = 'normal' | 'hedged';
export type DeepTrigger = 'VWAP_FLIP' | 'PRICE_MOVE';

/** What is being decided on a market's trades, until it is on all of them. UTC ms. */
export interface CheckMark {
  /**
   * A closed coarse bar; a trigger between two, within the cooldown of the last or not; or only the ends of timers, which
   * look at the market without recording.
   */
  readonly kind: 'deep' | 'triggered' | 'cooling' | 'timers';
  /** Which trades: those that are hedged are checked less often. */
  readonly states: 'all' | 'unhedged';
  /** Market time: decisions are as of then. */
  readonly at: number;
  /** What timers run on. */
  readonly clock: number;
  /** Evaluations recorded before it. */
  readonly evaluationsBefore: number;
}

export interface ScheduleSnapshot {
  readonly fastAt: number | null;
  readonly hedgedAt: number | null;
  readonly triggeredAt: number | null;
  /** The last recorded deep check: its time, the price then, and the VWAP flip then (0: none, or not known). */
  readonly deep: { readonly at: number; readonly price: number | null; readonly flip: number } | null;
  /** Absent and null: every trade was decided. */
  readonly open?: CheckMark | null | undefined;
}

export class CheckSchedule {
  readonly #schedule: Rules['schedule'];
  #fastAt: number | null = null;
  #hedgedAt: number | null = null;
  #triggeredAt: number | null = null;
  #deep: ScheduleSnapshot['deep'] = null;
  /** The check that is not over; null when none is. */
  open: CheckMark | null = null;

  constructor(schedule: Rules['schedule']) {
    this.#schedule = schedule;
  }

  /** When the last deep check was recorded; null before the first. */
  get deepAt(): number | null {
    return this.#deep?.at ?? null;
  }

  /** True, and noted, when a fast check of this kind is due. High volatility outweighs a range. */
  takeFast(at: number, kind: FastCheckKind, regime: Regime): boolean {
    const last = kind === 'hedged' ? this.#hedgedAt : this.#fastAt;
    if (last !== null && at - last < this.#interval(kind, regime)) return false;
    if (kind === 'hedged') this.#hedgedAt = at;
    else this.#fastAt = at;
    return true;
  }

  noteDeep(at: number, price: number | null, flip: number): void {
    this.#deep = { at, price, flip: Number.isNaN(flip) ? 0 : flip };
  }

  /** What has changed enough since the last deep check; null when nothing has, or before the first. */
  trigger(price: number | null, flip: number): DeepTrigger | null {
    const deep = this.#deep;
    if (deep === null) return null;
    // A VWAP that becomes unknown has not flipped.
    if (!Number.isNaN(flip) && flip !== deep.flip) return 'VWAP_FLIP';
    if (price === null || deep.price === null) return null;
    return Math.abs(price / deep.price - 1) >= this.#schedule.deepMove ? 'PRICE_MOVE' : null;
  }

  inCooldown(at: number): boolean {
    return this.#triggeredAt !== null && at - this.#triggeredAt < this.#schedule.deepCooldownMs;
  }

  noteTriggered(at: number): void {
    this.#triggeredAt = at;
  }

  snapshot(): ScheduleSnapshot {
    return {
      fastAt: this.#fastAt,
      hedgedAt: this.#hedgedAt,
      triggeredAt: this.#triggeredAt,
      deep: this.#deep,
      ...(this.open === null ? {} : { open: this.open }),
    };
  }

  restore(snapshot: ScheduleSnapshot): void {
    this.#fastAt = snapshot.fastAt;
    this.#hedgedAt = snapshot.hedgedAt;
    this.#triggeredAt = snapshot.triggeredAt;
    this.#deep = snapshot.deep;
    this.open = snapshot.open ?? null;
  }

  #interval(kind: FastCheckKind, regime: Regime): number {
    if (kind === 'hedged') return this.#schedule.fastHedgedMs;
    if (regime.volatility === 'HIGH') return this.#schedule.fastHighVolatilityMs;
    return regime.structure === 'RANGE' ? this.#schedule.fastRangeMs : this.#schedule.fastMs;
  }
}
