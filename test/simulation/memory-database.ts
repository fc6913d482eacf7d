// Owns a database in memory that keeps what the real one keeps, by the same rules: a batch is written whole or not at all,
// only by the leader of the newest epoch, only onto the head it knows. test/contract/store/memory.test.ts compares the two.

import type { Account } from '../../src/domain/account/account.js';
import { tagOf } from '../../src/domain/broker/order-tag.js';
import type { FlagBook } from '../../src/domain/flags/flag-book.js';
import type { Bar, Instrument, NewsEvent, Timeframe } from '../../src/domain/market/data.js';
import type { Feed } from '../../src/domain/market/feed.js';
import type { PolicyBook } from '../../src/domain/policy/policy-book.js';
import { isSettled } from '../../src/domain/trade/version.js';
import type { JournalSource } from '../../src/journal/repeat.js';
import { FencedError } from '../../src/store/errors.js';
import type { StoredCheckpoint, StoredJournalRow } from '../../src/store/journal.js';
import type {
  CommitBatch,
  CommitResult,
  JournalPlace,
  LogEvent,
  LogHead,
  Restored,
  StoredAction,
  StoredAnswer,
  StoredTrade,
  StoredView,
  TradeKey,
} from '../../src/store/types.js';

/** A session that may hold the leader's lock. */
export interface Session {
  readonly address: string;
  /** When the database last heard of it, by its own passing time. */
  heardAt: number;
}

/** Bugs that are planted as controls: each must be found. */
export const BUGS = [
  'two leaders without lock and fence',
  'acknowledged and not written',
  'a watch misses events',
  'answers are forgotten',
  'executed twice',
] as const;
export type Bug = (typeof BUGS)[number];

/** The database ends a leader's session that was silent this long, ms. */
export const SILENCE_MS = 3500;

export type CheckpointPlace = JournalPlace & { readonly evaluatorEpoch: number };

export class MemoryDatabase implements JournalSource {
  readonly epoch = 'memory';
  readonly log: LogEvent[] = [];
  readonly journal: StoredJournalRow[] = [];
  readonly #checkpoints: StoredCheckpoint[] = [];
  readonly #parts = new Map<string, readonly Uint8Array[]>();
  readonly #now: () => number;
  readonly #bug: Bug | null;
  readonly #written: (batch: CommitBatch) => void;
  #evaluatorEpoch = 0;
  #holder: Session | null = null;
  readonly #trades = new Map<string, StoredTrade>();
  readonly #views = new Map<string, StoredView>();
  readonly #bars = new Map<string, Map<number, Bar>>();
  readonly #instruments = new Map<string, Instrument>();
  readonly #news = new Map<string, NewsEvent>();
  readonly #feeds = new Map<string, Feed>();
  #flags: FlagBook | null = null;
  #policies: PolicyBook | null = null;
  readonly #accounts = new Map<string, Account>();
  readonly #answers = new Map<string, StoredAnswer>();
  readonly #actions = new Map<string, StoredAction>();
  #commits = 0;
  /** Audits written so far. */
  audits = 0;

  /**
   * @param now - the database's clock, UTC ms.
   * @param bug - what it does wrong, as a control; null for nothing.
   * @param written - is given each batch as it is written.
   */
  constructor(
    now: () => number,
    bug: Bug | null = null,
    written: (batch: CommitBatch) => void = () => undefined,
  ) {
    this.#now = now;
    this.#bug = bug;
    this.#written = written;
  }

  get #guarded(): boolean {
    return this.#bug !== 'two leaders without lock and fence';
  }

  get head(): LogHead {
    return { revision: this.log.length, epoch: this.epoch, compacted: 0 };
  }

  readEvents(after: number, limit: number): LogEvent[] {
    const first = Math.max(0, after);
    const read = this.log.slice(first, first + limit);
    return this.#bug === 'a watch misses events' && read.length > 2 ? read.toSpliced(1, 1) : read;
  }

  /** The holder's address where somebody else leads; else the new leader's epoch. */
  tryLead(session: Session): { readonly leader: string } | { readonly evaluatorEpoch: number } {
    const holder = this.#guarded ? this.#holder : null;
    if (holder !== null && this.#now() - holder.heardAt < SILENCE_MS) return { leader: holder.address };
    this.#holder = session;
    session.heardAt = this.#now();
    this.#evaluatorEpoch += 1;
    return { evaluatorEpoch: this.#evaluatorEpoch };
  }

  /** Whether the session still has the lock; asking is a sign of life. */
  holds(session: Session): boolean {
    if (!this.#guarded) return true;
    if (this.#holder !== session || this.#now() - session.heardAt >= SILENCE_MS) return false;
    session.heardAt = this.#now();
    return true;
  }

  /** Ends whoever leads. */
  endLeader(): void {
    this.#holder = null;
  }

  addCheckpoint(at: CheckpointPlace, parts: readonly Uint8Array[]): { readonly bytes: number } {
    const checkpointId = String(this.#checkpoints.length);
    this.#checkpoints.push({
      ...at,
      checkpointId,
      takenAt: this.#now(),
      version: '',
      parts: parts.length,
      bytes: 0,
    });
    this.#parts.set(checkpointId, parts);
    return { bytes: 0 };
  }

  checkpoints(): Promise<StoredCheckpoint[]> {
    return Promise.resolve(this.#checkpoints);
  }

  parts({ checkpointId }: StoredCheckpoint): Iterable<Uint8Array> {
    return this.#parts.get(checkpointId) ?? [];
  }

  rows(from: number, limit: number): Promise<StoredJournalRow[]> {
    return Promise.resolve(this.journal.slice(from - 1, from - 1 + limit));
  }

  events(after: number, limit: number): Promise<LogEvent[]> {
    return Promise.resolve(this.log.slice(after, after + limit));
  }

  release(session: Session): void {
    if (this.#holder === session) this.#holder = null;
  }

  commit(batch: CommitBatch, evaluatorEpoch: number, expected: number): CommitResult {
    const base = this.log.length;
    const isFenced = evaluatorEpoch !== this.#evaluatorEpoch || expected !== base;
    if (isFenced && this.#guarded)
      throw new FencedError(`The log moved without us (epoch ${evaluatorEpoch}, head ${expected})`);
    for (const answer of batch.answers) {
      if (this.#answers.has(answer.requestId)) throw new Error(`the answer ${answer.requestId} is there`);
    }
    for (const { trade, registeredIndex } of batch.trades) {
      const known = this.#trades.get(keyOf(trade.spec))?.trade.version;
      const fits =
        registeredIndex === null ? known !== undefined && known < trade.version : known === undefined;
      if (!fits && this.#guarded) throw new Error('a trade is there already, or not in an older version');
    }
    const now = this.#now();
    this.#commits += 1;
    const isDropped = this.#bug === 'acknowledged and not written' && this.#commits % 50 === 0;
    if (!isDropped) {
      this.#write(batch, base, now);
      this.#written(batch);
    }
    const result = { base: this.#guarded ? base : expected, now };
    return { ...result, head: result.base + batch.events.length };
  }

  /** How many leaders there were. */
  get terms(): number {
    return this.#evaluatorEpoch;
  }

  /** Every action there was, as it is now. */
  get actions(): readonly StoredAction[] {
    return [...this.#actions.values()];
  }

  findTrades(keys: readonly TradeKey[]): StoredTrade[] {
    return keys.flatMap((key) => this.#trades.get(keyOf(key)) ?? []);
  }

  findAnswers(requestIds: readonly string[]): StoredAnswer[] {
    return requestIds.flatMap((requestId) => this.#answers.get(requestId) ?? []);
  }

  findAction(actionId: string): StoredAction | undefined {
    return this.#actions.get(actionId);
  }

  findActionsByTag(account: string, tags: readonly string[]): StoredAction[] {
    return [...this.#actions.values()].filter(
      (each) => each.account === account && tags.includes(tagOf(each.action.actionId)),
    );
  }

  /** Results, terms and keys are not kept here. */
  isAccountNamed(account: string): boolean {
    return [...this.#trades.values()].some(({ trade }) => trade.spec.account === account);
  }

  /** The trades that are not over, the active ones in the order of their registration. */
  activeTrades(): StoredTrade[] {
    const open = [...this.#trades.values()].filter(({ trade }) => !isSettled(trade));
    const active = open.filter(({ trade }) => trade.state !== 'CLOSED');
    active.sort((one, other) => one.registeredRevision - other.registeredRevision);
    return [...active, ...open.filter(({ trade }) => trade.state === 'CLOSED')];
  }

  restore(retainedBars: number): Restored {
    const maximumTickets = new Map<string, bigint>();
    for (const { trade } of this.#trades.values()) {
      const { account, ticket } = trade.spec;
      if (ticket > (maximumTickets.get(account) ?? -1n)) maximumTickets.set(account, ticket);
    }
    return {
      head: this.head,
      views: sorted(this.#views).map((view) => ({
        ...view,
        bars: {
          M1: this.#newestBars(view, 'M1', retainedBars),
          M5: this.#newestBars(view, 'M5', retainedBars),
          M15: this.#newestBars(view, 'M15', retainedBars),
        },
      })),
      instruments: sorted(this.#instruments),
      news: [...this.#news.values()].sort((one, other) => one.time - other.time),
      feeds: sorted(this.#feeds),
      place: { history: this.head.epoch, commit: 0, revision: this.head.revision },
      maximumTickets,
      accounts: sorted(this.#accounts),
      flags: this.#flags,
      policies: this.#policies,
      journalPlace: this.journal.at(-1)?.place ?? 0,
      restoredLog: null,
      now: this.#now(),
    };
  }

  #newestBars({ feed, instrument }: StoredView, timeframe: Timeframe, limit: number): Bar[] {
    const bars = [...(this.#bars.get(`${feed}\n${instrument}\n${timeframe}`)?.values() ?? [])];
    return bars.sort((one, other) => one.time - other.time).slice(-limit);
  }

  #write(batch: CommitBatch, base: number, now: number): void {
    for (const [index, event] of batch.events.entries()) {
      const { previousState: _, payload, account, ticket, symbol, state, ...rest } = event;
      const { tradeVersion, occurredAt, actor } = rest;
      const told = { account, ticket, symbol, state, tradeVersion, occurredAt, actor, payload };
      this.log.push({ ...told, revision: base + index + 1, epoch: this.epoch, recordedAt: now });
    }
    for (const { trade, eventIndex, registeredIndex } of batch.trades) {
      const known = this.#trades.get(keyOf(trade.spec));
      const revision = base + eventIndex + 1;
      const registeredRevision =
        registeredIndex === null ? (known?.registeredRevision ?? revision) : base + registeredIndex + 1;
      this.#trades.set(keyOf(trade.spec), { trade, revision, registeredRevision });
    }
    for (const { account, ticket, action, eventIndex, firstIndex } of batch.actions) {
      const plannedRevision = this.#actions.get(action.actionId)?.plannedRevision ?? base + firstIndex + 1;
      const revision = base + eventIndex + 1;
      this.#actions.set(action.actionId, { account, ticket, action, plannedRevision, revision });
    }
    if (this.#bug !== 'answers are forgotten')
      for (const answer of batch.answers) this.#answers.set(answer.requestId, answer);
    for (const account of batch.accounts) this.#accounts.set(account.account, account);
    this.#flags = batch.flags.at(-1) ?? this.#flags;
    this.#policies = batch.policies.at(-1) ?? this.#policies;
    this.audits += batch.audits.length;
    for (const row of batch.journal) this.journal.push({ ...row, base, recordedAt: now });
    this.#writeMarkets(batch);
  }

  #writeMarkets(batch: CommitBatch): void {
    for (const { feed, instrument } of batch.forgotten) {
      this.#views.delete(`${feed}\n${instrument}`);
      for (const timeframe of ['M1', 'M5', 'M15']) this.#bars.delete(`${feed}\n${instrument}\n${timeframe}`);
    }
    for (const { feed, instrument, symbol, snapshot } of batch.views)
      this.#views.set(`${feed}\n${instrument}`, { feed, instrument, symbol, snapshot });
    for (const { feed, instrument, timeframe, bar } of batch.bars) {
      const name = `${feed}\n${instrument}\n${timeframe}`;
      const bars = this.#bars.get(name) ?? new Map<number, Bar>();
      this.#bars.set(name, bars.set(bar.time, bar));
    }
    for (const { account, symbol } of batch.endedInstruments)
      this.#instruments.delete(`${account}\n${symbol}`);
    for (const terms of batch.instruments) this.#instruments.set(`${terms.account}\n${terms.symbol}`, terms);
    for (const eventId of batch.endedNews) this.#news.delete(eventId);
    for (const event of batch.news) this.#news.set(event.eventId, event);
    for (const name of batch.endedFeeds) this.#feeds.delete(name);
    for (const feed of batch.feeds) this.#feeds.set(feed.name, feed);
  }
}

const keyOf = ({ account, ticket }: TradeKey): string => `${account}\n${ticket}`;

/** By their keys, as an index has them. */
function sorted<V>(map: ReadonlyMap<string, V>): V[] {
  return [...map].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value);
}
