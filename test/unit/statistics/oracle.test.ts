// The statistics of a study against scipy, statsmodels and scikit-learn; oracle/make.py made what is expected.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/broker/seeded-random.js';
import { Blocks } from '../../../src/statistics/blocks.js';
import { meanTest, quantile } from '../../../src/statistics/intervals.js';
import { holm, pooledEffect } from '../../../src/statistics/pooling.js';
import { Ranking } from '../../../src/statistics/ranking.js';
import { ResultSample } from '../../../src/statistics/sample.js';

const oracle = JSON.parse(readFileSync(new URL('oracle/oracle.json', import.meta.url), 'utf8'));
const { expected } = oracle;
const blocks = new Blocks(oracle.groups.map((block: number) => ({ stratum: 'one', block })));
const sample = new ResultSample(oracle.values, blocks);

describe('against independent implementations', () => {
  it('mean, median, deviations and tails', () => {
    const found = {
      mean: sample.mean(),
      median: sample.median(),
      deviation: sample.deviation(),
      downside: sample.downside(),
      worst5: sample.tail(0.05),
      worst20: sample.tail(0.2),
    };
    for (const [name, value] of Object.entries(found)) expect(value, name).toBeCloseTo(expected[name], 10);
  });

  it('quantiles', () => {
    const ascending = [...oracle.values].sort((a, b) => a - b);
    for (const [share, value] of Object.entries(expected.quantiles)) {
      expect(quantile(ascending, Number(share)), share).toBeCloseTo(Number(value), 10);
    }
  });

  it('the standard error of a mean of clusters, and near its p value by the t distribution', () => {
    const test = meanTest(sample, blocks.draws(4000, seededRandom(7)));
    expect(test.standardError).toBeCloseTo(expected.clustered_error, 10);
    expect(Math.abs(test.p - expected.clustered_p_t)).toBeLessThan(0.03);
  });

  it('the area under a ROC curve, with equal scores', () => {
    const area = new Ranking(oracle.scores, oracle.events, blocks).area();
    expect(area).toBeCloseTo(expected.auc, 10);
    expect(area).toBeCloseTo(expected.mann_whitney_auc, 10);
  });

  it("Holm's correction", () => {
    const found = holm(oracle.p_values);
    for (const [index, value] of found.entries()) expect(value).toBeCloseTo(expected.holm[index], 10);
  });

  it('random effects by DerSimonian and Laird', () => {
    const effects = oracle.effects.map((value: number, index: number) => ({
      value,
      standardError: oracle.errors[index],
    }));
    const found = pooledEffect(effects);
    expect(found?.value).toBeCloseTo(expected.pooled.value, 8);
    expect(found?.low).toBeCloseTo(expected.pooled.low, 8);
    expect(found?.high).toBeCloseTo(expected.pooled.high, 8);
    expect(found?.betweenVariance).toBeCloseTo(expected.pooled.between_variance, 8);
    expect(found?.heterogeneity).toBeCloseTo(expected.pooled.heterogeneity, 8);
  });
});
