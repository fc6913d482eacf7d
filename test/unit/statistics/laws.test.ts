// Laws of the statistics: what a drawn sample measures is what the sample written out would, and blocks stay together.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/broker/seeded-random.js';
import { Blocks, blockAt, blockLengthOf } from '../../../src/statistics/blocks.js';
import { deepestFall, drawnFalls, NO_STRETCH, stepped } from '../../../src/statistics/drawdown.js';
import { meanTest, percentileEstimate } from '../../../src/statistics/intervals.js';
import { holm, pooledEffect } from '../../../src/statistics/pooling.js';
import { Ranking } from '../../../src/statistics/ranking.js';
import { ResultSample } from '../../../src/statistics/sample.js';

const observations = fc.array(
  fc.record({
    value: fc.integer({ min: -400, max: 400 }).map((value) => value / 100),
    block: fc.integer({ min: 0, max: 5 }),
    stratum: fc.constantFrom('one', 'other'),
  }),
  { minLength: 1, maxLength: 40 },
);
const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe('a drawn sample', () => {
  it('measures what it would, written out', () => {
    fc.assert(
      fc.property(observations, seeds, (seen, seed) => {
        const blocks = new Blocks(seen);
        const sample = new ResultSample(
          seen.map(({ value }) => value),
          blocks,
        );
        const [weights = null] = blocks.draws(1, seededRandom(seed));
        const written = seen.flatMap(({ value }, index) =>
          Array.from({ length: weights?.[blocks.of[index] ?? 0] ?? 0 }, () => value),
        );
        const own = new ResultSample(written, new Blocks(written.map(() => ({ stratum: '', block: 0 }))));
        expect(sample.size(weights)).toBe(written.length);
        for (const figure of [
          (of: ResultSample, w: Uint16Array | null) => of.mean(w),
          (of: ResultSample, w: Uint16Array | null) => of.median(w),
          (of: ResultSample, w: Uint16Array | null) => of.deviation(w),
          (of: ResultSample, w: Uint16Array | null) => of.downside(w),
          (of: ResultSample, w: Uint16Array | null) => of.tail(0.05, w),
          (of: ResultSample, w: Uint16Array | null) => of.tail(0.2, w),
        ]) {
          expect(figure(sample, weights)).toBeCloseTo(figure(own, null), 6);
        }
      }),
    );
  });

  it('has as many blocks of each stratum as there are', () => {
    fc.assert(
      fc.property(observations, seeds, (seen, seed) => {
        const blocks = new Blocks(seen);
        const [weights] = blocks.draws(1, seededRandom(seed));
        for (const stratum of blocks.strata) {
          expect(stratum.reduce((sum, block) => sum + (weights?.[block] ?? 0), 0)).toBe(stratum.length);
        }
      }),
    );
  });

  it('ranks as it would, written out', () => {
    const scored = fc.array(
      fc.record({
        score: fc.integer({ min: -3, max: 3 }),
        event: fc.boolean(),
        block: fc.integer({ min: 0, max: 3 }),
      }),
      { minLength: 2, maxLength: 25 },
    );
    fc.assert(
      fc.property(scored, seeds, (seen, seed) => {
        const blocks = new Blocks(seen.map(({ block }) => ({ stratum: '', block })));
        const [weights = null] = blocks.draws(1, seededRandom(seed));
        const ranking = new Ranking(
          seen.map(({ score }) => score),
          seen.map(({ event }) => event),
          blocks,
        );
        let [pairs, above] = [0, 0];
        for (const [one, left] of seen.entries()) {
          for (const [other, right] of seen.entries()) {
            if (!left.event || right.event) continue;
            const times = (weights?.[blocks.of[one] ?? 0] ?? 0) * (weights?.[blocks.of[other] ?? 0] ?? 0);
            pairs += times;
            above += times * (left.score > right.score ? 1 : left.score === right.score ? 0.5 : 0);
          }
        }
        if (pairs === 0) expect(ranking.area(weights)).toBeNaN();
        else expect(ranking.area(weights)).toBeCloseTo(above / pairs, 9);
      }),
    );
  });
});

describe('intervals', () => {
  const many = Array.from({ length: 200 }, (_, index) => ({ stratum: 'one', block: index % 20 }));
  const blocks = new Blocks(many);
  const draws = blocks.draws(500, seededRandom(3));

  it('contain the figure of a mean, are symmetric about it, and widen with their level', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -300, max: 300 }), { minLength: 200, maxLength: 200 }),
        (cents) => {
          const test = meanTest(
            new ResultSample(
              cents.map((value) => value / 100),
              blocks,
            ),
            draws,
          );
          expect(test.high - test.value).toBeCloseTo(test.value - test.low, 9);
          expect(test.high).toBeGreaterThanOrEqual(test.low);
          expect(test.halfWidth(0.99)).toBeGreaterThanOrEqual(test.halfWidth(0.95));
          expect(test.p).toBeGreaterThan(0);
          expect(test.p).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('say nothing of differences that are none, and are sure of those without variation', () => {
    const same = meanTest(
      new ResultSample(
        many.map(() => 0),
        blocks,
      ),
      draws,
    );
    expect([same.value, same.low, same.high, same.p]).toEqual([0, 0, 0, 1]);
    const sure = meanTest(
      new ResultSample(
        many.map(() => 0.1),
        blocks,
      ),
      draws,
    );
    expect(sure.p).toBeCloseTo(1 / 501, 9);
    expect(sure.low).toBeCloseTo(0.1, 9);
  });

  it('are endless where a stratum has one block: nothing is known of its variation', () => {
    const alone = new Blocks([...many, { stratum: 'other', block: 0 }]);
    const test = meanTest(
      new ResultSample(
        [...many, null].map((_, index) => index % 3),
        alone,
      ),
      alone.draws(200, seededRandom(1)),
    );
    expect([test.low, test.high, test.p]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 1]);
    expect(pooledEffect([test, { value: 0.2, standardError: 0.1 }])?.value).toBeCloseTo(0.2, 12);
    expect(pooledEffect([test])).toBeNull();
  });

  it('of a tail lie about it', () => {
    const values = many.map((_, index) => Math.sin(index * 7.3));
    const sample = new ResultSample(values, blocks);
    const { value, low, high } = percentileEstimate((weights) => sample.tail(0.05, weights), draws);
    expect(low).toBeLessThanOrEqual(value);
    expect(high).toBeGreaterThanOrEqual(value);
  });
});

describe('blocks of time', () => {
  it('are weeks from Monday, or days where there are too few weeks', () => {
    const at = (day: number) => Date.UTC(2025, 0, day);
    expect(blockAt(at(6), 'week')).toBe(blockAt(at(12) + 86_399_999, 'week'));
    expect(blockAt(at(13), 'week')).toBe(blockAt(at(6), 'week') + 1);
    expect(blockLengthOf([at(6), at(20)])).toBe('day');
    expect(blockLengthOf(Array.from({ length: 12 }, (_, week) => at(6 + 7 * week)))).toBe('week');
  });
});

describe('drawdown', () => {
  const steps = fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 40 });
  const stretch = (values: readonly number[]) => values.reduce(stepped, NO_STRETCH);

  it('is the deepest fall from a peak, however the sum is cut', () => {
    fc.assert(
      fc.property(steps, fc.nat(40), (values, cut) => {
        let [sum, peak, fall] = [0, 0, 0];
        for (const step of values) {
          sum += step;
          peak = Math.max(peak, sum);
          fall = Math.max(fall, peak - sum);
        }
        expect(deepestFall([stretch(values)])).toBe(fall);
        expect(deepestFall([stretch(values.slice(0, cut)), stretch(values.slice(cut))])).toBe(fall);
      }),
    );
  });

  it('of drawn orders is never less than that of any stretch alone could be, and none without steps', () => {
    expect([...drawnFalls([], 3, seededRandom(1))]).toEqual([0, 0, 0]);
    const falls = drawnFalls([stretch([-2]), stretch([-2])], 5, seededRandom(1));
    expect([...falls]).toEqual([4, 4, 4, 4, 4]);
  });
});

describe('many tests', () => {
  it('are corrected upwards, in their order, and never above 1', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 9 }),
        (values) => {
          const corrected = holm(values);
          for (const [index, value] of corrected.entries()) {
            expect(value).toBeGreaterThanOrEqual(values[index] ?? 0);
            expect(value).toBeLessThanOrEqual(1);
            for (const [other, another] of corrected.entries()) {
              if ((values[other] ?? 0) > (values[index] ?? 0)) expect(another).toBeGreaterThanOrEqual(value);
            }
          }
        },
      ),
    );
  });

  it('over markets: one is itself, equal ones are surer, none is none', () => {
    expect(pooledEffect([])).toBeNull();
    const sure = { value: 1, standardError: 0 };
    expect(pooledEffect([{ value: 0.2, standardError: 0.1 }, sure])).toBeNull();
    const one = pooledEffect([{ value: 0.2, standardError: 0.1 }]);
    expect(one?.value).toBeCloseTo(0.2, 12);
    expect(one?.high).toBeCloseTo(0.2 + 1.959964 * 0.1, 5);
    const four = pooledEffect(Array.from({ length: 4 }, () => ({ value: 0.2, standardError: 0.1 })));
    expect(four?.high).toBeCloseTo(0.2 + 1.959964 * 0.05, 5);
    expect(four?.heterogeneity).toBe(0);
  });
});
