// Owns what time it is for a feed: its newest market data's time plus the time that has passed here since it
// arrived. So a live feed's clock keeps to the database's and is never ahead of it; a recorded one's is the
// recording's. This machine's date decides nothing. Deciding never uses this clock; it dates what callers did
// not date, and tells how old data is.
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

  /** UTC milliseconds; the database's, or the process's, for a feed without data. */
  now(feed: string): number {
    const passing = this.#clocks.process();
    const known = this.#readings.get(feed);
    const live = this.#clocks.kindOf(feed) === 'LIVE';
    const database = live ? this.#clocks.database() : Number.POSITIVE_INFINITY;
    if (known === undefined) return live ? database : passing;
    return Math.min(database, known.dataTime + Math.max(0, passing - known.arrivedAt));
  }

  /** By which a feed's data is fresh or old: the database's time for a live one, its own for a recorded one. */
  reference(feed: string): number {
    return this.#clocks.kindOf(feed) === 'LIVE' ? this.#clocks.database() : this.now(feed);
  }
}
