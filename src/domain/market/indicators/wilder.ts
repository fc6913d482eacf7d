// Owns Wilder's smoothing, which RSI and ATR share.
import type { Stateful, StateTape } from './state-tape.js';

/** Wilder's average: the mean of the first `period` values, then (previous x (period - 1) + value) / period. */
export class WilderAverage implements Stateful {
  readonly #period: number;
  #count = 0;
  #value = 0;

  constructor(period: number) {
    this.#period = period;
  }

  /** NaN for the first period - 1 values. */
  get value(): number {
    return this.#count < this.#period ? Number.NaN : this.#value;
  }

  update(value: number): void {
    if (this.#count >= this.#period) {
      this.#value = (this.#value * (this.#period - 1) + value) / this.#period;
      return;
    }
    this.#count += 1;
    this.#value += value;
    if (this.#count === this.#period) this.#value /= this.#period;
  }

  save(tape: StateTape): void {
    tape.write(this.#count);
    tape.write(this.#value);
  }

  load(tape: StateTape): void {
    this.#count = tape.read();
    this.#value = tape.read();
  }
}
