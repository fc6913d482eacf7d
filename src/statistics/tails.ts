// Owns what became of the worst results, against those of the same trades left alone at the same size or at a smaller one.
import type { Blocks } from './blocks.js';
import type { Drawing } from './effects.js';
import { type Estimate, LEVEL, percentileEstimate } from './intervals.js';
import { ResultSample, type Weights } from './sample.js';

/** At which size trades left alone are compared. */
export type ComparedSize = 'whole' | 'same deviation';

/**
 * The mean of the worst `share`, less that of the trades left alone, as they are or at the size, at most 1, at which they
 * deviate as little; that size is drawn again with them.
 */
export function tailDifference(
  results: readonly number[],
  alone: readonly number[],
  share: number,
  size: ComparedSize,
  { blocks, draws }: Drawing,
  level = LEVEL,
): Estimate {
  return percentileEstimate(tailFigure(results, alone, share, size, blocks), draws, level);
}

/** The same as a figure of drawn blocks. */
export function tailFigure(
  results: readonly number[],
  alone: readonly number[],
  share: number,
  size: ComparedSize,
  blocks: Blocks,
): (weights: Weights) => number {
  const [own, left] = [new ResultSample(results, blocks), new ResultSample(alone, blocks)];
  const sizeOf = (weights: Weights) =>
    size === 'whole' ? 1 : Math.min(1, own.deviation(weights) / (left.deviation(weights) || 1));
  return (weights) => own.tail(share, weights) - sizeOf(weights) * left.tail(share, weights);
}
