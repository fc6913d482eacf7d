// Large columns are encoded a piece at a time: what is joined must be what one piece would have been.
import fc from 'fast-check';
import { expect, test } from 'vitest';

import {
  byteaArray,
  float8Array,
  int4Array,
  int8Array,
  joined,
  textArray,
  timestamptzArray,
} from '../../../src/store/binary-arrays.js';

function joinsLikeOne<T>(array: (values: readonly T[]) => Buffer, value: fc.Arbitrary<T>): void {
  const pieces = fc.array(fc.array(value, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(pieces, (some) => {
      expect(joined(some.map(array))).toEqual(array(some.flat()));
    }),
  );
}

const written = (array: Buffer, index: number): bigint => array.readBigInt64BE(24 + 12 * index);

test('whole numbers and times are the integers they are, however large', () => {
  const whole = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, -1, 2 ** 32, -(2 ** 32), 2 ** 31, 2 ** 62));
  fc.assert(
    fc.property(fc.array(whole, { minLength: 1, maxLength: 4 }), (values) => {
      const array = int8Array(values);
      for (const [index, value] of values.entries()) expect(written(array, index)).toBe(BigInt(value));
    }),
  );
  // Postgres' own range of times goes far beyond what 53 bits of microseconds hold.
  const ms = fc.integer({ min: -(2 ** 52), max: 2 ** 52 });
  fc.assert(
    fc.property(ms, (value) => {
      expect(written(timestamptzArray([value]), 0)).toBe((BigInt(value) - 946_684_800_000n) * 1000n);
    }),
  );
  for (const value of [0.5, Number.NaN, 2 ** 63]) expect(() => int8Array([value])).toThrow(RangeError);
  for (const value of [946_684_800_000.5, Number.POSITIVE_INFINITY])
    expect(() => timestamptzArray([value])).toThrow(RangeError);
});

const time = fc.integer({ min: -(2 ** 44), max: 2 ** 44 });

test.each<[string, () => void]>([
  ['text', () => joinsLikeOne(textArray, fc.string({ unit: 'grapheme' }))],
  ['bytes', () => joinsLikeOne(byteaArray, fc.uint8Array({ maxLength: 9 }))],
  ['int4', () => joinsLikeOne(int4Array, fc.integer())],
  ['int8', () => joinsLikeOne(int8Array, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))],
  ['float8', () => joinsLikeOne(float8Array, fc.double())],
  ['times, some unknown', () => joinsLikeOne(timestamptzArray, fc.option(time))],
])('pieces of %s are joined to the array of them all', (_, law) => law());
