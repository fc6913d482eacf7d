// Owns what the hold-out says of a fitted candidate: whether it is recommended, by a rule that is written beside it. The
// hold-out is simulated for that candidate alone, after all choosing is done.
import { seededRandom } from '../../broker/seeded-random.js';
import { fixed, signed as withSign } from '../../domain/number-text.js';
import { drawingOf, effectsOf, type Outcomes } from '../../statistics/effects.js';
import { type Estimate, type MeanTest, meanTest } from '../../statistics/intervals.js';
import { ResultSample } from '../../statistics/sample.js';
import { tailDifference } from '../../statistics/tails.js';
import { LEAST_BLOCKS } from '../decision.js';
import type { Goal } from './fit.js';

const SIGNIFICANT = 0.05;

export interface Judging {
  readonly goal: Goal;
  /** How many fits this hold-out has been opened for, this one included: each is a try. */
  readonly openings: number;
  readonly worthwhileR: number;
  readonly draws: number;
  readonly seed: number;
}

/** What the hold-out showed. Differences are the candidate's less those of the trades left alone. */
export interface HoldOutResult {
  readonly trades: number;
  readonly blocks: number;
  readonly openings: number;
  readonly gain: MeanTest;
  /** p of the gain times the openings, at most 1. */
  readonly corrected: number;
  /** Its mean less that of the trades left alone at the size that deviates as little. */
  readonly beyondSize: MeanTest;
  /** Its mean less that of the same plan with an old score; null for rules. */
  readonly beyondControl: MeanTest | null;
  /** Its worst 5% less that of the trades left alone at the size that deviates as little, by an interval for all openings. */
  readonly worst5: Estimate;
}

export interface HoldOutVerdict {
  readonly isSupported: boolean;
  /** Why, for a person. */
  readonly because: string;
  readonly result: HoldOutResult;
}

/** The rule in words. */
export function verdictRule(goal: Goal, worthwhileR: number): string {
  const blocks = `at least ${LEAST_BLOCKS} weeks, or days where there are fewer weeks`;
  if (goal === 'limit') {
    return `Recommended: in the hold-out, of ${blocks}, the worst 5% is better than that of the same trades left alone at the size of the same deviation, and the mean costs less than ${worthwhileR} R a trade, both by 95% intervals that hold for every fit the hold-out was opened for.`;
  }
  return `Recommended: in the hold-out, of ${blocks}, it gains over the same trades left alone, p at most ${SIGNIFICANT} times the fits the hold-out was opened for, over the same trades at the size of the same deviation, and, where it goes by the score, over the same plan with a score a day old, both by 95% intervals above 0.`;
}

/** @param outcomes - of the hold-out: the one candidate first, then its control where it has one. */
export function judge(outcomes: Outcomes, judging: Judging): HoldOutVerdict {
  const { goal, openings, worthwhileR, draws, seed } = judging;
  const drawing = drawingOf(outcomes.places, draws, seededRandom(seed));
  const [effect] = effectsOf(outcomes, drawing);
  const results = outcomes.variants[0]?.results;
  if (effect === undefined || results === undefined) throw new Error('a hold-out without a candidate');
  const level = 1 - SIGNIFICANT / openings;
  const differences = results.map((result, place) => result - (outcomes.alone[place] ?? 0));
  const half = meanTest(new ResultSample(differences, drawing.blocks), drawing.draws).halfWidth(level);
  const result: HoldOutResult = {
    trades: results.length,
    blocks: drawing.blocks.count,
    openings,
    gain: effect.gain,
    corrected: Math.min(1, effect.gain.p * openings),
    beyondSize: effect.beyondSize,
    beyondControl: effect.beyondControl,
    worst5: tailDifference(results, outcomes.alone, 0.05, 'same deviation', drawing, level),
  };
  const objection = objectionTo(result, goal, half, worthwhileR);
  return { isSupported: objection === null, because: objection ?? praise(result, goal), result };
}

/** What speaks against it; null for nothing. */
function objectionTo(result: HoldOutResult, goal: Goal, half: number, worthwhileR: number): string | null {
  const { blocks, gain, corrected, beyondSize, beyondControl, worst5 } = result;
  if (blocks < LEAST_BLOCKS) return `the hold-out has ${blocks} blocks, and it takes ${LEAST_BLOCKS}`;
  if (goal === 'limit') {
    if (!(worst5.low > 0))
      return `the worst 5% is not surely better than at a smaller size: ${rangeText(worst5)}`;
    const cost = gain.value - half;
    return cost > -worthwhileR ? null : `it may cost up to ${fixed(-cost, 3)} R a trade`;
  }
  if (!(gain.value > 0 && corrected <= SIGNIFICANT))
    return `it does not surely gain: ${rangeText(gain)}, p ${fixed(corrected, 3)} for ${openingsText(result.openings)}`;
  if (!(beyondSize.low > 0)) return `a smaller size may do as well: ${rangeText(beyondSize)}`;
  if (beyondControl !== null && !(beyondControl.low > 0))
    return `the same plan with a score a day old may do as well: ${rangeText(beyondControl)}`;
  return null;
}

function praise({ gain, worst5 }: HoldOutResult, goal: Goal): string {
  if (goal === 'gain') return `it gains ${rangeText(gain)}`;
  return `the worst 5% is ${rangeText(worst5)} better than at a smaller size, and the mean differs by ${rangeText(gain)}`;
}

function openingsText(openings: number): string {
  return openings === 1 ? 'one opening' : `${openings} openings`;
}

function rangeText({ value, low, high }: Estimate): string {
  return `${signed(value)} R, ${signed(low)} to ${signed(high)}`;
}

/** With three decimals and a sign. */
const signed = (value: number): string => withSign(value, 3);
