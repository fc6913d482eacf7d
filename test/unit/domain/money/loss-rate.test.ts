// What a lot loses, in doubles: the same as the exact amount, to the last place of the currency.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contractOf } from '../../../../src/domain/money/contract.js';
import type { FedRates } from '../../../../src/domain/money/conversion.js';
import { asNumber, negated } from '../../../../src/domain/money/decimal.js';
import { amountOf, lossRate, lotMove, worthOf } from '../../../../src/domain/money/worth.js';
import '../../../support/properties.js';

const cents = (min: number, max: number) => fc.integer({ min, max }).map((count) => count / 100);

test('it is what an exact loss comes to, in the account’s own currency, by a rate, and by two', () => {
  const asked = fc.record({
    currency: fc.constantFrom('USD', 'EUR', 'JPY'),
    symbol: fc.constantFrom('XAUUSD', 'EURUSD', 'BTCEUR'),
    lots: cents(1, 10_000),
    entry: cents(10_000, 20_000),
    distance: cents(0, 9_000),
    euro: cents(80, 160),
    yen: cents(8_000, 20_000),
  });
  fc.assert(
    fc.property(asked, ({ currency, symbol, lots, entry, distance, euro, yen }) => {
      const prices: Readonly<Record<string, number>> = { EURUSD: euro, USDJPY: yen };
      const rates: FedRates = (pair) => {
        const bid = prices[pair];
        return bid === undefined ? null : { bid, ask: bid * 1.001, at: 0 };
      };
      const worth = worthOf(contractOf(symbol, null), currency, rates);
      const move = lotMove('BUY', lots, { from: entry, to: Number((entry - distance).toFixed(2)) });
      const exact = amountOf(move, worth);
      const rate = lossRate(worth);
      if (exact === null || rate === null) throw new Error('every pair is fed');
      const unit = currency === 'JPY' ? 1 : 0.01;
      expect(Math.abs(rate * lots * distance - asNumber(negated(exact)))).toBeLessThanOrEqual(
        unit / 2 + 1e-6 * unit + Math.abs(asNumber(exact)) * 1e-9,
      );
    }),
  );
});

test('where an amount cannot be known there is no rate', () => {
  const none: FedRates = () => null;
  expect(lossRate(worthOf(contractOf('JP225', null), 'USD', none))).toBeNull();
  expect(lossRate(worthOf(contractOf('XAUUSD', null), null, none))).toBeNull();
  expect(lossRate(worthOf(contractOf('XAUUSD', null), 'EUR', none))).toBeNull();
});
