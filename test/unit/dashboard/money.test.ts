// Money on the pages: sums are exact and never mix currencies, and what is not known is said and in no sum.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decimalText } from '../../../src/domain/money/decimal.js';
import {
  amountText,
  obstacleText,
  partText,
  type ResultPartJson,
  riskText,
  sumsOf,
  sumsText,
} from '../../../src/http/dashboard/ui/money.js';

const TERMS = { currency: 'USD', profitCurrency: 'JPY' };
const WHOLE = 'MONEY_OBSTACLE_UNSPECIFIED';
const OBSTACLES = ['ACCOUNT_CURRENCY', 'CONTRACT', 'PROFIT_CURRENCY', 'RATE', 'PRICE', 'STOP', 'RECORD'].map(
  (name) => `MONEY_OBSTACLE_${name}`,
);
const part = (amount: string | undefined, obstacle = WHOLE): ResultPartJson => ({
  ...{ amount, obstacle },
  ...{ r: undefined, profit: undefined, commission: undefined, swap: undefined, booked: false },
});

const cents = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });
const known = fc.record({ cents, currency: fc.constantFrom('USD', 'EUR', 'JPY') });
const textOf = (value: bigint) => decimalText({ units: value, scale: 2 });
const told = (all: readonly { cents: bigint; currency: string }[]) =>
  all.map((each) => ({ part: part(textOf(each.cents)), currency: each.currency }));

describe('sums of money', () => {
  test('are exact in each currency, beyond what a double holds', () => {
    fc.assert(
      fc.property(fc.array(known), (all) => {
        const { amounts, unknown } = sumsOf(told(all));
        expect(unknown).toBe(0);
        for (const currency of new Set(all.map((each) => each.currency))) {
          const sum = all
            .filter((each) => each.currency === currency)
            .reduce((to, each) => to + each.cents, 0n);
          expect(decimalText(amounts.get(currency) ?? { units: -1n, scale: 0 })).toBe(textOf(sum));
        }
      }),
    );
  });

  test('leave out and count what is not known, or not all', () => {
    fc.assert(
      fc.property(fc.array(known), fc.array(fc.constantFrom(...OBSTACLES)), (all, obstacles) => {
        const partly = obstacles.map((obstacle, index) => ({
          part: part(index % 2 === 0 ? undefined : '1000.00', obstacle),
          currency: 'USD',
        }));
        const { amounts, unknown } = sumsOf([...told(all), ...partly]);
        expect(unknown).toBe(obstacles.length);
        expect([...amounts]).toEqual([...sumsOf(told(all)).amounts]);
      }),
    );
  });

  test('read each with its currency', () => {
    const sums = sumsOf(
      told([
        { cents: 123_456_789n, currency: 'USD' },
        { cents: -400n, currency: 'EUR' },
      ]),
    );
    expect(sumsText(sums)).toBe('−4.00 EUR, +1,234,567.89 USD');
  });
});

describe('an amount', () => {
  test('has a sign where it is none of nothing', () => {
    expect(amountText('12.50', 'USD')).toBe('+12.50 USD');
    expect(amountText('-1234.50', 'USD')).toBe('−1,234.50 USD');
    expect(amountText('0.00', 'USD')).toBe('0.00 USD');
    expect(amountText('-1234', 'JPY')).toBe('−1,234 JPY');
  });

  test('that is not there says why, and one that does not hold all does too', () => {
    expect(partText(part(undefined, 'MONEY_OBSTACLE_RATE'), TERMS)).toBe('no rate for JPY');
    expect(partText(part(undefined, 'MONEY_OBSTACLE_CONTRACT'), TERMS)).toBe('contract size not known');
    expect(partText(part('5.00', 'MONEY_OBSTACLE_RECORD'), TERMS)).toMatch(
      /^\+5\.00 USD, not all: closed before/,
    );
    expect(partText(undefined, TERMS)).toBeUndefined();
    for (const obstacle of [...OBSTACLES, 'MONEY_OBSTACLE_OF_LATER'])
      expect(obstacleText(obstacle, TERMS), obstacle).not.toBe('');
    expect(riskText({ ...TERMS, risk: part(undefined, 'MONEY_OBSTACLE_STOP') })).toBe('no stop');
    expect(riskText({ ...TERMS, risk: part('100.00') })).toBe('100.00 USD');
  });
});
