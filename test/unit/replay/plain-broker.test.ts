import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActionType, Direction } from '../../../src/domain/types.js';
import type { ReplayBar } from '../../../src/replay/importer.js';
import { exitWithin, type Order, Position } from '../../../src/replay/plain-broker.js';
import type { ReplayTrade } from '../../../src/replay/trades-file.js';

const FLAT = { bid: 100, ask: 100 };
const HEDGE_TICKET = () => 7n;

function trade(direction: Direction, fields: Partial<ReplayTrade> = {}): ReplayTrade {
  const side = direction === 'BUY' ? 1 : -1;
  return {
    ticket: 1n,
    symbol: 'BTCUSD',
    direction,
    entryTime: 0,
    entryPrice: 100,
    volume: 1,
    stopLoss: 100 - side * 4,
    takeProfit: 100 + side * 6,
    heldBars: null,
    ...fields,
  };
}

function bar(open: number, high: number, low: number, close: number, spread = 0): ReplayBar {
  const ask = { open: open + spread, high: high + spread, low: low + spread, close: close + spread };
  return { bar: { time: 0, open, high, low, close, volume: 0 }, ask };
}

function order(type: ActionType, fields: Partial<Order> = {}): Order {
  return { actionId: `a:1:2:${type}`, type, stopLoss: null, volume: null, ...fields };
}

describe('stops and targets within a bar', () => {
  it.each([
    ['neither is touched', 'BUY', bar(100, 105, 97, 101), null],
    ['a BUY stop', 'BUY', bar(100, 101, 95, 97), { reason: 'STOP_LOSS', price: 96 }],
    ['a BUY target', 'BUY', bar(100, 107, 99, 106), { reason: 'TAKE_PROFIT', price: 106 }],
    ['a SELL stop', 'SELL', bar(100, 105, 99, 104), { reason: 'STOP_LOSS', price: 104 }],
    ['a SELL target', 'SELL', bar(100, 101, 93, 94), { reason: 'TAKE_PROFIT', price: 94 }],
    [
      'a gap through the stop fills at the open',
      'BUY',
      bar(90, 92, 89, 91),
      { reason: 'STOP_LOSS', price: 90 },
    ],
    [
      'a gap through the target fills at the open',
      'BUY',
      bar(110, 112, 90, 111),
      { reason: 'TAKE_PROFIT', price: 110 },
    ],
    [
      'the stop counts when both are inside',
      'BUY',
      bar(100, 107, 95, 101),
      { reason: 'STOP_LOSS', price: 96 },
    ],
    ['a BUY is stopped on the bid', 'BUY', bar(100, 101, 96.5, 97, 1), null],
    [
      'a SELL is stopped on the ask',
      'SELL',
      bar(100, 103.5, 99, 103, 1),
      { reason: 'STOP_LOSS', price: 104 },
    ],
    ['a SELL takes profit on the ask', 'SELL', bar(100, 101, 93.5, 94, 1), null],
  ] as const)('%s', (_, direction, prices, exit) => {
    const { stopLoss, takeProfit } = trade(direction);
    expect(exitWithin(direction, stopLoss, takeProfit, prices)).toEqual(exit);
  });

  it('are mirror images for BUY and SELL', () => {
    const price = fc.integer({ min: 80, max: 120 });
    fc.assert(
      fc.property(price, price, price, price, (a, b, c, d) => {
        const [low = 0, , , high = 0] = [a, b, c, d].sort((x, y) => x - y);
        const buy = exitWithin('BUY', 96, 106, bar(a, high, low, d));
        const sell = exitWithin('SELL', 104, 94, bar(200 - a, 200 - low, 200 - high, 200 - d));
        expect(sell).toEqual(buy === null ? null : { ...buy, price: 200 - buy.price });
      }),
    );
  });
});

describe('filling what was planned', () => {
  it('moves a stop, and refuses one on the wrong side of the price without leaving it pending', () => {
    const position = new Position(trade('BUY'));
    const moved = position.fill([order('TIGHTEN_SL', { stopLoss: 98 })], FLAT, HEDGE_TICKET);
    expect(moved).toMatchObject({ stopLoss: 98, settledActionIds: ['a:1:2:TIGHTEN_SL'] });
    const refused = position.fill([order('TRAIL_SL', { stopLoss: 100 })], FLAT, HEDGE_TICKET);
    expect(refused).toMatchObject({ stopLoss: null, settledActionIds: ['a:1:2:TRAIL_SL'] });
    expect(position.stopLoss).toBe(98);
  });

  it('closes a part at the side the trade exits on', () => {
    const position = new Position(trade('BUY'));
    const update = position.fill(
      [order('PARTIAL_CLOSE', { volume: 0.3 })],
      { bid: 102, ask: 103 },
      HEDGE_TICKET,
    );
    expect(update.volume).toBe(0.7);
    expect(position.result({ bid: 100, ask: 101 })).toBeCloseTo(0.6);
  });

  it('holds the result still with a hedge of the same volume, whatever the price does', () => {
    const position = new Position(trade('BUY'));
    const prices = { bid: 97, ask: 97 };
    const update = position.fill([order('OPEN_HEDGE', { volume: 1, stopLoss: 105 })], prices, HEDGE_TICKET);
    expect(update.hedge).toEqual({ ticket: 7n, volume: 1, entryPrice: 97, stopLoss: 105 });
    expect(position.result({ bid: 80, ask: 80 })).toBeCloseTo(-3);
    expect(position.result({ bid: 104, ask: 104 })).toBeCloseTo(-3);
  });

  it('stops the hedge leg by itself and says that it is gone', () => {
    const position = new Position(trade('BUY'));
    position.fill([order('OPEN_HEDGE', { volume: 1, stopLoss: 101 })], FLAT, HEDGE_TICKET);
    expect(position.stopHedge(bar(100, 100.5, 99, 100))).toBeNull();
    expect(position.stopHedge(bar(100, 102, 99, 101))).toMatchObject({ hedge: 'gone' });
    expect(position.hedge).toBeNull();
    expect(position.volume).toBe(1);
    expect(position.result({ bid: 101, ask: 101 })).toBeCloseTo(0);
  });

  it('adds at the market and averages the entry', () => {
    const position = new Position(trade('SELL'));
    expect(position.fill([order('RE_ADD', { volume: 0.5 })], { bid: 97, ask: 98 }, HEDGE_TICKET).volume).toBe(
      1.5,
    );
    expect(position.result({ bid: 90, ask: 91 })).toBeCloseTo(9 + 3);
  });

  it('closes both legs with CLOSE_ALL', () => {
    const position = new Position(trade('SELL'));
    position.fill([order('OPEN_HEDGE', { volume: 1, stopLoss: 90 })], { bid: 101, ask: 102 }, HEDGE_TICKET);
    position.fill([order('CLOSE_ALL')], { bid: 103, ask: 104 }, HEDGE_TICKET);
    expect(position.isOpen).toBe(false);
    expect(position.result(FLAT)).toBeCloseTo(-4 + 1);
  });

  it('never makes a volume negative or off the step', () => {
    const kind = fc.constantFrom<ActionType>(
      'PARTIAL_CLOSE',
      'RE_ADD',
      'OPEN_HEDGE',
      'CLOSE_HEDGE',
      'CLOSE_ALL',
    );
    const steps = fc.array(fc.tuple(kind, fc.integer({ min: 1, max: 80 })), { maxLength: 12 });
    fc.assert(
      fc.property(steps, (orders) => {
        const position = new Position(trade('BUY'));
        for (const [type, hundredths] of orders) {
          position.fill([order(type, { volume: hundredths / 100 })], FLAT, HEDGE_TICKET);
          expect(position.volume).toBeGreaterThanOrEqual(0);
          expect(position.volume * 100).toBeCloseTo(Math.round(position.volume * 100), 9);
        }
      }),
    );
  });
});
