// What effects say together: laws first.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { APART_REASONS } from '../../../src/domain/effect/effect.js';
import {
  type CountedEffect,
  LEAST_BLOCKS,
  LEAST_TRADES,
  summariesBy,
  summaryOf,
} from '../../../src/effect/summary.js';
import { runs } from '../../support/properties.js';
import { MONDAY, random } from '../../support/synthetic-market.js';

const WEEK = 7 * 24 * 3_600_000;
const r = fc.integer({ min: -9e6, max: 9e6 }).map((millionths) => millionths / 1e6);

const effects: fc.Arbitrary<CountedEffect> = fc
  .record({
    account: fc.constantFrom('one', 'two', 'three'),
    symbol: fc.constantFrom('XAUUSD', 'EURUSD'),
    policy: fc.constant('dtms'),
    openedAt: fc.integer({ min: 0, max: 60 }).map((weeks) => MONDAY + weeks * WEEK),
    touched: fc.boolean(),
    withR: r,
    withoutR: r,
    apart: fc.constantFrom(...APART_REASONS),
    status: fc.constantFrom('FOLLOWED' as const, 'TOLD' as const, 'APART' as const),
  })
  .map(({ status, apart, ...effect }) => {
    if (status === 'TOLD')
      return { ...effect, status, apart: null, ...(!effect.touched && { withoutR: effect.withR }) };
    return { ...effect, status, apart: status === 'APART' ? apart : null, withoutR: null };
  });

const millionths = (value: number) => Math.round(value * 1e6);
const added = <T>(all: readonly T[], of: (each: T) => number) => all.reduce((sum, each) => sum + of(each), 0);

test('parts add up to the whole, whatever they are made by', () => {
  fc.assert(
    fc.property(fc.array(effects, { maxLength: 80 }), (all) => {
      const whole = summaryOf(all);
      for (const parts of [
        [...summariesBy(all, ({ account }) => account, 100)],
        [...summariesBy(all, ({ symbol }) => symbol, 100)],
      ]) {
        for (const count of ['trades', 'touched', 'helped', 'hurt', 'followed'] as const)
          expect(added(parts, (part) => part[count])).toBe(whole[count]);
        for (const sum of ['withR', 'withoutR', 'difference'] as const)
          expect(added(parts, (part) => millionths(part[sum]))).toBe(millionths(whole[sum]));
        for (const reason of APART_REASONS)
          expect(added(parts, ({ apart }) => apart[reason])).toBe(whole.apart[reason]);
      }
    }),
    { numRuns: runs(50) },
  );
});

test('neither the order nor what is untouched changes what is said', () => {
  fc.assert(
    fc.property(fc.array(effects, { minLength: 40, maxLength: 80 }), (all) => {
      expect(summaryOf(all.toReversed())).toEqual(summaryOf(all));
      const untouched = summaryOf(all.map((effect) => ({ ...effect, withoutR: effect.withR })));
      expect([untouched.difference, untouched.helped, untouched.hurt]).toEqual([0, 0, 0]);
      if (untouched.mean !== null) expect(untouched.mean).toEqual({ value: 0, low: 0, high: 0 });
    }),
    { numRuns: runs(20) },
  );
});

const spread = (trades: number, weeks: number, gain: number): CountedEffect[] => {
  const next = random(7);
  return Array.from({ length: trades }, (_, index) => {
    const withoutR = millionths(next() - 0.5) / 1e6;
    const withR = millionths(withoutR + gain + (next() - 0.5) / 5) / 1e6;
    const openedAt = MONDAY + (index % weeks) * WEEK;
    const named = { account: 'one', symbol: 'XAUUSD', policy: 'dtms' };
    return { ...named, openedAt, status: 'TOLD', apart: null, touched: true, withR, withoutR };
  });
};

test('too few trades, or too few weeks, say nothing', () => {
  expect(summaryOf(spread(LEAST_TRADES - 1, 20, 0.5)).mean).toBeNull();
  expect(summaryOf(spread(LEAST_TRADES * 4, LEAST_BLOCKS - 1, 0.5)).mean).toBeNull();
  expect(summaryOf(spread(LEAST_TRADES * 4, LEAST_BLOCKS, 0.5)).mean).not.toBeNull();
});

test('an effect that is there is found, and its interval holds it', () => {
  const { mean, helped, hurt } = summaryOf(spread(400, 40, 0.2));
  expect(mean?.low).toBeGreaterThan(0.15);
  expect(mean?.high).toBeLessThan(0.25);
  expect([helped > 350, hurt]).toEqual([true, 0]);
});
