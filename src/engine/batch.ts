// Owns what one transaction carries: gathered from commands while the one before it is under way, and told
// about once it is in the log.
import type { Span } from '@opentelemetry/api';
import type { Account } from '../domain/account/account.js';
import type { FlagBook } from '../domain/flags/flag-book.js';
import type { Instrument, NewsEvent } from '../domain/market/data.js';
import type { Feed } from '../domain/market/feed.js';
import type { TakenBack } from '../domain/money/realised.js';
import type { PolicyBook } from '../domain/policy/policy-book.js';
import type { TradeEvent } from '../domain/trade/event.js';
import { actionsOf } from '../domain/trade/event-actions.js';
import type { State } from '../domain/trade/state.js';
import { toldElsewhere } from '../observability/background.js';
import type { Cause } from '../observability/cause.js';
import { type EncodedEntries, encodeEntries, type JournalEntry } from '../store/bodies/journal.js';
import type {
  Audit,
  BookedResult,
  ChangedAction,
  ChangedTrade,
  CommitBatch,
  InstrumentKey,
  JournalPlace,
  JournalRow,
  MarketKey,
  NewEvent,
  NewResult,
  StoredAnswer,
  StoredBar,
  StoredEvaluation,
  StoredView,
} from '../store/types.js';
import { encodeEvent } from '../wire/event.js';
import { encodeMarketEvaluation } from '../wire/market-evaluation.js';
import { BatchResults } from './batch-results.js';
import { type EventResults, type MarketEvaluation, type Outbox, tradeKey } from './results.js';
import { SharedEvaluations } from './shared-evaluation.js';

/** What one command changed. */
export interface Work
  extends Partial<Outbox>,
    Partial<
      Pick<CommitBatch, 'instruments' | 'news' | 'endedInstruments' | 'endedNews' | 'audits' | 'booked'>
    > {
  /** Evaluations of trades that led to it. */
  readonly evaluations?: number;
  /** Entries of the journal. */
  readonly entries?: readonly JournalEntry[];
  /** Whose call it was; absent when DTMS did it by itself. */
  readonly actor?: string;
  /** The call itself, where it was one. */
  readonly cause?: Cause;
}

/** An event that is in the log. */
export interface WrittenEvent extends NewEvent {
  readonly event: TradeEvent;
  readonly revision: number;
  /** The call that caused it; undefined when DTMS did it by itself. */
  readonly cause: Cause | undefined;
}

/** An account as it was written. */
export interface WrittenAccount {
  readonly account: Account;
  readonly actor: string;
  readonly cause: Cause | undefined;
}

/** What a transaction put into the log. */
export interface Written {
  /** Everything in it: events, bars, views, accounts, and the commands themselves. */
  readonly items: number;
  /** Evaluations of trades that led to it. */
  readonly evaluations: number;
  /** Of the journal: entries, and their bytes before they are deflated. */
  readonly journalled: { readonly entries: number; readonly bytes: number };
  /** How long the transaction took, in ms. */
  readonly tookMs: number;
  /** In the order of their revisions. */
  readonly events: readonly WrittenEvent[];
  writtenAccounts(): Iterable<WrittenAccount>;
}

/** Where a batch begins: the log's head and the last place of the journal before it, and whose it is. */
export interface BatchPlace {
  readonly head: number;
  readonly place: number;
  /** The evaluator's epoch. */
  readonly epoch: number;
}

export class Batch implements CommitBatch, Written {
  /** The log's head before this batch: event i gets revision base + i + 1. */
  readonly base: number;
  readonly #epoch: number;
  /** Of its row in the journal, which it has when it has entries. */
  readonly #place: number;
  readonly #entries: JournalEntry[] = [];
  /** Them once they are written. */
  #encoded: EncodedEntries | null = null;
  readonly events: WrittenEvent[] = [];
  bars: StoredBar[] = [];
  readonly marketEvaluations: StoredEvaluation[] = [];
  /** By what identifies them; the last of a batch counts. */
  readonly #instruments = new Map<string, InstrumentKey | Instrument>();
  readonly #news = new Map<string, NewsEvent | null>();
  /** By name; null when it is gone. */
  readonly #feeds = new Map<string, Feed | null>();
  #flags: FlagBook | null = null;
  #policies: PolicyBook | null = null;
  readonly #forgotten = new Map<string, MarketKey>();
  readonly #results = new BatchResults();
  readonly answers: StoredAnswer[] = [];
  readonly audits: Audit[] = [];
  readonly #trades = new Map<string, ChangedTrade>();
  readonly #evaluations = new SharedEvaluations();
  readonly #actions = new Map<string, ChangedAction>();
  readonly #views = new Map<string, StoredView>();
  readonly #accounts = new Map<string, WrittenAccount>();
  /** Spans of the calls in it. */
  readonly #spans = new Set<Span>();
  readonly durable: Promise<void>;
  /** Settles `durable`: with an error when the batch was not written, or may not have been. */
  readonly settle: (error: Error | null) => void;
  items = 0;
  evaluations = 0;
  tookMs = 0;

  /** @param begins - where the log and its journal end before it, and which leader writes. */
  constructor({ head, place, epoch }: BatchPlace) {
    this.base = head;
    this.#place = place + 1;
    this.#epoch = epoch;
    let settle: (error: Error | null) => void = () => undefined;
    this.durable = new Promise<void>((resolve, reject) => {
      settle = (error) => (error === null ? resolve() : reject(error));
    });
    this.settle = settle;
    // Each caller awaits it; a batch whose callers all went away must not end the process.
    toldElsewhere(this.durable);
  }

  /** The log's head after this batch as it is now. */
  get end(): number {
    return this.base + this.events.length;
  }

  /** Where the next batch begins, as it is now. */
  get next(): BatchPlace {
    const place = this.#entries.length === 0 ? this.#place - 1 : this.#place;
    return { head: this.end, place, epoch: this.#epoch };
  }

  /** Up to where its entries are given: an entry that comes now is the one with this number of its row, from 0. */
  get entryPlace(): JournalPlace {
    return { place: this.#place, skip: this.#entries.length, revision: this.end };
  }

  get journalled(): Written['journalled'] {
    return { entries: this.#entries.length, bytes: this.#encoded?.bytes ?? 0 };
  }

  /** Encoded when it is written, all at once, which is not in the way of the commands: what they are told with never changes. */
  get journal(): JournalRow[] {
    if (this.#entries.length === 0) return [];
    this.#encoded ??= encodeEntries(this.#entries);
    const { body: entries } = this.#encoded;
    return [{ place: this.#place, evaluatorEpoch: this.#epoch, events: this.events.length, entries }];
  }

  /** The revision of a trade's latest event in this batch. */
  revisionOf(key: string): number | undefined {
    const pending = this.#trades.get(key);
    return pending === undefined ? undefined : this.base + pending.eventIndex + 1;
  }

  /** Of the calls in it, each once. */
  get spans(): readonly Span[] {
    return [...this.#spans];
  }

  get trades(): ChangedTrade[] {
    return [...this.#trades.values()];
  }

  get actions(): ChangedAction[] {
    return [...this.#actions.values()];
  }

  get views(): StoredView[] {
    return [...this.#views.values()];
  }

  get accounts(): Account[] {
    return Array.from(this.#accounts.values(), ({ account }) => account);
  }

  get instruments(): Instrument[] {
    return [...this.#instruments.values()].filter((terms) => 'tickSize' in terms);
  }

  get endedInstruments(): InstrumentKey[] {
    return [...this.#instruments.values()].filter((terms) => !('tickSize' in terms));
  }

  get news(): NewsEvent[] {
    return [...this.#news.values()].filter((event) => event !== null);
  }

  get endedNews(): string[] {
    return [...this.#news].flatMap(([eventId, event]) => (event === null ? [eventId] : []));
  }

  get feeds(): Feed[] {
    return [...this.#feeds.values()].filter((feed) => feed !== null);
  }

  get endedFeeds(): string[] {
    return [...this.#feeds].flatMap(([name, feed]) => (feed === null ? [name] : []));
  }

  get realised(): readonly NewResult[] {
    return this.#results.realised;
  }

  get booked(): BookedResult[] {
    return this.#results.booked;
  }

  get takenBack(): TakenBack[] {
    return this.#results.takenBack;
  }

  get flags(): FlagBook[] {
    return this.#flags === null ? [] : [this.#flags];
  }

  get policies(): PolicyBook[] {
    return this.#policies === null ? [] : [this.#policies];
  }

  get forgotten(): MarketKey[] {
    return [...this.#forgotten.values()];
  }

  writtenAccounts(): Iterable<WrittenAccount> {
    return this.#accounts.values();
  }

  add(work: Work): void {
    const { actor = '', cause, events = [], views = [], bars = [], marketEvaluations = [] } = work;
    const { accounts = [], feeds = [], endedFeeds = [], forgotten = [], flags = [], policies = [] } = work;
    this.#flags = flags.at(-1) ?? this.#flags;
    this.#policies = policies.at(-1) ?? this.#policies;
    if (cause?.span !== undefined) this.#spans.add(cause.span);
    const began = this.events.length;
    for (const event of events) this.#addEvent(event, actor, cause);
    if (work.realised !== undefined) this.#addResults(work.realised, began);
    for (const result of work.booked ?? []) this.#results.book(result);
    for (const account of accounts) this.#accounts.set(account.account, { account, actor, cause });
    this.audits.push(...(work.audits ?? []));
    this.#entries.push(...(work.entries ?? []));
    for (const feed of feeds) this.#feeds.set(feed.name, feed);
    for (const name of endedFeeds) this.#feeds.set(name, null);
    for (const market of forgotten) this.#forget(market);
    for (const view of views) this.#views.set(`${view.feed} ${view.instrument}`, view);
    this.bars.push(...bars);
    this.marketEvaluations.push(...marketEvaluations.map(storedEvaluation));
    for (const terms of [...(work.instruments ?? []), ...(work.endedInstruments ?? [])])
      this.#instruments.set(`${terms.account} ${terms.symbol}`, terms);
    for (const event of work.news ?? []) this.#news.set(event.eventId, event);
    for (const eventId of work.endedNews ?? []) this.#news.set(eventId, null);
    this.evaluations += work.evaluations ?? 0;
    this.items += feeds.length + endedFeeds.length + forgotten.length + flags.length + policies.length;
    this.items += 1 + accounts.length + events.length + bars.length + marketEvaluations.length + views.length;
  }

  /**
   * Ends the gathering. Views are the engine's own until now: their text is fixed in this turn of the event
   * loop, since what is written later must not hold what a later batch decides on.
   */
  close(): void {
    for (const [name, { feed, instrument, symbol, snapshot }] of this.#views)
      this.#views.set(name, { feed, instrument, symbol, snapshot });
  }

  /** What it holds of the market so far is forgotten as well. */
  #forget({ feed, instrument }: MarketKey): void {
    const name = `${feed} ${instrument}`;
    this.#forgotten.set(name, { feed, instrument });
    this.#views.delete(name);
    this.bars = this.bars.filter((bar) => bar.feed !== feed || bar.instrument !== instrument);
  }

  /** @param began - its index of the first of the events they are of */
  #addResults(realised: readonly EventResults[], began: number): void {
    if (realised.length === 0) return;
    const indices = new Map(this.events.slice(began).map(({ event }, index) => [event, began + index]));
    for (const { event, results } of realised) {
      const eventIndex = indices.get(event) ?? -1;
      for (const result of results) this.#results.add(result, eventIndex);
    }
  }

  #addEvent(event: TradeEvent, actor: string, cause: Cause | undefined): void {
    const { trade, change } = event;
    const { account, ticket } = trade.spec;
    const eventIndex = this.events.length;
    this.events.push(writtenEvent(event, this.end + 1, actor, cause, this.#evaluations, eventIndex));
    const key = tradeKey(account, ticket);
    // Under an identifier that netting turned round a trade begins anew in the same row.
    const registers = change.kind === 'registered' && trade.version === 1;
    const registeredIndex = registers ? eventIndex : (this.#trades.get(key)?.registeredIndex ?? null);
    this.#trades.set(key, { trade, eventIndex, registeredIndex });
    for (const action of actionsOf(change)) {
      const firstIndex = this.#actions.get(action.actionId)?.firstIndex ?? eventIndex;
      this.#actions.set(action.actionId, { account, ticket, action, eventIndex, firstIndex });
    }
  }
}

function writtenEvent(
  event: TradeEvent,
  revision: number,
  actor: string,
  cause: Cause | undefined,
  evaluations: SharedEvaluations,
  index: number,
): WrittenEvent {
  const { trade, at } = event;
  const { account, ticket, symbol } = trade.spec;
  evaluations.add(event, actor, index);
  return {
    event,
    revision,
    actor,
    cause,
    account,
    ticket,
    symbol,
    state: trade.state,
    previousState: previousState(event),
    tradeVersion: trade.version,
    occurredAt: at,
    // Encoded when it is written, which is not in the way of the command.
    get payload() {
      return encodeEvent(event, actor);
    },
    get brief() {
      return evaluations.brief(event, actor, index);
    },
  };
}

function storedEvaluation({ feed, instrument, number, buy, sell }: MarketEvaluation): StoredEvaluation {
  return {
    feed,
    instrument,
    number,
    at: buy.at,
    get body() {
      return encodeMarketEvaluation(buy, sell);
    },
  };
}

/** A trade moves between states by a transition alone. */
function previousState({ trade, change }: TradeEvent): State | null {
  if (change.kind === 'stateChanged') return change.from;
  if (change.kind === 'reopened') return 'CLOSED';
  return change.kind === 'registered' && !change.adopted ? null : trade.state;
}
