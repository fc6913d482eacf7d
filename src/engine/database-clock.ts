// Owns what time the database has, as this process reckons it. Leases end by it, and what callers date is judged by it, so a
// date that is set wrong, the database's or this machine's, may move none of it: of three clocks the one in the middle counts.

/** Clocks this close tell the same time, in ms: an answer may be on its way for that long. */
const AGREE_MS = 5000;

export class DatabaseClock {
  readonly #monotonic: () => number;
  readonly #date: () => number;
  /** What the database said last, and when it was heard. */
  #said: { readonly now: number; readonly at: number } | undefined;
  /** The same of the last time when another clock agreed. */
  #agreed: { readonly now: number; readonly at: number } | undefined;

  /** `monotonic` counts milliseconds and never goes back; `date` is this machine's, UTC ms. */
  constructor(monotonic: () => number = () => performance.now(), date: () => number = () => Date.now()) {
    this.#monotonic = monotonic;
    this.#date = date;
  }

  /** The database said that it is `now`, UTC ms. */
  saw(now: number): void {
    this.#said = { now, at: this.#monotonic() };
    const others = [this.#since(this.#agreed), this.#date()];
    if (this.#agreed === undefined || others.some((other) => Math.abs(other - now) <= AGREE_MS))
      this.#agreed = this.#said;
  }

  /**
   * UTC milliseconds, whole: the middle one of the database's time, the time that has passed since it was not in doubt, and
   * this machine's date.
   */
  now(): number {
    const told = [this.#since(this.#said), this.#since(this.#agreed), this.#date()];
    return Math.floor(told.sort((one, other) => one - other)[1] ?? Number.NaN);
  }

  #since(heard: { readonly now: number; readonly at: number } | undefined): number {
    return heard === undefined ? this.#date() : heard.now + this.#monotonic() - heard.at;
  }
}
