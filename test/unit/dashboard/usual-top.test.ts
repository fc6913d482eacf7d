// How high the axis of a chart of times goes: the start's slow answers do not make the rest flat, and slowness
// that lasts is in sight.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { usualTop } from '../../../src/http/dashboard/pages/usual-top.js';

const flat = (count: number, value: number) => Array.from({ length: count }, () => value);

describe('the highest value in sight', () => {
  test('one slow sample among many is not', () => {
    expect(usualTop([900, ...flat(60, 4)])).toBe(12);
  });

  test('is the highest of all while there are few', () => {
    expect(usualTop([900, ...flat(8, 4)])).toBe(900);
  });

  test('is the highest of all where slowness lasts', () => {
    expect(usualTop([...flat(50, 4), ...flat(10, 900)])).toBe(900);
  });

  test('is the highest of all where most are nothing', () => {
    expect(usualTop([...flat(60, 0), 7])).toBe(7);
    expect(usualTop([])).toBe(0);
  });

  test('hides at most one of ten, and nothing below three times the usual', () => {
    const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(values, (some) => {
        const top = usualTop(some);
        const hidden = some.filter((value) => value > top);
        expect(hidden.length).toBeLessThanOrEqual(some.length / 10);
        expect(top).toBeLessThanOrEqual(Math.max(...some));
        const least = Math.min(...some);
        for (const value of hidden) expect(value).toBeGreaterThanOrEqual(3 * least);
      }),
    );
  });
});
