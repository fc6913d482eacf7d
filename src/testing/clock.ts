// Owns the market's time in tests: it stands still until it is moved.

/** A Wednesday in March 2025, 10:00 UTC: every market is open, and it is past for every database. */
const DEFAULT_START = Date.UTC(2025, 2, 5, 10);

/** Milliseconds since 1970 (UTC), moved by hand. It never goes back. */
export class TestClock {
  #now: number;

  constructor(start: number | Date = DEFAULT_START) {
    this.#now = Number(start);
  }

  now(): number {
    return this.#now;
  }

  /** Moves it on. Throws RangeError when `ms` is below 0. */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError('a clock does not go back');
    this.#now += ms;
  }

  /** Moves it on to a moment (UTC ms); one that has passed changes nothing. */
  advanceTo(moment: number): void {
    this.#now = Math.max(this.#now, moment);
  }
}
