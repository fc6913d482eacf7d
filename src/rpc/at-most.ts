// Owns how many calls of a costly kind are under way at a time: one more is refused, and may come again.
import { overloaded } from '../errors/errors.js';

const RETRY_MS = 250;

export class AtMost {
  readonly #most: number;
  readonly #what: string;
  #underWay = 0;

  /** @param what - they are, as whoever is refused is told */
  constructor(most: number, what: string) {
    this.#most = most;
    this.#what = what;
  }

  /** @throws DtmsError OVERLOADED, and nothing was done */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#underWay >= this.#most) {
      const count = String(this.#underWay);
      throw overloaded(`${count} ${this.#what} are under way`, { under_way: count }, RETRY_MS);
    }
    this.#underWay += 1;
    try {
      return await work();
    } finally {
      this.#underWay -= 1;
    }
  }
}
