// The law of a paper account in money: its equity is its balance and what is open, to the smallest unit, and each is what
// DTMS reckons of the same positions; nothing is lost or made by rounding.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PaperBroker } from '../../../src/broker/paper-broker.js';
import { PaperTerminal } from '../../../src/broker/paper-terminal.js';
import { closingDeal, openingDeal } from '../../../src/broker/terminal.js';
import {
  accountCurrency,
  DEFAULT_ACCOUNT,
  lotInstrument,
  PLAIN_EXECUTION,
} from '../../../src/broker/terms.js';
import type { Direction } from '../../../src/domain/market/direction.js';
import { resolveInstrument } from '../../../src/domain/market/symbols.js';
import { contractOf } from '../../../src/domain/money/contract.js';
import type { FedRates } from '../../../src/domain/money/conversion.js';
import { decimal, decimalText, minus, plus, total, ZERO } from '../../../src/domain/money/decimal.js';
import { amountOf, lotMove, worthOf } from '../../../src/domain/money/worth.js';
import { T0 } from '../../support/trades.js';

const MARKETS = {
  EURUSD: [1.08, 5],
  USDJPY: [151.2, 3],
  XAUUSD: [2412, 2],
  BTCUSD: [64_000, 2],
  XAGUSD: [28, 3],
} as const;
type Symbol = keyof typeof MARKETS;
const SYMBOLS = Object.keys(MARKETS) as Symbol[];

const step = fc.record({
  symbol: fc.constantFrom(...SYMBOLS),
  direction: fc.constantFrom<Direction>('BUY', 'SELL'),
  hundredths: fc.integer({ min: 1, max: 300 }),
  moves: fc.double({ min: -0.01, max: 0.01, noNaN: true }),
  closes: fc.boolean(),
});

describe('a paper account in money', () => {
  it('has the balance and what is open for its equity, to the cent', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
        const terms = SYMBOLS.map((symbol) => ({
          ...{
            instrument: lotInstrument('demo', symbol, MARKETS[symbol][1]),
            spread: 0,
            swapBuy: -3.21,
            swapSell: 1.07,
          },
        }));
        const account = { ...DEFAULT_ACCOUNT, balance: 10_000_000, currency: 'USD', stopOutLevel: null };
        const broker = new PaperBroker(account, terms, PLAIN_EXECUTION);
        const prices = new Map<string, { bid: number; ask: number; at: number }>();
        const quote = (symbol: Symbol, moves: number, at: number) => {
          const [first, digits] = MARKETS[symbol];
          const bid = Number(((prices.get(symbol)?.bid ?? first) * (1 + moves)).toFixed(digits));
          const ask = Number((bid * 1.0001).toFixed(digits));
          prices.set(symbol, { bid, ask, at });
          broker.quote(symbol, { bid, ask }, at);
        };
        for (const symbol of SYMBOLS) quote(symbol, 0, T0);
        for (const [index, { symbol, direction, hundredths, moves, closes }] of steps.entries()) {
          quote(symbol, moves, T0 + (index + 1) * 3_600_000);
          const open = broker.positions().find((position) => position.symbol === symbol);
          const order = { symbol, direction, volume: hundredths / 100 };
          const levels = {};
          broker.execute(closes && open !== undefined ? closingDeal(open) : openingDeal(order, levels));
        }
        const rates: FedRates = (pair) => prices.get(pair) ?? null;
        const open = broker.positions().map((position) => {
          const { symbol, volume, entryPrice, direction, swap } = position;
          const { bid = 0, ask = 0 } = prices.get(symbol) ?? {};
          const terms = lotInstrument('demo', symbol, 5);
          const worth = worthOf(contractOf(resolveInstrument(symbol), terms), 'USD', rates);
          const to = direction === 'BUY' ? bid : ask;
          const told = broker.swapDistance(position);
          const [amount, held] = [
            amountOf(lotMove(direction, volume, { from: entryPrice, to }), worth),
            amountOf(lotMove('BUY', volume, { from: 0, to: told }), worth),
          ];
          expect(decimalText(held ?? ZERO)).toBe(swap.toFixed(2));
          return plus(amount ?? ZERO, held ?? ZERO);
        });
        const { balance, equity } = broker.account();
        const cents = (value: number) => Number(value.toFixed(2)) === value;
        expect(cents(balance) && cents(equity)).toBe(true);
        expect(minus(plus(decimal(balance), total(open)), decimal(equity)).units).toBe(0n);
        const booked = broker.history.flatMap(({ profit, swap, commission }) => [profit, swap, -commission]);
        expect(minus(plus(decimal(10_000_000), total(booked.map(decimal))), decimal(balance)).units).toBe(0n);
      }),
    );
  });

  it('tells of closes what the balance moved by, with what opening cost, however they were parted', async () => {
    const parts = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(parts, fc.integer({ min: 0, max: 1000 }), async (hundredths, points) => {
        const instrument = { ...lotInstrument('demo', 'EURUSD', 5), commissionPerLot: 0.000071 };
        const account = { ...DEFAULT_ACCOUNT, balance: 1_000_000, currency: 'USD' };
        const terms = [{ instrument, spread: 0, swapBuy: -3.21, swapSell: 0 }];
        const broker = new PaperBroker(account, terms, PLAIN_EXECUTION);
        broker.quote('EURUSD', { bid: 1.1, ask: 1.1 }, T0);
        const volume = hundredths.reduce((sum, each) => sum + each, 0) / 100;
        broker.execute(openingDeal({ symbol: 'EURUSD', direction: 'BUY', volume }, {}));
        const price = Number((1.1 + points / 100_000).toFixed(5));
        broker.quote('EURUSD', { bid: price, ask: price }, T0 + 3 * 86_400_000);
        for (const each of hundredths) {
          const [open] = broker.positions();
          if (open !== undefined) broker.execute(closingDeal(open, { volume: each / 100 }));
        }
        const { deals } = await new PaperTerminal(broker).deals(0);
        const told = deals.flatMap(({ money }) => (money === undefined ? [] : Object.values(money)));
        expect(deals.filter(({ money }) => money !== undefined)).toHaveLength(hundredths.length);
        const moved = minus(decimal(broker.account().balance), decimal(1_000_000));
        expect(minus(total(told.map(decimal)), moved).units).toBe(0n);
      }),
    );
  });

  it('counts in real lots: a pip of a lot of EURUSD is ten dollars', () => {
    const instrument = lotInstrument('demo', 'EURUSDm', 5);
    expect(instrument).toMatchObject({ contractSize: 100_000, profitCurrency: 'USD' });
    expect(accountCurrency(instrument)).toBe('USD');
    expect(accountCurrency(lotInstrument('demo', 'USDJPY', 3))).toBe('USD');
    expect(accountCurrency(lotInstrument('demo', 'EURGBP', 5))).toBe('GBP');
    const account = { ...DEFAULT_ACCOUNT, balance: 1000, currency: 'USD' };
    const broker = new PaperBroker(
      account,
      [{ instrument, spread: 0, swapBuy: 0, swapSell: 0 }],
      PLAIN_EXECUTION,
    );
    broker.quote('EURUSDm', { bid: 1.1, ask: 1.1 }, T0);
    const levels = {};
    broker.execute(openingDeal({ symbol: 'EURUSDm', direction: 'BUY', volume: 0.1 }, levels));
    broker.quote('EURUSDm', { bid: 1.0999, ask: 1.0999 }, T0 + 1);
    expect(broker.account()).toMatchObject({ balance: 1000, equity: 999 });
  });
});
