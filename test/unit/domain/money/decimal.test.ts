// Exact decimals: what is written comes back, sums are exact, and rounding is a half away from zero, once.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  asNumber,
  decimal,
  decimalText,
  divided,
  minus,
  plus,
  rounded,
  times,
  total,
} from '../../../../src/domain/money/decimal.js';

const written = fc.double({ noNaN: true, noDefaultInfinity: true });
const cents = fc.integer({ min: -1_000_000, max: 1_000_000 });

describe('a decimal', () => {
  it('is the number as it is written, with every exponent', () => {
    fc.assert(fc.property(written, (value) => asNumber(decimal(value)) === (value === 0 ? 0 : value)));
    expect(decimalText(decimal(1e-7))).toBe('0.0000001');
    expect(decimalText(decimal(1e21))).toBe('1000000000000000000000');
    expect(() => decimal(Number.NaN)).toThrow(RangeError);
    expect(() => decimal('1,5')).toThrow(RangeError);
  });

  it('adds, takes away and multiplies exactly, where doubles do not', () => {
    expect(decimalText(plus(decimal(0.1), decimal(0.2)))).toBe('0.3');
    expect(decimalText(times(decimal(1.1), decimal(1.1)))).toBe('1.21');
    fc.assert(
      fc.property(fc.array(cents), (amounts) => {
        const sum = amounts.reduce((so, each) => so + each, 0);
        const exact = total(amounts.map((each) => decimal(each / 100)));
        return minus(times(exact, decimal(100)), decimal(sum)).units === 0n;
      }),
    );
  });

  it('is rounded to the nearest, a half away from zero', () => {
    const to = (value: number, places: number) => decimalText(rounded(decimal(value), places));
    expect([to(2.345, 2), to(-2.345, 2), to(2.344_999, 2), to(0.5, 0), to(-0.4, 0)]).toEqual([
      ...['2.35', '-2.35', '2.34', '1', '0'],
    ]);
    fc.assert(
      fc.property(
        cents,
        cents.filter((each) => each !== 0),
        fc.integer({ min: 0, max: 8 }),
        (a, b, places) => {
          const quotient = divided(decimal(a), decimal(b), places);
          // Twice the distance is at most one unit of the last place.
          const rest = minus(times(quotient, decimal(b)), decimal(a));
          const twice = times(rest, decimal(2)).units;
          const bound = BigInt(Math.abs(b));
          return (twice < 0n ? -twice : twice) <= bound;
        },
      ),
    );
    expect(() => divided(decimal(1), decimal(0), 2)).toThrow(RangeError);
  });
});
