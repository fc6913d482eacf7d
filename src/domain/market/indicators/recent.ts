// Owns the last few values of a series, for windows and for looking back.
import type { Stateful, StateTape } from './state-tape.js';

/** The newest `size` values; NaN where there is none yet. */
export class Recent implements Stateful {
  readonly size: number;
  readonly #values: Float64Array;

  constructor(size: number) {
    this.size = size;
    this.#values = new Float64Array(size).fill(Number.NaN);
  }

  push(value: number): void {
    const values = this.#values;
    const last = values.length - 1;
    // For so few values a loop is quicker than copyWithin.
    for (let index = 0; index < last; index += 1) values[index] = values[index + 1] ?? Number.NaN;
    values[last] = value;
  }

  /** The value `back` steps ago; 0 is the newest. NaN when there is none. */
  ago(back: number): number {
    return this.#values[this.size - 1 - back] ?? Number.NaN;
  }

  /** The mean; NaN while a value is. Summed anew each time: a running sum would drift. */
  mean(): number {
    let sum = 0;
    for (let index = 0; index < this.size; index += 1) sum += this.#values[index] ?? Number.NaN;
    return sum / this.size;
  }

  /** The population standard deviation around `mean`; NaN while a value is. */
  deviation(mean: number): number {
    let squares = 0;
    for (let index = 0; index < this.size; index += 1) {
      const distance = (this.#values[index] ?? Number.NaN) - mean;
      squares += distance * distance;
    }
    return Math.sqrt(squares / this.size);
  }

  clear(): void {
    this.#values.fill(Number.NaN);
  }

  save(tape: StateTape): void {
    for (let index = 0; index < this.size; index += 1) tape.write(this.#values[index] ?? Number.NaN);
  }

  load(tape: StateTape): void {
    for (let index = 0; index < this.size; index += 1) this.#values[index] = tape.read();
  }
}
