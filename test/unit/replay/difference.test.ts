// The difference a replay tells: its interval is of whole weeks, not of trades that depend on each other.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differenceOf, type ResultPair } from '../../../src/replay/difference.js';

const WEEK = 7 * 86_400_000;
const pairsOf = fc.array(
  fc.record({
    enteredAt: fc.integer({ min: 0, max: 20 }).map((week) => week * WEEK),
    withDtms: fc.integer({ min: -200, max: 200 }).map((value) => value / 100),
    without: fc.integer({ min: -200, max: 200 }).map((value) => value / 100),
  }),
  { minLength: 1, maxLength: 30 },
);

describe('the difference', () => {
  it('is that of the means, within its interval, in any order of the trades', () => {
    fc.assert(
      fc.property(pairsOf, (pairs) => {
        const found = differenceOf(pairs);
        const sum = pairs.reduce((all, { withDtms, without }) => all + withDtms - without, 0);
        expect(found?.mean_r.value).toBeCloseTo(sum / pairs.length, 5);
        const { low = null, high = null } = found?.mean_r ?? {};
        if (low !== null && high !== null) expect(high).toBeGreaterThanOrEqual(low);
        expect(differenceOf([...pairs].reverse())).toEqual(found);
      }),
      { numRuns: 20 },
    );
  });

  it('is surer of many weeks than of one that is counted often', () => {
    const week = (number: number): ResultPair[] => {
      const gain = number % 2 === 0 ? 0.5 : -0.3;
      return Array.from({ length: 50 }, () => ({ enteredAt: number * WEEK, withDtms: gain, without: 0 }));
    };
    const weeks = Array.from({ length: 20 }, (_, number) => week(number)).flat();
    const found = differenceOf(weeks);
    // As if the thousand trades were independent, 0.1 would be far from chance.
    expect(found).toMatchObject({ block: 'week', blocks: 20, mean_r: { value: 0.1 } });
    expect(found?.mean_r.low).toBeLessThan(0);
    expect(found?.p).toBeGreaterThan(0.1);
  });

  it('has no interval of a single day, and is none without trades', () => {
    const day = [1, 2, 3].map((r) => ({ enteredAt: r, withDtms: r, without: 0 }));
    expect(differenceOf(day)).toMatchObject({
      mean_r: { value: 2, low: null, high: null },
      worst_5pct_r: { value: 1, low: null, high: null },
      p: 1,
      blocks: 1,
    });
    expect(differenceOf([])).toBeNull();
  });
});
