// Every query that only reads. Each one has a limit or is bounded by its keys.
import type pg from 'pg';

import type { Account } from '../domain/account.js';
import type { Bar, Instrument, NewsEvent, State, Timeframe } from '../domain/types.js';
import { int8Array, textArray } from './binary-arrays.js';
import { storeError } from './errors.js';
import { query } from './pool.js';
import { decodeAction, decodeTrade } from './trade-codec.js';
import type {
  ActionCursor,
  ActionFilter,
  ActionOrder,
  LogEvent,
  LogHead,
  Restored,
  StoredAction,
  StoredAnswer,
  StoredTrade,
  StoredView,
  TradeFilter,
  TradeKey,
} from './types.js';

type Queryable = pg.Pool | pg.ClientBase;
type Row = pg.QueryResultRow;

const TRADE = 'body::text AS body, registered_revision, revision';
const EVENT =
  'revision, recorded_at, account, ticket, symbol, state, trade_version, occurred_at, actor, payload';
const TRADES_PER_PAGE = 2000;

const toTrade = (row: Row): StoredTrade => ({
  trade: decodeTrade(row.body),
  registeredRevision: Number(row.registered_revision),
  revision: Number(row.revision),
});

const toEvent = (row: Row): LogEvent => ({
  revision: Number(row.revision),
  recordedAt: row.recorded_at.getTime(),
  account: row.account,
  ticket: BigInt(row.ticket),
  symbol: row.symbol,
  state: row.state as State,
  tradeVersion: row.trade_version,
  occurredAt: row.occurred_at.getTime(),
  actor: row.actor,
  payload: row.payload,
});

export async function readHead(on: Queryable): Promise<LogHead> {
  const { rows } = await query(on, {
    name: 'read_head',
    text: 'SELECT revision, epoch, compacted FROM log_head',
  });
  const row = rows[0] ?? {};
  return { revision: Number(row.revision), epoch: row.epoch, compacted: Number(row.compacted) };
}

export async function readEvents(on: Queryable, after: number, limit: number): Promise<LogEvent[]> {
  const { rows } = await query(on, {
    name: 'read_events',
    text: `SELECT ${EVENT} FROM events WHERE revision > $1 ORDER BY revision LIMIT $2`,
    values: [after, limit],
  });
  return rows.map(toEvent);
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
  const text = `SELECT ${EVENT} FROM events WHERE revision > $1${conditions(filter, values)} ORDER BY revision LIMIT $2`;
  return (await query(on, text, values)).rows.map(toEvent);
}

/** The accounts there are, by one index look-up each rather than a scan. */
const ACCOUNTS = `
  WITH RECURSIVE next AS (
    (SELECT account FROM trades ORDER BY account LIMIT 1)
    UNION ALL
    SELECT (SELECT t.account FROM trades t WHERE t.account > n.account ORDER BY t.account LIMIT 1)
    FROM next n WHERE n.account IS NOT NULL
  ), accounts AS (SELECT account FROM next WHERE account IS NOT NULL)`;

async function listByTickets(
  on: Queryable,
  filter: TradeFilter,
  after: number,
  limit: number,
): Promise<StoredTrade[]> {
  const values: unknown[] = [after, limit, int8Array(filter.tickets)];
  const text = `${ACCOUNTS} SELECT ${TRADE} FROM accounts
    CROSS JOIN unnest($3::int8[]) AS x(ticket) JOIN trades USING (account, ticket)
    WHERE registered_revision > $1${conditions({ ...filter, tickets: [] }, values)}
    ORDER BY registered_revision LIMIT $2`;
  return (await query(on, text, values)).rows.map(toTrade);
}

/** Active and closed trades have an index each; a list of both merges the two. */
export async function listTrades(
  on: Queryable,
  filter: TradeFilter,
  after: number,
  limit: number,
): Promise<StoredTrade[]> {
  if (filter.tickets.length > 0) return listByTickets(on, filter, after, limit);
  const { states } = filter;
  const values: unknown[] = [after, limit];
  const terms = conditions(filter, values);
  const branch = (which: string): string =>
    `(SELECT ${TRADE} FROM trades WHERE ${which} AND registered_revision > $1${terms}
      ORDER BY registered_revision LIMIT $2)`;
  const branches: string[] = [];
  if (states.length === 0 || states.some((state) => state !== 'CLOSED'))
    branches.push(branch('closed_at IS NULL'));
  if (states.length === 0 || states.includes('CLOSED')) branches.push(branch('closed_at IS NOT NULL'));
  const text = `SELECT * FROM (${branches.join(' UNION ALL ')}) AS listed ORDER BY registered_revision LIMIT $2`;
  return (await query(on, text, values)).rows.map(toTrade);
}

export async function findTrades(on: Queryable, keys: readonly TradeKey[]): Promise<StoredTrade[]> {
  if (keys.length === 0) return [];
  const { rows } = await query(on, {
    name: 'find_trades',
    text: `SELECT ${TRADE} FROM trades JOIN unnest($1::text[], $2::int8[]) AS x(account, ticket) USING (account, ticket)`,
    values: [textArray(keys.map(({ account }) => account)), int8Array(keys.map(({ ticket }) => ticket))],
  });
  return rows.map(toTrade);
}

export async function findAnswers(on: Queryable, requestIds: readonly string[]): Promise<StoredAnswer[]> {
  if (requestIds.length === 0) return [];
  const { rows } = await query(on, {
    name: 'find_answers',
    text: 'SELECT request_id, method, body_hash, response FROM answers WHERE request_id = ANY($1::text[]::uuid[])',
    values: [textArray(requestIds)],
  });
  return rows.map((row) => ({
    requestId: row.request_id,
    method: row.method,
    bodyHash: row.body_hash,
    response: row.response,
  }));
}

const ACTION = 'account, ticket, planned_revision, revision, body::text AS body';

const toAction = (row: Row): StoredAction => ({
  account: row.account,
  ticket: BigInt(row.ticket),
  action: decodeAction(row.body),
  plannedRevision: Number(row.planned_revision),
  revision: Number(row.revision),
});

/** How each order goes on, and which way it reads the index. */
const ACTION_ORDERS: Readonly<Record<ActionOrder, { readonly beyond: string; readonly way: string }>> = {
  OLDEST_FIRST: { beyond: '>', way: 'ASC' },
  NEWEST_FIRST: { beyond: '<', way: 'DESC' },
};

/** Actions that the filter admits, in this order, from its beginning or after the last one seen. */
export async function listActions(
  on: Queryable,
  { account, ticket, statuses }: ActionFilter,
  order: ActionOrder,
  after: ActionCursor | null,
  limit: number,
): Promise<StoredAction[]> {
  const { beyond, way } = ACTION_ORDERS[order];
  const values: unknown[] = [limit];
  const terms = ['true'];
  if (after !== null) {
    const [revision, id] = [values.push(after.plannedRevision), values.push(after.actionId)];
    terms.push(`(planned_revision, action_id) ${beyond} ($${revision}::int8, $${id}::text)`);
  }
  if (account !== null) terms.push(`account = $${values.push(account)}`);
  if (ticket !== null) terms.push(`ticket = $${values.push(String(ticket))}::int8`);
  if (statuses.length > 0) terms.push(`status = ANY($${values.push(textArray(statuses))}::text[])`);
  const text = `SELECT ${ACTION} FROM actions WHERE ${terms.join(' AND ')}
    ORDER BY planned_revision ${way}, action_id ${way} LIMIT $1`;
  return (await query(on, text, values)).rows.map(toAction);
}

/** An action by its id; undefined when there is none. */
export async function findAction(on: Queryable, actionId: string): Promise<StoredAction | undefined> {
  const { rows } = await query(on, {
    name: 'find_action',
    text: `SELECT ${ACTION} FROM actions WHERE action_id = $1`,
    values: [actionId],
  });
  return rows.map(toAction)[0];
}

/** The actions of an account whose orders carry these comments at the broker. */
export async function findActionsByTag(
  on: Queryable,
  account: string,
  tags: readonly string[],
): Promise<StoredAction[]> {
  if (tags.length === 0) return [];
  const { rows } = await query(on, {
    name: 'find_actions_by_tag',
    text: `SELECT ${ACTION} FROM actions WHERE tag = ANY($2::text[]) AND account = $1`,
    values: [account, textArray(tags)],
  });
  return rows.map(toAction);
}

/**
 * Trades that are not over, the active ones in the order of their registration, a page at a time, as of
 * one moment. One pass over the table, whatever its size.
 */
export async function* activeTrades(pool: pg.Pool): AsyncGenerator<StoredTrade[]> {
  const client = await pool.connect().catch((error) => {
    throw storeError(error);
  });
  let finished = false;
  try {
    await query(client, 'BEGIN READ ONLY');
    await query(
      client,
      `DECLARE active_trades NO SCROLL CURSOR FOR
       SELECT * FROM (SELECT ${TRADE} FROM trades WHERE closed_at IS NULL ORDER BY registered_revision) AS active
       UNION ALL
       SELECT ${TRADE} FROM trades WHERE closed_at IS NOT NULL AND open_work > 0`,
    );
    for (;;) {
      const { rows } = await query(client, `FETCH ${TRADES_PER_PAGE} FROM active_trades`);
      if (rows.length === 0) break;
      yield rows.map(toTrade);
    }
    await query(client, 'COMMIT');
    finished = true;
  } finally {
    // Given up in the middle, its transaction is still open.
    client.release(!finished);
  }
}

interface ViewBars extends StoredView {
  readonly bars: Readonly<Record<Timeframe, readonly Bar[]>>;
}

async function readViews(on: Queryable, retainedBars: number): Promise<ViewBars[]> {
  const { rows } = await query(
    on,
    'SELECT feed, instrument, symbol, snapshot FROM market_views ORDER BY feed, instrument',
  );
  const views: ViewBars[] = [];
  for (const { feed, instrument, symbol, snapshot } of rows) {
    const bars: Record<Timeframe, Bar[]> = { M1: [], M5: [], M15: [] };
    for (const timeframe of ['M1', 'M5', 'M15'] as const) {
      const found = await query(on, {
        name: 'view_bars',
        text: `SELECT open_time, open, high, low, close, volume FROM bars
               WHERE feed = $1 AND instrument = $2 AND timeframe = $3 ORDER BY open_time DESC LIMIT $4`,
        values: [feed, instrument, timeframe, retainedBars],
      });
      bars[timeframe] = found.rows
        .map((row) => ({
          time: row.open_time.getTime(),
          open: row.open,
          high: row.high,
          low: row.low,
          close: row.close,
          volume: row.volume,
        }))
        .reverse();
    }
    views.push({ feed, instrument, symbol, snapshot, bars });
  }
  return views;
}

const MAXIMUM_TICKETS = `${ACCOUNTS}
  SELECT account, (SELECT max(ticket) FROM trades t WHERE t.account = a.account) AS ticket FROM accounts a`;

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
export async function restore(on: Queryable, retainedBars: number): Promise<Restored> {
  const instruments = await query(on, 'SELECT body FROM instruments ORDER BY account, symbol');
  const news = await query(on, 'SELECT body FROM news_events ORDER BY at, event_id');
  const maximum = await query(on, MAXIMUM_TICKETS);
  const accounts = await query(on, 'SELECT body FROM accounts ORDER BY account');
  return {
    head: await readHead(on),
    views: await readViews(on, retainedBars),
    instruments: instruments.rows.map((row): Instrument => row.body),
    news: news.rows.map((row): NewsEvent => row.body),
    maximumTickets: new Map(maximum.rows.map((row) => [row.account, BigInt(row.ticket)])),
    accounts: accounts.rows.map((row): Account => row.body),
    now: await databaseNow(on),
  };
}
