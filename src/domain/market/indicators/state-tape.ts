// Owns how indicator state is written down: a flat row of numbers, read back in the order of writing.

/** Something whose state is numbers. `load` after `save` of another makes it equal to the other. */
export interface Stateful {
  save(tape: StateTape): void;
  load(tape: StateTape): void;
}

/** NaN stands for "not known yet" inside an indicator and is null outside. */
export class StateTape {
  readonly #values: number[];
  #next = 0;

  constructor(values: readonly (number | null)[] = []) {
    this.#values = values.map((value) => value ?? Number.NaN);
  }

  write(value: number): void {
    this.#values.push(value);
  }

  /** Throws RangeError past the end: the tape was written by other indicators. */
  read(): number {
    const value = this.#values[this.#next];
    if (value === undefined) throw new RangeError('the state tape is too short');
    this.#next += 1;
    return value;
  }

  /** Plain JSON data that reads back exactly. */
  values(): (number | null)[] {
    // JSON has no minus zero; adding 0 removes it.
    return this.#values.map((value) => (Number.isNaN(value) ? null : value + 0));
  }
}

/** Makes `to` equal to `from`. */
export function copyState(from: Stateful, to: Stateful): void {
  const tape = new StateTape();
  from.save(tape);
  to.load(tape);
}

/** null for a number that is not known yet. */
export function known(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
