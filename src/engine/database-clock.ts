// Owns the database's clock as this process reckons it: what the database said last, and the time that has
// passed since on a clock that nobody sets. Leases end by it, so a wrong or jumping date of this machine
// moves none.

export class DatabaseClock {
  readonly #monotonic: () => number;
  #said: number;
  #heardAt: number;

  /** `now` is what the database says, UTC ms; `monotonic` counts milliseconds and never goes back. */
  constructor(now: number, monotonic: () => number = () => performance.now()) {
    this.#monotonic = monotonic;
    this.#said = now;
    this.#heardAt = monotonic();
  }

  /** The database said that it is `now`. */
  saw(now: number): void {
    this.#said = now;
    this.#heardAt = this.#monotonic();
  }

  /** UTC milliseconds, whole. */
  now(): number {
    return Math.floor(this.#said + this.#monotonic() - this.#heardAt);
  }
}
