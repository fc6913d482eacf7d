// Prices on ticks and volumes on steps: exact for decimals a broker would write.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  floorToStep,
  scaleOf,
  unitsOf,
  unitsToValue,
  volumeSum,
} from '../../../../src/domain/actions/quantise.js';

const TICKS = [0.00001, 0.0001, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 5] as const;

describe('ticks', () => {
  it('knows what makes a tick whole', () => {
    expect([0.00001, 0.001, 0.25, 0.03125, 1, 10, 1e-8].map(scaleOf)).toEqual([
      1e5, 1e3, 1e2, 1e5, 1, 1, 1e8,
    ]);
  });

  it('takes a price on the grid for what it is, whichever way it is rounded', () => {
    fc.assert(
      fc.property(fc.constantFrom(...TICKS), fc.integer({ min: 1, max: 1e10 }), (tick, ticks) => {
        const price = unitsToValue(ticks, tick);
        expect(unitsOf(price, tick, 'down')).toBe(ticks);
        expect(unitsOf(price, tick, 'up')).toBe(ticks);
        expect(String(price).length).toBeLessThanOrEqual(String(ticks).length + 7);
      }),
    );
  });

  it('rounds a price between two ticks to the one asked for', () => {
    expect([unitsOf(1.10005, 0.0001, 'down'), unitsOf(1.10005, 0.0001, 'up')]).toEqual([11000, 11001]);
    expect([unitsOf(99.999, 0.25, 'down'), unitsOf(99.999, 0.25, 'up')]).toEqual([399, 400]);
  });

  it('survives the sums a float gets wrong', () => {
    expect(unitsOf(0.1 + 0.2, 0.1, 'up')).toBe(3);
    expect(floorToStep(0.29 * 100, 1)).toBe(29);
    expect(unitsToValue(3, 0.1)).toBe(0.3);
  });
});

describe('volumes', () => {
  it('floors to the step and never above', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0.01, 0.1, 1),
        fc.double({ min: 0, max: 1000, noNaN: true }),
        (step, volume) => {
          const floored = floorToStep(volume, step);
          expect(floored).toBeLessThanOrEqual(volume + 1e-8);
          expect(volume - floored).toBeLessThan(step + 1e-8);
          expect(unitsToValue(unitsOf(floored, step, 'down'), step)).toBe(floored);
        },
      ),
    );
  });

  it('subtracts without a tail', () => {
    expect(volumeSum(1, -0.7)).toBe(0.3);
    expect(volumeSum(0.1, 0.2)).toBe(0.3);
  });
});
