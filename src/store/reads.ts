// Owns every query that only reads. Each one has a limit or is bounded by its keys.
import type pg from 'pg';
import type { FlagBook } from '../domain/flags/flag-book.js';
import type { PolicyBook } from '../domain/policy/policy-book.js';
import { int8Array, textArray } from './binary-arrays.js';
import { decodeFlags } from './bodies/flags.js';
import { decodePolicies } from './bodies/policies.js';
import { nameOf, type Selection, select, time } from './columns.js';
import { NO_BARS, newestBars } from './market-bars.js';
import { type PackedStoredTrade, pageOf, tradesOfPage } from './packed-stored-trade.js';
import { checkOut, lookUp, query } from './pool.js';
import { placeOf, readStateHead } from './state-head.js';
import { IS_AT_STANDBYS } from './succession.js';
import {
  ACCOUNTS,
  ANSWERS,
  ENGINE_SETTINGS,
  EVENTS,
  FEEDS,
  INSTRUMENTS,
  LOG_HEAD,
  NEWS,
  STORED_ACTION,
  TRADES,
  VIEWS,
} from './tables.js';
import type {
  ActionCursor,
  ActionFilter,
  ListOrder,
  LogEvent,
  LogHead,
  Restored,
  RestoredLog,
  StoredAction,
  StoredAnswer,
  StoredTrade,
  TradeFilter,
  TradeKey,
} from './types.js';
import { wholeEvents } from './whole-events.js';

type Queryable = pg.Pool | pg.ClientBase;

/** Decoded in one turn of the event loop: some 15 ms. */
const TRADES_PER_PAGE = 500;
/** The same of those that stay packed: some 5 ms. */
const PACKED_PER_PAGE = 2000;

export const TRADE = select<StoredTrade>({
  trade: TRADES.trade,
  registeredRevision: TRADES.registeredRevision,
  revision: TRADES.revision,
});
const TRADE_BODY = TRADES.trade.selected?.(nameOf(TRADES, 'trade')) ?? '';
const HEAD = select(LOG_HEAD);
const EVENT = select(EVENTS);
const ACTION = select(STORED_ACTION);
const ANSWER = select(ANSWERS);
export const VIEW = select(VIEWS);

export async function readHead(on: Queryable): Promise<LogHead> {
  const { rows } = await lookUp(on, {
    name: 'read_head',
    text: `SELECT ${HEAD.list} FROM log_head WHERE ${IS_AT_STANDBYS}`,
  });
  const [row] = rows;
  if (row === undefined) throw new Error('the log has no head');
  return HEAD.read(row);
}

/** Every place of the log, also where an event was erased. */
export async function readEvents(on: Queryable, after: number, limit: number): Promise<LogEvent[]> {
  const { rows } = await lookUp(on, {
    name: 'read_events',
    text: `SELECT ${EVENT.list} FROM events WHERE revision > $1 AND ${IS_AT_STANDBYS}
      ORDER BY revision LIMIT $2`,
    values: [after, limit],
  });
  return wholeEvents(on, rows.map(EVENT.read));
}

/** The conditions of a filter and their parameters, after those already in `values`. */
function conditions(filter: TradeFilter, values: unknown[]): string {
  const terms: string[] = [];
  const add = (value: unknown, term: (parameter: string) => string): void => {
    terms.push(term(`$${values.push(value)}`));
  };
  if (filter.account !== null) add(filter.account, (p) => `account = ${p}`);
  if (filter.tickets.length > 0) add(int8Array(filter.tickets), (p) => `ticket = ANY(${p}::int8[])`);
  if (filter.symbols.length > 0) add(textArray(filter.symbols), (p) => `symbol = ANY(${p}::text[])`);
  if (filter.states.length > 0) add(textArray(filter.states), (p) => `state = ANY(${p}::text[])`);
  return terms.map((term) => ` AND ${term}`).join('');
}

export async function listEvents(
  on: Queryable,
  filter: TradeFilter,
  after: number,
  limit: number,
): Promise<LogEvent[]> {
  const values: unknown[] = [after, limit];
  const text = `SELECT ${EVENT.list} FROM events WHERE revision > $1 AND account <> ''${conditions(filter, values)} ORDER BY revision LIMIT $2`;
  return wholeEvents(on, (await query(on, text, values)).rows.map(EVENT.read));
}

/** The accounts there are, by one index look-up each rather than a scan. */
const WITH_ACCOUNTS = `
  WITH RECURSIVE next AS (
    (SELECT account FROM trades ORDER BY account LIMIT 1)
    UNION ALL
    SELECT (SELECT t.account FROM trades t WHERE t.account > n.account ORDER BY t.account LIMIT 1)
    FROM next n WHERE n.account IS NOT NULL
  ), accounts AS (SELECT account FROM next WHERE account IS NOT NULL)`;

/** How an order goes on, and which way it reads the index. */
interface ReadingOrder {
  readonly beyond: '>' | '<';
  readonly way: 'ASC' | 'DESC';
}

const LIST_ORDERS: Readonly<Record<ListOrder, ReadingOrder>> = {
  OLDEST_FIRST: { beyond: '>', way: 'ASC' },
  NEWEST_FIRST: { beyond: '<', way: 'DESC' },
};

async function listByTickets(
  on: Queryable,
  filter: TradeFilter,
  after: number,
  limit: number,
  { beyond, way }: ReadingOrder,
): Promise<StoredTrade[]> {
  const values: unknown[] = [after, limit, int8Array(filter.tickets)];
  const text = `${WITH_ACCOUNTS} SELECT ${TRADE.list} FROM accounts
    CROSS JOIN unnest($3::int8[]) AS x(ticket) JOIN trades USING (account, ticket)
    WHERE registered_revision ${beyond} $1${conditions({ ...filter, tickets: [] }, values)}
    ORDER BY registered_revision ${way} LIMIT $2`;
  return (await query(on, text, values)).rows.map(TRADE.read);
}

/** Active and closed trades have an index each; a list of both merges the two. */
export async function listTrades(
  on: Queryable,
  filter: TradeFilter,
  after: number,
  limit: number,
  order: ListOrder,
): Promise<StoredTrade[]> {
  if (filter.tickets.length > 0) return listByTickets(on, filter, after, limit, LIST_ORDERS[order]);
  const { beyond, way } = LIST_ORDERS[order];
  const { states } = filter;
  const values: unknown[] = [after, limit];
  const terms = conditions(filter, values);
  const branch = (which: string): string =>
    `(SELECT ${TRADE.list} FROM trades WHERE ${which} AND registered_revision ${beyond} $1${terms}
      ORDER BY registered_revision ${way} LIMIT $2)`;
  const branches: string[] = [];
  if (states.length === 0 || states.some((state) => state !== 'CLOSED'))
    branches.push(branch('closed_at IS NULL'));
  if (states.length === 0 || states.includes('CLOSED')) branches.push(branch('closed_at IS NOT NULL'));
  const text = `SELECT * FROM (${branches.join(' UNION ALL ')}) AS listed
    ORDER BY registered_revision ${way} LIMIT $2`;
  return (await query(on, text, values)).rows.map(TRADE.read);
}

export async function findTrades(on: Queryable, keys: readonly TradeKey[]): Promise<StoredTrade[]> {
  if (keys.length === 0) return [];
  const { rows } = await lookUp(on, {
    name: 'find_trades',
    text: `SELECT ${TRADE.list} FROM trades JOIN unnest($1::text[], $2::int8[]) AS x(account, ticket) USING (account, ticket)`,
    values: [textArray(keys.map(({ account }) => account)), int8Array(keys.map(({ ticket }) => ticket))],
  });
  return rows.map(TRADE.read);
}

export async function findAnswers(on: Queryable, requestIds: readonly string[]): Promise<StoredAnswer[]> {
  if (requestIds.length === 0) return [];
  const { rows } = await lookUp(on, {
    name: 'find_answers',
    text: `SELECT ${ANSWER.list} FROM answers WHERE request_id = ANY($1::text[]::uuid[])`,
    values: [textArray(requestIds)],
  });
  return rows.map(ANSWER.read);
}

/** Actions that the filter admits, in this order, from its beginning or after the last one seen. */
export async function listActions(
  on: Queryable,
  { account, ticket, statuses }: ActionFilter,
  order: ListOrder,
  after: ActionCursor | null,
  limit: number,
): Promise<StoredAction[]> {
  const { beyond, way } = LIST_ORDERS[order];
  const values: unknown[] = [limit];
  const terms = ['true'];
  if (after !== null) {
    const [revision, id] = [values.push(after.plannedRevision), values.push(after.actionId)];
    terms.push(`(planned_revision, action_id) ${beyond} ($${revision}::int8, $${id}::text)`);
  }
  if (account !== null) terms.push(`account = $${values.push(account)}`);
  if (ticket !== null) terms.push(`ticket = $${values.push(String(ticket))}::int8`);
  if (statuses.length > 0) terms.push(`status = ANY($${values.push(textArray(statuses))}::text[])`);
  const text = `SELECT ${ACTION.list} FROM actions WHERE ${terms.join(' AND ')}
    ORDER BY planned_revision ${way}, action_id ${way} LIMIT $1`;
  return (await query(on, text, values)).rows.map(ACTION.read);
}

/** An action by its id; undefined when there is none. */
export async function findAction(on: Queryable, actionId: string): Promise<StoredAction | undefined> {
  const { rows } = await lookUp(on, {
    name: 'find_action',
    text: `SELECT ${ACTION.list} FROM actions WHERE action_id = $1`,
    values: [actionId],
  });
  return rows.map(ACTION.read)[0];
}

/** The revision of the event that made this version of a trade. */
export async function findVersion(
  on: Queryable,
  { account, ticket }: TradeKey,
  version: number,
): Promise<number | undefined> {
  const { rows } = await lookUp(on, {
    name: 'find_version',
    text: 'SELECT revision FROM events WHERE account = $1 AND ticket = $2 AND trade_version = $3',
    values: [account, ticket, version],
  });
  return rows[0] === undefined ? undefined : Number(rows[0].revision);
}

/** The actions of an account whose orders carry these comments at the broker. */
export async function findActionsByTag(
  on: Queryable,
  account: string,
  tags: readonly string[],
): Promise<StoredAction[]> {
  if (tags.length === 0) return [];
  const { rows } = await lookUp(on, {
    name: 'find_actions_by_tag',
    text: `SELECT ${ACTION.list} FROM actions WHERE tag = ANY($2::text[]) AND account = $1`,
    values: [account, textArray(tags)],
  });
  return rows.map(ACTION.read);
}

/**
 * Trades that are not over, the active ones in the order of their registration, a page at a time, as of
 * one moment.
 */
export async function* activeTrades(pool: pg.Pool): AsyncGenerator<PackedStoredTrade[]> {
  const client = await checkOut(pool);
  let finished = false;
  try {
    await query(client, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    yield* activeTradesOf(client);
    await query(client, 'COMMIT');
    finished = true;
  } finally {
    // Given up in the middle, its transaction is still open.
    client.release(!finished);
  }
}

/** The same. @param on - inside a transaction that sees one moment */
export async function* activeTradesOf(on: pg.ClientBase): AsyncGenerator<PackedStoredTrade[]> {
  for (const which of ['closed_at IS NULL', 'closed_at IS NOT NULL AND open_work > 0']) {
    let last = Number.MIN_SAFE_INTEGER;
    for (;;) {
      // With ties: whatever its number is, no trade stands between two pages.
      const text = `SELECT ${pageOf('body')} AS page FROM (
        SELECT registered_revision, revision, ${TRADE_BODY} AS body FROM trades
        WHERE ${which} AND registered_revision > $1 ORDER BY registered_revision FETCH FIRST ${PACKED_PER_PAGE} ROWS WITH TIES) AS next`;
      const { rows } = await query(on, text, [last]);
      const page: Buffer | null = rows[0]?.page ?? null;
      if (page === null) break;
      const trades = tradesOfPage(page);
      yield trades;
      last = trades.at(-1)?.registeredRevision ?? last;
      if (trades.length < PACKED_PER_PAGE) break;
    }
  }
}

/** Trades a page at a time. @param on - inside a transaction */
export async function* pagesOf(
  on: pg.ClientBase,
  selected: string,
  values: unknown[] = [],
): AsyncGenerator<StoredTrade[]> {
  await query(on, `DECLARE pages NO SCROLL CURSOR FOR ${selected}`, values);
  for (;;) {
    const { rows } = await query(on, `FETCH ${TRADES_PER_PAGE} FROM pages`);
    if (rows.length === 0) break;
    yield rows.map(TRADE.read);
  }
  await query(on, 'CLOSE pages');
}

async function readViews(on: Queryable, retainedBars: number): Promise<Restored['views']> {
  const { rows } = await query(on, `SELECT ${VIEW.list} FROM market_views ORDER BY feed, instrument`);
  const views = rows.map(VIEW.read);
  const bars = await newestBars(on, views, retainedBars);
  return views.map((view, place) => ({ ...view, bars: bars[place] ?? NO_BARS }));
}

const MAXIMUM_TICKETS = `${WITH_ACCOUNTS}
  SELECT account, (SELECT max(ticket) FROM trades t WHERE t.account = a.account) AS ticket FROM accounts a`;

const MAXIMUM_TICKET = select({ account: TRADES.account, ticket: TRADES.ticket });

/** The database's clock, UTC ms. */
export async function databaseNow(on: Queryable): Promise<number> {
  const { rows } = await query(on, 'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now');
  return Number(rows[0]?.now);
}

/**
 * Everything but the trades. To be read when nobody else can write any more.
 *
 * @param retainedBars - at most this many of the newest bars per view and timeframe, oldest first.
 */
const RESTORED_LOG = select<RestoredLog>({ restoredAt: time, loggedUntil: time });

export async function readRestoredLog(on: Queryable): Promise<RestoredLog | null> {
  const { rows } = await query(
    on,
    `SELECT ${RESTORED_LOG.list} FROM log_head WHERE restored_at IS NOT NULL AND logged_until IS NOT NULL`,
  );
  return rows.map(RESTORED_LOG.read)[0] ?? null;
}

export async function lastJournalPlace(on: Queryable): Promise<number> {
  const { rows } = await query(on, 'SELECT coalesce(max(place), 0) AS place FROM journal');
  return Number(rows[0]?.place);
}

const SETTING = select({ body: ENGINE_SETTINGS.body });

/** The feature flags in force; null before any. */
export function readFlags(on: Queryable): Promise<FlagBook | null> {
  return readSetting(on, 'flags', decodeFlags);
}

/** The policies; null before any. */
export function readPolicies(on: Queryable): Promise<PolicyBook | null> {
  return readSetting(on, 'policies', decodePolicies);
}

async function readSetting<T>(
  on: Queryable,
  name: 'flags' | 'policies',
  decode: (body: string) => T,
): Promise<T | null> {
  const { rows } = await query(on, `SELECT ${SETTING.list} FROM engine_settings WHERE name = '${name}'`);
  return rows.map((row) => decode(SETTING.read(row).body))[0] ?? null;
}

export async function restore(on: Queryable, retainedBars: number): Promise<Restored> {
  const bodies = async <T>({ list, read }: Selection<{ readonly body: T }>, from: string): Promise<T[]> =>
    (await query(on, `SELECT ${list} FROM ${from}`)).rows.map((row) => read(row).body);
  const maximum = await query(on, MAXIMUM_TICKETS);
  return {
    head: await readHead(on),
    place: placeOf(await readStateHead(on)),
    views: await readViews(on, retainedBars),
    instruments: await bodies(select({ body: INSTRUMENTS.body }), 'instruments ORDER BY account, symbol'),
    feeds: await bodies(select({ body: FEEDS.body }), 'feeds ORDER BY feed'),
    news: await bodies(select({ body: NEWS.body }), 'news_events ORDER BY at, event_id'),
    maximumTickets: new Map(maximum.rows.map(MAXIMUM_TICKET.read).map((row) => [row.account, row.ticket])),
    accounts: await bodies(select({ body: ACCOUNTS.body }), 'accounts ORDER BY account'),
    flags: await readFlags(on),
    policies: await readPolicies(on),
    journalPlace: await lastJournalPlace(on),
    restoredLog: await readRestoredLog(on),
    now: await databaseNow(on),
  };
}
