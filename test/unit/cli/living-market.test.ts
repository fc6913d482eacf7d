// The demo's market, which goes on for as long as somebody asks for more.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DemoSymbol, LivingMarket, STEP_MS } from '../../../src/cli/demo/market.js';
import { runs } from '../../support/properties.js';

const FROM = Date.UTC(2024, 8, 2);
const COIN: DemoSymbol = { symbol: 'BTCUSD', price: 64_000, digits: 2, spread: 8 };

test('its bars hold what was quoted while they lasted, one a minute', () => {
  const moods = fc.constantFrom('crash' as const, 'squeeze' as const, null);
  fc.assert(
    fc.property(fc.nat(), moods, (seed, mood) => {
      const market = new LivingMarket([COIN], FROM, seed);
      market.lean(COIN.symbol, mood);
      let quoted: number[] = [];
      for (let step = 0; step < 60; step += 1) {
        for (const item of market.step()) {
          if (item.kind === 'quote') quoted.push(item.quote.bid);
          if (item.kind !== 'bar') continue;
          expect(item.bar.time).toBe(market.now - 2 * STEP_MS);
          expect(item.bar.close).toBe(quoted.at(-1));
          expect(Math.max(...quoted)).toBeLessThanOrEqual(item.bar.high);
          expect(Math.min(...quoted)).toBeGreaterThanOrEqual(item.bar.low);
          quoted = [];
        }
      }
    }),
    { numRuns: runs(30) },
  );
});

test('its price stays around where it began, however long it is leaned on', () => {
  const market = new LivingMarket([COIN], FROM, 7);
  market.lean(COIN.symbol, 'crash');
  for (let step = 0; step < 100_000; step += 1) market.step();
  const { bid, atr } = market.prices(COIN.symbol);
  expect(bid).toBeGreaterThan(COIN.price / 4);
  expect(atr).toBeGreaterThan(0);
});
