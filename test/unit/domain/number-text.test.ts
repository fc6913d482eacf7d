// How numbers read: what rounds to zero has no sign, and no digit is other than the number's.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fixed, signed } from '../../../src/domain/number-text.js';

const numbers = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
  fc.double({ noNaN: true, min: -0.01, max: 0.01 }),
  fc.constantFrom(-0, 0, -0.004, -0.005, 0.004, -1e-300),
);
const digits = fc.integer({ min: 0, max: 8 });

test('a zero never has a sign, and everything else has its own', () => {
  fc.assert(
    fc.property(numbers, digits, (value, places) => {
      const [plain, told] = [fixed(value, places), signed(value, places)];
      expect(Number(plain)).toBe(Number(value.toFixed(places)) + 0);
      expect(plain).not.toMatch(/^-0\.?0*$/);
      expect(told).toBe(Number(plain) > 0 ? `+${plain}` : plain);
    }),
  );
});
