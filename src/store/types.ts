// Owns what the store takes and gives. Revisions are plain numbers here (they stay below 2^53); the wire has
// them as int64.
import type { Account } from '../domain/account/account.js';
import type { FlagBook } from '../domain/flags/flag-book.js';
import type { Bar, Instrument, NewsEvent, Timeframe } from '../domain/market/data.js';
import type { Feed } from '../domain/market/feed.js';
import type { Booked } from '../domain/money/booked.js';
import type { RealisedResult, TakenBack } from '../domain/money/realised.js';
import type { PolicyBook } from '../domain/policy/policy-book.js';
import type { Action, ActionStatus } from '../domain/trade/action.js';
import type { State } from '../domain/trade/state.js';
import type { Trade } from '../domain/trade/trade.js';

/** An event ready for the log: the encoded dtms.v1.TradeEvent without revision, log_epoch, previous_revision and recorded_at. */
export interface NewEvent {
  readonly account: string;
  readonly ticket: bigint;
  readonly symbol: string;
  /** The trade's state after the change. */
  readonly state: State;
  /** Its state before the change; null when the change registered it. */
  readonly previousState: State | null;
  readonly tradeVersion: number;
  /** Market time, UTC ms. */
  readonly occurredAt: number;
  /** Whose call changed it; empty when DTMS did by itself. */
  readonly actor: string;
  readonly payload: Uint8Array;
  /** The same without what an event before it in its batch has: so it is stored where every server reads it. */
  readonly brief: Uint8Array;
}

/** An event as it stands in the log. */
export interface LogEvent extends Omit<NewEvent, 'previousState' | 'brief'> {
  readonly revision: number;
  /** The history it was read under, by the same statement. */
  readonly epoch: string;
  /** Database time, UTC ms. */
  readonly recordedAt: number;
}

/** A trade as stored: the engine's state plus where the log stands with it. */
export interface StoredTrade {
  readonly trade: Trade;
  /** The revision of its registration: the order of ListTrades and of evaluation. */
  readonly registeredRevision: number;
  /** The revision of its latest change. */
  readonly revision: number;
}

/** Identity of a trade. */
export interface TradeKey {
  readonly account: string;
  readonly ticket: bigint;
}

/** A market view's state; `bars` are kept apart. */
export interface StoredView {
  readonly feed: string;
  readonly instrument: string;
  /** The broker's spelling of the symbol on this feed. */
  readonly symbol: string;
  /** MarketView.snapshot() as JSON text. */
  readonly snapshot: string;
}

/** Closed bars of a market, ascending by open time. */
export type MarketBarsByTimeframe = Readonly<Record<Timeframe, readonly Bar[]>>;

/** A market view with its bars. */
export interface RestoredView extends StoredView {
  readonly bars: MarketBarsByTimeframe;
}

/** Identity of contract terms. */
export type InstrumentKey = Pick<Instrument, 'account' | 'symbol'>;

/** Identity of a market. */
export type MarketKey = Pick<StoredView, 'feed' | 'instrument'>;

export interface StoredBar {
  readonly feed: string;
  readonly instrument: string;
  readonly timeframe: Timeframe;
  readonly bar: Bar;
}

/** A recorded evaluation of a market. */
export interface StoredEvaluation {
  readonly feed: string;
  readonly instrument: string;
  /** The first of a market is 1, each next one more. */
  readonly number: number;
  /** Market time, UTC ms; never falls as the number rises. */
  readonly at: number;
  /** The encoded dtms.v1.MarketEvaluation. */
  readonly body: Uint8Array;
}

/** The answer to a request with a request_id, to be given again on a repeat. */
export interface StoredAnswer {
  readonly requestId: string;
  /** The full method name, such as /dtms.v1.TradeService/CloseTrade. */
  readonly method: string;
  /** SHA-256 of the request without its request_id. */
  readonly bodyHash: Uint8Array;
  /** The encoded response. */
  readonly response: Uint8Array;
}

/** An action as stored: whose it is, and where the log stands with it. */
export interface StoredAction {
  readonly account: string;
  readonly ticket: bigint;
  readonly action: Action;
  /** The revision of the event that planned it: the order of ListActions. */
  readonly plannedRevision: number;
  /** The revision of its latest change. */
  readonly revision: number;
}

/** Who did what by hand, or was refused; kept for good. */
export interface Audit {
  /** The name of the caller's key or certificate, or of the operator at the command line. */
  readonly actor: string;
  /** The key's id, the certificate's subject, or the caller's address: names may be given again. */
  readonly actorId: string;
  /** The full method name. */
  readonly method: string;
  readonly account: string;
  /** 0 when it concerns no trade. */
  readonly ticket: bigint;
  /** What, with its values; becomes JSON. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** An audit as it stands in the record. */
export interface StoredAudit extends Audit {
  readonly auditId: number;
  /** Database time, UTC ms. */
  readonly at: number;
  /** SHA-256 of the row and of the hash before it. */
  readonly hash: Uint8Array;
}

/** Null admits all. */
export interface AuditFilter {
  readonly account: string | null;
  readonly actor: string | null;
  readonly method: string | null;
  /** From this time on, UTC ms. */
  readonly from: number | null;
  /** Before this time, UTC ms. */
  readonly until: number | null;
}

/** An API key. Times are the database's, UTC ms. */
export interface StoredKey {
  /** The order keys were made in. */
  readonly number: number;
  readonly keyId: string;
  readonly name: string;
  /** SHA-256 of its secret. */
  readonly hash: Uint8Array;
  /** Names of dtms.v1.Scope without their prefix. */
  readonly scopes: readonly string[];
  /** Null means every account. */
  readonly accounts: readonly string[] | null;
  /** Feeds it may write, as patterns; null means all that its accounts let it write. */
  readonly feeds: readonly string[] | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  /** The key that takes its place. */
  readonly rotatedTo: string | null;
  readonly overlapEndsAt: number | null;
  readonly lastUsedAt: number | null;
  /** When it was read: milliseconds until it expires or its overlap ends; not above 0 when it has. */
  readonly remainingMs: number;
}

export interface ActionFilter {
  readonly account: string | null;
  readonly ticket: bigint | null;
  readonly statuses: readonly ActionStatus[];
}

/** By when they were planned, or registered. */
export type ListOrder = 'OLDEST_FIRST' | 'NEWEST_FIRST';

/** Where a list of actions goes on: after this one. */
export interface ActionCursor {
  readonly plannedRevision: number;
  readonly actionId: string;
}

/** The latest version of a trade that changed: `eventIndex` points at its latest event, `registeredIndex` at its registration when it is new. */
export interface ChangedTrade {
  readonly trade: Trade;
  readonly eventIndex: number;
  readonly registeredIndex: number | null;
}

/** The latest state of an action that changed: `eventIndex` points at its latest event, `firstIndex` at its first in the batch. */
export interface ChangedAction {
  readonly account: string;
  readonly ticket: bigint;
  readonly action: Action;
  readonly eventIndex: number;
  readonly firstIndex: number;
}

/** A place in the journal, and in the log: before the entry with this number of the row, from 0. */
export interface JournalPlace {
  readonly place: number;
  readonly skip: number;
  /** The log's newest revision before it. */
  readonly revision: number;
}

/** What reached the engine before a transaction and was not written with one before it. */
export interface JournalRow {
  /** The first one is 1, each next one more. */
  readonly place: number;
  readonly evaluatorEpoch: number;
  /** How many events the transaction wrote. */
  readonly events: number;
  /** As one body; see bodies/journal.ts. */
  readonly entries: Uint8Array;
}

/** A result to be written with the event of a batch that realised it. */
export interface NewResult extends RealisedResult {
  readonly eventIndex: number;
}

/** A result that is what the broker booked from now on, in place of the one that was recorded with an event. */
export type BookedResult = Booked<RealisedResult & Pick<LogHead, 'revision'>>;

/** Everything one transaction writes. Arrays may be empty. */
export interface CommitBatch {
  /** In log order; event i gets revision `base + i + 1`, where `base` is the head before the batch. */
  readonly events: readonly NewEvent[];
  /** What events realised; `eventIndex` is theirs. */
  readonly realised: readonly NewResult[];
  readonly booked: readonly BookedResult[];
  /** Of results that were written before; none of them is among `booked`. */
  readonly takenBack: readonly TakenBack[];
  readonly trades: readonly ChangedTrade[];
  readonly views: readonly StoredView[];
  readonly bars: readonly StoredBar[];
  readonly marketEvaluations: readonly StoredEvaluation[];
  readonly instruments: readonly Instrument[];
  readonly news: readonly NewsEvent[];
  /** Contract terms that are forgotten. */
  readonly endedInstruments: readonly InstrumentKey[];
  /** The ids of news events that are. */
  readonly endedNews: readonly string[];
  readonly feeds: readonly Feed[];
  /** Names of feeds that are gone. */
  readonly endedFeeds: readonly string[];
  /** The feature flags in force, where they changed; at most one. */
  readonly flags: readonly FlagBook[];
  /** The policies, where they changed; at most one. */
  readonly policies: readonly PolicyBook[];
  /** Markets whose data is forgotten; none of them is among `views` or `bars`. */
  readonly forgotten: readonly MarketKey[];
  readonly answers: readonly StoredAnswer[];
  readonly actions: readonly ChangedAction[];
  readonly accounts: readonly Account[];
  readonly audits: readonly Audit[];
  /** At most one. */
  readonly journal: readonly JournalRow[];
}

export interface LogHead {
  readonly revision: number;
  readonly epoch: string;
  /** Events up to and including this revision are gone. */
  readonly compacted: number;
}

/** Where a reader of the log stands: after this event. */
export interface LogPlace {
  readonly epoch: string;
  readonly revision: number;
  /** When its event was recorded, UTC ms: another time means another event. Null when it is not known. */
  readonly recordedAt: number | null;
}

export interface CommitResult {
  /** The head before the batch: event i has revision base + i + 1. */
  readonly base: number;
  /** The head after the batch. */
  readonly head: number;
  /** The database's clock when it was written, UTC ms. */
  readonly now: number;
}

/** Where the state of the log stands: after a commit, which may have had no event. */
export interface CommitPlace {
  /** The log's epoch, and the database it was written in: another one may have had other commits. */
  readonly history: string;
  /** The commit's number. */
  readonly commit: number;
  /** The log's head after it. */
  readonly revision: number;
}

/** The keys of what a commit changed beside trades, or took out: the rows tell which. */
export interface ChangedKeys {
  /** Kinds of what decides in the engine and is no trade's, account's or market's. */
  readonly settings: readonly string[];
  readonly accounts: readonly string[];
  readonly feeds: readonly string[];
  readonly news: readonly string[];
  /** Account and symbol. */
  readonly instruments: readonly (readonly [string, string])[];
  /** Feed and instrument. */
  readonly views: readonly (readonly [string, string])[];
  /** Markets whose data was forgotten: what is there now came after it. */
  readonly forgotten: readonly (readonly [string, string])[];
  /** Bars of feed, instrument and timeframe from this opening on, UTC ms. */
  readonly bars: readonly (readonly [string, string, Timeframe, number])[];
}

/** What changed of the state of the log since a commit, as it is after another one. */
export interface Delta {
  readonly place: CommitPlace;
  /** The journal's last place; 0 when it is empty. */
  readonly journalPlace: number;
  /** The database's clock when it was read, UTC ms. */
  readonly now: number;
  /** A settled one is no part of the state any more. */
  readonly trades: readonly StoredTrade[];
  readonly accounts: readonly Account[];
  /** The feature flags in force, where they changed; else null. */
  readonly flags: FlagBook | null;
  /** The policies, where they changed; else null. */
  readonly policies: PolicyBook | null;
  readonly feeds: Changed<Feed, string>;
  readonly instruments: Changed<Instrument, InstrumentKey>;
  readonly news: Changed<NewsEvent, string>;
  /** With the bars that are new or other than before; those of a market that was forgotten are all it has. */
  readonly views: readonly RestoredView[];
  /** Markets whose data of before is gone; some of them have a view again. */
  readonly forgotten: readonly MarketKey[];
}

/** Those that are there now, and the keys of those that are not. */
export interface Changed<T, Key> {
  readonly kept: readonly T[];
  readonly ended: readonly Key[];
}

/** Reading the log; what the watch side needs. */
export interface LogReader {
  head(): Promise<LogHead>;
  /** Events with revision > after, in order, at most `limit`; of those that were erased the places (erased-event.ts). */
  readEvents(after: number, limit: number): Promise<LogEvent[]>;
}

export interface TradeFilter {
  readonly account: string | null;
  readonly symbols: readonly string[];
  readonly states: readonly State[];
  readonly tickets: readonly bigint[];
}

/** A log that came to another database, by a restore or a failover; database time, UTC ms. */
export interface RestoredLog {
  readonly restoredAt: number;
  /** What was done after this may not be in it. */
  readonly loggedUntil: number;
}

/** Everything a starting evaluator needs. */
export interface Restored {
  readonly head: LogHead;
  readonly place: CommitPlace;
  readonly views: readonly RestoredView[];
  readonly instruments: readonly Instrument[];
  readonly news: readonly NewsEvent[];
  readonly feeds: readonly Feed[];
  /** The largest ticket ever registered per account, closed trades included: above it a ticket is new. */
  readonly maximumTickets: ReadonlyMap<string, bigint>;
  readonly accounts: readonly Account[];
  /** The feature flags in force; null before any. */
  readonly flags: FlagBook | null;
  /** null before any. */
  readonly policies: PolicyBook | null;
  /** The journal's last place; 0 when it is empty. */
  readonly journalPlace: number;
  /** null where the log is in the database it began in. */
  readonly restoredLog: RestoredLog | null;
  /** The database's clock when it was read, UTC ms. */
  readonly now: number;
}
