// Owns the tables of the database as data: which columns each has and what of a row they hold.
import type { Account } from '../domain/account/account.js';
import type { Bar, Instrument, NewsEvent } from '../domain/market/data.js';
import type { Feed } from '../domain/market/feed.js';
import { LEGS, type RealisedResult, type TakenBack } from '../domain/money/realised.js';
import type { Action } from '../domain/trade/action.js';
import { STATES, type State } from '../domain/trade/state.js';
import type { Trade } from '../domain/trade/trade.js';
import { decodeAccount, decodeDetail, encodeAccount } from './bodies/account.js';
import { decodeChanged, encodeChanged } from './bodies/commit.js';
import { decodeFeed, decodeInstrument, decodeNews } from './bodies/market.js';
import { PACKED_ACTION, PACKED_TRADE } from './bodies/packed-trade.js';
import { decodeResult, encodeResult } from './bodies/result.js';
import { encodeAction, encodeTrade } from './bodies/trade.js';
import {
  bytea,
  type Fields,
  float8,
  int4,
  int8,
  int64,
  json,
  type Notation,
  named,
  stored,
  type TableColumns,
  text,
  textOrNull,
  texts,
  textsOrNull,
  time,
  timeOrNull,
  uuid,
  word,
} from './columns.js';
import type { CommitRecord } from './commits.js';
import type {
  Audit,
  ChangedKeys,
  InstrumentKey,
  JournalRow,
  LogEvent,
  LogHead,
  NewEvent,
  StoredAction,
  StoredAnswer,
  StoredAudit,
  StoredBar,
  StoredEvaluation,
  StoredKey,
  StoredTrade,
  StoredView,
} from './types.js';

export const LOG_HEAD: TableColumns<LogHead> = { revision: int8, epoch: text, compacted: int8 };

const state = word(STATES);

/** What every event that is written has, whole; the revision and the time of recording are the database's. */
export const NEW_EVENTS: TableColumns<Omit<NewEvent, 'brief'>> = {
  account: text,
  ticket: int64,
  symbol: text,
  state,
  // Null is not known: an older program wrote it.
  previousState: {
    ...text,
    array: (values) => text.array(values.map((before) => before ?? '')),
    read: (value) => (value === '' || value === null ? null : state.read(value)),
  },
  tradeVersion: int4,
  occurredAt: time,
  actor: text,
  payload: bytea,
};

const { payload, ...BESIDE_PAYLOAD } = NEW_EVENTS;
/** The same, each without what one before it has. */
export const NEW_BRIEF_EVENTS: TableColumns<Omit<NewEvent, 'payload'>> = {
  ...BESIDE_PAYLOAD,
  brief: named('payload', payload),
};

const { previousState: _, ...LOGGED } = NEW_EVENTS;
export const EVENTS: TableColumns<LogEvent> = {
  ...LOGGED,
  revision: int8,
  recordedAt: time,
  // Asked with the events: by another statement it may be that of another history.
  epoch: { ...text, selected: () => '(SELECT epoch FROM log_head)' },
};

/** A trade's row; what of the trade queries look for has columns of its own. */
export interface TradeRecord extends StoredTrade {
  readonly account: string;
  readonly ticket: bigint;
  readonly state: State;
  readonly version: number;
  readonly closedAt: number | null;
  readonly openWork: number;
  readonly symbol: string;
  readonly feed: string;
}

/** Where bodies of trades and actions stand, by their notation. */
export const BODY_COLUMNS: Readonly<Record<Notation, string>> = { text: 'body', packed: 'packed' };

/** What changes in a trade's row, and the key it is found by. */
export const changedTradesIn = (
  notation: Notation,
): TableColumns<Omit<TradeRecord, 'symbol' | 'feed' | 'registeredRevision'>> => ({
  account: text,
  ticket: int64,
  state,
  revision: int8,
  version: int4,
  closedAt: timeOrNull,
  openWork: int4,
  trade: stored<Trade>(BODY_COLUMNS, notation, encodeTrade, PACKED_TRADE),
});

export const tradesIn = (notation: Notation): TableColumns<TradeRecord> => ({
  ...changedTradesIn(notation),
  symbol: text,
  feed: text,
  registeredRevision: int8,
});

/** As they are read, in whichever notation. */
export const TRADES = tradesIn('packed');

/** An action's row; its status and its tag are found by. */
export interface ActionRecord extends StoredAction {
  readonly actionId: string;
  readonly status: string;
  readonly tag: string;
}

/** A realised result's row: of the event with this revision. */
export interface ResultRecord extends Pick<RealisedResult, 'leg' | 'account' | 'ticket' | 'symbol'> {
  readonly revision: number;
  readonly body: RealisedResult;
}

const storedActionIn = (notation: Notation): TableColumns<StoredAction> => ({
  account: text,
  ticket: int64,
  plannedRevision: int8,
  revision: int8,
  action: stored<Action>(BODY_COLUMNS, notation, encodeAction, PACKED_ACTION),
});

/** As they are read, in whichever notation. */
export const STORED_ACTION = storedActionIn('packed');

export const actionsIn = (notation: Notation): TableColumns<ActionRecord> => ({
  actionId: text,
  ...storedActionIn(notation),
  status: text,
  tag: text,
});

export const VIEWS: TableColumns<StoredView> = { feed: text, instrument: text, symbol: text, snapshot: text };

export const BAR: TableColumns<Bar> = {
  time: named('open_time', time),
  open: float8,
  high: float8,
  low: float8,
  close: float8,
  volume: float8,
};

export const BARS: TableColumns<Omit<StoredBar, 'bar'> & Bar> = {
  feed: text,
  instrument: text,
  timeframe: word(['M1', 'M5', 'M15']),
  ...BAR,
};

export const EVALUATIONS: TableColumns<StoredEvaluation> = {
  feed: text,
  instrument: text,
  at: time,
  number: int8,
  body: bytea,
};

export const INSTRUMENTS: TableColumns<
  Pick<Instrument, 'account' | 'symbol'> & { readonly body: Instrument }
> = {
  account: text,
  symbol: text,
  body: json<Instrument>(JSON.stringify, decodeInstrument),
};

export const FEEDS: TableColumns<{ readonly feed: string; readonly body: Feed }> = {
  feed: text,
  body: json<Feed>(JSON.stringify, decodeFeed),
};

/** What identifies a market. */
export const MARKET_KEYS: TableColumns<Pick<StoredView, 'feed' | 'instrument'>> = {
  feed: text,
  instrument: text,
};
export const INSTRUMENT_KEYS: TableColumns<InstrumentKey> = { account: text, symbol: text };
export const NEWS_KEYS: TableColumns<Pick<NewsEvent, 'eventId'>> = { eventId: text };
export const FEED_KEYS: TableColumns<{ readonly feed: string }> = { feed: text };

export const NEWS: TableColumns<Pick<NewsEvent, 'eventId' | 'time'> & { readonly body: NewsEvent }> = {
  eventId: text,
  time: named('at', time),
  body: json<NewsEvent>(JSON.stringify, decodeNews),
};

export const ANSWERS: TableColumns<StoredAnswer> = {
  requestId: uuid,
  method: text,
  bodyHash: bytea,
  response: bytea,
};

export const ACCOUNTS: TableColumns<{ readonly account: string; readonly body: Account }> = {
  account: text,
  body: json<Account>(encodeAccount, decodeAccount),
};

/** What decides in the engine and is no trade's, account's or market's: one row for each kind, as its JSON text. */
export const ENGINE_SETTINGS: TableColumns<{ readonly name: string; readonly body: string }> = {
  name: text,
  body: json<string>(
    (body) => body,
    (body) => body,
  ),
};

/** What closed lots earned; the time of recording is the database's. */
export const RESULTS: TableColumns<ResultRecord> = {
  revision: int8,
  leg: word(LEGS),
  account: text,
  ticket: int64,
  symbol: text,
  body: json(encodeResult, decodeResult),
};

/** Of those that are there already. */
export const BOOKED_RESULTS: TableColumns<
  Pick<ResultRecord, 'leg' | 'revision' | 'body'> & { readonly was: number }
> = {
  leg: RESULTS.leg,
  revision: RESULTS.revision,
  body: RESULTS.body,
  was: float8,
};
export const TAKEN_BACK: TableColumns<TakenBack> = {
  account: RESULTS.account,
  ticket: RESULTS.ticket,
  leg: RESULTS.leg,
  position: int64,
  volume: float8,
};

/** Where the log stood before a row is the database's. */
export const JOURNAL: TableColumns<JournalRow> = {
  place: int8,
  evaluatorEpoch: int8,
  events: int4,
  entries: bytea,
};

/** A commit; its number is the database's. */
export const NEW_COMMITS: TableColumns<CommitRecord> = {
  changed: json<ChangedKeys>(encodeChanged, decodeChanged),
  revision: int8,
};

export const NEW_AUDITS: TableColumns<Audit> = {
  actor: text,
  actorId: text,
  method: text,
  account: text,
  ticket: int64,
  detail: json<Audit['detail']>(JSON.stringify, decodeDetail),
};

export const AUDITS: TableColumns<StoredAudit> = {
  ...NEW_AUDITS,
  auditId: named('id', int8),
  at: time,
  hash: bytea,
};

/** An API key. `remainingMs` is as of the reading. */
export const KEYS: Fields<StoredKey> = {
  number: int8,
  keyId: text,
  name: text,
  hash: bytea,
  scopes: texts,
  accounts: textsOrNull,
  feeds: textsOrNull,
  createdAt: time,
  expiresAt: timeOrNull,
  revokedAt: timeOrNull,
  rotatedTo: textOrNull,
  overlapEndsAt: timeOrNull,
  lastUsedAt: timeOrNull,
  remainingMs: {
    selected: () =>
      'extract(epoch FROM least(expires_at, overlap_ends_at) - clock_timestamp())::float8 * 1000',
    read: (value) => (value === null ? Number.POSITIVE_INFINITY : float8.read(value)),
  },
};
