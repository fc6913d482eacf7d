// Tests what prices show of the size of a tick.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { unitsToValue } from '../../../../src/domain/actions/quantise.js';
import { tickOf } from '../../../../src/domain/market/price-grid.js';

const TICKS = [
  1,
  10,
  5,
  0.5,
  0.25,
  0.1,
  0.05,
  0.02,
  0.01,
  0.001,
  0.00001,
  0.00000001,
  0.00000025,
  1 / 8,
  1 / 32,
  1 / 64,
  1 / 256,
];

test('many prices on a grid show its tick, whatever the tick', () => {
  const units = fc.uniqueArray(fc.integer({ min: 1000, max: 9_000_000 }), { minLength: 60, maxLength: 200 });
  fc.assert(
    fc.property(fc.constantFrom(...TICKS), units, (tick, found) => {
      const shown = tickOf(found.map((unit) => unitsToValue(unit, tick)));
      // A grid of theirs, at least as coarse: every price lies on both.
      expect(shown).not.toBeNull();
      expect(
        found.every((unit) => Number.isInteger(Math.round(((unit * tick) / (shown ?? 1)) * 1e6) / 1e6)),
      ).toBe(true);
      expect(shown).toBeGreaterThanOrEqual(tick * 0.999999);
    }),
  );
});

describe('the tick', () => {
  const gold = Array.from({ length: 30 }, (_, n) => Math.round(265_000 + n * 37) / 100);

  it.each([
    ['of gold', gold, 0.01],
    ['of an index', gold.map((_, n) => 21_000 + n * 0.25), 0.25],
    ['of a bond', gold.map((_, n) => 118 + n / 32), 1 / 32],
    ['of a bond with half of that', gold.map((_, n) => 118 + n / 64), 1 / 64],
    ['of a corn contract', gold.map((_, n) => 430 + n / 4), 0.25],
    ['of a coin', gold.map((_, n) => Number((0.00001234 + n * 0.00000001).toFixed(8))), 1e-8],
    ['is not known of few prices', gold.slice(0, 19), null],
    ['is not known of one price, however often it was', gold.map(() => 2650), null],
    ['is not known of prices on no grid', gold.map((price) => price / 3), null],
    ['is not known where one price is on none', [...gold, Math.PI], null],
  ])('%s', (_, prices, tick) => {
    expect(tickOf(prices)).toBe(tick);
  });
});
