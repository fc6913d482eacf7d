// The trades of a replay: from a file, sampled, and the made-up market they may run on.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTicket } from '../../../src/cli/options.js';
import { importTable, withSpread } from '../../../src/replay/importer.js';
import { ImportError, parseTable } from '../../../src/replay/input/table.js';
import { sampleTrades } from '../../../src/replay/sampler.js';
import { syntheticMarket } from '../../../src/replay/synthetic.js';
import { heldToExit, tradesOfTable } from '../../../src/replay/trades-file.js';
import { runs } from '../../support/properties.js';

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
    ['BUY and SELL mixed up', GOOD.replace('1.09,1.12', '1.11,1.08').replace('5,', '6,'), 'take_profit'],
  ])('tells of %s', (_, row, column) => {
    const { trades, badRows } = read(GOOD, row);
    expect(trades).toHaveLength(1);
    expect(badRows).toMatchObject([{ file: 'trades.csv', line: 3, column }]);
  });

  it('takes a stop that was moved to the profit side as none, and says so', () => {
    const { trades, badRows, reading } = read(GOOD.replace('1.09', '1.11'));
    expect(badRows).toEqual([]);
    expect(trades).toMatchObject([{ ticket: 5n, stopLoss: null, takeProfit: 1.12 }]);
    expect(reading.remarks).toEqual([
      expect.stringMatching(/^1 × the stop is on the profit side.*estimated/),
    ]);
  });

  it('takes a target that was moved to the loss side as none, and says so', () => {
    for (const [row, stopLoss] of [
      [GOOD.replace('1.12', '1.08'), 1.09],
      ['5,EURUSD,SELL,2025-01-06 10:00,1.1,0.5,1.11,1.1', 1.11],
      ['5,EURUSD,SELL,2025-01-06 10:00,1.1,0.5,,1.105', null],
    ] as const) {
      const { trades, badRows, reading } = read(row);
      expect(badRows).toEqual([]);
      expect(trades).toMatchObject([{ ticket: 5n, stopLoss, takeProfit: null }]);
      expect(reading.remarks).toEqual([expect.stringMatching(/^1 × the target is on the loss side/)]);
    }
  });

  it.each(['', '-', '\u2013', '\u2014', 'n/a', 'N/A', 'None', 'null', 'NaN', '0', '0.00'])(
    'takes a stop and a target of "%s" as none',
    (none) => {
      const { trades, badRows } = read(GOOD.replace('1.09,1.12', `${none},${none}`));
      expect(badRows).toEqual([]);
      expect(trades).toMatchObject([{ stopLoss: null, takeProfit: null }]);
    },
  );

  it('refuses a file without its columns', () => {
    const table = parseTable('trades.csv', 'ticket,symbol\n1,EURUSD');
    expect(() => tradesOfTable(table, 'EURUSD', 'skip')).toThrow(ImportError);
  });
});

describe('a ticket that is written as #1000', () => {
  const rows = [
    '#1000,EURUSD,BUY,2026-11-30 08:00:00,1.1,0.5',
    '# closed by hand',
    '1001,EURUSD,SELL,2026-11-30 09:00:00,1.1,0.5',
  ];

  it.each([',', ';', '\t'])('is that ticket and no comment, with %j between the cells', (delimiter) => {
    const text = ['ticket,symbol,direction,entry_time,entry_price,volume', ...rows].join('\n');
    const table = parseTable('trades.csv', text.replaceAll(',', delimiter));
    const { trades, badRows } = tradesOfTable(table, 'EURUSD', 'skip');
    expect(trades.map(({ ticket }) => ticket)).toEqual([1000n, 1001n]);
    expect(badRows).toEqual([]);
  });

  it('comes once, however it is written', () => {
    const [first = ''] = rows;
    const text = ['ticket,symbol,direction,entry_time,entry_price,volume', first, first.slice(1)].join('\n');
    const { badRows } = tradesOfTable(parseTable('trades.csv', text), 'EURUSD', 'skip');
    expect(badRows).toMatchObject([{ line: 3, reason: '1000 comes twice' }]);
  });

  it('is that ticket on the command line; what is none is refused', () => {
    expect([parseTicket('#1000'), parseTicket('1000')]).toEqual([1000n, 1000n]);
    for (const text of ['#', '##1', '# 1', '0', '#0', '-1', '1.5', '9223372036854775808', '1000#', ''])
      expect(() => parseTicket(text), text).toThrow('must be a positive whole number');
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
      { numRuns: runs(20) },
    );
  });

  it('are drawn by a seed, the same each time, with the exits asked for', () => {
    const data = syntheticMarket(MARKET);
    const rules = { seed: 5, stopAtr: 2, targetAtr: 0, heldBars: 7 };
    const draw = (seed: number) => sampleTrades(data, 'BTCUSD', M15, 300, { ...rules, seed });
    const trades = draw(5);
    expect(draw(5)).toEqual(trades);
    expect(draw(6)).not.toEqual(trades);
    expect(trades.map(({ entryTime }) => entryTime)).toEqual(
      trades.map(({ entryTime }) => entryTime).sort((a, b) => a - b),
    );
    const buys = trades.filter(({ direction }) => direction === 'BUY').length;
    expect(buys).toBeGreaterThan(100);
    expect(buys).toBeLessThan(200);
    for (const { takeProfit, heldBars } of trades) expect([takeProfit, heldBars]).toEqual([null, 7]);
    const wide = sampleTrades(data, 'BTCUSD', M15, 300, { ...rules, stopAtr: 4 });
    for (const [index, { entryPrice, stopLoss }] of trades.entries()) {
      const twice = Math.abs((wide[index]?.stopLoss ?? 0) - entryPrice);
      expect(twice / Math.abs((stopLoss ?? 0) - entryPrice)).toBeCloseTo(2, 1);
    }
  });

  it('are none where there are too few bars for an ATR', () => {
    expect(sampleTrades(syntheticMarket({ ...MARKET, bars: 15 }), 'BTCUSD', M15, 5)).toEqual([]);
  });
});

describe('trades that were closed', () => {
  it('are held to the bar they were closed in, at least for one', () => {
    const at = (bars: number) => MARKET.from + bars * M15;
    const table = parseTable(
      'trades.csv',
      [
        'Time,Position,Symbol,Type,Volume,Price,S / L,T / P,Time,Price,Commission,Swap,Profit',
        '2025.01.06 01:00:00,11,EURUSDm,buy,0.10,1.1,1.09,0,2025.01.06 02:20:00,1.2,0,0,9',
        '2025.01.06 01:05:00,12,EURUSD.r,sell,0.10,1.1,1.11,,2025.01.06 01:06:00,1.2,0,0,9',
        '2025.01.06 01:00:00,13,EURUSD,buy,0.10,1.1,,,,,,,',
      ].join('\n'),
    );
    const { trades, badRows } = tradesOfTable(table, 'EURUSD', 'skip');
    expect(badRows).toEqual([]);
    const times = Array.from({ length: 40 }, (_, index) => at(index));
    const held = heldToExit(trades, times, M15);
    expect(held.map(({ ticket, heldBars }) => [ticket, heldBars])).toEqual([
      [11n, 6],
      [13n, null],
      [12n, 1],
    ]);
  });

  it('are refused where they were closed before they were opened', () => {
    const header = 'Ticket,Open Time,Type,Lots,Item,Price,S / L,T / P,Close Time';
    const table = parseTable('t.csv', `${header}\n1,2025-01-06 02:00,sell,1,EURUSD,1.1,,,2025-01-06 01:00`);
    expect(tradesOfTable(table, 'EURUSD', 'skip').badRows).toMatchObject([{ line: 2, column: 'Close Time' }]);
  });

  it('may have decimal commas and dates in the order that a day shows', () => {
    const header = 'ticket;symbol;direction;entry_time;entry_price;volume;stop_loss;take_profit';
    const rows = [
      '1;EURUSD;BUY;13/01/2025 10:00;1,11560;0,10;1,11260;',
      '2;EURUSD;SELL;02/01/2025 10:00;1,02084;0,10;;',
    ];
    const { trades } = tradesOfTable(parseTable('t.csv', [header, ...rows].join('\n')), 'EURUSD', 'stop');
    expect(trades).toMatchObject([
      { ticket: 2n, entryTime: Date.UTC(2025, 0, 2, 10), entryPrice: 1.02084, volume: 0.1 },
      { ticket: 1n, entryTime: Date.UTC(2025, 0, 13, 10), stopLoss: 1.1126 },
    ]);
    const unclear = tradesOfTable.bind(
      null,
      parseTable('t.csv', [header, rows[1] ?? ''].join('\n')),
      'EURUSD',
      'stop',
    );
    expect(unclear).toThrow(/02\/01\/2025.*--date-order/);
    expect(unclear({ dateOrder: 'mdy' }).trades[0]?.entryTime).toBe(Date.UTC(2025, 1, 1, 10));
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
    const table = parseTable('x.csv', 'time,open,high,low,close\n2025-01-06,1,1,1,1');
    const bar = { time: MARKET.from, open: 1, high: 1, low: 1, close: 1, volume: 0 };
    expect(withSpread(importTable(table, 'M15', 'stop')).bars).toEqual([{ bar, ask: null }]);
  });
});
