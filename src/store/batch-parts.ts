// Owns what a commit writes, one part per table. Each part is a common table expression of the one statement
// a commit is; its SQL is made from the table's columns.
import { setImmediate as turn } from 'node:timers/promises';
import { tagOf } from '../domain/broker/order-tag.js';
import type { Trade } from '../domain/trade/trade.js';
import { isSettled } from '../domain/trade/version.js';
import { joined } from './binary-arrays.js';
import { encodePolicies } from './bodies/policies.js';
import { type Column, type Notation, nameOf, propertiesOf, type TableColumns } from './columns.js';
import { commitRecord } from './commits.js';
import {
  ACCOUNTS,
  type ActionRecord,
  ANSWERS,
  actionsIn,
  BARS,
  BODY_COLUMNS,
  BOOKED_RESULTS,
  changedTradesIn,
  ENGINE_SETTINGS,
  EVALUATIONS,
  FEED_KEYS,
  FEEDS,
  INSTRUMENT_KEYS,
  INSTRUMENTS,
  JOURNAL,
  MARKET_KEYS,
  NEW_AUDITS,
  NEW_BRIEF_EVENTS,
  NEW_COMMITS,
  NEW_EVENTS,
  NEWS,
  NEWS_KEYS,
  RESULTS,
  type ResultRecord,
  TAKEN_BACK,
  type TradeRecord,
  tradesIn,
  VIEWS,
} from './tables.js';
import type { BookedResult, ChangedAction, ChangedTrade, CommitBatch, NewResult } from './types.js';

export interface Part {
  readonly name: string;
  /** Its arrays' columns in the database. The first one is of type text. */
  readonly columns: readonly { readonly name: string; readonly type: Column<unknown>['sent'] }[];
  /** The statement; `source` is the expression that yields the columns as x, with their order as x.ord. */
  readonly sql: (source: string) => string;
  /** Set when each row must come out of it; says what is wrong otherwise. */
  readonly complaint?: string;
  /**
   * The columns of its rows as binary arrays; none when it has no rows. Of many rows it is a promise: other
   * work gets its turn in between. @throws RangeError when a number cannot be stored.
   */
  readonly arrays: (batch: CommitBatch, base: number) => Buffer[] | Promise<Buffer[]>;
}

/** Rows that are encoded in one turn of the event loop: some 20 ms of work at most. */
const ROWS_IN_A_TURN = 500;

/** A part's rows; `base` is the log's head before the batch. */
type Rows<Row> = (batch: CommitBatch, base: number) => readonly Row[];

/** The part of a statement that takes these columns of these rows. */
function partOf<Row>(name: string, columns: TableColumns<Row>, rows: Rows<Row>, sql: Part['sql']): Part {
  const properties = propertiesOf(columns);
  const array = <K extends keyof Row>(found: readonly Row[], property: K): Buffer =>
    columns[property].array(found.map((row) => row[property]));
  return {
    name,
    columns: properties.map((property) => ({
      name: nameOf(columns, property),
      type: columns[property].sent,
    })),
    sql,
    arrays: (batch, base) => {
      const found = rows(batch, base);
      if (found.length === 0) return [];
      const encode = (some: readonly Row[]): Buffer[] => properties.map((property) => array(some, property));
      return found.length <= ROWS_IN_A_TURN ? encode(found) : inTurns(found, encode);
    },
  };
}

/** Encodes a part of the rows a turn. */
async function inTurns<Row>(
  rows: readonly Row[],
  encode: (some: readonly Row[]) => Buffer[],
): Promise<Buffer[]> {
  const pieces: Buffer[][] = [];
  for (let from = 0; from < rows.length; from += ROWS_IN_A_TURN) {
    pieces.push(encode(rows.slice(from, from + ROWS_IN_A_TURN)));
    await turn();
  }
  return (pieces[0] ?? []).map((_, column) => joined(pieces.map((piece) => piece[column] as Buffer)));
}

/** `x.name` for each column, as what the table holds. */
function values<Row>(columns: TableColumns<Row>): string[] {
  return propertiesOf(columns).map((property) => {
    const { cast } = columns[property];
    return `x.${nameOf(columns, property)}${cast === undefined ? '' : `::${cast}`}`;
  });
}

/** What the database adds to an insert of new rows. */
interface Addition {
  /** TableColumns it computes, and how. */
  readonly computed?: Readonly<Record<string, string>>;
  readonly order?: 'ORDER BY x.ord';
}

/** An insert of rows whose keys are new. */
function insert<Row>(table: string, columns: TableColumns<Row>, rows: Rows<Row>, more: Addition = {}): Part {
  const { computed = {}, order = '' } = more;
  const into = [...Object.keys(computed), ...propertiesOf(columns).map((each) => nameOf(columns, each))];
  const from = [...Object.values(computed), ...values(columns)];
  return partOf(
    `new_${table}`,
    columns,
    rows,
    (source) =>
      `INSERT INTO ${table} (${into.join(', ')}) SELECT ${from.join(', ')} FROM head, ${source} ${order}`,
  );
}

/** What happens to a row whose key is there already. */
interface Upsert<Row> {
  readonly key: readonly (keyof Row & string)[];
  /** Its columns that are replaced; with none it stays as it is. */
  readonly replaces: readonly (keyof Row & string)[];
  /** Replaced only by a row in which this is greater. */
  readonly guard?: keyof Row & string;
  /** A column that is emptied. */
  readonly empties?: string;
}

/** An insert of rows that may be there. Of those in a batch that share a key the last one counts. */
function upsert<Row>(table: string, columns: TableColumns<Row>, rows: Rows<Row>, how: Upsert<Row>): Part {
  const { key, replaces, guard, empties } = how;
  const name = (property: keyof Row & string): string => nameOf(columns, property);
  const into = propertiesOf(columns).map(name).join(', ');
  const replaced = replaces.map((property) => `${name(property)} = excluded.${name(property)}`);
  const set = [...replaced, ...(empties === undefined ? [] : [`${empties} = NULL`])].join(', ');
  const where = guard === undefined ? '' : ` WHERE t.${name(guard)} < excluded.${name(guard)}`;
  const action = set === '' ? 'NOTHING' : `UPDATE SET ${set}${where}`;
  return partOf(
    `kept_${table}`,
    columns,
    (batch, base) => latest(rows(batch, base), key),
    (source) =>
      `INSERT INTO ${table} AS t (${into}) SELECT ${values(columns).join(', ')} FROM head, ${source}
       ON CONFLICT (${key.map(name).join(', ')}) DO ${action}`,
  );
}

/** Takes out the rows of a table that have these keys. */
function remove<Row>(table: string, columns: TableColumns<Row>, rows: Rows<Row>): Part {
  const terms = propertiesOf(columns).map((property) => {
    const name = nameOf(columns, property);
    return `t.${name} = x.${name}`;
  });
  return partOf(
    `removed_${table}`,
    columns,
    rows,
    (source) => `DELETE FROM ${table} AS t USING head, ${source} WHERE ${terms.join(' AND ')}`,
  );
}

/** The last of the rows that share a key: ON CONFLICT cannot touch a row twice in one statement. */
function latest<Row>(rows: readonly Row[], key: readonly (keyof Row)[]): readonly Row[] {
  const byKey = new Map<unknown, Row>();
  const [only] = key;
  for (const row of rows)
    byKey.set(
      key.length === 1 && only !== undefined ? row[only] : key.map((property) => row[property]).join('\n'),
      row,
    );
  return byKey.size === rows.length ? rows : [...byKey.values()];
}

/** The column of the notation that is not this one. */
const otherBody = (notation: Notation): string => BODY_COLUMNS[notation === 'packed' ? 'text' : 'packed'];

/** The version guard makes a lost or repeated change a loud failure instead of a silent one. */
function changedTrades(notation: Notation, rows: Rows<TradeRecord>): Part {
  const key = ['account', 'ticket'];
  const columns = changedTradesIn(notation);
  const set = propertiesOf(columns)
    .map((property, at) => [nameOf(columns, property), values(columns)[at]] as const)
    .filter(([name]) => !key.includes(name))
    .map(([name, value]) => `${name} = ${value}`);
  return {
    ...partOf(
      'changed_trades',
      columns,
      rows,
      (source) => `UPDATE trades t SET ${set.join(', ')}, ${otherBody(notation)} = NULL FROM head, ${source}
       WHERE t.account = x.account AND t.ticket = x.ticket AND t.version < x.version RETURNING 1`,
    ),
    complaint: 'a changed trade is not stored, or not in an older version',
  };
}

/** Null while active. A closed trade whose close time nobody told closed when it entered that state. */
const closedAt = (trade: Trade): number | null =>
  trade.state === 'CLOSED' ? (trade.closedAt ?? trade.stateEnteredAt) : null;

/** 0 when the trade is over. */
const openWork = (trade: Trade): number => (isSettled(trade) ? 0 : Math.max(1, trade.actions.length));

const tradeRow =
  (base: number) =>
  ({ trade, eventIndex, registeredIndex }: ChangedTrade): TradeRecord => ({
    account: trade.spec.account,
    ticket: trade.spec.ticket,
    state: trade.state,
    revision: base + eventIndex + 1,
    version: trade.version,
    closedAt: closedAt(trade),
    openWork: openWork(trade),
    trade,
    symbol: trade.spec.symbol,
    feed: trade.spec.feed,
    registeredRevision: base + (registeredIndex ?? 0) + 1,
  });

const isNew = ({ registeredIndex }: ChangedTrade): boolean => registeredIndex !== null;

function settingsOf({ flags, policies }: CommitBatch): readonly { name: string; body: string }[] {
  return [
    ...flags.map((book) => ({ name: 'flags', body: JSON.stringify(book) })),
    ...policies.map((book) => ({ name: 'policies', body: encodePolicies(book) })),
  ];
}

const actionRow =
  (base: number) =>
  ({ account, ticket, action, eventIndex, firstIndex }: ChangedAction): ActionRecord => ({
    actionId: action.actionId,
    account,
    ticket,
    status: action.status,
    tag: tagOf(action.actionId),
    plannedRevision: base + firstIndex + 1,
    revision: base + eventIndex + 1,
    action,
  });

const resultRow =
  (base: number) =>
  ({ eventIndex, ...body }: NewResult): ResultRecord => {
    const { leg, account, ticket, symbol } = body;
    return { revision: base + eventIndex + 1, leg, account, ticket, symbol, body };
  };

function bookedRow({ revision, was, ...body }: BookedResult) {
  return { revision, leg: body.leg, body, was: was ?? body.volume };
}

/** What was taken back since it was looked up is not there any more, or of fewer lots, and stays so. */
const LOOKED_UP = `t.revision = x.revision AND t.leg = x.leg AND (t.body->>'volume')::numeric = round(x.was::numeric, 8)`;

const BOOKED = partOf(
  'changed_realised_results',
  BOOKED_RESULTS,
  ({ booked }) => booked.filter(({ volume }) => volume > 0).map(bookedRow),
  (source) => `UPDATE realised_results t SET body = x.body::json FROM head, ${source} WHERE ${LOOKED_UP}`,
);

/** The deals left these no lots. */
const EMPTIED = partOf(
  'emptied_realised_results',
  BOOKED_RESULTS,
  ({ booked }) => booked.filter(({ volume }) => volume === 0).map(bookedRow),
  (source) => `DELETE FROM realised_results t USING head, ${source} WHERE ${LOOKED_UP}`,
);

/** Of each position of which lots are taken back, its results with what of those is left for them, the newest first. */
const lastResults = (source: string): string => `
  SELECT r.revision, r.leg, lots, round(x.volume::numeric, 8) - coalesce(sum(lots) OVER (
      PARTITION BY x.account, x.ticket, x.leg, x.position
      ORDER BY r.revision DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS back
  FROM head, ${source} JOIN realised_results r
    ON r.account = x.account AND r.ticket = x.ticket AND r.leg = x.leg
      AND (x.leg = 'POSITION' OR (r.body->>'position')::int8 = x.position),
    LATERAL round((r.body->>'volume')::numeric, 8) AS lots`;

const REMOVED = partOf(
  'removed_realised_results',
  TAKEN_BACK,
  ({ takenBack }) => takenBack,
  (source) => `DELETE FROM realised_results t USING (${lastResults(source)}) AS last
   WHERE t.revision = last.revision AND t.leg = last.leg AND lots <= back`,
);

const amountOfShare = (name: string): string =>
  `'${name}', round((t.body->>'${name}')::numeric * (lots - back) / lots, scale((t.body->>'${name}')::numeric))::text`;

/** A result of fewer lots has their share of its amounts. */
const SHRUNK = partOf(
  'shrunk_realised_results',
  TAKEN_BACK,
  ({ takenBack }) => takenBack,
  (
    source,
  ) => `UPDATE realised_results t SET body = (t.body::jsonb || jsonb_build_object('volume', trim_scale(lots - back),
     ${['profit', 'commission', 'swap'].map(amountOfShare).join(', ')}))::json
   FROM (${lastResults(source)}) AS last
   WHERE t.revision = last.revision AND t.leg = last.leg AND back > 0 AND back < lots`,
);

/** Every part a commit may have. A second registration or answer is a fault of ours and fails on its key. */
const partsIn = (notation: Notation): readonly Part[] => [
  insert('trades', tradesIn(notation), ({ trades }, base) => trades.filter(isNew).map(tradeRow(base))),
  changedTrades(notation, ({ trades }, base) => trades.filter((trade) => !isNew(trade)).map(tradeRow(base))),
  upsert('market_views', VIEWS, ({ views }) => views, {
    key: ['feed', 'instrument'],
    replaces: ['symbol', 'snapshot'],
  }),
  remove('market_views', MARKET_KEYS, ({ forgotten }) => forgotten),
  remove('bars', MARKET_KEYS, ({ forgotten }) => forgotten),
  upsert('feeds', FEEDS, ({ feeds }) => feeds.map((body) => ({ feed: body.name, body })), {
    key: ['feed'],
    replaces: ['body'],
  }),
  remove('instruments', INSTRUMENT_KEYS, ({ endedInstruments }) => endedInstruments),
  remove('news_events', NEWS_KEYS, ({ endedNews }) => endedNews.map((eventId) => ({ eventId }))),
  remove('feeds', FEED_KEYS, ({ endedFeeds }) => endedFeeds.map((feed) => ({ feed }))),
  upsert('bars', BARS, ({ bars }) => bars.map(({ bar, ...where }) => ({ ...where, ...bar })), {
    key: ['feed', 'instrument', 'timeframe', 'time'],
    replaces: ['open', 'high', 'low', 'close', 'volume'],
  }),
  // Nothing is decided by what is kept here, so a row that is there already must not stop a commit.
  upsert('market_evaluations', EVALUATIONS, ({ marketEvaluations }) => marketEvaluations, {
    key: ['feed', 'instrument', 'at', 'number'],
    replaces: [],
  }),
  upsert('instruments', INSTRUMENTS, ({ instruments }) => instruments.map((body) => ({ ...body, body })), {
    key: ['account', 'symbol'],
    replaces: ['body'],
  }),
  upsert('news_events', NEWS, ({ news }) => news.map((body) => ({ ...body, body })), {
    key: ['eventId'],
    replaces: ['time', 'body'],
  }),
  insert('answers', ANSWERS, ({ answers }) => answers),
  // An action's id is the trade's version and the type, so two plans of one decision are one row.
  upsert('actions', actionsIn(notation), ({ actions }, base) => actions.map(actionRow(base)), {
    key: ['actionId'],
    replaces: ['status', 'revision', 'action'],
    guard: 'revision',
    empties: otherBody(notation),
  }),
  upsert('accounts', ACCOUNTS, ({ accounts }) => accounts.map((body) => ({ account: body.account, body })), {
    key: ['account'],
    replaces: ['body'],
  }),
  upsert('engine_settings', ENGINE_SETTINGS, settingsOf, { key: ['name'], replaces: ['body'] }),
  insert('realised_results', RESULTS, ({ realised }, base) => realised.map(resultRow(base))),
  BOOKED,
  EMPTIED,
  REMOVED,
  SHRUNK,
  insert('journal', JOURNAL, ({ journal }) => journal, { computed: { base: 'head.base' } }),
  insert('audit_events', NEW_AUDITS, ({ audits }) => audits, { order: 'ORDER BY x.ord' }),
  insert('commits', NEW_COMMITS, (batch, base) => [commitRecord(batch, base)], {
    computed: { number: 'head.commits' },
  }),
];

const NEXT_REVISION = { computed: { revision: 'head.base + x.ord' }, order: 'ORDER BY x.ord' } as const;
const WHOLE_EVENTS = insert('events', NEW_EVENTS, ({ events }) => events, NEXT_REVISION);
const BRIEF_EVENTS = insert('events', NEW_BRIEF_EVENTS, ({ events }) => events, NEXT_REVISION);

const TEXT_PARTS = [...partsIn('text'), WHOLE_EVENTS];
const PACKED_PARTS = [...partsIn('packed'), WHOLE_EVENTS];
const BRIEF_PARTS = [...partsIn('packed'), BRIEF_EVENTS];

/**
 * The parts of a commit by how bodies are stored.
 *
 * @param events - brief ones need those before them, which are in their own commit: not where a partition begins within it.
 */
export function partsOf(notation: Notation, events: 'whole' | 'brief'): readonly Part[] {
  if (notation === 'text') return TEXT_PARTS;
  return events === 'whole' ? PACKED_PARTS : BRIEF_PARTS;
}
