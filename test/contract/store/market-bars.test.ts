// The newest bars of many markets, read together, are each market's own.
import pg from 'pg';
import { expect, test } from 'vitest';
import { newestBars } from '../../../src/store/market-bars.js';
import { StoreFixture } from './fixtures.js';

const START = Date.UTC(2025, 0, 6);
const KEPT = 5;
const TIMEFRAMES = [
  ['M1', 60_000],
  ['M5', 300_000],
  ['M15', 900_000],
] as const;

/** How many bars a market has of the n-th timeframe: some none, some fewer than are kept, some more. */
const countOf = (market: number, nth: number) => (market * (nth + 2)) % (KEPT * 2);

test('more markets than one statement reads: each has its newest, oldest first, in the order they were asked for', async () => {
  const fixture = await StoreFixture.create();
  await fixture.lead();
  const pool = new pg.Pool({ connectionString: fixture.database.url });
  try {
    const markets = Array.from({ length: 75 }, (_, index) => ({
      feed: `f${index % 7}`,
      instrument: `i${index}`,
    }));
    for (const [index, { feed, instrument }] of markets.entries())
      for (const [nth, [timeframe, step]] of TIMEFRAMES.entries())
        await pool.query(
          `INSERT INTO bars SELECT $1, $2, $3, to_timestamp(($4::float8 + n * $5::float8) / 1000), n, n + 1, n, $6 + n, 7
           FROM generate_series(0, $7::int - 1) AS n ORDER BY n DESC`,
          [feed, instrument, timeframe, START, step, index, countOf(index, nth)],
        );
    // One that nobody knows, and one twice.
    const asked = [...markets].reverse().concat({ feed: 'none', instrument: 'i1' }, markets.slice(0, 1));
    const found = await newestBars(pool, asked, KEPT);
    const expected = asked.map(({ feed, instrument }) => {
      const index = feed === 'none' ? -1 : Number(instrument.slice(1));
      return Object.fromEntries(
        TIMEFRAMES.map(([timeframe, step], nth) => {
          const count = index < 0 ? 0 : countOf(index, nth);
          const kept = Array.from({ length: count }, (_, n) => n).slice(-KEPT);
          return [timeframe, kept.map((n) => ({ time: START + n * step, close: index + n }))];
        }),
      );
    });
    const shown = found.map((bars) =>
      Object.fromEntries(
        Object.entries(bars).map(([timeframe, each]) => [
          timeframe,
          each.map(({ time, close }) => ({ time, close })),
        ]),
      ),
    );
    expect(shown).toEqual(expected);
    expect(await newestBars(pool, [], KEPT)).toEqual([]);
  } finally {
    await pool.end();
    await fixture.close();
  }
});
