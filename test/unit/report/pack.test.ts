// Columns of numbers packed here and unpacked by the page's script.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { pack } from '../../../src/report/pack.js';
import { assets } from './assets.js';

let page: Awaited<ReturnType<typeof assets>>;
beforeAll(async () => {
  page = await assets();
});

const back = (values: readonly (number | null)[], unit: number) =>
  [...page.unpack(pack(values, unit))].map((value) => (Number.isNaN(value) ? null : value));

describe('packed columns', () => {
  it('come back to half a unit, and what is absent stays absent', () => {
    const value = fc.option(fc.double({ min: -1e12, max: 1e12, noNaN: true }), { nil: null });
    const unit = fc.constantFrom(1, 0.01, 0.001, 1e-5);
    fc.assert(
      fc.property(fc.array(value), unit, (values, size) => {
        const returned = back(values, size);
        expect(returned).toHaveLength(values.length);
        for (const [index, original] of values.entries()) {
          const other = returned[index] ?? null;
          if (original === null || other === null) expect(other).toBe(original);
          else
            expect(Math.abs(other - original)).toBeLessThanOrEqual(size * 0.5 + Math.abs(original) * 1e-12);
        }
      }),
    );
  });

  it('take 16 bits, 32 or 64, whichever holds the largest', () => {
    expect(pack([327.67, null], 0.01).bits).toBe(16);
    expect(pack([327.68, null], 0.01).bits).toBe(32);
    expect(pack([2 ** 31 - 1], 1).bits).toBe(32);
    expect(pack([2 ** 31], 1).bits).toBe(64);
    expect(back([2 ** 31, null, 0.5], 1)).toEqual([2 ** 31, null, 0.5]);
    expect(back([-327.67, null, 2_147_483.647], 0.001)).toEqual([-327.67, null, 2_147_483.647]);
  });

  it('nothing stays nothing', () => {
    expect(back([], 1)).toEqual([]);
  });
});

describe('the place at or before a value', () => {
  it('is what counting says', () => {
    const column = fc.array(fc.integer({ min: 0, max: 50 })).map((values) => values.sort((a, b) => a - b));
    fc.assert(
      fc.property(column, fc.integer({ min: -1, max: 51 }), (values, wanted) => {
        expect(page.lastAtOrBefore(values, wanted)).toBe(
          values.filter((value) => value <= wanted).length - 1,
        );
      }),
    );
  });
});
