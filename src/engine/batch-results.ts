// Owns what a transaction says of results: those of its events, those that the broker booked, and lots that are taken back.
import { volumeSum } from '../domain/actions/quantise.js';
import { type RealisedResult, shrunkTo, type TakenBack } from '../domain/money/realised.js';
import type { BookedResult, NewResult } from '../store/types.js';
import { tradeKey } from './results.js';

export class BatchResults {
  readonly realised: NewResult[] = [];
  /** By event and leg. */
  readonly #booked = new Map<string, BookedResult>();
  /** By position. */
  readonly #takenBack = new Map<string, TakenBack>();

  get booked(): BookedResult[] {
    return [...this.#booked.values()];
  }

  /** Of results that were written before. */
  get takenBack(): TakenBack[] {
    return [...this.#takenBack.values()];
  }

  add(result: RealisedResult, eventIndex: number): void {
    if (result.volume < 0) this.#takeBack(result);
    else this.realised.push({ ...result, eventIndex });
  }

  /** What was looked up before lots were taken back may be those very lots. */
  book(result: BookedResult): void {
    if (!this.#takenBack.has(positionOf(result)))
      this.#booked.set(`${result.revision} ${result.leg}`, result);
  }

  /** The closes that the log says last of a position were of fewer lots, or none: so are their results, whatever they are by now. */
  #takeBack(back: RealisedResult): void {
    const name = positionOf(back);
    const isOfIt = (result: RealisedResult): boolean => positionOf(result) === name;
    for (const [key, result] of this.#booked) if (isOfIt(result)) this.#booked.delete(key);
    let left = -back.volume;
    for (let at = this.realised.length - 1; at >= 0 && left > 0; at -= 1) {
      const result = this.realised[at];
      if (result === undefined || !isOfIt(result)) continue;
      const kept = volumeSum(result.volume, -left);
      this.realised.splice(at, 1, ...(kept > 0 ? [shrunkTo(result, kept)] : []));
      left = Math.max(0, -kept);
    }
    if (left === 0) return;
    const { account, ticket, leg, position = ticket } = back;
    const volume = volumeSum(left, this.#takenBack.get(name)?.volume ?? 0);
    this.#takenBack.set(name, { account, ticket, leg, position, volume });
  }
}

/** Whose lots a result is of: a trade's own position, or a hedge of it. */
function positionOf({ account, ticket, leg, position }: RealisedResult): string {
  return `${tradeKey(account, ticket)} ${leg === 'POSITION' ? '' : position}`;
}
