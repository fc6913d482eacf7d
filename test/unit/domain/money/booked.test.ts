// What the broker booked takes the place of what was computed: of the very lots a deal closed, at its price, and once.

import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { BrokerDeal } from '../../../../src/domain/broker/snapshot.js';
import { newlyBooked as newlyBookedIn } from '../../../../src/domain/money/booked.js';
import type { RealisedResult } from '../../../../src/domain/money/realised.js';

const RESULT: RealisedResult = {
  ...{ account: 'demo', ticket: 7n, symbol: 'EURUSD', at: 1, currency: 'USD' },
  ...{ leg: 'POSITION', position: 7n, direction: 'BUY', volume: 1, entryPrice: 1.1, exitPrice: 1.2 },
  ...{ profit: '10000.00', commission: '6.00', swap: '0.00', obstacle: null },
};
const DEAL: BrokerDeal = {
  ...{ deal: 100n, positionIdentifier: 7n, symbol: 'EURUSD', entry: 'OUT', direction: 'SELL' },
  ...{ volume: 1, price: 1.2, magicNumber: 0n, comment: '', reason: 'CLIENT', time: 1 },
  money: { profit: 9999.5, commission: -7, swap: -1.25, fee: -0.5 },
};

const newlyBooked = (results: readonly RealisedResult[], deals: readonly BrokerDeal[]) =>
  newlyBookedIn(results, deals, 'USD');

describe('a deal that the broker corrects', () => {
  const [first, second] = [
    { ...DEAL, deal: 100n, volume: 0.5, time: 1 },
    { ...DEAL, deal: 101n, volume: 0.5, time: 2 },
  ];
  const [told] = newlyBooked([RESULT], [first, second]);
  const known = told ?? RESULT;

  it('changes nothing while it says the same', () => {
    expect(known.deals).toEqual([100n, 101n]);
    expect(newlyBooked([known], [first, second])).toEqual([]);
    expect(newlyBooked([known], [])).toEqual([]);
  });

  it('changes what its lots earned, with what the others of them tell', () => {
    const other = { ...second, money: { profit: -1, commission: 0, swap: 0, fee: 0 } };
    expect(newlyBooked([known], [first, other])).toEqual([
      { ...known, profit: '9998.50', commission: '7.50', swap: '-1.25' },
    ]);
    // Where those are not told any more nobody can say what all of it is.
    expect(newlyBooked([known], [other])).toEqual([]);
  });

  it('changes the price its lots were closed at', () => {
    expect(newlyBooked([known], [first, { ...second, price: 1.3 }])).toEqual([{ ...known, exitPrice: 1.25 }]);
  });

  it('stays in the currency it was told in, whatever its account has now', () => {
    const other = { ...second, money: { profit: -1, commission: 0, swap: 0, fee: 0 } };
    expect(newlyBookedIn([known], [first, other], 'EUR')).toEqual([
      { ...known, profit: '9998.50', commission: '7.50', swap: '-1.25' },
    ]);
  });

  it('is of the lots it closed since, where it is of others', () => {
    const parts = [first, { ...second, volume: 0.3 }, { ...second, deal: 102n, volume: 0.2, time: 3 }];
    expect(newlyBooked([known], parts)).toMatchObject([{ deals: [100n, 101n, 102n], profit: '29998.50' }]);
  });
});

describe('a close that the broker booked', () => {
  it('has its figures: what it charged is a cost above 0, fees among it', () => {
    expect(newlyBooked([RESULT], [DEAL])).toEqual([
      { ...RESULT, profit: '9999.50', commission: '7.50', swap: '-1.25', deals: [100n] },
    ]);
  });

  it('is known where it could not be computed', () => {
    const unknown = { ...RESULT, exitPrice: null, profit: null, obstacle: 'PRICE' as const };
    expect(newlyBooked([unknown], [DEAL])).toEqual([
      expect.objectContaining({ profit: '9999.50', exitPrice: 1.2, obstacle: null }),
    ]);
  });

  it('is not known where its price is not, and deals are told of other lots too', () => {
    const unknown = { ...RESULT, exitPrice: null, profit: null, obstacle: 'PRICE' as const };
    // As of a position that was closed in part before DTMS knew of it.
    const before = { ...DEAL, deal: 99n, time: 0, money: { ...DEAL.money, profit: 1 } } as BrokerDeal;
    expect(newlyBooked([unknown], [before, DEAL])).toEqual([]);
    const its = { profit: '1.00', commission: '7.50', swap: '-1.25', deals: [99n] };
    expect(newlyBooked([{ ...RESULT, ...its }, unknown], [before, DEAL])).toMatchObject([
      { profit: '9999.50', deals: [100n] },
    ]);
    expect(newlyBooked([unknown, unknown], [DEAL])).toEqual([]);
  });

  it.each([
    ['of another price', { price: 1.3 }],
    ['of other lots', { volume: 0.9 }],
    ['of another position', { positionIdentifier: 8n }],
    ['that opened lots', { entry: 'IN' as const }],
    ['that turned the position round', { entry: 'INOUT' as const }],
    ['that tells no money', { money: undefined }],
  ])('is not a deal %s', (_, other) => {
    expect(newlyBooked([RESULT], [{ ...DEAL, ...other } as BrokerDeal])).toEqual([]);
  });

  it('is booked once, and by no deal of another close', () => {
    const [booked] = newlyBooked([RESULT], [DEAL]);
    if (booked === undefined) throw new Error('it is not booked');
    expect(newlyBooked([booked], [DEAL])).toEqual([]);
    expect(newlyBooked([booked, RESULT], [DEAL])).toEqual([]);
  });

  it('is not what was taken back, or is in no currency', () => {
    expect(newlyBooked([{ ...RESULT, volume: -1 }], [DEAL])).toEqual([]);
    expect(newlyBooked([{ ...RESULT, currency: '' }], [DEAL])).toEqual([]);
  });

  it('is not in another currency than its account has now, which its deals are in', () => {
    expect(newlyBookedIn([RESULT], [DEAL], 'EUR')).toEqual([]);
    expect(newlyBookedIn([RESULT], [DEAL], null)).toEqual([]);
    expect(newlyBookedIn([{ ...RESULT, currency: '' }], [DEAL], '')).toEqual([]);
  });

  it('is found among thousands of deals of its position, however small they are', () => {
    const small = Array.from({ length: 10_000 }, (_, index) => ({
      ...DEAL,
      ...{ deal: BigInt(index), time: index, volume: 0.00001 },
    }));
    expect(newlyBooked([{ ...RESULT, volume: 50 }], small)).toEqual([]);
    expect(newlyBooked([{ ...RESULT, volume: 0.05, exitPrice: 9 }], small)).toEqual([]);
    const [booked] = newlyBooked([{ ...RESULT, volume: 0.05 }], small);
    expect(booked?.deals).toHaveLength(5000);
  });
});

describe('results and deals of as many lots', () => {
  const at = (isWhole: boolean) => ({ since: 0, isWhole: () => isWhole, currencies: new Map() });
  const close = (deal: bigint, volume: number, price: number): BrokerDeal => ({
    ...DEAL,
    ...{ deal, volume, price, time: Number(deal) },
    money: { profit: Number(deal), commission: 0, swap: 0, fee: 0 },
  });
  const result = (volume: number, more: Partial<RealisedResult> = {}): RealisedResult => ({
    ...RESULT,
    ...{ volume, ...more },
  });
  const bookedBy = (results: readonly RealisedResult[], deals: readonly BrokerDeal[]) =>
    newlyBookedIn(results, deals, 'USD', at(true));

  it('are the same lots, at whatever price the end was told', () => {
    const deals = [close(1n, 0.25, 1.4), close(2n, 0.75, 1.2)];
    expect(bookedBy([RESULT], deals)).toMatchObject([{ deals: [1n, 2n], exitPrice: 1.25, profit: '3.00' }]);
    // While the broker shows other lots than are known to be open, some of the deals may be of no result yet.
    expect(newlyBookedIn([RESULT], deals, 'USD', at(false))).toEqual([]);
    expect(bookedBy([RESULT], deals.slice(1))).toEqual([]);
  });

  it('are divided as the deals are', () => {
    const [first, second] = [result(0.25, { deals: [1n], currency: 'EUR' }), result(0.15, { deals: [2n] })];
    // The broker made the first smaller, and the newest was taken to be.
    expect(bookedBy([first, second], [close(1n, 0.15, 1.3), close(2n, 0.25, 1.2)])).toMatchObject([
      { volume: 0.15, was: 0.25, currency: 'EUR', profit: '1.00' },
      { volume: 0.25, was: 0.15, currency: 'USD', profit: '2.00' },
    ]);
    // It made the first larger, which was taken for another close.
    expect(bookedBy([first, result(0.15)], [close(1n, 0.4, 1.3)])).toMatchObject([
      { volume: 0.4, was: 0.25, currency: 'EUR', profit: '1.00' },
      { volume: 0, was: 0.15 },
    ]);
  });

  it('are of the deals that are left, where one is not told any more', () => {
    const known = result(0.25, { deals: [1n] });
    expect(bookedBy([known], [close(2n, 0.25, 1.2)])).toMatchObject([{ deals: [2n], profit: '2.00' }]);
    // Of before the deals that are told.
    expect(bookedBy([{ ...known, at: -1 }], [close(2n, 0.25, 1.2)])).toEqual([]);
  });
});

test('runs of deals are those that a search of every run finds first', () => {
  const lots = fc.integer({ min: 1, max: 3 });
  const price = fc.constantFrom(1.1, 1.2);
  const deals = fc.array(fc.record({ lots, price }), { maxLength: 7 });
  fc.assert(
    fc.property(deals, fc.integer({ min: 1, max: 6 }), price, (told, closed, exitPrice) => {
      const all = told.map(({ lots, price }, index): BrokerDeal => {
        return { ...DEAL, deal: BigInt(index + 1), time: index, volume: lots / 100, price };
      });
      const runs = all.flatMap((_, from) => all.map((_, to) => all.slice(from, to + 1)));
      const expected = runs.find((run) => {
        const sum = run.reduce((lots, { volume }) => lots + Math.round(volume * 100), 0);
        const value = run.reduce((money, { volume, price }) => money + volume * price, 0);
        return sum === closed && Math.abs(value / (closed / 100) - exitPrice) < 1e-6;
      });
      const [booked] = newlyBooked([{ ...RESULT, volume: closed / 100, exitPrice }], all);
      expect(booked?.deals).toEqual(expected?.map(({ deal }) => deal));
    }),
  );
});

test('whatever a position was closed by, the sum of its results is what the broker booked, to the cent', () => {
  const part = fc.record({
    lots: fc.integer({ min: 1, max: 9 }),
    fills: fc.integer({ min: 1, max: 3 }),
    cents: fc.integer({ min: -1e6, max: 1e6 }),
  });
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
      let deal = 0;
      const closes = parts.map(({ lots, fills, cents }) => {
        const deals = Array.from({ length: fills }, (): BrokerDeal => {
          deal += 1;
          const money = { profit: cents / 100, commission: -0.07, swap: 0.01, fee: 0 };
          return {
            ...DEAL,
            deal: BigInt(deal),
            volume: lots / 100,
            price: 1 + deal / 100,
            time: deal,
            money,
          };
        });
        const volume = (lots * fills) / 100;
        const value = deals.reduce((sum, { volume, price }) => sum + volume * price, 0);
        return { deals, result: { ...RESULT, volume, exitPrice: value / volume } };
      });
      const booked = newlyBooked(
        closes.map(({ result }) => result),
        closes.flatMap(({ deals }) => deals).reverse(),
      );
      expect(booked.map(({ deals }) => deals)).toEqual(
        closes.map(({ deals }) => deals.map(({ deal }) => deal)),
      );
      const cents = (texts: (string | null)[]) =>
        texts.reduce((sum, text) => sum + Math.round(Number(text) * 100), 0);
      expect(cents(booked.map(({ profit }) => profit))).toBe(
        parts.reduce((sum, { fills, cents: each }) => sum + fills * each, 0),
      );
      expect(cents(booked.map(({ commission }) => commission))).toBe(7 * deal);
    }),
  );
});

it('a deal that two results are of is of the first: the other one is of the deal that is left', () => {
  const [first, second] = [1n, 2n].map((deal) => ({ ...DEAL, deal, time: Number(deal) }));
  const twice = [1, 2].map((at): RealisedResult => ({ ...RESULT, at, deals: [2n] }));
  const told = [first, second].flatMap((deal) => deal ?? []);
  expect(newlyBooked(twice, told)).toMatchObject([{ deals: [2n] }, { deals: [1n] }]);
});
