// What the paper broker takes, refuses and makes of orders.
import { describe, expect, it } from 'vitest';
import { PaperBroker } from '../../../src/broker/paper-broker.js';
import { DEFAULT_ACCOUNT, PLAIN_EXECUTION } from '../../../src/broker/terms.js';
import { bar, close, INSTRUMENT, market, only, paperBroker, SYMBOL, stops, T0 } from '../../support/paper.js';

const MINUTE = 60_000;

describe('opening and closing', () => {
  it('fills a BUY on the ask and closes it on the bid', () => {
    const broker = paperBroker();
    const opened = broker.execute(market('BUY', 1, { stopLoss: 95, comment: 'a' }));
    expect(opened).toMatchObject({ code: 10009, price: 100.5, volume: 1, stopLoss: 95, openedTicket: 1n });
    const closed = broker.execute(close(only(broker), 1, { comment: 'b' }));
    expect(closed).toMatchObject({ code: 10009, price: 100, volume: 1, openedTicket: null });
    expect(broker.account()).toEqual({ balance: 999_999.5, equity: 999_999.5, margin: 0 });
  });

  it('closes a part and keeps the rest open', () => {
    const broker = paperBroker();
    broker.execute(market('SELL', 1));
    expect(broker.execute(close(only(broker), 0.3)).code).toBe(10009);
    expect(only(broker).volume).toBe(0.7);
  });

  it('writes an order’s comment to its deals, and the reason of every deal', () => {
    const broker = paperBroker();
    broker.execute(market('BUY', 1, { stopLoss: 95, comment: 'open me' }));
    broker.execute(close(only(broker), 0.4, { comment: 'close me' }));
    broker.quote(SYMBOL, { bid: 94, ask: 94.5 }, T0 + 1);
    expect(
      broker.deals(0).map(({ entry, direction, comment, reason }) => [entry, direction, comment, reason]),
    ).toEqual([
      ['IN', 'BUY', 'open me', 'CLIENT'],
      ['OUT', 'SELL', 'close me', 'CLIENT'],
      ['OUT', 'SELL', '[sl 95]', 'STOP_LOSS'],
    ]);
  });

  it('charges half of the commission per deal and swap per day', () => {
    const broker = paperBroker({ instrument: { commissionPerLot: 2 }, swapBuy: -3 });
    broker.execute(market('BUY', 2));
    expect(broker.account().balance).toBe(1_000_000 - 2);
    broker.advance(T0 + 2 * 86_400_000);
    broker.quote(SYMBOL, { bid: 100, ask: 100.5 }, T0 + 2 * 86_400_000);
    expect(broker.account().equity).toBe(1_000_000 - 2 - 1 - 12);
    broker.execute(close(only(broker), 1));
    expect(only(broker).swap).toBe(-6);
    expect(broker.swapDistance(only(broker))).toBe(-6);
    expect(broker.account().balance).toBe(1_000_000 - 2 - 1 - 0.5 - 6);
  });

  it('charges three days of swap on a Wednesday and none at the weekend', () => {
    const broker = paperBroker({ instrument: { symbol: 'EURUSD' }, swapSell: -1 });
    broker.execute(market('SELL', 1, { symbol: 'EURUSD' }));
    const swaps = Array.from({ length: 7 }, (_, day) => {
      const before = only(broker).swap;
      broker.advance(T0 + (day + 1) * 86_400_000);
      return only(broker).swap - before;
    });
    expect(swaps).toEqual([-3, -1, -1, 0, 0, -1, -1]);
  });

  it('takes over a position under its identifier, and no second one', () => {
    const broker = paperBroker();
    const theirs = {
      identifier: 42n,
      symbol: SYMBOL,
      direction: 'BUY' as const,
      volume: 1,
      entryPrice: 98,
      stopLoss: 90,
      takeProfit: 120,
      magicNumber: 3n,
      comment: 'bot',
      openedAt: T0 - 60_000,
    };
    broker.adopt(theirs);
    expect(only(broker)).toEqual({ ...theirs, ticket: 42n, swap: 0 });
    expect(broker.account().equity).toBe(1_000_002);
    expect(() => broker.adopt(theirs)).toThrow('position 42');
  });
});

describe('refusals', () => {
  const opened = (parts: Parameters<typeof paperBroker>[0] = {}) => {
    const broker = paperBroker(parts);
    broker.execute(market('BUY', 1, { stopLoss: 95, takeProfit: 110 }));
    return broker;
  };

  it.each([
    ['below the minimum', 0.05, 10014],
    ['off the step', 0.15, 10014],
    ['above the maximum', 10.1, 10014],
    ['nothing', 0, 10014],
    ['negative', -1, 10014],
    ['not a number', Number.NaN, 10014],
    ['on the step', 0.3, 10009],
  ])('a volume that is %s', (_, volume, code) => {
    expect(paperBroker().execute(market('BUY', volume)).code).toBe(code);
  });

  it.each([
    ['a stop above a BUY', { stopLoss: 101 }, 10016],
    ['a stop at the price', { stopLoss: 100 }, 10016],
    ['a stop within the stops level', { stopLoss: 98.25 }, 10016],
    ['a stop at the stops level', { stopLoss: 98 }, 10009],
    ['a stop off the tick', { stopLoss: 95.1 }, 10016],
    ['a target below a BUY', { takeProfit: 99 }, 10016],
    ['a target within the stops level', { takeProfit: 101.75 }, 10016],
    ['a target at the stops level', { takeProfit: 102 }, 10009],
  ])('%s', (_, levels, code) => {
    const broker = paperBroker({ instrument: { stopsLevel: 2 } });
    expect(broker.execute(market('BUY', 1, levels)).code).toBe(code);
  });

  it('a comment of more than 31 characters', () => {
    expect(paperBroker().execute(market('BUY', 1, { comment: 'x'.repeat(32) })).code).toBe(10013);
    expect(paperBroker().execute(market('BUY', 1, { comment: 'x'.repeat(31) })).code).toBe(10009);
  });

  it('an unknown symbol, and a symbol without a price', () => {
    expect(paperBroker().execute(market('BUY', 1, { symbol: 'XAUUSD' })).code).toBe(10013);
    const terms = { instrument: INSTRUMENT, spread: 0, swapBuy: 0, swapSell: 0 };
    const unpriced = new PaperBroker(DEFAULT_ACCOUNT, [terms], PLAIN_EXECUTION);
    expect(unpriced.execute(market('BUY', 1)).code).toBe(10021);
  });

  it('anything while the market is closed', () => {
    const broker = paperBroker({ instrument: { symbol: 'EURUSD' } });
    const order = market('BUY', 1, { symbol: 'EURUSD' });
    expect(broker.execute(order).code).toBe(10009);
    broker.advance(Date.UTC(2025, 2, 8, 12));
    expect(broker.execute(order).code).toBe(10018);
    expect(broker.execute(stops(only(broker), 90)).code).toBe(10018);
    broker.advance(Date.UTC(2025, 2, 9, 22));
    expect(broker.execute(order).code).toBe(10009);
  });

  it('nothing at a weekend where the recorded prices say when the market was open', () => {
    const terms = { instrument: { ...INSTRUMENT, symbol: 'EURUSD' }, spread: 0, swapBuy: 0, swapSell: 0 };
    const broker = new PaperBroker(DEFAULT_ACCOUNT, [{ ...terms, hours: 'quoted' }], PLAIN_EXECUTION);
    broker.quote('EURUSD', { bid: 100, ask: 100 }, Date.UTC(2025, 2, 8, 12));
    expect(broker.execute(market('BUY', 1, { symbol: 'EURUSD' })).code).toBe(10009);
  });

  it('what the equity does not cover, but never what only reduces', () => {
    const broker = paperBroker({ account: { balance: 10, leverage: 10 } });
    expect(broker.execute(market('BUY', 2)).code).toBe(10019);
    expect(broker.execute(market('BUY', 0.9)).code).toBe(10009);
    expect(broker.execute(market('SELL', 0.9)).code).toBe(10009);
    const [position] = broker.positions();
    if (position !== undefined) expect(broker.execute(close(position)).code).toBe(10009);
  });

  it('a change of a stop to where it is', () => {
    const broker = opened();
    expect(broker.execute(stops(only(broker), 95))).toMatchObject({ code: 10025, stopLoss: 95 });
    expect(broker.ledger.stops(1n)).toHaveLength(1);
  });

  it('a change or a close within the freeze level', () => {
    const broker = opened({ instrument: { freezeLevel: 1 } });
    broker.quote(SYMBOL, { bid: 96, ask: 96.5 }, T0 + 1);
    expect(broker.execute(stops(only(broker), 95.25)).code).toBe(10029);
    expect(broker.execute(close(only(broker))).code).toBe(10029);
    broker.quote(SYMBOL, { bid: 96.25, ask: 96.75 }, T0 + 2);
    expect(broker.execute(stops(only(broker), 95.25)).code).toBe(10009);
  });

  it('a target that came close stays legal while only the stop changes', () => {
    const broker = opened({ instrument: { stopsLevel: 2 } });
    broker.quote(SYMBOL, { bid: 109, ask: 109.5 }, T0 + 1);
    expect(broker.execute(stops(only(broker), 100)).code).toBe(10009);
  });

  it('a stop that came close stays legal while only the target changes', () => {
    const broker = opened({ instrument: { stopsLevel: 2 } });
    broker.quote(SYMBOL, { bid: 96, ask: 96.5 }, T0 + 1);
    expect(broker.execute(stops(only(broker), 95, { takeProfit: 105 })).code).toBe(10009);
  });

  it.each([
    ['off the tick', { price: 100.4 }, 10015],
    ['below zero', { price: -1 }, 10015],
    ['within the deviation', { price: 100, deviation: 0.5 }, 10009],
    ['beyond the deviation', { price: 100, deviation: 0.25 }, 10004],
  ])('a price %s', (_, fields, code) => {
    expect(paperBroker().execute(market('BUY', 1, fields)).code).toBe(code);
  });

  it('more positions or requests than the account may have', () => {
    const broker = paperBroker({ account: { maximumPositions: 1, requestsPerMinute: 3 } });
    const codes = Array.from({ length: 4 }, () => broker.execute(market('BUY', 1)).code);
    expect(codes).toEqual([10009, 10040, 10040, 10024]);
    broker.advance(T0 + MINUTE);
    expect(broker.execute(close(only(broker))).code).toBe(10009);
  });

  it('a close of more than there is, in the wrong direction, or of nothing', () => {
    const broker = opened();
    const position = only(broker);
    expect(broker.execute(close(position, 1.1)).code).toBe(10038);
    expect(broker.execute({ ...close(position), direction: 'BUY' }).code).toBe(10013);
    broker.execute(close(position));
    expect(broker.execute(close(position)).code).toBe(10036);
    expect(broker.execute(stops(position, 96)).code).toBe(10036);
  });

  it('leave everything as it was', () => {
    const broker = opened();
    const before = [broker.positions(), broker.deals(0), broker.account()];
    broker.execute(market('BUY', 0.05));
    broker.execute(stops(only(broker), 120));
    broker.execute(close(only(broker), 3));
    expect([broker.positions(), broker.deals(0), broker.account()]).toEqual(before);
  });
});

describe('netting accounts', () => {
  const netting = { account: { marginMode: 'netting' as const } };

  it('add to a position at the average price, with the levels of the last order', () => {
    const broker = paperBroker(netting);
    broker.execute(market('BUY', 1, { stopLoss: 95 }));
    broker.quote(SYMBOL, { bid: 102, ask: 102.5 }, T0 + 1);
    expect(broker.execute(market('BUY', 1, { stopLoss: 96 }))).toMatchObject({
      openedTicket: null,
      stopLoss: 96,
    });
    expect(only(broker)).toMatchObject({ identifier: 1n, volume: 2, entryPrice: 101.5, stopLoss: 96 });
    broker.execute(market('SELL', 0.5));
    expect(only(broker).stopLoss).toBe(96);
    broker.execute(market('BUY', 1));
    expect(only(broker).stopLoss).toBeNull();
    expect(broker.ledger.loosened()).toHaveLength(1);
  });

  it('turn a position round under its identifier and another ticket', () => {
    const broker = paperBroker(netting);
    broker.execute(market('BUY', 1, { stopLoss: 95 }));
    broker.execute(market('SELL', 3, { stopLoss: 110 }));
    const position = only(broker);
    expect(position).toMatchObject({
      identifier: 1n,
      direction: 'SELL',
      volume: 2,
      entryPrice: 100,
      stopLoss: 110,
    });
    expect(position.ticket).not.toBe(1n);
    expect(broker.deals(0).map(({ entry, volume }) => [entry, volume])).toEqual([
      ['IN', 1],
      ['INOUT', 3],
    ]);
    expect(broker.account().balance).toBe(999_999.5);
    expect(broker.ledger.loosened()).toEqual([]);
  });

  it('hold no more than the largest volume', () => {
    const broker = paperBroker(netting);
    broker.execute(market('BUY', 9));
    expect(broker.execute(market('BUY', 1.1)).code).toBe(10014);
    expect(broker.execute(market('BUY', 1)).code).toBe(10009);
    expect(only(broker).volume).toBe(10);
  });

  it('hold one position per symbol, so none can be taken over beside it', () => {
    const broker = paperBroker(netting);
    broker.execute(market('BUY', 1));
    expect(() => broker.adopt({ ...only(broker), identifier: 9n })).toThrow('BTCUSD');
  });
});

describe('first in, first out', () => {
  it('refuses to close a younger position and to hedge', () => {
    const broker = paperBroker({ account: { fifo: true } });
    broker.execute(market('BUY', 1));
    broker.execute(market('BUY', 1));
    const [older, younger] = broker.positions();
    if (older === undefined || younger === undefined) throw new Error('two were opened');
    expect(broker.execute(close(younger)).code).toBe(10045);
    expect(broker.execute(market('SELL', 1)).code).toBe(10046);
    expect(broker.execute(close(older)).code).toBe(10009);
    expect(broker.execute(close(younger)).code).toBe(10009);
  });
});

describe('execution', () => {
  it('slips against the client only, within the bound, and never on a target', () => {
    const broker = paperBroker({ execution: { slippageTicks: 3, seed: 5 } });
    const prices = Array.from({ length: 40 }, () => broker.execute(market('BUY', 0.1)).price);
    expect(new Set(prices)).toEqual(new Set([100.5, 100.75, 101, 101.25]));
    for (const position of broker.positions()) broker.execute(stops(position, null, { takeProfit: 105 }));
    const deals = broker.bar(SYMBOL, bar(T0 + 1, 100, 106, 100, 104), T0 + 2);
    expect(new Set(deals.map(({ price }) => price))).toEqual(new Set([105]));
  });

  it('fills a part on the step that leaves no remainder below the minimum', () => {
    const broker = paperBroker({ execution: { partialFill: 1, seed: 3 } });
    const results = Array.from({ length: 30 }, () => broker.execute(market('BUY', 0.5)));
    for (const { code, volume } of results) {
      expect([0.1, 0.2, 0.3, 0.4, 0.5]).toContain(volume);
      expect(code).toBe(volume === 0.5 ? 10009 : 10010);
    }
    expect(results.some(({ code }) => code === 10010)).toBe(true);
    expect(broker.execute(market('BUY', 0.1))).toMatchObject({ code: 10009, volume: 0.1 });
  });

  it('quotes again as often as it is told', () => {
    const broker = paperBroker({ execution: { requote: 0.5, seed: 2 } });
    const codes = Array.from({ length: 200 }, () => broker.execute(market('BUY', 0.1)).code);
    expect(codes.filter((code) => code === 10004).length).toBeGreaterThan(60);
    expect(codes.filter((code) => code === 10009)).toHaveLength(broker.positions().length);
  });

  it('carries out a late request when its time comes, and locks the position until then', () => {
    const broker = paperBroker();
    broker.execute(market('BUY', 1));
    broker.defer(close(only(broker), 1, { comment: 'late' }), T0 + 5_000);
    expect(broker.execute(stops(only(broker), 95)).code).toBe(10028);
    broker.advance(T0 + 4_999);
    expect(broker.positions()).toHaveLength(1);
    broker.advance(T0 + 5_000);
    expect(broker.positions()).toHaveLength(0);
    expect(broker.ledger.executions('late')).toHaveLength(1);
  });
});
