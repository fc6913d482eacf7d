// Owns the blocks of a bootstrap: observations that lie in one week, or one day, of one market depend on each other, so
// whole blocks are drawn, each stratum as many as it has.

const DAY = 86_400_000;
const WEEK = 7 * DAY;
/** 1970 began on a Thursday: weeks begin on Mondays. */
const MONDAY = 3 * DAY;

export type BlockLength = 'week' | 'day';

/** Fewer weeks than this say too little of a market: days are the blocks then. */
const LEAST_WEEKS = 12;

/** Where an observation belongs: observations of one stratum and one block are drawn together. */
export interface Place {
  readonly stratum: string;
  readonly block: number;
}

/** The number of the week, or of the day, a time lies in; UTC ms. */
export function blockAt(time: number, length: BlockLength): number {
  return length === 'day' ? Math.floor(time / DAY) : Math.floor((time + MONDAY) / WEEK);
}

/** Weeks, or days where the times span fewer than `leastWeeks` of them. */
export function blockLengthOf(times: readonly number[], leastWeeks = LEAST_WEEKS): BlockLength {
  const weeks = new Set(times.map((time) => blockAt(time, 'week')));
  return weeks.size >= leastWeeks ? 'week' : 'day';
}

export class Blocks {
  /** The block of each observation, from 0. */
  readonly of: Int32Array;
  readonly count: number;
  /** The blocks of each stratum. */
  readonly strata: readonly (readonly number[])[];

  constructor(places: readonly Place[]) {
    const numbers = new Map<string, number>();
    const strata = new Map<string, number[]>();
    this.of = Int32Array.from(places, ({ stratum, block }) => {
      const key = `${block} ${stratum}`;
      const known = numbers.get(key);
      if (known !== undefined) return known;
      numbers.set(key, numbers.size);
      strata.set(stratum, [...(strata.get(stratum) ?? []), numbers.size - 1]);
      return numbers.size - 1;
    });
    this.count = numbers.size;
    this.strata = [...strata.values()];
  }

  /** How often each block is in each of `count` samples; `random` gives numbers in [0, 1). */
  draws(count: number, random: () => number): readonly Uint16Array[] {
    return Array.from({ length: count }, () => {
      const weights = new Uint16Array(this.count);
      for (const stratum of this.strata) {
        for (let drawn = 0; drawn < stratum.length; drawn += 1) {
          const block = stratum[Math.floor(random() * stratum.length)] ?? 0;
          weights[block] = (weights[block] ?? 0) + 1;
        }
      }
      return weights;
    });
  }

  /** A value of each observation, summed by block. */
  sums(values: ArrayLike<number>): Float64Array {
    const sums = new Float64Array(this.count);
    for (let index = 0; index < this.of.length; index += 1) {
      const block = this.of[index] ?? 0;
      sums[block] = (sums[block] ?? 0) + (values[index] ?? 0);
    }
    return sums;
  }
}
