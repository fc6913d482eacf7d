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

const time = fc.integer({ min: -(2 ** 44), max: 2 ** 44 });

test.each<[string, () => void]>([
  ['text', () => joinsLikeOne(textArray, fc.string({ unit: 'grapheme' }))],
  ['bytes', () => joinsLikeOne(byteaArray, fc.uint8Array({ maxLength: 9 }))],
  ['int4', () => joinsLikeOne(int4Array, fc.integer())],
  ['int8', () => joinsLikeOne(int8Array, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))],
  ['float8', () => joinsLikeOne(float8Array, fc.double())],
  ['times, some unknown', () => joinsLikeOne(timestamptzArray, fc.option(time))],
])('pieces of %s are joined to the array of them all', (_, law) => law());
