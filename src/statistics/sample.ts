// Owns what is measured of a sample of results, as it is or with its blocks drawn again: mean, deviations, quantiles and the
// means of tails.

import type { Blocks } from './blocks.js';

/** How often each block counts; null counts each once. */
export type Weights = Uint16Array | null;

/** Values in ascending order, and the block of each. */
interface Order {
  readonly ascending: Float64Array;
  readonly blockOf: Int32Array;
}

export class ResultSample {
  readonly #blocks: Blocks;
  readonly #sizes: Float64Array;
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;
  readonly #losses: Float64Array;
  readonly #values: readonly number[];
  /** Made when it is first asked for: means need none. */
  #order: Order | null = null;

  constructor(values: readonly number[], blocks: Blocks) {
    this.#blocks = blocks;
    this.#sizes = blocks.sums(values.map(() => 1));
    this.#sums = blocks.sums(values);
    this.#squares = blocks.sums(values.map((value) => value * value));
    this.#losses = blocks.sums(values.map((value) => Math.min(0, value) ** 2));
    this.#values = values;
  }

  get blocks(): Blocks {
    return this.#blocks;
  }

  /** Sums and sizes by block. */
  get totals(): { readonly sums: Float64Array; readonly sizes: Float64Array } {
    return { sums: this.#sums, sizes: this.#sizes };
  }

  size(weights: Weights = null): number {
    return dot(this.#sizes, weights);
  }

  mean(weights: Weights = null): number {
    return dot(this.#sums, weights) / this.size(weights);
  }

  /** With n in the denominator. */
  deviation(weights: Weights = null): number {
    const mean = this.mean(weights);
    return Math.sqrt(Math.max(0, dot(this.#squares, weights) / this.size(weights) - mean * mean));
  }

  /** The root of the mean square of what is below 0. */
  downside(weights: Weights = null): number {
    return Math.sqrt(dot(this.#losses, weights) / this.size(weights));
  }

  /** The mean of the two values in the middle, or of the one. */
  median(weights: Weights = null): number {
    const size = this.size(weights);
    return (this.#at(Math.floor((size - 1) / 2), weights) + this.#at(Math.floor(size / 2), weights)) / 2;
  }

  /** The mean of the worst `share`, at least one value: CVaR, or expected shortfall, as a result. */
  tail(share: number, weights: Weights = null): number {
    const count = Math.max(1, Math.ceil(this.size(weights) * share - 1e-9));
    const { ascending, blockOf } = this.#ordered;
    let left = count;
    let sum = 0;
    for (let place = 0; left > 0 && place < ascending.length; place += 1) {
      const times = Math.min(left, weights === null ? 1 : (weights[blockOf[place] ?? 0] ?? 0));
      sum += times * (ascending[place] ?? 0);
      left -= times;
    }
    return sum / count;
  }

  /** The value of this rank, from 0. */
  #at(rank: number, weights: Weights): number {
    const { ascending, blockOf } = this.#ordered;
    let passed = 0;
    for (let place = 0; place < ascending.length; place += 1) {
      passed += weights === null ? 1 : (weights[blockOf[place] ?? 0] ?? 0);
      if (passed > rank) return ascending[place] ?? Number.NaN;
    }
    return Number.NaN;
  }

  get #ordered(): Order {
    this.#order ??= orderOf(this.#values, this.#blocks);
    return this.#order;
  }
}

function orderOf(values: readonly number[], blocks: Blocks): Order {
  const places = Int32Array.from(values.keys()).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  return {
    ascending: Float64Array.from(places, (place) => values[place] ?? 0),
    blockOf: Int32Array.from(places, (place) => blocks.of[place] ?? 0),
  };
}

function dot(values: Float64Array, weights: Weights): number {
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) {
    sum += (values[index] ?? 0) * (weights === null ? 1 : (weights[index] ?? 0));
  }
  return sum;
}
