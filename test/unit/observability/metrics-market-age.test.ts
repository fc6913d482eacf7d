// The age of market data is shown for a bounded number of symbols, and none goes unseen.
import { describe, expect, it } from 'vitest';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import { MarketView } from '../../../src/domain/views/market-view.js';
import { Engine } from '../../../src/engine/engine.js';
import { FeedClock } from '../../../src/engine/feed-clock.js';
import { NAMED_SYMBOLS, symbolAges } from '../../../src/metrics/market-age.js';
import { T0 } from '../../support/trades.js';

function marketOf(symbol: string, quotedAt: number, trades: number) {
  const view = new MarketView(symbol, symbol, DEFAULT_RULES);
  view.addQuote({ bid: 1, ask: 1.1, time: quotedAt });
  return { feed: 'default', view, trades };
}

function termOf(markets: readonly ReturnType<typeof marketOf>[], now: number) {
  const { faults, feeds, reference } = new Engine(DEFAULT_RULES);
  const clock = new FeedClock({ database: () => now, process: () => now, kindOf: () => 'LIVE' });
  return { engine: { watched: () => markets, faults, feeds, reference }, clock, databaseNow: () => now };
}

describe('symbolAges', () => {
  it("is the time since the newest data, by the database's clock", () => {
    const { ages } = symbolAges(
      termOf([marketOf('EURUSD', T0, 1), marketOf('XAUUSD', T0 + 60_000, 1)], T0 + 90_000),
    );
    expect(ages).toEqual([
      [{ feed: 'default', symbol: 'EURUSD' }, 90],
      [{ feed: 'default', symbol: 'XAUUSD' }, 30],
    ]);
  });

  it('names the symbols with the most trades, and shows the oldest of the others as one', () => {
    const many = Array.from({ length: 1000 }, (_, index) =>
      marketOf(`S${index}`, T0 - index * 1000, index % 10 === 0 ? 5 : 0),
    );
    const { ages } = symbolAges(termOf(many, T0));
    expect(ages).toHaveLength(NAMED_SYMBOLS + 1);
    const named = new Set(ages.map(([{ symbol }]) => symbol));
    for (let index = 0; index < 1000; index += 10) expect(named).toContain(`S${index}`);
    expect(ages.at(-1)).toEqual([{ feed: 'other', symbol: 'other' }, 999]);
  });

  it('counts symbols as stale only where trades depend on them', () => {
    const old = T0 - 6 * 3_600_000;
    const markets = [marketOf('EURUSD', old, 1), marketOf('GBPUSD', old, 0)];
    expect(symbolAges(termOf(markets, T0)).stale).toBe(1);
  });

  it('tells a feed that is ahead, by its newest data or by what was refused of it, and clamps no age to 0', () => {
    const term = termOf([marketOf('EURUSD', T0 + 3000, 1)], T0);
    expect(symbolAges(term)).toMatchObject({
      ages: [[{ feed: 'default', symbol: 'EURUSD' }, -3]],
      skews: [[{ feed: 'default' }, 3]],
    });
    term.engine.faults.ahead('default', 10_800_000, T0);
    term.engine.faults.ahead('quiet', 60_000, T0 - 16 * 60_000);
    expect(symbolAges(term).skews).toEqual([[{ feed: 'default' }, 10_800]]);
  });

  it('is empty on a server that does not lead', () => {
    expect(symbolAges(null)).toEqual({ ages: [], stale: 0, skews: [] });
  });
});
