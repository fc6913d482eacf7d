// Owns the two clocks of a played market, UTC ms: the market's, which is the bars', and the wall clock's,
// which is the server's too. Both stand still between two moments that are noted.

interface Mark {
  readonly market: number;
  readonly wall: number;
}

export class PaperTime {
  readonly #wallClock: () => number;
  #now: Mark;
  /** In order of both times. */
  #marks: Mark[];

  /** The market begins at `market`. */
  constructor(market: number, wallClock: () => number = Date.now) {
    this.#wallClock = wallClock;
    this.#now = { market, wall: wallClock() };
    this.#marks = [this.#now];
  }

  get market(): number {
    return this.#now.market;
  }

  get wall(): number {
    return this.#now.wall;
  }

  /** It is now `market`; neither clock runs back. */
  note(market: number): void {
    const wall = Math.max(this.#now.wall, this.#wallClock());
    this.#now = { market: Math.max(this.#now.market, market), wall };
  }

  /** Remembers the present moment: the end of a bar. */
  keep(): void {
    this.#marks.push(this.#now);
  }

  /** Forgets the ends of bars before a market time; one is kept. */
  forgetBefore(market: number): void {
    const from = this.#find((mark) => mark.market >= market);
    this.#marks = this.#marks.slice(Math.min(from, this.#marks.length - 1));
  }

  /** A wall time from which on everything happened at this market time or later. */
  wallAt(market: number): number {
    const [first] = this.#marks;
    if (first !== undefined && market < first.market) return first.wall - (first.market - market);
    return (this.#marks[this.#find((mark) => mark.market >= market)] ?? this.#now).wall;
  }

  /** A market time that nothing is before that happened at this wall time or later. */
  marketAt(wall: number): number {
    const [first] = this.#marks;
    if (first !== undefined && wall < first.wall) return first.market - (first.wall - wall);
    return (this.#marks[this.#find((mark) => mark.wall > wall) - 1] ?? this.#now).market;
  }

  /** The place of the first mark that is late enough; all after it are. */
  #find(isLate: (mark: Mark) => boolean): number {
    let [from, to] = [0, this.#marks.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      const mark = this.#marks[middle];
      if (mark === undefined || isLate(mark)) to = middle;
      else from = middle + 1;
    }
    return from;
  }
}
