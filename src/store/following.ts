// Owns what a server reads that keeps the state of the log beside the leader's: all of it, or what changed since a commit,
// each as of one moment.
import type pg from 'pg';
import type { Bar, Timeframe } from '../domain/market/data.js';
import { int8Array, textArray, timestamptzArray } from './binary-arrays.js';
import { decodeChanged } from './bodies/commit.js';
import { select } from './columns.js';
import { BAR_ROW, NO_BARS, newestBars } from './market-bars.js';
import type { PackedStoredTrade } from './packed-stored-trade.js';
import { checkOut, query } from './pool.js';
import {
  activeTradesOf,
  lastJournalPlace,
  pagesOf,
  readFlags,
  readPolicies,
  restore,
  TRADE,
  VIEW,
} from './reads.js';
import { placeOf, readStateHead } from './state-head.js';
import { ACCOUNTS, FEEDS, INSTRUMENTS, NEWS } from './tables.js';
import type {
  ChangedKeys,
  CommitPlace,
  Delta,
  MarketBarsByTimeframe,
  MarketKey,
  Restored,
  RestoredView,
  StoredTrade,
} from './types.js';

/** The whole state, as of one moment; to be read in this order, once. */
export interface StateReading {
  /** Everything but the trades. */
  restore(): Promise<Restored>;
  /** The active trades in the order of their registration, a page at a time. */
  trades(): AsyncIterable<PackedStoredTrade[]>;
}

/** With more events than this between two commits, trades are read a page at a time. */
const MANY_EVENTS = 500;
const CHANGED_TRADES = `SELECT ${TRADE.list} FROM trades
  JOIN (SELECT DISTINCT account, ticket FROM events WHERE revision > $1 AND revision <= $2) AS x USING (account, ticket)`;

const ACCOUNT = select({ body: ACCOUNTS.body });
const FEED = select({ body: FEEDS.body });
const INSTRUMENT = select({ body: INSTRUMENTS.body });
const NEWS_EVENT = select({ body: NEWS.body });

/** Everything, as of one moment. @throws what `read` throws */
export function readState<T>(
  pool: pg.Pool,
  retainedBars: number,
  read: (state: StateReading) => Promise<T>,
): Promise<T> {
  return atOneMoment(pool, (client) =>
    read({ restore: () => restore(client, retainedBars), trades: () => activeTradesOf(client) }),
  );
}

/** What changed since a commit; undefined where that cannot be told, and all has to be read. */
export function readDelta(
  pool: pg.Pool,
  since: CommitPlace,
  retainedBars: number,
): Promise<Delta | undefined> {
  return atOneMoment(pool, async (client) => {
    const head = await readStateHead(client);
    if (!head.recorded || head.history !== since.history || head.commit < since.commit) return undefined;
    const changed = await readChanged(client, since.commit, head.commit);
    if (changed === undefined) return undefined;
    return {
      place: placeOf(head),
      journalPlace: await lastJournalPlace(client),
      now: head.now,
      trades: await changedTrades(client, since.revision, head.revision),
      ...(await changedReference(client, changed)),
      ...(await changedMarkets(client, changed, retainedBars)),
    };
  });
}

/** A transaction that sees one moment. */
async function atOneMoment<T>(pool: pg.Pool, read: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await checkOut(pool);
  let finished = false;
  try {
    await query(client, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const result = await read(client);
    await query(client, 'COMMIT');
    finished = true;
    return result;
  } finally {
    // Given up in the middle, its transaction is still open.
    client.release(!finished);
  }
}

/** What these commits changed, each key once; undefined when one of them has no record any more. */
async function readChanged(on: pg.ClientBase, after: number, last: number): Promise<ChangedKeys | undefined> {
  const { rows } = await query(on, {
    name: 'changed_since',
    text: 'SELECT changed::text AS changed FROM commits WHERE number > $1 AND number <= $2 ORDER BY number',
    values: [after, last],
  });
  if (rows.length !== last - after) return undefined;
  const each = rows.map((row) => decodeChanged(String(row.changed)));
  const all = <Key>(of: (changed: ChangedKeys) => readonly Key[]): Key[] => unique(each.flatMap(of));
  return {
    accounts: all(({ accounts }) => accounts),
    settings: all(({ settings }) => settings),
    feeds: all(({ feeds }) => feeds),
    news: all(({ news }) => news),
    instruments: all(({ instruments }) => instruments),
    views: all(({ views, bars }) => [
      ...views,
      ...bars.map(([feed, instrument]) => [feed, instrument] as const),
    ]),
    forgotten: all(({ forgotten }) => forgotten),
    bars: earliest(each.flatMap(({ bars }) => bars)),
  };
}

function unique<Key>(keys: readonly Key[]): Key[] {
  return [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()];
}

function earliest(bars: ChangedKeys['bars']): ChangedKeys['bars'] {
  const found = new Map<string, ChangedKeys['bars'][number]>();
  for (const [feed, instrument, timeframe, from] of bars) {
    const key = `${feed} ${instrument} ${timeframe}`;
    found.set(key, [feed, instrument, timeframe, Math.min(from, found.get(key)?.[3] ?? from)]);
  }
  return [...found.values()];
}

async function changedTrades(on: pg.ClientBase, after: number, last: number): Promise<StoredTrade[]> {
  if (last === after) return [];
  const values = [after, last];
  if (last - after <= MANY_EVENTS) {
    const { rows } = await query(on, { name: 'changed_trades_since', text: CHANGED_TRADES, values });
    return rows.map(TRADE.read);
  }
  const trades: StoredTrade[] = [];
  for await (const page of pagesOf(on, CHANGED_TRADES, values)) trades.push(...page);
  return trades;
}

async function changedReference(
  on: pg.ClientBase,
  { accounts, settings, feeds, news, instruments }: ChangedKeys,
): Promise<Pick<Delta, 'accounts' | 'flags' | 'policies' | 'feeds' | 'news' | 'instruments'>> {
  const keptFeeds = await byName(on, FEED, 'feeds WHERE feed', feeds);
  const keptNews = await byName(on, NEWS_EVENT, 'news_events WHERE event_id', news);
  const keptTerms = await byPair(on, INSTRUMENT, 'instruments', ['account', 'symbol'], instruments);
  const [hasFeed, hasNews, hasTerms] = [
    new Set(keptFeeds.map(({ body }) => body.name)),
    new Set(keptNews.map(({ body }) => body.eventId)),
    new Set(keptTerms.map(({ body }) => JSON.stringify([body.account, body.symbol]))),
  ];
  return {
    accounts: (await byName(on, ACCOUNT, 'accounts WHERE account', accounts)).map(({ body }) => body),
    flags: settings.includes('flags') ? await readFlags(on) : null,
    policies: settings.includes('policies') ? await readPolicies(on) : null,
    feeds: { kept: keptFeeds.map(({ body }) => body), ended: feeds.filter((name) => !hasFeed.has(name)) },
    news: { kept: keptNews.map(({ body }) => body), ended: news.filter((id) => !hasNews.has(id)) },
    instruments: {
      kept: keptTerms.map(({ body }) => body),
      ended: instruments
        .filter((key) => !hasTerms.has(JSON.stringify(key)))
        .map(([account, symbol]) => ({ account, symbol })),
    },
  };
}

interface Readable<T> {
  readonly list: string;
  readonly read: (row: pg.QueryResultRow) => T;
}

async function byName<T>(
  on: pg.ClientBase,
  { list, read }: Readable<T>,
  where: string,
  names: readonly string[],
): Promise<T[]> {
  if (names.length === 0) return [];
  const { rows } = await query(on, `SELECT ${list} FROM ${where} = ANY($1::text[])`, [textArray(names)]);
  return rows.map(read);
}

async function byPair<T>(
  on: pg.ClientBase,
  { list, read }: Readable<T>,
  table: string,
  [first, second]: readonly [string, string],
  pairs: readonly (readonly [string, string])[],
): Promise<T[]> {
  if (pairs.length === 0) return [];
  const { rows } = await query(
    on,
    `SELECT ${list} FROM ${table} JOIN unnest($1::text[], $2::text[]) AS x(${first}, ${second}) USING (${first}, ${second})`,
    [textArray(pairs.map(([one]) => one)), textArray(pairs.map(([, two]) => two))],
  );
  return rows.map(read);
}

async function changedMarkets(
  on: pg.ClientBase,
  { views, forgotten, bars }: ChangedKeys,
  retainedBars: number,
): Promise<Pick<Delta, 'views' | 'forgotten'>> {
  const stored = await byPair(on, VIEW, 'market_views', ['feed', 'instrument'], views);
  const gone = forgotten.map(([feed, instrument]): MarketKey => ({ feed, instrument }));
  const isGone = new Set(gone.map(marketName));
  const changed = await changedBars(
    on,
    bars.filter(([feed, instrument]) => !isGone.has(marketName({ feed, instrument }))),
  );
  // What was forgotten and is back has none that the replica could keep.
  const back = stored.filter((view) => isGone.has(marketName(view)));
  const whole = await newestBars(on, back, retainedBars);
  for (const [place, view] of back.entries()) changed.set(marketName(view), whole[place] ?? NO_BARS);
  const withBars = (view: (typeof stored)[number]): RestoredView => ({
    ...view,
    bars: changed.get(marketName(view)) ?? NO_BARS,
  });
  return { views: stored.map(withBars), forgotten: gone };
}

const marketName = ({ feed, instrument }: MarketKey): string => `${feed} ${instrument}`;

async function changedBars(
  on: pg.ClientBase,
  bars: ChangedKeys['bars'],
): Promise<Map<string, MarketBarsByTimeframe>> {
  const found = new Map<string, Record<Timeframe, Bar[]>>();
  if (bars.length === 0) return found;
  const { rows } = await query(on, {
    name: 'changed_bars',
    text: `SELECT x.place, b.* FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::int8[])
        AS x(feed, instrument, timeframe, since, place)
      CROSS JOIN LATERAL (SELECT ${BAR_ROW.list} FROM bars WHERE feed = x.feed AND instrument = x.instrument
        AND timeframe = x.timeframe AND open_time >= x.since ORDER BY open_time) AS b`,
    values: [
      textArray(bars.map(([feed]) => feed)),
      textArray(bars.map(([, instrument]) => instrument)),
      textArray(bars.map(([, , timeframe]) => timeframe)),
      timestamptzArray(bars.map(([, , , since]) => since)),
      int8Array(bars.map((_, place) => place)),
    ],
  });
  for (const row of rows) {
    const key = bars[Number(row.place)];
    if (key === undefined) continue;
    const name = marketName({ feed: key[0], instrument: key[1] });
    const known = found.get(name) ?? { M1: [], M5: [], M15: [] };
    known[key[2]].push(BAR_ROW.read(row));
    found.set(name, known);
  }
  return found;
}
