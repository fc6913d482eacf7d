// Owns what time it is for a feed: the database's time for a live one, whatever the age of its data; for a recorded one its
// newest data's time plus the time that has passed here since it arrived. This machine's date decides nothing. It dates
// what callers did not date, orders that with what bridges date, and tells how old data is.
import type { FeedKind } from '../domain/market/feed.js';

interface Reading {
  readonly dataTime: number;
  readonly arrivedAt: number;
}

/** What a feed's time is made of. Times are UTC ms. */
export interface Clocks {
  database(): number;
  /** Time that passes on this machine and never goes back; the time of a recorded feed without data. */
  process(): number;
  kindOf(feed: string): FeedKind;
}

export class FeedClock {
  readonly #clocks: Clocks;
  readonly #readings = new Map<string, Reading>();

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
  }

  /** Market data of this time arrived on the feed. */
  saw(feed: string, dataTime: number): void {
    const known = this.#readings.get(feed);
    if (known !== undefined && dataTime <= known.dataTime) return;
    this.#readings.set(feed, { dataTime, arrivedAt: this.#clocks.process() });
  }

  /** What it has seen, by feed. */
  get memory(): readonly (readonly [string, Reading])[] {
    return [...this.#readings];
  }

  /** Takes what another has seen, in place of what this one has. */
  recall(memory: FeedClock['memory']): void {
    this.#readings.clear();
    for (const [feed, reading] of memory) this.#readings.set(feed, reading);
  }

  /** UTC milliseconds. */
  now(feed: string): number {
    if (this.#clocks.kindOf(feed) === 'LIVE') return this.#clocks.database();
    const passing = this.#clocks.process();
    const known = this.#readings.get(feed);
    return known === undefined ? passing : known.dataTime + Math.max(0, passing - known.arrivedAt);
  }
}
