// The trades of a replay: from a file, sampled, and the made-up market they may run on.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withSpread } from '../../../src/replay/importer.js';
import { sampleTrades } from '../../../src/replay/sampler.js';
import { syntheticMarket } from '../../../src/replay/synthetic.js';
import { ImportError, parseTable } from '../../../src/replay/table.js';
import { tradesOfTable } from '../../../src/replay/trades-file.js';

const M15 = 900_000;
const MARKET = {
  seed: 3,
  timeframe: 'M15',
  bars: 400,
  from: Date.UTC(2025, 0, 6),
  price: 100,
  digits: 3,
} as const;

describe('the trades file', () => {
  const HEADER = 'ticket,symbol,direction,entry_time,entry_price,volume,stop_loss,take_profit';
  const GOOD = '5,EURUSD,BUY,2025-01-06 10:00,1.1,0.5,1.09,1.12';
  const read = (...rows: string[]) =>
    tradesOfTable(parseTable('trades.csv', [HEADER, ...rows].join('\n')), 'EURUSD', 'skip');

  it('gives trades in order of entry', () => {
    const early = '6,EURUSD,sell,2025.01.06 09:00:00,1.1,0.5,,0';
    const { trades } = read(GOOD, early);
    expect(trades.map(({ ticket }) => ticket)).toEqual([6n, 5n]);
    expect(trades[0]).toMatchObject({ direction: 'SELL', stopLoss: null, takeProfit: null, heldBars: null });
    expect(trades[1]).toMatchObject({
      entryTime: Date.UTC(2025, 0, 6, 10),
      entryPrice: 1.1,
      volume: 0.5,
      stopLoss: 1.09,
      takeProfit: 1.12,
    });
  });

  it.each([
    ['a ticket that is none', GOOD.replace('5,', 'x,'), 'ticket'],
    ['a ticket of zero', GOOD.replace('5,', '0,'), 'ticket'],
    ['a ticket beyond 64 bits', GOOD.replace('5,', '9223372036854775808,'), 'ticket'],
    ['a ticket that came before', GOOD.replace('10:00', '11:00'), 'ticket'],
    ['another symbol', GOOD.replace('EURUSD', 'GBPUSD').replace('5,', '6,'), 'symbol'],
    ['a direction that is none', GOOD.replace('BUY', 'UP').replace('5,', '6,'), 'direction'],
    ['a time that is none', GOOD.replace('10:00', '25:00').replace('5,', '6,'), 'entry_time'],
    ['a negative volume', GOOD.replace('0.5', '-0.5').replace('5,', '6,'), 'volume'],
    ['a stop on the profit side', GOOD.replace('1.09', '1.11').replace('5,', '6,'), 'stop_loss'],
    ['a target on the loss side', GOOD.replace('1.12', '1.08').replace('5,', '6,'), 'take_profit'],
  ])('tells of %s', (_, row, column) => {
    const { trades, badRows } = read(GOOD, row);
    expect(trades).toHaveLength(1);
    expect(badRows).toMatchObject([{ file: 'trades.csv', line: 3, column }]);
  });

  it('refuses a file without its columns', () => {
    const table = parseTable('trades.csv', 'ticket,symbol\n1,EURUSD');
    expect(() => tradesOfTable(table, 'EURUSD', 'skip')).toThrow(ImportError);
  });
});

describe('sampled trades', () => {
  it('are even, alternate, enter at a close and stand 4 and 6 ATR from their exits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), (count) => {
        const data = syntheticMarket(MARKET);
        const trades = sampleTrades(data, 'BTCUSD', M15, count);
        expect(trades).toHaveLength(count);
        const closes = new Map(
          data.bars.map(({ bar, ask }) => [bar.time + M15, { bid: bar.close, ask: ask?.close }]),
        );
        for (const [index, trade] of trades.entries()) {
          const side = index % 2 === 0 ? 1 : -1;
          expect(trade.direction).toBe(side > 0 ? 'BUY' : 'SELL');
          expect(trade.entryPrice).toBe(closes.get(trade.entryTime)?.[side > 0 ? 'ask' : 'bid']);
          const risk = side * (trade.entryPrice - (trade.stopLoss ?? 0));
          const gain = side * ((trade.takeProfit ?? 0) - trade.entryPrice);
          expect(risk).toBeGreaterThan(0);
          expect(gain / risk).toBeCloseTo(1.5, 1);
        }
        const indexes = trades.map(({ entryTime }) => (entryTime - MARKET.from) / M15);
        const steps = indexes.slice(1).map((value, index) => value - (indexes[index] ?? 0));
        expect(Math.max(0, ...steps) - Math.min(...steps, Math.max(0, ...steps))).toBeLessThanOrEqual(1);
      }),
      { numRuns: 20 },
    );
  });

  it('are none where there are too few bars for an ATR', () => {
    expect(sampleTrades(syntheticMarket({ ...MARKET, bars: 15 }), 'BTCUSD', M15, 5)).toEqual([]);
  });
});

describe('the made-up market', () => {
  it('is the same for the same seed and another for another', () => {
    expect(syntheticMarket(MARKET)).toEqual(syntheticMarket(MARKET));
    expect(syntheticMarket({ ...MARKET, seed: 4 }).bars).not.toEqual(syntheticMarket(MARKET).bars);
  });

  it('has sane bars with an ask above the bid', () => {
    for (const { bar, ask } of syntheticMarket({ ...MARKET, bars: 5000 }).bars) {
      expect(bar.high).toBeGreaterThanOrEqual(Math.max(bar.open, bar.close));
      expect(bar.low).toBeLessThanOrEqual(Math.min(bar.open, bar.close));
      expect(bar.low).toBeGreaterThan(0);
      expect(ask?.close).toBeGreaterThan(bar.close);
    }
  });
});

describe('data without a spread', () => {
  it('has no ask side', () => {
    const file = {
      file: 'x',
      timeframe: 'M15',
      lines: [2],
      spreads: [null],
      badRows: [],
      digits: 2,
    } as const;
    const bar = { time: 0, open: 1, high: 1, low: 1, close: 1, volume: 0 };
    expect(withSpread({ ...file, bars: [bar] }).bars).toEqual([{ bar, ask: null }]);
  });
});
