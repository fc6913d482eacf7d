// Owns one term of leadership: the engine with every active trade, the group commit behind it, and what of
// it is durable. A term that fails is thrown away whole and the next one is restored from the store, so a
// crash and a lost connection take the same path.

import type DataLoader from 'dataloader';
import type { Account } from '../domain/account/account.js';
import type { FlagDefinitions } from '../domain/flags/definition.js';
import { withDefinitions } from '../domain/flags/flag-book.js';
import type { Trade } from '../domain/trade/trade.js';
import { revisionInFuture } from '../errors/errors.js';
import type { WorkTracing } from '../observability/tracing.js';
import type { Told } from '../store/bodies/journal.js';
import type { DecisionStore, Leadership } from '../store/store.js';
import type {
  JournalPlace,
  ListOrder,
  StoredAnswer,
  StoredTrade,
  TradeFilter,
  TradeKey,
} from '../store/types.js';
import type { Batch, Work, Written } from './batch.js';
import { type CheckpointPart, takeCheckpoint } from './checkpoint.js';
import { type DurableTrade, type DurableTrades, storedTrades } from './durable-trades.js';
import type { Engine } from './engine.js';
import type { FeedClock } from './feed-clock.js';
import { GroupCommit, type Receipt } from './group-commit.js';
import { restoreHeld } from './holds.js';
import { movedOn, Replica } from './replica.js';
import { tradeKey } from './results.js';
import { Slices } from './slices.js';
import { type StateWindow, StateWindows } from './state-window.js';
import { stepAudit } from './step-audit.js';
import {
  doubtAll,
  isNothing,
  plansActions,
  type TurnOutbox,
  type TurnSettings,
  type Turns,
} from './turns.js';

/** All a term had in memory, and where: once the row of that place is in the journal, and is this leader's. */
export interface Checkpoint extends JournalPlace {
  readonly evaluatorEpoch: number;
  readonly parts: readonly CheckpointPart[];
}

export interface TermListener {
  /** The accounts as the log's head has them. */
  restored(accounts: readonly Account[]): void;
  /** Actions are planned, which are not durable yet: who leases them now has them in the same transaction. */
  planned(): void;
  /** The log has a new head. */
  advanced(head: number): void;
  /** This is in the log now, by the database's clock (UTC ms); told before the calls it answers are. */
  written(written: Written, now: number): void;
  /** The term is over; its engine must not be used any more. */
  ended(error: Error): void;
}

/** What a server knows of feature flags by itself. */
export interface OwnFlags {
  /** The program's version. */
  readonly build: string;
  /** As its file has them, or its provider. */
  readonly definitions: FlagDefinitions;
}

export interface TermSettings extends TurnSettings {
  /** Asked when a term begins; without it nothing is told of flags. */
  readonly flags?: (() => OwnFlags) | undefined;
  readonly tracing?: WorkTracing | undefined;
}

export class Term {
  readonly engine: Engine;
  readonly clock: FeedClock;
  /** What decides what bars left open. */
  readonly slices: Slices;
  readonly #windows: StateWindows;
  readonly #turns: Turns;
  /** Trades of the store by key; calls that arrive together share one query. */
  readonly #stored: DataLoader<TradeKey, StoredTrade | null>;
  readonly #commit: GroupCommit;
  readonly #durable: DurableTrades;
  /** Per account the largest ticket a trade may have that is not active: of the store, and closed since. */
  readonly #maximumTickets: Map<string, bigint>;
  #closures = 0;
  #forgetting: Promise<void> | null = null;
  /** Evaluations that are recorded. */
  #evaluations = 0;
  #over: Error | null = null;
  readonly #planned: () => void;
  readonly #leadership: Leadership;

  private constructor(
    store: DecisionStore,
    { turns, trades, maximumTickets, place }: Replica,
    leadership: Leadership,
    planned: () => void,
    commit: (term: Term) => GroupCommit,
  ) {
    this.#leadership = leadership;
    this.#planned = planned;
    this.#stored = storedTrades(store);
    this.engine = turns.engine;
    this.clock = turns.clock;
    this.#turns = turns;
    this.#durable = trades;
    this.#maximumTickets = maximumTickets;
    this.#windows = new StateWindows({ engine: this.engine, trades }, place, () => this.databaseNow());
    this.#commit = commit(this);
    this.slices = new Slices(this, this.#commit);
  }

  /** Which term it is: each has a higher number than those before. */
  get evaluatorEpoch(): number {
    return this.#leadership.evaluatorEpoch;
  }

  /**
   * Begins with everything the log's head stands for.
   *
   * @param warm - the replica of a server that followed until now; without it, or where it cannot be moved on, all is
   * restored.
   */
  static async begin(
    store: DecisionStore,
    leadership: Leadership,
    settings: TermSettings,
    listener: TermListener,
    warm?: Replica,
  ): Promise<Term> {
    const replica = (await movedOn(leadership, warm)) ?? (await Replica.restore(leadership, settings));
    const { turns, databaseClock, restoredLog, place, journalPlace } = replica;
    const { engine } = turns;
    listener.restored([...engine.accounts.all()]);
    restoreHeld(engine, databaseClock.now());
    engine.drain();
    const term = new Term(
      store,
      replica,
      leadership,
      () => listener.planned(),
      (term) =>
        new GroupCommit(
          leadership.writer,
          { head: place.revision, place: journalPlace, epoch: leadership.evaluatorEpoch },
          {
            closing: (batch) => term.#windows.closing(batch),
            mayCloseEarly: () => term.#windows.isIdle,
            committed: (batch, head, now) => {
              databaseClock.saw(now);
              term.#becameDurable(batch);
              listener.written(batch, now);
              listener.advanced(head);
            },
            failed: (error) => {
              term.#over = error;
              term.#windows.end(error);
              listener.ended(error);
            },
          },
          settings.tracing,
        ),
    );
    if (restoredLog !== null) {
      term.take({ name: 'doubtRestored', args: [restoredLog] }, '', () => doubtAll(turns, restoredLog));
      term.record();
    }
    if (settings.flags !== undefined) term.#beginFlags(settings.flags());
    return term;
  }

  /** The trades of the log's head that are not settled. */
  get trades(): DurableTrades {
    return this.#durable;
  }

  /** The newest durable revision. */
  get head(): number {
    return this.#commit.head;
  }

  /** Things that wait to become durable. */
  get pending(): number {
    return this.#commit.pending;
  }

  /** The database's clock, UTC ms: what leases end by. */
  databaseNow(): number {
    return this.#turns.databaseNow();
  }

  /** Why the term ended, or may have ended unnoticed; null while it runs. */
  get over(): Error | null {
    return this.ended ?? this.#leadership.doubt;
  }

  /** The same without a doubt that may pass: what was begun goes on, and where another server leads the next commit fails. */
  get ended(): Error | null {
    return this.#over;
  }

  /**
   * Active trades of the log's head that match, in the order of registration or the reverse: those registered
   * beyond a revision, at most `limit`.
   */
  list(filter: TradeFilter, beyond: number, limit: number, order?: ListOrder): Iterable<DurableTrade> {
    return this.#durable.list(filter, beyond, limit, order);
  }

  /** Takes a turn of the engine; see Turns. What it changed is to be recorded in the same turn of the event loop. */
  take<T>(told: Told | (() => Told), actor: string, act: () => T): T {
    return this.#turns.take(told, actor, act);
  }

  /** Takes the turn of what time alone does, and records it. */
  sweep(): void {
    this.#record(this.#turns.sweep(), {});
  }

  /** All that is in memory between two turns, and its place in the journal; not while trades are still to be decided. */
  checkpoint(): Checkpoint {
    const entries = this.#turns.drainEntries();
    if (entries.length > 0) this.#commit.add({ entries });
    const { evaluatorEpoch } = this;
    return { ...this.#commit.entryPlace, evaluatorEpoch, parts: takeCheckpoint(this.#turns) };
  }

  /**
   * Hands what the engine changed since the last call to the group commit. Called in the same turn of
   * the event loop as the engine was, so no other command's changes are among them.
   */
  record(extra: Omit<Work, 'evaluations'> = {}, answer?: (revision: number) => StoredAnswer): Receipt {
    return this.#record(this.#turns.settle(), extra, answer);
  }

  #record(
    turned: TurnOutbox,
    extra: Omit<Work, 'evaluations'>,
    answer?: (revision: number) => StoredAnswer,
  ): Receipt {
    const { steps, ...outbox } = turned;
    for (const { trade } of outbox.events) {
      if (trade.state !== 'CLOSED') continue;
      const { account, ticket } = trade.spec;
      this.#closures += 1;
      const maximum = this.#maximumTickets.get(account);
      if (maximum === undefined || ticket > maximum) this.#maximumTickets.set(account, ticket);
    }
    const { actor, cause, ...more } = extra;
    const audits = [...(more.audits ?? []), ...steps.map(stepAudit)];
    const isIdle = isNothing(turned) && Object.values(more).every((part) => part.length === 0);
    if (answer === undefined && isIdle && !this.#turns.isFull) {
      return { revision: this.#commit.planned, events: 0, durable: this.#commit.settled() };
    }
    const evaluations = this.engine.evaluations - this.#evaluations;
    this.#evaluations = this.engine.evaluations;
    const entries = this.#turns.drainEntries();
    const receipt = this.#commit.add(
      { ...outbox, ...more, audits, entries, evaluations, actor, cause },
      answer,
    );
    if (outbox.forgotten.length > 0) this.#noteForgetting(receipt.durable);
    if (plansActions(outbox)) this.#planned();
    return receipt;
  }

  /** Resolves when no data that was forgotten is left to be taken out: new data must not be in one batch with it. */
  get forgetting(): Promise<void> | null {
    return this.#forgetting;
  }

  /** Whether a trade under this key is over that may not be in the store yet. */
  isEnding({ account, ticket }: TradeKey): boolean {
    const key = tradeKey(account, ticket);
    return this.engine.get(account, ticket) === undefined && this.#commit.pendingRevision(key) !== undefined;
  }

  /** The revision of an unsettled trade's latest change, durable or not. */
  revisionOf(trade: Trade): number {
    const name = tradeKey(trade.spec.account, trade.spec.ticket);
    return this.#commit.pendingRevision(name) ?? this.#durable.get(name)?.revision ?? 0;
  }

  /**
   * Waits until a revision is durable; undefined where it is.
   *
   * @throws DtmsError REVISION_IN_FUTURE when the log has none such
   */
  reach(revision: number): Promise<void> | undefined {
    if (revision <= this.head) return undefined;
    if (revision > this.#commit.planned) throw revisionInFuture(revision, this.head);
    // Others may read it in the store before this server is told that it is there.
    return this.settled();
  }

  /** Resolves when everything recorded so far is durable. */
  settled(): Promise<void> {
    return this.#commit.settled();
  }

  /**
   * A trade as it is in the log, closed ones included; changes under way are awaited, so nothing is
   * shown that a crash could take back.
   */
  async find(key: TradeKey): Promise<DurableTrade | undefined> {
    const name = tradeKey(key.account, key.ticket);
    if (this.#commit.pendingRevision(name) !== undefined) await this.#commit.settled();
    return this.#durable.get(name) ?? (await this.#findClosed([key]))[0];
  }

  /** The same for many; unknown ones are left out, and the order is not kept. */
  async findAll(keys: readonly TradeKey[]): Promise<DurableTrade[]> {
    if (keys.some((key) => this.#commit.pendingRevision(tradeKey(key.account, key.ticket)) !== undefined)) {
      await this.#commit.settled();
    }
    const found: DurableTrade[] = [];
    const missing: TradeKey[] = [];
    for (const key of keys) {
      const active = this.#durable.get(tradeKey(key.account, key.ticket));
      if (active === undefined) missing.push(key);
      else found.push(active);
    }
    return found.concat(await this.#findClosed(missing));
  }

  /**
   * The closed trades among the keys of trades about to be registered. Tickets above the largest that may
   * belong to a closed trade cannot be among them, which spares the usual registration a query.
   */
  async closedAmong(keys: readonly TradeKey[]): Promise<DurableTrade[]> {
    for (;;) {
      const doubtful = keys.filter(
        (key) => this.engine.get(key.account, key.ticket) === undefined && this.#mayExist(key),
      );
      if (doubtful.length === 0) return [];
      if (doubtful.some((key) => this.isEnding(key))) await this.#commit.settled();
      const closures = this.#closures;
      const closed = await this.#findClosed(doubtful);
      // A trade that closed while we asked may be missing from the answer: ask again.
      if (closures === this.#closures) return closed;
    }
  }

  /** What this server has, from the newest commit on or the next one; to be ended with closeWindow. @throws why the term is over */
  async openWindow(): Promise<StateWindow> {
    // What is being written is over soon, and no other commit may follow.
    while (this.pending > 0 && !this.#commit.isGathering) await this.settled();
    return this.#windows.open(this.pending === 0 ? 'nothing' : 'something');
  }

  closeWindow(window: StateWindow): void {
    this.#windows.close(window);
  }

  /** Ends the term with `error`: pending commands are refused with it. */
  end(error: Error): void {
    this.#commit.abort(error);
  }

  /** Flags the log knows are as they were; of others the leader's own definitions count. The build is the leader's. */
  #beginFlags({ build, definitions: own }: OwnFlags): void {
    const { flags } = this.engine;
    const definitions = { ...own, ...flags.book.definitions };
    if (withDefinitions(flags.book, definitions, build) === flags.book) return;
    const told = { name: 'defineFlags', args: [definitions, build, null] };
    this.take(told, '', () => flags.define(definitions, build));
    this.record();
  }

  #noteForgetting(durable: Promise<void>): void {
    const done = (): void => {
      if (this.#forgetting === forgetting) this.#forgetting = null;
    };
    const forgetting = durable.then(done, done);
    this.#forgetting = forgetting;
  }

  #mayExist(key: TradeKey): boolean {
    const maximum = this.#maximumTickets.get(key.account);
    return maximum !== undefined && key.ticket <= maximum;
  }

  async #findClosed(keys: readonly TradeKey[]): Promise<StoredTrade[]> {
    const doubtful = keys.filter((key) => this.#mayExist(key));
    const loaded = await Promise.all(doubtful.map((key) => this.#stored.load(key)));
    const found = loaded.filter((trade) => trade !== null);
    for (const stored of found) this.#durable.noteRegistered(stored);
    return found;
  }

  #becameDurable(batch: Batch): void {
    this.#durable.take(batch);
    this.#windows.committed(batch);
  }
}
