// The axis of prices: the price is always in good size, and no level is lost.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { priceAxis } from '../../../src/http/dashboard/trade-page/price-axis.js';

test('a near stop stretches the axis, a far target is told at its edge', () => {
  const axis = priceAxis(
    [100, 110],
    [
      { name: 'stop', price: 95 },
      { name: 'target', price: 200 },
    ],
  );
  expect(axis.from).toBeLessThan(95);
  expect(axis.to).toBeLessThan(115);
  expect(axis.above).toEqual([{ name: 'target', price: 200 }]);
  expect(axis.below).toEqual([]);
});

test('the price takes a quarter of the axis at least, and each level is in sight or at an edge', () => {
  const price = fc.double({ min: 1, max: 100_000, noNaN: true });
  fc.assert(
    fc.property(fc.array(price, { minLength: 1 }), fc.array(price), (prices, all) => {
      const levels = all.map((each, index) => ({ name: String(index), price: each }));
      const { from, to, above, below } = priceAxis(prices, levels);
      const low = Math.min(...prices);
      const high = Math.max(...prices);
      expect(from).toBeLessThan(low);
      expect(to).toBeGreaterThan(high);
      expect(high - low).toBeGreaterThanOrEqual((to - from) * 0.25 - high * 0.0005);
      const inSight = levels.filter((level) => level.price > from && level.price < to);
      expect(new Set([...inSight, ...above, ...below])).toEqual(new Set(levels));
      expect(inSight.length + above.length + below.length).toBe(levels.length);
    }),
    // A level just out of reach, and another one just within.
    { examples: [[[1], [1.0004700000000004, 1.0005000000000002]]] },
  );
});
