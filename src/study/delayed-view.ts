// Owns the placebo of a study: a market whose trades are shown scores as they were some time ago. Prices, swings and ATR are
// the true ones.
import type { Direction } from '../domain/market/direction.js';
import type { Rules } from '../domain/rules.js';
import type { Evaluation } from '../domain/signals/signal.js';
import { MarketView } from '../domain/views/market-view.js';

export class DelayedView extends MarketView {
  readonly #delayMs: number;
  /** What was recorded and is not old enough yet, after the newest that is. */
  #recorded: Readonly<Record<Direction, Evaluation>>[] = [];

  constructor(symbol: string, instrument: string, rules: Rules, delayMs: number) {
    super(symbol, instrument, rules);
    this.#delayMs = delayMs;
  }

  override record(at: number): Readonly<Record<Direction, Evaluation>> {
    const now = super.record(at);
    this.#recorded.push(now);
    const oldEnough = this.#recorded.findLastIndex(({ BUY }) => BUY.at <= at - this.#delayMs);
    if (oldEnough > 0) this.#recorded = this.#recorded.slice(oldEnough);
    return now;
  }

  /** The newest that is old enough; null before there is one. */
  override latest(direction: Direction): Evaluation | null {
    const [first] = this.#recorded;
    const at = this.asOf;
    if (first === undefined || at === null || first.BUY.at > at - this.#delayMs) return null;
    return first[direction];
  }
}
