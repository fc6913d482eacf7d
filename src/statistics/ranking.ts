// Owns how well a score tells events from the rest: the area under its ROC curve.

import type { Blocks } from './blocks.js';
import type { Weights } from './sample.js';

export class Ranking {
  /** By ascending score and block, one for all observations that share both: how many are events, and how many are not. */
  readonly #block: Int32Array;
  readonly #events: Float64Array;
  readonly #others: Float64Array;
  /** Where each run of equal scores ends. */
  readonly #ends: Int32Array;

  /** `events[i]` says whether the event came after the score `scores[i]`. */
  constructor(scores: readonly number[], events: readonly boolean[], blocks: Blocks) {
    const score = (place: number) => scores[place] ?? 0;
    const block = (place: number) => blocks.of[place] ?? 0;
    const order = Int32Array.from(scores.keys()).sort((a, b) => score(a) - score(b) || block(a) - block(b));
    const cells: { block: number; score: number; events: number; others: number }[] = [];
    for (const place of order) {
      let cell = cells.at(-1);
      if (cell === undefined || cell.score !== score(place) || cell.block !== block(place)) {
        cell = { block: block(place), score: score(place), events: 0, others: 0 };
        cells.push(cell);
      }
      if (events[place] === true) cell.events += 1;
      else cell.others += 1;
    }
    this.#block = Int32Array.from(cells, (cell) => cell.block);
    this.#events = Float64Array.from(cells, (cell) => cell.events);
    this.#others = Float64Array.from(cells, (cell) => cell.others);
    const lasts = cells.flatMap((cell, index) => (cells[index + 1]?.score === cell.score ? [] : [index + 1]));
    this.#ends = Int32Array.from(lasts);
  }

  /**
   * The probability that the score of an event is above that of another, equal ones counted half; NaN where there are none
   * of either.
   */
  area(weights: Weights = null): number {
    let [events, others, above, at] = [0, 0, 0, 0];
    for (const end of this.#ends) {
      let [eventsHere, othersHere] = [0, 0];
      for (; at < end; at += 1) {
        const times = weights === null ? 1 : (weights[this.#block[at] ?? 0] ?? 0);
        eventsHere += times * (this.#events[at] ?? 0);
        othersHere += times * (this.#others[at] ?? 0);
      }
      above += eventsHere * (others + othersHere / 2);
      events += eventsHere;
      others += othersHere;
    }
    return events === 0 || others === 0 ? Number.NaN : above / (events * others);
  }
}
