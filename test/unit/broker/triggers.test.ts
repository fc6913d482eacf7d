// Stops, targets and stop-outs: which prices end a position, and at what price.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PriceRange, touchWithin } from '../../../src/broker/prices.js';
import { bar, market, only, paperBroker, SYMBOL, stops, T0 } from '../../support/paper.js';

const MINUTE = 60_000;

function range(open: number, high: number, low: number, close: number): PriceRange {
  return { open, high, low, close };
}

describe('within a range of prices', () => {
  it.each([
    ['neither is touched', range(100, 105, 97, 101), null],
    ['the stop', range(100, 101, 95, 97), { reason: 'STOP_LOSS', price: 96 }],
    ['the target', range(100, 107, 99, 106), { reason: 'TAKE_PROFIT', price: 106 }],
    ['a gap through the stop', range(90, 92, 89, 91), { reason: 'STOP_LOSS', price: 90 }],
    ['a gap through the target', range(110, 112, 90, 111), { reason: 'TAKE_PROFIT', price: 110 }],
    ['both: the stop counts', range(100, 107, 95, 101), { reason: 'STOP_LOSS', price: 96 }],
  ])('%s', (_, prices, touch) => {
    expect(touchWithin('BUY', 96, 106, prices)).toEqual(touch);
  });

  it('are mirror images for BUY and SELL', () => {
    const price = fc.integer({ min: 80, max: 120 });
    fc.assert(
      fc.property(price, price, price, price, (a, b, c, d) => {
        const [low = 0, , , high = 0] = [a, b, c, d].sort((x, y) => x - y);
        const buy = touchWithin('BUY', 96, 106, range(a, high, low, d));
        const sell = touchWithin('SELL', 104, 94, range(200 - a, 200 - low, 200 - high, 200 - d));
        expect(sell).toEqual(buy === null ? null : { ...buy, price: 200 - buy.price });
      }),
    );
  });
});

describe('at the broker', () => {
  it('closes a BUY on the bid and a SELL on the ask: a spike of the spread stops only the SELL', () => {
    const broker = paperBroker();
    broker.execute(market('BUY', 1, { stopLoss: 95 }));
    broker.execute(market('SELL', 1, { stopLoss: 105 }));
    const deals = broker.bar(SYMBOL, bar(T0, 100, 101, 99, 100, 6), T0 + MINUTE);
    expect(deals.map(({ direction, price, reason }) => [direction, price, reason])).toEqual([
      ['BUY', 106, 'STOP_LOSS'],
    ]);
    expect(only(broker).direction).toBe('BUY');
  });

  it('takes the configured spread where a bar has no ask side', () => {
    const broker = paperBroker();
    broker.execute(market('SELL', 1, { stopLoss: 105 }));
    const { bar: bid } = bar(T0, 100, 104.25, 99, 100);
    expect(broker.bar(SYMBOL, { bar: bid, ask: null }, T0 + MINUTE)).toEqual([]);
    const touching = { bar: { ...bid, time: T0 + MINUTE, high: 104.5 }, ask: null };
    expect(broker.bar(SYMBOL, touching, T0 + 2 * MINUTE)).toMatchObject([{ price: 105, entry: 'OUT' }]);
  });

  it('gaps through a stop at the open, also of a quote', () => {
    const broker = paperBroker();
    broker.execute(market('BUY', 1, { stopLoss: 95 }));
    expect(broker.quote(SYMBOL, { bid: 90, ask: 91 }, T0 + 1)).toMatchObject([
      { price: 90, reason: 'STOP_LOSS' },
    ]);
  });

  it('ignores prices older than what it knows', () => {
    const broker = paperBroker();
    broker.execute(market('BUY', 1, { stopLoss: 95 }));
    expect(broker.quote(SYMBOL, { bid: 90, ask: 91 }, T0 - 1)).toEqual([]);
    expect(broker.bar(SYMBOL, bar(T0 - 2 * MINUTE, 100, 100, 80, 80), T0 - MINUTE)).toEqual([]);
    expect(broker.prices(SYMBOL)).toEqual({ bid: 100, ask: 100.5 });
  });

  it('stops out the worst position first, until the margin is covered', () => {
    const broker = paperBroker({ account: { balance: 100, leverage: 2 } });
    broker.execute(market('BUY', 1));
    broker.quote(SYMBOL, { bid: 110, ask: 110.5 }, T0 + 1);
    broker.execute(market('BUY', 0.8));
    const deals = broker.quote(SYMBOL, { bid: 65, ask: 65.5 }, T0 + 2);
    expect(deals).toMatchObject([{ reason: 'STOP_OUT', volume: 0.8, price: 65, positionIdentifier: 3n }]);
    const { equity, margin } = broker.account();
    expect(equity).toBeGreaterThanOrEqual(margin * 0.5);
  });

  it('stops out at the close of a bar that no stop ended', () => {
    const broker = paperBroker({ account: { balance: 100, leverage: 2 } });
    broker.execute(market('SELL', 1));
    const deals = broker.bar(SYMBOL, bar(T0, 100, 170, 100, 170), T0 + MINUTE);
    expect(deals).toMatchObject([
      { reason: 'STOP_OUT', price: 170.5, time: T0 + MINUTE, comment: '[so 35%]' },
    ]);
  });

  it('re-opens positions at the end of the day under another ticket and the same identifier', () => {
    const broker = paperBroker({ account: { swap: 'reopened' } });
    broker.execute(market('BUY', 1, { stopLoss: 95 }));
    const before = only(broker);
    broker.advance(T0 + 86_400_000);
    const after = only(broker);
    expect(after).toEqual({ ...before, ticket: after.ticket });
    expect(after.ticket).not.toBe(before.ticket);
    expect(broker.execute(stops(before, 96)).code).toBe(10036);
    expect(broker.execute(stops(after, 96)).code).toBe(10009);
  });
});
