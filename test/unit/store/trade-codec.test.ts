import fc from 'fast-check';
import { expect, test } from 'vitest';

import { decodeTrade, encodeTrade } from '../../../src/store/trade-codec.js';
import { anyTrade, makeTrade } from '../../support/stored.js';

test('a trade comes back exactly as it was', () => {
  fc.assert(
    fc.property(anyTrade, (trade) => {
      expect(decodeTrade(encodeTrade(trade))).toEqual(trade);
    }),
    { numRuns: 500 },
  );
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  '%d is refused rather than stored as null',
  (value) => {
    expect(() => encodeTrade(makeTrade(1, { volume: value }))).toThrow(/trade\.volume is (NaN|-?Infinity)/);
    const hedge = { ticket: 2n, volume: 1, entryPrice: value, stopLoss: null };
    expect(() => encodeTrade(makeTrade(1, { hedge }))).toThrow(/trade\.hedge\.entryPrice/);
  },
);
