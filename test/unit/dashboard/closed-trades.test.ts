// What closed trades come to: sums that add up, whatever they are grouped by.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  closedTrades,
  hasWords,
  runningR,
  sumOf,
  sumsBy,
} from '../../../src/http/dashboard/history-page/closed-trades.js';
import { tradeJson } from '../../support/trade-json.js';

const START = Date.UTC(2025, 5, 2);

const trade = fc
  .record({
    ticket: fc.nat(1000).map(String),
    symbol: fc.constantFrom('BTCUSD', 'EURUSD', 'XAUUSD'),
    direction: fc.constantFrom('DIRECTION_BUY', 'DIRECTION_SELL'),
    closePrice: fc.option(fc.integer({ min: 50, max: 150 }), { nil: undefined }),
    riskDistance: fc.option(fc.constantFrom(5, 10), { nil: undefined }),
    closedAt: fc.option(
      fc.nat(10_000).map((minute) => new Date(START + minute * 60_000).toISOString()),
      { nil: undefined },
    ),
  })
  .map((fields) => tradeJson({ state: 'TRADE_STATE_CLOSED', ...fields }));
const trades = fc.array(trade, { maxLength: 40 }).map(closedTrades);

describe('closed trades', () => {
  test('come the newest first, and those that are not closed not at all', () => {
    fc.assert(
      fc.property(trades, (all) => {
        const times = all.map(({ closedAt }) => closedAt);
        expect(times).toEqual([...times].sort((a, b) => b - a));
        expect(all.every(({ trade: { closedAt } }) => closedAt !== undefined)).toBe(true);
      }),
    );
  });

  test('a sale that closed lower has won', () => {
    const sale = { direction: 'DIRECTION_SELL', closePrice: 80, closedAt: '2025-06-02T13:00:00Z' };
    expect(closedTrades([tradeJson(sale)])).toMatchObject([{ gain: 20, resultR: 2 }]);
  });
});

describe('sums', () => {
  test('of the groups add up to the whole, and what is not known is in none', () => {
    fc.assert(
      fc.property(trades, (all) => {
        const groups = sumsBy(all, (closed) => closed.trade.symbol);
        const whole = sumOf('', all);
        const total = (of: (sum: (typeof groups)[number]) => number) =>
          groups.reduce((sum, each) => sum + of(each), 0);
        expect(total((each) => each.trades)).toBe(all.length);
        expect(total((each) => each.unknown)).toBe(all.filter(({ resultR }) => resultR === undefined).length);
        expect(total((each) => each.sumR)).toBeCloseTo(whole.sumR, 9);
        expect(whole.won + whole.lost + whole.unknown).toBeLessThanOrEqual(whole.trades);
        expect(whole.bestR === undefined).toBe(whole.unknown === whole.trades);
      }),
    );
  });

  test('over time rise in time and end with the whole', () => {
    fc.assert(
      fc.property(trades, (all) => {
        const points = runningR(all);
        expect(points.every(({ at }, index) => index === 0 || at > (points[index - 1]?.at ?? 0))).toBe(true);
        expect(points.at(-1)?.sumR ?? 0).toBeCloseTo(sumOf('', all).sumR, 9);
      }),
    );
  });
});

test('a search finds every word anywhere in what names a trade', () => {
  const one = tradeJson({ label: 'Breakout', closeReason: 'CLOSE_REASON_STOP_LOSS' });
  expect(hasWords(one, ' btc stop ')).toBe(true);
  expect(hasWords(one, 'stop loss breakout buy')).toBe(true);
  expect(hasWords(one, 'btc sell')).toBe(false);
});
