// Owns what is measured of results in R: of one way to defend by itself, and against the same trades left alone.
import { deepestFall, drawnFalls, type Stretch } from './drawdown.js';
import type { Drawing, Effect } from './effects.js';
import { type Estimate, type MeanTest, meanTest, percentileEstimate, quantile } from './intervals.js';
import { ResultSample } from './sample.js';
import { tailDifference } from './tails.js';

/** A difference of this much or less, in R, is none. */
const SAME = 0.005;
/** Orders of its blocks in which a set's running sum is looked at. */
const FALLS = 200;

/** What is measured of one variant's results, and of the trades left alone. */
export interface Figures {
  readonly name: string;
  readonly mean: number;
  readonly median: number;
  readonly deviation: number;
  readonly downside: number;
  /** Means of the worst 5% and 20%. */
  readonly worst5: number;
  readonly worst20: number;
  /** Of a seed's trades, what is open at the prices of the moment: the mean over sets and seeds, and over drawn orders. */
  readonly drawdown: number;
  readonly drawnDrawdown: { readonly median: number; readonly high: number };
}

/** What a variant changed. Differences are the variant's less those of the trades left alone. */
export interface ComparedFigures extends Figures {
  readonly effect: Effect;
  readonly medianDifference: Estimate;
  readonly worst5Difference: Estimate;
  readonly worst20Difference: Estimate;
  /** Its worst 5% less that of the trades left alone at the size that deviates as little. */
  readonly worst5BeyondSize: Estimate;
  /** The size at which the trades left alone have the same worst 5%, and its mean less theirs at that size. */
  readonly tailSize: number;
  readonly beyondTailSize: MeanTest;
  readonly helped: number;
  readonly hurt: number;
}

/** What a variant made of the same trades. */
export function compared(
  figures: Figures,
  effect: Effect,
  results: readonly number[],
  alone: readonly number[],
  aloneFigures: Figures,
  drawing: Drawing,
): ComparedFigures {
  const { blocks, draws } = drawing;
  const [own, left] = [new ResultSample(results, blocks), new ResultSample(alone, blocks)];
  const differences = results.map((result, index) => result - (alone[index] ?? 0));
  const shareOf = (isMeant: (difference: number) => boolean) =>
    differences.filter(isMeant).length / differences.length;
  const tailSize = Math.min(1, Math.max(0, figures.worst5 / aloneFigures.worst5));
  const beyond = results.map((result, index) => result - tailSize * (alone[index] ?? 0));
  return {
    ...figures,
    effect,
    medianDifference: percentileEstimate((weights) => own.median(weights) - left.median(weights), draws),
    worst5Difference: tailDifference(results, alone, 0.05, 'whole', drawing),
    worst20Difference: tailDifference(results, alone, 0.2, 'whole', drawing),
    worst5BeyondSize: tailDifference(results, alone, 0.05, 'same deviation', drawing),
    tailSize,
    beyondTailSize: meanTest(new ResultSample(beyond, blocks), draws),
    helped: shareOf((difference) => difference > SAME),
    hurt: shareOf((difference) => difference < -SAME),
  };
}

/** @param sums - the running sums of its results, one for each set and seed. */
export function figuresOf(
  name: string,
  results: readonly number[],
  sums: readonly (readonly Stretch[])[],
  { blocks }: Drawing,
  random: () => number,
): Figures {
  const sample = new ResultSample(results, blocks);
  const falls = Float64Array.from(
    sums.flatMap((stretches) => [...drawnFalls(stretches, FALLS, random)]),
  ).sort();
  return {
    name,
    mean: sample.mean(),
    median: sample.median(),
    deviation: sample.deviation(),
    downside: sample.downside(),
    worst5: sample.tail(0.05),
    worst20: sample.tail(0.2),
    drawdown: sums.reduce((sum, stretches) => sum + deepestFall(stretches), 0) / Math.max(1, sums.length),
    drawnDrawdown: { median: quantile(falls, 0.5), high: quantile(falls, 0.95) },
  };
}
