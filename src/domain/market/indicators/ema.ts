// Owns the exponential moving average.
import type { Stateful, StateTape } from './state-tape.js';

/** EMA with factor 2 / (period + 1), seeded with the mean of the first `period` values. */
export class Ema implements Stateful {
  readonly #period: number;
  #count = 0;
  #sum = 0;
  #value = Number.NaN;

  constructor(period: number) {
    this.#period = period;
  }

  /** NaN for the first period - 1 values. */
  get value(): number {
    return this.#value;
  }

  update(value: number): void {
    if (this.#count >= this.#period) {
      this.#value += (2 / (this.#period + 1)) * (value - this.#value);
      return;
    }
    this.#count += 1;
    this.#sum += value;
    if (this.#count === this.#period) this.#value = this.#sum / this.#period;
  }

  save(tape: StateTape): void {
    tape.write(this.#count);
    tape.write(this.#sum);
    tape.write(this.#value);
  }

  load(tape: StateTape): void {
    this.#count = tape.read();
    this.#sum = tape.read();
    this.#value = tape.read();
  }
}
