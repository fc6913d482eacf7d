// What an account holds together. The laws first: pairs net to nothing over their currencies, what is not known is in no sum,
// and a correlation is the same whichever market comes first and however its prices are scaled.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { baseCurrency } from '../../../../src/domain/market/symbols.js';
import { contractOf } from '../../../../src/domain/money/contract.js';
import type { FedRates } from '../../../../src/domain/money/conversion.js';
import { correlationOf } from '../../../../src/domain/money/correlation.js';
import { asNumber, decimal, decimalText, plus, ZERO } from '../../../../src/domain/money/decimal.js';
import { exposureOf, type HeldSymbol, overLimits } from '../../../../src/domain/money/exposure.js';
import { worthOf } from '../../../../src/domain/money/worth.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import { runs } from '../../../support/properties.js';

const PRICES: Readonly<Record<string, number>> = {
  EURUSD: 1.1,
  GBPUSD: 1.25,
  USDJPY: 150,
  XAUUSD: 2400,
  DE40: 18_000,
};
const RULES = { ...DEFAULT_RULES.exposure, windowBars: 200, leastBars: 20 };
const rates: FedRates = (pair) => {
  const price = PRICES[pair];
  return price === undefined ? null : { bid: price, ask: price, at: 0 };
};
const WINDOW = { windowBars: 200, leastBars: 20 };

/** Closes that follow a walk, `turned` the other way. */
const closesOf = (steps: readonly number[], scale = 1, turned = false) => {
  let log = 0;
  return steps.map((step, index) => {
    log += turned ? -step : step;
    return { time: index * 900_000, close: scale * Math.exp(log) };
  });
};
/** In ten-thousandths: what moves by less than a float tells has no correlation. */
const steps = fc
  .array(fc.integer({ min: -100, max: 100 }), { minLength: 30, maxLength: 60 })
  .map((of) => of.map((step) => step / 10_000));

function held(instrument: string, lots: number, over: Partial<HeldSymbol> = {}): HeldSymbol {
  const worth = worthOf(contractOf(instrument, null), 'USD', rates);
  const price = PRICES[instrument] ?? null;
  const known = {
    instrument,
    base: baseCurrency(instrument),
    lots: decimal(lots),
    positions: 1,
    price,
    worth,
  };
  return { ...known, closes: [], ...over };
}
const anyHeld = fc.uniqueArray(
  fc.record({ name: fc.constantFrom(...Object.keys(PRICES)), lots: fc.integer({ min: -500, max: 500 }) }),
  { selector: ({ name }) => name, maxLength: 5 },
);

describe('by currency', () => {
  it('pairs come to nothing over all their currencies, and turned round to the opposite', () => {
    fc.assert(
      fc.property(anyHeld, (positions) => {
        const all = positions.map(({ name, lots }) => held(name, lots / 100));
        const { currencies } = exposureOf(all, 'USD', 10_000, RULES);
        const sum = currencies.reduce((total, { value }) => plus(total, value ?? ZERO), ZERO);
        expect(asNumber(sum)).toBe(0);
        const turned = exposureOf(
          positions.map(({ name, lots }) => held(name, -lots / 100)),
          'USD',
          10_000,
          RULES,
        );
        const shareOf = new Map(turned.currencies.map(({ currency, share }) => [currency, share]));
        for (const { currency, share } of currencies)
          expect(shareOf.get(currency)).toBeCloseTo(share ?? 0, 6);
      }),
      { numRuns: runs(200) },
    );
  });

  it('is what a person would reckon', () => {
    const { currencies, symbols } = exposureOf(
      [held('EURUSD', 0.5), held('USDJPY', 0.2)],
      'USD',
      10_000,
      RULES,
    );
    const told = currencies.map(({ currency, value, share }) => [
      currency,
      value === null ? '' : decimalText(value),
      share,
    ]);
    // 0.5 lots are 50,000 EUR at 1.1; 0.2 lots are 20,000 USD.
    expect(told).toEqual([
      ['EUR', '55000.00', 5.5],
      ['USD', '-35000.00', 3.5],
      ['JPY', '-20000.00', 2],
    ]);
    expect(symbols.map(({ instrument }) => instrument)).toEqual(['EURUSD', 'USDJPY']);
  });

  it('what is not known is in no sum, is counted, and makes the share unknown', () => {
    const unpriced = held('GBPUSD', 1, { price: null });
    const unknown = held('ODD', 1, { price: 10 });
    const { currencies, symbols } = exposureOf(
      [held('EURUSD', 0.5), unpriced, unknown],
      'USD',
      10_000,
      RULES,
    );
    const usd = currencies.find(({ currency }) => currency === 'USD');
    expect(usd).toMatchObject({ positions: 2, unknown: 1, share: null });
    expect(usd?.value && decimalText(usd.value)).toBe('-55000.00');
    expect(currencies.find(({ currency }) => currency === 'GBP')).toMatchObject({ value: null, share: null });
    expect(symbols.find(({ instrument }) => instrument === 'ODD')).toMatchObject({
      value: null,
      obstacle: 'CONTRACT',
    });
    expect(symbols.find(({ instrument }) => instrument === 'GBPUSD')?.obstacle).toBe('PRICE');
    const nobody = exposureOf(
      [held('EURUSD', 1, { worth: worthOf(contractOf('EURUSD', null), null, rates) })],
      null,
      1,
      RULES,
    );
    expect(nobody.currencies.every(({ value, share }) => value === null && share === null)).toBe(true);
  });
});

describe('by symbols that move together', () => {
  it('a correlation is the same either way round and in any scale, 1 with itself, -1 with its opposite', () => {
    fc.assert(
      fc.property(steps, steps, fc.double({ min: 0.1, max: 1000, noNaN: true }), (one, other, scale) => {
        const [a, b] = [closesOf(one), closesOf(other)];
        const found = correlationOf(a, b, WINDOW);
        expect(correlationOf(b, a, WINDOW)).toEqual(found);
        const scaled = correlationOf(closesOf(one, scale), b, WINDOW).correlation;
        expect(scaled ?? 0).toBeCloseTo(found.correlation ?? 0, 4);
        if (one.slice(1).every((step) => step === 0)) return;
        expect(correlationOf(a, a, WINDOW).correlation).toBeCloseTo(1, 4);
        expect(correlationOf(a, closesOf(one, 1, true), WINDOW).correlation).toBeCloseTo(-1, 4);
      }),
      { numRuns: runs(200) },
    );
  });

  it('goes by bars that both have, of the newest so many, and is not known of too few', () => {
    const walk = Array.from({ length: 100 }, (_, index) => Math.sin(index * index) / 100);
    const [a, b] = [closesOf(walk), closesOf(walk)];
    const gaps = b.filter((_, index) => index % 3 !== 0);
    expect(correlationOf(a, gaps, WINDOW)).toMatchObject({ correlation: expect.closeTo(1, 6), bars: 66 });
    expect(correlationOf(a, b, { windowBars: 30, leastBars: 20 }).bars).toBe(30);
    expect(correlationOf(a, b.slice(0, 19), WINDOW)).toEqual({ correlation: null, bars: 19 });
    expect(
      correlationOf(
        a,
        a.map((bar) => ({ ...bar, close: 5 })),
        WINDOW,
      ).correlation,
    ).toBeNull();
  });

  it('adds what moves together and takes off what moves against it; what is not known is counted', () => {
    const walk = Array.from({ length: 50 }, (_, index) => Math.sin(index * index) / 100);
    const all = [
      held('EURUSD', 0.1, { closes: closesOf(walk) }),
      held('GBPUSD', 0.1, { closes: closesOf(walk, 3) }),
      held('USDJPY', 0.1, { closes: closesOf(walk, 1, true) }),
    ];
    const { symbols } = exposureOf(all, 'USD', 10_000, RULES);
    const eur = symbols.find(({ instrument }) => instrument === 'EURUSD');
    expect(eur?.others.map(({ instrument, correlation }) => [instrument, correlation])).toEqual([
      ['GBPUSD', 1],
      ['USDJPY', -1],
    ]);
    // 11,000 and 12,500 and, against them, 10,000.
    expect(eur?.together.share).toBeCloseTo(1.35, 9);
    const limits = { ...RULES, correlatedLimit: 1.3, currencyLimit: 1.36 };
    expect(overLimits({ currency: 'USD', equity: 1, currencies: [], symbols }, limits)).toHaveLength(3);
    const young = [all[0], held('GBPUSD', 0.1)].flatMap((one) => one ?? []);
    const unsure = exposureOf(young, 'USD', 10_000, RULES).symbols[0];
    expect(unsure?.together).toMatchObject({ unknown: 1, share: null });
    expect(unsure?.others).toMatchObject([{ correlation: null, bars: 0 }]);
  });

  it('lists no pairs of those it does not compare, whose positions are not known', () => {
    const many = Array.from({ length: 5000 }, (_, index) => held('EURUSD', 0.1, { instrument: `S${index}` }));
    const { symbols, currencies } = exposureOf(many, 'USD', 10_000, RULES);
    const of = (instrument: string) => symbols.find((symbol) => symbol.instrument === instrument);
    expect(symbols.reduce((sum, { others }) => sum + others.length, 0)).toBe(100 * 99);
    expect(of('S0')?.together).toMatchObject({ positions: 5000, unknown: 4999, share: null });
    expect(of('S4999')?.others).toEqual([]);
    expect(of('S4999')?.together).toMatchObject({ positions: 5000, unknown: 4999, share: null });
    expect(currencies.map(({ positions }) => positions)).toEqual([5000, 5000]);
  });
});
