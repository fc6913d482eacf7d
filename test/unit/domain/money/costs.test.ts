// What lots cost is paid for like a loss, to the smallest unit of the account's currency: by the side of the rate that costs more.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { realisedOf } from '../../../../src/domain/money/realised.js';
import { worthOf } from '../../../../src/domain/money/worth.js';
import { fraction, product, quotient, smallestUnits } from '../../../support/fraction.js';
import { T0, tradeOf } from '../../../support/trades.js';

/** By hand: of a dollar, what is paid for it in the account's currency, whose pair with it is at these prices. */
const RATES = {
  EUR: { pair: 'EURUSD', bid: 1.08341, ask: 1.08353, places: 2, isInverse: true },
  JPY: { pair: 'USDJPY', bid: 151.237, ask: 151.251, places: 0, isInverse: false },
  KWD: { pair: 'USDKWD', bid: 0.30681, ask: 0.30702, places: 3, isInverse: false },
} as const;

const lots = fc.integer({ min: 1, max: 100_000_000 }).map((hundredths) => hundredths / 100);
const costs = fc.record({
  commission: fc.integer({ min: 0, max: 99_999 }).map((units) => units / 1_000_000),
  swap: fc.integer({ min: -99_999, max: 99_999 }).map((units) => units / 1_000_000),
});

test('what is paid costs the more of a rate, and what is earned brings the less of it', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('EUR', 'JPY', 'KWD'),
      lots,
      costs,
      (currency, volume, { commission, swap }) => {
        const { pair, bid, ask, places, isInverse } = RATES[currency];
        const contract = { size: 100_000, currency: 'USD', tick: null, source: 'GIVEN' } as const;
        const worth = worthOf(contract, currency, (name) => (name === pair ? { bid, ask, at: T0 } : null));
        const closed = { leg: 'POSITION', position: 1n, direction: 'BUY', volume } as const;
        const lotsOf = { ...closed, entryPrice: 1.1, exitPrice: 1.1 };
        const result = realisedOf(tradeOf(), T0, lotsOf, worth, { commission, swap });
        const inMoney = (distance: number, isLoss: boolean): bigint => {
          const dollars = product(product(fraction(volume), fraction(100_000)), fraction(distance));
          const rate = fraction(isLoss === isInverse ? bid : ask);
          return smallestUnits(isInverse ? quotient(dollars, rate) : product(dollars, rate), places);
        };
        const units = (text: string | null): bigint => BigInt((text ?? '').replace('.', ''));
        expect(units(result.commission)).toBe(inMoney(commission, true));
        expect(units(result.swap)).toBe(inMoney(swap, swap < 0));
        expect(units(result.profit)).toBe(0n);
      },
    ),
  );
});
