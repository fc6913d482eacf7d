// Page tokens: what they hold, and whose they are.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nameToken, parseNamedPageToken, parsePlaceToken, placeToken } from '../../../src/rpc/page-token.js';

const FINGERPRINT = 'abcdefghijkl';

test('a name is what its token says', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), (name) => {
      fc.pre(!/[\n\r\u2028\u2029]/.test(name));
      const told = parseNamedPageToken(nameToken(FINGERPRINT, name), FINGERPRINT);
      expect(told).toEqual({ after: 0, name });
    }),
  );
  expect(nameToken(FINGERPRINT, null)).toBe('');
});

test('a place is what its token says, and a token of another query or none of ours is refused', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e13, max: 1e14 - 1 }), fc.nat(), (at, number) => {
      expect(parsePlaceToken(placeToken(FINGERPRINT, { at, number }), FINGERPRINT)).toEqual({ at, number });
    }),
  );
  expect(parsePlaceToken('', FINGERPRINT)).toBeNull();
  const token = placeToken(FINGERPRINT, { at: 1, number: 2 });
  expect(() => parsePlaceToken(token, 'mnopqrstuvwx')).toThrow('belongs to another query');
  expect(() => parsePlaceToken('AAAA', FINGERPRINT)).toThrow('is not one of ours');
});
