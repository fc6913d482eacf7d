// Owns reading the bars of markets: those of one since a time, or the newest of many. These are read by a statement for some of
// them together, as a round trip for each timeframe of each market is what a server far from its database would wait for.
import type pg from 'pg';
import type { Bar, Timeframe } from '../domain/market/data.js';
import { textArray } from './binary-arrays.js';
import { select } from './columns.js';
import { lookUp, query } from './pool.js';
import { BAR } from './tables.js';
import type { MarketBarsByTimeframe, MarketKey } from './types.js';

export const BAR_ROW = select(BAR);
/** Of a market that has none. */
export const NO_BARS: MarketBarsByTimeframe = { M1: [], M5: [], M15: [] };
/** Read by one statement: with 340 bars of each timeframe some 3 MB, decoded within 50 ms. */
const MARKETS_PER_PAGE = 32;

/** The newest bars of each market, in the order of the markets: at most so many of a timeframe, oldest first. */
export async function newestBars(
  on: pg.Pool | pg.ClientBase,
  markets: readonly MarketKey[],
  retainedBars: number,
): Promise<MarketBarsByTimeframe[]> {
  const found: MarketBarsByTimeframe[] = [];
  for (let from = 0; from < markets.length; from += MARKETS_PER_PAGE)
    found.push(...(await readPage(on, markets.slice(from, from + MARKETS_PER_PAGE), retainedBars)));
  return found;
}

async function readPage(
  on: pg.Pool | pg.ClientBase,
  markets: readonly MarketKey[],
  retainedBars: number,
): Promise<MarketBarsByTimeframe[]> {
  const { rows } = await query(on, {
    name: 'newest_bars',
    text: `SELECT x.place, t.timeframe, b.*
      FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS x(feed, instrument, place)
      CROSS JOIN unnest(ARRAY['M1', 'M5', 'M15']) AS t(timeframe)
      CROSS JOIN LATERAL (SELECT ${BAR_ROW.list} FROM bars WHERE feed = x.feed AND instrument = x.instrument
        AND timeframe = t.timeframe ORDER BY open_time DESC LIMIT $3) AS b`,
    values: [
      textArray(markets.map(({ feed }) => feed)),
      textArray(markets.map(({ instrument }) => instrument)),
      retainedBars,
    ],
  });
  const found = markets.map((): Record<Timeframe, Bar[]> => ({ M1: [], M5: [], M15: [] }));
  for (const row of rows) found[Number(row.place) - 1]?.[row.timeframe as Timeframe].push(BAR_ROW.read(row));
  // Nothing says that rows keep the order of what they were joined with.
  for (const bars of found)
    for (const each of Object.values(bars)) each.sort((one, other) => one.time - other.time);
  return found;
}

/** A time of each timeframe, UTC ms. */
export type TimeOfEach = Readonly<Record<Timeframe, number>>;

/** Bars of a market that open at or after a time of each timeframe (UTC ms), ascending, at most so many of each. */
export async function readBarsSince(
  on: pg.Pool | pg.ClientBase,
  { feed, instrument }: MarketKey,
  from: TimeOfEach,
  limit: number,
): Promise<MarketBarsByTimeframe> {
  const of = async (timeframe: Timeframe): Promise<Bar[]> => {
    const { rows } = await lookUp(on, {
      name: 'bars_since',
      text: `SELECT ${BAR_ROW.list} FROM bars WHERE feed = $1 AND instrument = $2 AND timeframe = $3 AND open_time >= $4
             ORDER BY open_time LIMIT $5`,
      values: [feed, instrument, timeframe, new Date(from[timeframe]), limit],
    });
    return rows.map(BAR_ROW.read);
  };
  return { M1: await of('M1'), M5: await of('M5'), M15: await of('M15') };
}
