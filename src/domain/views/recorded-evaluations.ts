// Owns what a view remembers of its evaluations: the latest pair, their number, and recent warnings.
import type { Direction } from '../market/direction.js';
import { type Evaluation, SIGNALS, type Signal } from '../signals/signal.js';

export interface EvaluationsSnapshot {
  readonly count: number;
  readonly buy: Evaluation | null;
  readonly sell: Evaluation | null;
  /** [time, BUY warnings, SELL warnings]: one bit per signal in the order of SIGNALS, oldest first. */
  readonly recent: readonly (readonly [number, number, number])[];
}

function warningBits(evaluation: Evaluation): number {
  let bits = 0;
  for (const [index, { contribution }] of evaluation.signals.entries()) {
    if (contribution < 0) bits |= 1 << index;
  }
  return bits;
}

export class RecordedEvaluations {
  readonly #decayMs: number;
  #count = 0;
  #buy: Evaluation | null = null;
  #sell: Evaluation | null = null;
  #recent: (readonly [number, number, number])[] = [];

  /** Warnings count for `decayMs` after their evaluation. */
  constructor(decayMs: number) {
    this.#decayMs = decayMs;
  }

  /** Evaluations of both directions count as one. */
  get count(): number {
    return this.#count;
  }

  latest(direction: Direction): Evaluation | null {
    return direction === 'BUY' ? this.#buy : this.#sell;
  }

  record(buy: Evaluation, sell: Evaluation): void {
    this.#count += 1;
    this.#buy = buy;
    this.#sell = sell;
    this.#recent.push([buy.at, warningBits(buy), warningBits(sell)]);
    const kept = buy.at - this.#decayMs;
    while ((this.#recent[0]?.[0] ?? buy.at) <= kept) this.#recent.shift();
  }

  /** Per signal, the evaluations at or after `from` and less than the decay time before `now` in which it was negative. */
  warnings(direction: Direction, from: number, now: number): Partial<Record<Signal, number>> {
    const warnings: Partial<Record<Signal, number>> = {};
    const which = direction === 'BUY' ? 1 : 2;
    for (const entry of this.#recent) {
      if (entry[0] < from || entry[0] <= now - this.#decayMs) continue;
      for (const [index, signal] of SIGNALS.entries()) {
        if ((entry[which] & (1 << index)) !== 0) warnings[signal] = (warnings[signal] ?? 0) + 1;
      }
    }
    return warnings;
  }

  snapshot(): EvaluationsSnapshot {
    return { count: this.#count, buy: this.#buy, sell: this.#sell, recent: [...this.#recent] };
  }

  restore(snapshot: EvaluationsSnapshot): void {
    this.#count = snapshot.count;
    this.#buy = snapshot.buy;
    this.#sell = snapshot.sell;
    this.#recent = [...snapshot.recent];
  }
}
