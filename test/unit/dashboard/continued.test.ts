// What a page knows of a market, as more of it comes.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { continued } from '../../../src/http/dashboard/trade-page/continued.js';

const FULL = 50;
interface Point {
  readonly at: string;
  readonly value: number;
}
const point = (minute: number, value = minute): Point => ({
  at: new Date(minute * 60_000).toISOString(),
  value,
});
const goOn = (before: readonly Point[], newer: readonly Point[]) =>
  continued(before, newer, FULL, ({ at }) => at);

test('asking for what is new comes to the same as asking for all', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 20 }), (steps) => {
      let known: readonly Point[] = [];
      let last = 0;
      for (const step of steps) {
        const newer = Array.from({ length: step + 1 }, (_, index) => point(last + index));
        known = goOn(known, newer);
        last += step;
      }
      const all = steps.length === 0 ? [] : Array.from({ length: last + 1 }, (_, index) => point(index));
      expect(known).toEqual(all);
    }),
  );
});

test('nothing new is the same list, a corrected one is not, and a full answer stands alone', () => {
  const known = [point(1), point(2), point(3)];
  expect(goOn(known, [point(3)])).toBe(known);
  expect(goOn(known, [])).toBe(known);
  expect(goOn(known, [point(3, 7)])).toEqual([point(1), point(2), point(3, 7)]);
  const full = Array.from({ length: FULL }, (_, index) => point(100 + index));
  expect(goOn(known, full)).toBe(full);
});
