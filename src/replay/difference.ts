// Owns how sure the difference is that defence made in a replay: trades of one week share a market, so whole weeks are drawn
// again, or days where there are few weeks.
import { seededRandom } from '../broker/seeded-random.js';
import { type BlockLength, Blocks, blockAt, blockLengthOf } from '../statistics/blocks.js';
import { type Estimate, meanTest, percentileEstimate } from '../statistics/intervals.js';
import { ResultSample } from '../statistics/sample.js';

const DRAWS = 1000;
const SEED = 1;

/** A trade's results in R with DTMS and without. */
export interface ResultPair {
  /** UTC ms. */
  readonly enteredAt: number;
  readonly withDtms: number;
  readonly without: number;
}

/** With DTMS less without, in R; field names are those of the summary file. */
export interface DifferenceEstimate {
  readonly value: number;
  /** Ends of the 95% interval; null where the blocks are too few for one. */
  readonly low: number | null;
  readonly high: number | null;
}

export interface Difference {
  readonly mean_r: DifferenceEstimate;
  readonly worst_5pct_r: DifferenceEstimate;
  /** Two-sided, of no difference of the means. */
  readonly p: number;
  readonly block: BlockLength;
  readonly blocks: number;
}

/** null without trades. Their order does not matter. */
export function differenceOf(pairs: readonly ResultPair[]): Difference | null {
  if (pairs.length === 0) return null;
  const ordered = pairs.toSorted(
    (a, b) => a.enteredAt - b.enteredAt || a.without - b.without || a.withDtms - b.withDtms,
  );
  const block = blockLengthOf(ordered.map(({ enteredAt }) => enteredAt));
  const blocks = new Blocks(
    ordered.map(({ enteredAt }) => ({ stratum: '', block: blockAt(enteredAt, block) })),
  );
  const draws = blocks.draws(DRAWS, seededRandom(SEED));
  const sample = (of: (pair: ResultPair) => number) => new ResultSample(ordered.map(of), blocks);
  const mean = meanTest(
    sample((pair) => pair.withDtms - pair.without),
    draws,
  );
  const [guarded, alone] = [sample((pair) => pair.withDtms), sample((pair) => pair.without)];
  const worst = percentileEstimate(
    (weights) => guarded.tail(0.05, weights) - alone.tail(0.05, weights),
    draws,
  );
  return {
    mean_r: estimated(mean),
    // Percentiles of one block drawn again and again would be a point.
    worst_5pct_r: estimated(blocks.count > 1 ? worst : { ...worst, low: Number.NaN, high: Number.NaN }),
    p: rounded(mean.p),
    block,
    blocks: blocks.count,
  };
}

function estimated({ value, low, high }: Estimate): DifferenceEstimate {
  const known = (end: number) => (Number.isFinite(end) ? rounded(end) : null);
  return { value: rounded(value), low: known(low), high: known(high) };
}

/** Enough places for any reading, and free of the noise of summing in another order. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
