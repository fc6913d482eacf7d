// Owns intervals and p values by the block bootstrap: percentiles for what is measured of a sample, and the studentised
// bootstrap for means, which keeps its level with as few blocks as a market has weeks.

import type { Blocks } from './blocks.js';
import type { ResultSample, Weights } from './sample.js';

/** A figure with the ends of its 95% interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export const LEVEL = 0.95;

/** The linearly interpolated quantile of ascending values (Hyndman and Fan's type 7); NaN of none. */
export function quantile(ascending: ArrayLike<number>, share: number): number {
  const place = (ascending.length - 1) * share;
  const below = Math.floor(place);
  const [low, high] = [ascending[below] ?? Number.NaN, ascending[Math.ceil(place)] ?? Number.NaN];
  return low === high ? low : low + (high - low) * (place - below);
}

/** Any figure of drawn blocks with its percentile interval. */
export function percentileEstimate(
  figure: (weights: Weights) => number,
  draws: readonly Uint16Array[],
  level = LEVEL,
): Estimate {
  const drawn = Float64Array.from(draws, figure)
    .filter((value) => !Number.isNaN(value))
    .sort();
  const rest = (1 - level) / 2;
  return { value: figure(null), low: quantile(drawn, rest), high: quantile(drawn, 1 - rest) };
}

/** A mean with its standard error, and what the bootstrap says of both. */
export interface MeanTest extends Estimate {
  readonly standardError: number;
  /** Two-sided, of a mean of 0. */
  readonly p: number;
  /** Half the width of an interval of another level, in the mean's unit. */
  halfWidth(level: number): number;
}

/**
 * The mean of a sample by the symmetric studentised block bootstrap. Where a stratum has one block nothing is known of its
 * variation: the interval is endless then, as it is where the blocks are so few that many samples repeat one.
 */
export function meanTest(sample: ResultSample, draws: readonly Uint16Array[]): MeanTest {
  const { totals, blocks } = sample;
  const value = sample.mean();
  const standardError = errorOf(totals, blocks, value, null);
  const ratios = Float64Array.from(draws, (weights) => {
    const mean = sample.mean(weights);
    return ratio(Math.abs(mean - value), errorOf(totals, blocks, mean, weights));
  }).sort();
  const halfWidth = (level: number) => {
    if (!Number.isFinite(standardError)) return standardError;
    return standardError === 0 ? 0 : quantile(ratios, level) * standardError;
  };
  const beyond = ratios.length - countBelow(ratios, ratio(Math.abs(value), standardError));
  const half = halfWidth(LEVEL);
  return {
    value,
    low: value - half,
    high: value + half,
    standardError,
    p: (beyond + 1) / (ratios.length + 1),
    halfWidth,
  };
}

/** The standard error of a ratio of block totals, stratum by stratum. */
function errorOf(
  { sums, sizes }: ResultSample['totals'],
  { strata }: Blocks,
  mean: number,
  weights: Weights,
): number {
  let variance = 0;
  let size = 0;
  for (const stratum of strata) {
    let sum = 0;
    let squares = 0;
    for (const block of stratum) {
      const times = weights === null ? 1 : (weights[block] ?? 0);
      const count = sizes[block] ?? 0;
      const rest = (sums[block] ?? 0) - mean * count;
      sum += times * rest;
      squares += times * rest * rest;
      size += times * count;
    }
    const count = stratum.length;
    if (count < 2) return Number.POSITIVE_INFINITY;
    variance += (count / (count - 1)) * Math.max(0, squares - (sum * sum) / count);
  }
  return Math.sqrt(variance) / size;
}

/** A difference in standard errors; one without an error is endless, and none is none. */
function ratio(difference: number, error: number): number {
  if (difference < 1e-12) return 0;
  return error === 0 ? Number.POSITIVE_INFINITY : difference / error;
}

/** How many ascending values are below one. */
function countBelow(ascending: Float64Array, value: number): number {
  const place = ascending.findIndex((each) => each >= value);
  return place < 0 ? ascending.length : place;
}
