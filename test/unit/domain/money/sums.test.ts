// The law of sums: whatever is closed in parts, hedged and left open, the results in money are those of an independent
// calculation, to the smallest unit of the account's currency.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_UPDATE } from '../../../../src/domain/actions/broker-update.js';
import { type Direction, opposite } from '../../../../src/domain/market/direction.js';
import { decimalText } from '../../../../src/domain/money/decimal.js';
import { inPlaces, netOf, openPart, realisedPart } from '../../../../src/domain/money/trade-result.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import { Engine } from '../../../../src/engine/engine.js';
import {
  difference,
  type Fraction,
  fraction,
  product,
  quotient,
  smallestUnits,
} from '../../../support/fraction.js';
import { runs } from '../../../support/properties.js';
import { quoteItem, take } from '../../../support/scripted-view.js';
import { MINUTE, specOf, T0 } from '../../../support/trades.js';

/** Bid, ask and the units of a lot of what is traded; and the digits of its prices. */
const MARKETS = {
  EURUSD: { bid: 1.08341, ask: 1.08353, size: 100_000, digits: 5, profit: 'USD' },
  USDJPY: { bid: 151.237, ask: 151.251, size: 100_000, digits: 3, profit: 'JPY' },
  XAUUSD: { bid: 2412.37, ask: 2412.61, size: 100, digits: 2, profit: 'USD' },
  DE40: { bid: 18_411.3, ask: 18_412.8, size: 1, digits: 1, profit: 'EUR' },
  BTCUSD: { bid: 64_012.55, ask: 64_025.05, size: 1, digits: 2, profit: 'USD' },
} as const;
type Symbol = keyof typeof MARKETS;
const SYMBOLS = Object.keys(MARKETS) as Symbol[];
const PLACES = { USD: 2, EUR: 2, JPY: 0 } as const;
type Currency = keyof typeof PLACES;
const CURRENCIES = Object.keys(PLACES) as Currency[];

/** An engine with an account for each currency and a price for each symbol. */
function marketEngine(): Engine {
  const engine = new Engine(DEFAULT_RULES);
  for (const currency of CURRENCIES) {
    engine.accounts.upsert(
      currency,
      { marginMode: 'hedging', fifo: false, hedgeAddsMargin: false },
      [],
      currency,
    );
  }
  for (const symbol of SYMBOLS) {
    const { bid, ask } = MARKETS[symbol];
    take(engine, 'default', quoteItem(T0 + MINUTE, bid, ask, symbol));
  }
  return engine;
}

/** Written down by hand for each pair of currencies: which prices a gain and a loss are converted by. */
function inMoney(amount: Fraction, from: string, to: Currency): bigint {
  const { EURUSD, USDJPY } = MARKETS;
  const isGain = amount.over !== 0n && amount.over > 0n === amount.under > 0n;
  const [eurusd, usdjpy] = [
    fraction(isGain ? EURUSD.bid : EURUSD.ask),
    fraction(isGain ? USDJPY.bid : USDJPY.ask),
  ];
  const [usdeur, jpyusd] = [
    fraction(isGain ? EURUSD.ask : EURUSD.bid),
    fraction(isGain ? USDJPY.ask : USDJPY.bid),
  ];
  const ways: Readonly<Record<string, (amount: Fraction) => Fraction>> = {
    'EUR USD': (eur) => product(eur, eurusd),
    'USD EUR': (usd) => quotient(usd, usdeur),
    'USD JPY': (usd) => product(usd, usdjpy),
    'JPY USD': (jpy) => quotient(jpy, jpyusd),
    'EUR JPY': (eur) => product(product(eur, eurusd), usdjpy),
    'JPY EUR': (jpy) => quotient(quotient(jpy, jpyusd), usdeur),
  };
  const way = ways[`${from} ${to}`] ?? ((same: Fraction) => same);
  return smallestUnits(way(amount), PLACES[to]);
}

interface Closed {
  readonly direction: Direction;
  readonly lots: number;
  readonly from: number;
  readonly to: number;
}

function earned(symbol: Symbol, currency: Currency, { direction, lots, from, to }: Closed): bigint {
  const { size, profit } = MARKETS[symbol];
  const [first, last] = direction === 'BUY' ? [from, to] : [to, from];
  const move = difference(fraction(last), fraction(first));
  return inMoney(product(product(move, fraction(lots)), fraction(size)), profit, currency);
}

/** An amount's text in smallest units. */
const unitsOf = (text: string): bigint => BigInt(text.replace('.', ''));

const ticks = (most: number) => fc.integer({ min: -most, max: most }).filter((each) => each !== 0);
const course = fc.record({
  symbol: fc.constantFrom(...SYMBOLS),
  currency: fc.constantFrom(...CURRENCIES),
  direction: fc.constantFrom<Direction>('BUY', 'SELL'),
  hundredths: fc.integer({ min: 3, max: 500 }),
  entry: ticks(3000),
  parts: fc.array(fc.record({ share: fc.double({ min: 0.1, max: 0.8, noNaN: true }), exit: ticks(4000) }), {
    maxLength: 3,
  }),
  hedge: fc.option(fc.record({ entry: ticks(3000), isClosed: fc.boolean() })),
  end: fc.option(ticks(4000)),
});
type Course = typeof course extends fc.Arbitrary<infer T> ? T : never;

const engine = marketEngine();
let ticket = 0n;

/** Goes through a course in the engine; gives what it says, and what the closes were. */
function play({ symbol, currency, direction, hundredths, entry, parts, hedge, end }: Course) {
  const { bid, digits } = MARKETS[symbol];
  const price = (away: number) => Number((bid + away / 10 ** digits).toFixed(digits));
  ticket += 1n;
  const key = { account: currency, ticket };
  const entryPrice = price(entry);
  const stopLoss = direction === 'BUY' ? entryPrice * 0.9 : entryPrice * 1.1;
  const spec = specOf({ ...key, symbol, direction, volume: hundredths / 100, entryPrice, stopLoss });
  engine.register(spec, T0);
  engine.drain();
  const closed: Closed[] = [];
  let left = hundredths;
  for (const { share, exit } of parts) {
    const lots = Math.floor(left * share);
    if (lots === 0) continue;
    left -= lots;
    closed.push({ direction, lots: lots / 100, from: entryPrice, to: price(exit) });
    partlyClosed(engine, key, left / 100, price(exit));
  }
  const leg =
    hedge === null
      ? null
      : { ticket: 0n, volume: hundredths / 100, entryPrice: price(hedge.entry), stopLoss: null };
  if (leg !== null) engine.update(key, { ...NO_UPDATE, hedge: leg }, T0);
  if (end !== null) {
    closed.push({ direction, lots: left / 100, from: entryPrice, to: price(end) });
    engine.close(key, 'TAKE_PROFIT', price(end), T0);
  }
  const results = engine.drain().realised.flatMap((each) => each.results);
  return { trade: engine.get(currency, ticket), spec, closed, results, leg, left };
}

/** A part that was closed, as a reconciliation finds it by its deals. */
function partlyClosed(
  on: Engine,
  key: { account: string; ticket: bigint },
  volume: number,
  exitPrice: number,
): void {
  on.act(key, (trade) => {
    const change = {
      kind: 'reconciled',
      drift: 'POSITION_DIFFERS',
      changedFields: ['volume'],
      note: '',
    } as const;
    return [
      {
        trade: { ...trade, volume, version: trade.version + 1 },
        at: T0,
        change: { ...change, withdrawn: [], exitPrice },
      },
    ];
  });
}

describe('results in money', () => {
  it('equal an independent calculation to the smallest unit: five symbols, three currencies', () => {
    fc.assert(
      fc.property(course, (one) => {
        const { symbol, currency, direction } = one;
        const { trade, closed, results, leg, left } = play(one);
        const worth = engine.valuation.worthOf({
          spec: specOf({ account: currency, symbol }),
          instrument: symbol,
        });
        expect(worth.obstacle).toBeNull();
        const known = trade ?? null;
        const sum = closed.reduce((units, each) => units + earned(symbol, currency, each), 0n);
        const booked = results.reduce((units, { profit }) => units + unitsOf(profit ?? ''), 0n);
        expect(booked).toBe(sum);
        if (known === null) return;
        const { amounts } = realisedPart({ ...known, closedVolume: 0 }, results, worth);
        if (amounts !== null) expect(unitsOf(decimalText(inPlaces(netOf(amounts), currency)))).toBe(sum);
        const { bid, ask } = MARKETS[symbol];
        const [exit, hedgeExit] = direction === 'BUY' ? [bid, ask] : [ask, bid];
        const open = openPart(known, worth, { exit, hedgeExit, swap: 0, hedgeSwap: 0 });
        const held: Closed[] = [];
        if (known.state !== 'CLOSED')
          held.push({ direction, lots: left / 100, from: known.spec.entryPrice, to: exit });
        if (leg !== null)
          held.push({
            direction: opposite(direction),
            lots: leg.volume,
            from: leg.entryPrice,
            to: hedgeExit,
          });
        const floating = held.reduce((units, each) => units + earned(symbol, currency, each), 0n);
        expect(unitsOf(decimalText(inPlaces(netOf(open?.amounts ?? fail()), currency)))).toBe(floating);
      }),
      { numRuns: runs(1000) },
    );
  });
});

function fail(): never {
  throw new Error('nothing is known of what is open');
}
