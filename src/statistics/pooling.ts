// Owns what several tests say together: Holm's correction for many variants, and the mean effect over several markets.

import type { Estimate } from './intervals.js';

/** Of a normal distribution, 97.5%. */
const Z = 1.959963984540054;
/** What a float's tail may leave of an error that is none. */
const NO_ERROR = 1e-9;

/** p values as they are when so many were tried (Holm 1979): in the order given, each at most 1. */
export function holm(values: readonly number[]): readonly number[] {
  const order = [...values.keys()].sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const adjusted = new Array<number>(values.length).fill(1);
  let least = 0;
  for (const [rank, index] of order.entries()) {
    least = Math.max(least, Math.min(1, (values[index] ?? 1) * (values.length - rank)));
    adjusted[index] = least;
  }
  return adjusted;
}

export interface PooledEffect extends Estimate {
  /** The variance of the effect between markets. */
  readonly betweenVariance: number;
  /** The share of the variation that is between markets, 0 to 1. */
  readonly heterogeneity: number;
}

/**
 * The mean effect of independent markets under random effects (DerSimonian and Laird 1986, Controlled Clinical Trials 7:177).
 * Markets whose standard error is endless say nothing. null of none, and where a market has no error: it would count endlessly.
 */
export function pooledEffect(
  markets: readonly { readonly value: number; readonly standardError: number }[],
): PooledEffect | null {
  const effects = markets.filter(({ standardError }) => standardError !== Number.POSITIVE_INFINITY);
  if (effects.length === 0 || effects.some(({ standardError }) => !(standardError > NO_ERROR))) return null;
  const fixed = effects.map(({ standardError }) => 1 / standardError ** 2);
  const sum = total(fixed);
  const mean = total(effects.map(({ value }, index) => value * (fixed[index] ?? 0))) / sum;
  const q = total(effects.map(({ value }, index) => (fixed[index] ?? 0) * (value - mean) ** 2));
  const freedom = effects.length - 1;
  const scale = sum - total(fixed.map((weight) => weight * weight)) / sum;
  const betweenVariance = freedom === 0 ? 0 : Math.max(0, (q - freedom) / scale);
  const weights = effects.map(({ standardError }) => 1 / (standardError ** 2 + betweenVariance));
  const value = total(effects.map((effect, index) => effect.value * (weights[index] ?? 0))) / total(weights);
  const half = Z / Math.sqrt(total(weights));
  const heterogeneity = q > freedom ? (q - freedom) / q : 0;
  return { value, low: value - half, high: value + half, betweenVariance, heterogeneity };
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
