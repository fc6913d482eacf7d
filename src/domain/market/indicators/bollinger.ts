// Owns the Bollinger bands.
import { Recent } from './recent.js';
import type { Stateful, StateTape } from './state-tape.js';

/** Bands of `deviations` population standard deviations around the mean of the last `period` closes. */
export class Bollinger implements Stateful {
  readonly #closes: Recent;
  readonly #deviations: number;
  #middle = Number.NaN;
  #half = Number.NaN;

  constructor(period: number, deviations: number) {
    this.#closes = new Recent(period);
    this.#deviations = deviations;
  }

  /** NaN for the first period - 1 closes, like the other values. */
  get middle(): number {
    return this.#middle;
  }

  get upper(): number {
    return this.#middle + this.#half;
  }

  get lower(): number {
    return this.#middle - this.#half;
  }

  /** (upper - lower) / middle. */
  get width(): number {
    return (2 * this.#half) / this.#middle;
  }

  update(close: number): void {
    this.#closes.push(close);
    // Two passes over the window: no drift, and no cancellation at large prices.
    this.#middle = this.#closes.mean();
    this.#half = this.#deviations * this.#closes.deviation(this.#middle);
  }

  save(tape: StateTape): void {
    this.#closes.save(tape);
    tape.write(this.#middle);
    tape.write(this.#half);
  }

  load(tape: StateTape): void {
    this.#closes.load(tape);
    this.#middle = tape.read();
    this.#half = tape.read();
  }
}
