import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkEntries } from '../../../src/replay/entry-prices.js';
import type { ReplayTrade } from '../../../src/replay/trades-file.js';

const M15 = 900_000;
const bars = [10, 20, 30].map((price, index) => ({
  bar: { time: index * M15, open: price, high: price + 1, low: price - 1, close: price, volume: 1 },
  ask: { open: price + 1, high: price + 2, low: price, close: price + 1 },
}));
const trade = (entryTime: number, entryPrice: number): ReplayTrade => ({
  ...{ ticket: 1n, symbol: 'BTCUSD', direction: 'BUY', volume: 1, stopLoss: null, takeProfit: null },
  ...{ heldBars: null, entryTime, entryPrice },
});

describe('the entry prices of recorded trades', () => {
  it('of the bar they were entered in, the ask of it included, are taken without a word', () => {
    const inBar = fc.tuple(fc.nat(2), fc.nat(M15 - 1), fc.double({ min: -1, max: 2, noNaN: true }));
    fc.assert(
      fc.property(inBar, ([index, later, above]) => {
        const one = trade(index * M15 + later, (index + 1) * 10 + above);
        expect(checkEntries([one], bars)).toEqual({ trades: [one], remarks: [] });
      }),
    );
  });

  it('that the bar never had are counted, as those of another zone are', () => {
    const one = trade(M15, 30);
    const remarks = ['1 × the bar of the entry did not have its price: are the times of another zone?'];
    expect(checkEntries([one], bars)).toEqual({ trades: [one], remarks });
  });

  it('of another scale are left out', () => {
    const far = [trade(M15, 20_000), trade(M15, 0.02)];
    const remarks = ["2 × the entry price is far from the market's: left out"];
    expect(checkEntries(far, bars)).toEqual({ trades: [], remarks });
  });
});
