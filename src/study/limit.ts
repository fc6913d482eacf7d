// Owns which variant surely limits the worst results more than a smaller size does.
import type { Drawing, Effect, Outcomes } from '../statistics/effects.js';
import type { Estimate } from '../statistics/intervals.js';
import { tailDifference } from '../statistics/tails.js';
import { LEAST_BLOCKS } from './decision.js';

export interface Limit {
  readonly variant: string;
  /** Its worst 5% less that of the trades left alone at the size that deviates as little; for all candidates at once. */
  readonly worst5: Estimate;
}

/** Of the candidates that surely cost less than what is worth having, the one that surely limits most. */
export function limitOf(
  worthwhileR: number,
  outcomes: Outcomes,
  effects: readonly Effect[],
  drawing: Drawing,
): Limit | null {
  if (drawing.blocks.count < LEAST_BLOCKS) return null;
  const candidates = effects.filter(({ role }) => role === 'candidate');
  const level = 1 - 0.05 / Math.max(1, candidates.length);
  const limits = candidates.flatMap(({ name, gain, jointHalf }): Limit[] => {
    const results = outcomes.variants.find((variant) => variant.name === name)?.results;
    if (results === undefined || gain.value - jointHalf <= -worthwhileR) return [];
    const worst5 = tailDifference(results, outcomes.alone, 0.05, 'same deviation', drawing, level);
    return worst5.low > 0 ? [{ variant: name, worst5 }] : [];
  });
  return limits.sort((a, b) => b.worst5.value - a.worst5.value)[0] ?? null;
}
