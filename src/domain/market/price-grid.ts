// Owns the grid that prices lie on: where nobody told the size of a tick, enough prices show it.

import type { Bar } from './data.js';

/** It is read from so many of the newest bars. */
const NEWEST = 200;
/** Further decimals than this are no broker's. */
const MOST_DECIMALS = 10;
/** So many different prices leave no doubt: by chance alone they would not all lie on a coarser grid. */
const LEAST_DIFFERENT = 20;
/** Other ticks are a power of ten or one of these multiples of it. */
const MULTIPLES = [50, 25, 20, 10, 5, 2, 1];

/** Futures on bonds, grains and the like tick by eighths of a whole to 256ths. */
const FRACTIONS = [8, 16, 32, 64, 128, 256];

/** The size of the tick that all prices are a multiple of; null when they are too few, or on no such grid. */
export function tickOf(prices: Iterable<number>): number | null {
  const different = new Set(prices);
  if (different.size < LEAST_DIFFERENT) return null;
  let decimals = 0;
  for (const price of different) {
    while (!isWhole(price * 10 ** decimals)) {
      decimals += 1;
      if (decimals > MOST_DECIMALS) return null;
    }
  }
  const scale = 10 ** decimals;
  let divisor = 0;
  for (const price of different) divisor = greatestDivisor(Math.round(price * scale), divisor);
  const part = FRACTIONS.find((each) => scale % each === 0 && divisor % (scale / each) === 0);
  if (part !== undefined) return 1 / part;
  const multiple = MULTIPLES.find((each) => divisor % each === 0) ?? 1;
  return multiple / scale;
}

/** Whether a value is whole but for the error of the multiplication that made it. */
function isWhole(value: number): boolean {
  return Math.abs(value - Math.round(value)) <= Math.abs(value) * 4 * Number.EPSILON;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** The tick that the newest of a series' bars show, read again when they are others. */
export class ShownTick {
  #first: Bar | undefined;
  #last: Bar | undefined;
  #tick: number | null = null;

  of(bars: readonly Bar[]): number | null {
    const newest = bars.slice(-NEWEST);
    const [first, last] = [newest[0], newest.at(-1)];
    if (first === this.#first && last === this.#last) return this.#tick;
    this.#first = first;
    this.#last = last;
    this.#tick = tickOf(newest.flatMap(({ open, high, low, close }) => [open, high, low, close]));
    return this.#tick;
  }
}
