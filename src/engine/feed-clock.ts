// What time it is for a feed: its newest market data's time plus the time that has passed here since it
// arrived. So a live feed's clock is the wall clock, a replayed one's is the recording's, and neither
// depends on this machine's date. Deciding never uses it; it dates what callers did not date, and tells
// how old data is.

interface Reading {
  readonly dataTime: number;
  readonly arrivedAt: number;
}

export class FeedClock {
  readonly #wallClock: () => number;
  readonly #readings = new Map<string, Reading>();

  /** `wallClock` returns UTC milliseconds. */
  constructor(wallClock: () => number) {
    this.#wallClock = wallClock;
  }

  /** Market data of this time arrived on the feed. */
  saw(feed: string, dataTime: number): void {
    const known = this.#readings.get(feed);
    if (known === undefined || dataTime > known.dataTime) {
      this.#readings.set(feed, { dataTime, arrivedAt: this.#wallClock() });
    }
  }

  /** The wall clock, UTC milliseconds. */
  wall(): number {
    return this.#wallClock();
  }

  /** UTC milliseconds; the wall clock's for a feed without data. */
  now(feed: string): number {
    const wall = this.#wallClock();
    const known = this.#readings.get(feed);
    return known === undefined ? wall : known.dataTime + Math.max(0, wall - known.arrivedAt);
  }
}
