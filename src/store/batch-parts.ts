// A commit batch as columns, one part per table. Each part is a common table expression of the one
// statement a commit is; parts without rows are left out.
import { isSettled } from '../domain/trade.js';
import type { NewsEvent, Trade } from '../domain/types.js';
import { bytea, type Column, float8, int4, int8, latest, type Part, text, time } from './batch-columns.js';
import { evaluationsPart } from './batch-market-parts.js';
import { accountsPart, actionsPart, auditsPart } from './batch-work-parts.js';
import { encodeTrade } from './trade-codec.js';
import type { CommitBatch } from './types.js';

/** Null while active. A closed trade whose close time nobody told closed when it entered that state. */
const closedAt = (trade: Trade): number | null =>
  trade.state === 'CLOSED' ? (trade.closedAt ?? trade.stateEnteredAt) : null;

/** 0 when the trade is over. */
const openWork = (trade: Trade): number => (isSettled(trade) ? 0 : Math.max(1, trade.actions.length));

function tradeColumns(rows: CommitBatch['trades'], base: number): Column[] {
  return [
    text(
      'account',
      rows.map(({ trade }) => trade.spec.account),
    ),
    int8(
      'ticket',
      rows.map(({ trade }) => trade.spec.ticket),
    ),
    text(
      'state',
      rows.map(({ trade }) => trade.state),
    ),
    int8(
      'revision',
      rows.map(({ eventIndex }) => base + eventIndex + 1),
    ),
    int4(
      'version',
      rows.map(({ trade }) => trade.version),
    ),
    time(
      'closed_at',
      rows.map(({ trade }) => closedAt(trade)),
    ),
    int4(
      'open_work',
      rows.map(({ trade }) => openWork(trade)),
    ),
    text(
      'body',
      rows.map(({ trade }) => encodeTrade(trade)),
    ),
  ];
}

/** A second registration of a trade is a fault of ours and fails on its key. */
function registeredPart(all: CommitBatch['trades'], base: number): Part {
  const rows = all.filter(({ registeredIndex }) => registeredIndex !== null);
  return {
    name: 'registered',
    columns: [
      ...tradeColumns(rows, base),
      text(
        'symbol',
        rows.map(({ trade }) => trade.spec.symbol),
      ),
      text(
        'feed',
        rows.map(({ trade }) => trade.spec.feed),
      ),
      int8(
        'registered_revision',
        rows.map(({ registeredIndex }) => base + (registeredIndex ?? 0) + 1),
      ),
    ],
    sql: (source) =>
      `INSERT INTO trades (account, ticket, symbol, feed, state, registered_revision, revision, version, closed_at,
         open_work, body)
       SELECT x.account, x.ticket, x.symbol, x.feed, x.state, x.registered_revision, x.revision, x.version,
              x.closed_at, x.open_work, x.body::json
       FROM head, ${source}`,
  };
}

/** The version guard makes a lost or repeated change a loud failure instead of a silent one. */
function changedPart(all: CommitBatch['trades'], base: number): Part {
  const rows = all.filter(({ registeredIndex }) => registeredIndex === null);
  return {
    name: 'changed',
    columns: tradeColumns(rows, base),
    sql: (source) =>
      `UPDATE trades t SET state = x.state, revision = x.revision, version = x.version,
              closed_at = x.closed_at, open_work = x.open_work, body = x.body::json
       FROM head, ${source}
       WHERE t.account = x.account AND t.ticket = x.ticket AND t.version < x.version
       RETURNING 1`,
    complaint: 'a changed trade is not stored, or not in an older version',
  };
}

function eventsPart(rows: CommitBatch['events']): Part {
  return {
    name: 'logged',
    columns: [
      text(
        'account',
        rows.map(({ account }) => account),
      ),
      int8(
        'ticket',
        rows.map(({ ticket }) => ticket),
      ),
      text(
        'symbol',
        rows.map(({ symbol }) => symbol),
      ),
      text(
        'state',
        rows.map(({ state }) => state),
      ),
      text(
        'previous_state',
        rows.map(({ previousState }) => previousState ?? ''),
      ),
      int4(
        'trade_version',
        rows.map(({ tradeVersion }) => tradeVersion),
      ),
      time(
        'occurred_at',
        rows.map(({ occurredAt }) => occurredAt),
      ),
      text(
        'actor',
        rows.map(({ actor }) => actor),
      ),
      bytea(
        'payload',
        rows.map(({ payload }) => payload),
      ),
    ],
    sql: (source) =>
      `INSERT INTO events (revision, account, ticket, symbol, state, previous_state, trade_version, occurred_at,
         actor, payload)
       SELECT head.base + x.ord, x.account, x.ticket, x.symbol, x.state, x.previous_state, x.trade_version,
              x.occurred_at, x.actor, x.payload
       FROM head, ${source} ORDER BY x.ord`,
  };
}

function viewsPart(all: CommitBatch['views']): Part {
  const rows = latest(all, ({ feed, instrument }) => `${feed}\n${instrument}`);
  return {
    name: 'viewed',
    columns: [
      text(
        'feed',
        rows.map(({ feed }) => feed),
      ),
      text(
        'instrument',
        rows.map(({ instrument }) => instrument),
      ),
      text(
        'symbol',
        rows.map(({ symbol }) => symbol),
      ),
      text(
        'snapshot',
        rows.map(({ snapshot }) => snapshot),
      ),
    ],
    sql: (source) =>
      `INSERT INTO market_views (feed, instrument, symbol, snapshot)
       SELECT x.feed, x.instrument, x.symbol, x.snapshot FROM head, ${source}
       ON CONFLICT (feed, instrument) DO UPDATE SET symbol = excluded.symbol, snapshot = excluded.snapshot`,
  };
}

function barsPart(all: CommitBatch['bars']): Part {
  const rows = latest(
    all,
    ({ feed, instrument, timeframe, bar }) => `${feed}\n${instrument}\n${timeframe}\n${bar.time}`,
  );
  return {
    name: 'barred',
    columns: [
      text(
        'feed',
        rows.map(({ feed }) => feed),
      ),
      text(
        'instrument',
        rows.map(({ instrument }) => instrument),
      ),
      text(
        'timeframe',
        rows.map(({ timeframe }) => timeframe),
      ),
      time(
        'open_time',
        rows.map(({ bar }) => bar.time),
      ),
      float8(
        'open',
        rows.map(({ bar }) => bar.open),
      ),
      float8(
        'high',
        rows.map(({ bar }) => bar.high),
      ),
      float8(
        'low',
        rows.map(({ bar }) => bar.low),
      ),
      float8(
        'close',
        rows.map(({ bar }) => bar.close),
      ),
      float8(
        'volume',
        rows.map(({ bar }) => bar.volume),
      ),
    ],
    sql: (source) =>
      `INSERT INTO bars (feed, instrument, timeframe, open_time, open, high, low, close, volume)
       SELECT x.feed, x.instrument, x.timeframe, x.open_time, x.open, x.high, x.low, x.close, x.volume
       FROM head, ${source}
       ON CONFLICT (feed, instrument, timeframe, open_time) DO UPDATE
       SET open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
           volume = excluded.volume`,
  };
}

function instrumentsPart(all: CommitBatch['instruments']): Part {
  const rows = latest(all, ({ account, symbol }) => `${account}\n${symbol}`);
  return {
    name: 'specified',
    columns: [
      text(
        'account',
        rows.map(({ account }) => account),
      ),
      text(
        'symbol',
        rows.map(({ symbol }) => symbol),
      ),
      text(
        'body',
        rows.map((row) => JSON.stringify(row)),
      ),
    ],
    sql: (source) =>
      `INSERT INTO instruments (account, symbol, body)
       SELECT x.account, x.symbol, x.body::json FROM head, ${source}
       ON CONFLICT (account, symbol) DO UPDATE SET body = excluded.body`,
  };
}

function newsPart(all: readonly NewsEvent[]): Part {
  const rows = latest(all, ({ eventId }) => eventId);
  return {
    name: 'announced',
    columns: [
      text(
        'event_id',
        rows.map(({ eventId }) => eventId),
      ),
      time(
        'at',
        rows.map((row) => row.time),
      ),
      text(
        'body',
        rows.map((row) => JSON.stringify(row)),
      ),
    ],
    sql: (source) =>
      `INSERT INTO news_events (event_id, at, body)
       SELECT x.event_id, x.at, x.body::json FROM head, ${source}
       ON CONFLICT (event_id) DO UPDATE SET at = excluded.at, body = excluded.body`,
  };
}

/** A second answer to a request_id is a fault of ours and fails on its key. */
function answersPart(rows: CommitBatch['answers']): Part {
  return {
    name: 'answered',
    columns: [
      text(
        'request_id',
        rows.map(({ requestId }) => requestId),
      ),
      text(
        'method',
        rows.map(({ method }) => method),
      ),
      bytea(
        'body_hash',
        rows.map(({ bodyHash }) => bodyHash),
      ),
      bytea(
        'response',
        rows.map(({ response }) => response),
      ),
    ],
    sql: (source) =>
      `INSERT INTO answers (request_id, method, body_hash, response)
       SELECT x.request_id::uuid, x.method, x.body_hash, x.response FROM head, ${source}`,
  };
}

/**
 * The parts of a batch that have rows.
 *
 * @param base - the log's head before the batch.
 * @throws RangeError when a number cannot be stored.
 */
export function batchParts(batch: CommitBatch, base: number): Part[] {
  const parts = [
    registeredPart(batch.trades, base),
    changedPart(batch.trades, base),
    viewsPart(batch.views),
    barsPart(batch.bars),
    evaluationsPart(batch.marketEvaluations),
    instrumentsPart(batch.instruments),
    newsPart(batch.news),
    answersPart(batch.answers),
    actionsPart(batch.actions, base),
    accountsPart(batch.accounts),
    auditsPart(batch.audits),
    eventsPart(batch.events),
  ];
  // An empty array is its header alone.
  return parts.filter(({ columns }) => (columns[0]?.values.readInt32BE(0) ?? 0) > 0);
}
