// Owns one term of leadership: the engine with every active trade, the group commit behind it, and what of
// it is durable. A term that fails is thrown away whole and the next one is restored from the store, so a
// crash and a lost connection take the same path.

import DataLoader from 'dataloader';
import type { Account } from '../domain/account/account.js';
import type { Rules } from '../domain/rules.js';
import type { Trade } from '../domain/trade/trade.js';
import { isSettled } from '../domain/trade/version.js';
import { MarketView } from '../domain/views/market-view.js';
import type { WorkTracing } from '../observability/tracing.js';
import { decodeView } from '../store/bodies/market.js';
import type { DecisionStore, Leadership } from '../store/store.js';
import type { Audit, Restored, StoredAnswer, StoredTrade, TradeFilter, TradeKey } from '../store/types.js';
import type { AccountStep } from './accounts.js';
import type { Batch, Work, Written } from './batch.js';
import { DatabaseClock } from './database-clock.js';
import { Engine } from './engine.js';
import { FeedClock } from './feed-clock.js';
import { flattenTripped } from './flatten.js';
import { GroupCommit, type Receipt } from './group-commit.js';
import { holdPlanned, restoreHeld } from './holds.js';
import { doubtRestored } from './leases.js';
import { tradeKey } from './results.js';

/** A trade as it is in the log. */
export interface DurableTrade {
  readonly trade: Trade;
  readonly registeredRevision: number;
  readonly revision: number;
}

export interface TermListener {
  /** The accounts as the log's head has them. */
  restored(accounts: readonly Account[]): void;
  /** The log has a new head. */
  advanced(head: number): void;
  /** This is in the log now, by the database's clock (UTC ms); told before the calls it answers are. */
  written(written: Written, now: number): void;
  /** The term is over; its engine must not be used any more. */
  ended(error: Error): void;
}

export class Term {
  readonly engine: Engine;
  readonly clock: FeedClock;
  readonly #databaseClock: DatabaseClock;
  /** Trades of the store by key; calls that arrive together share one query. */
  readonly #stored: DataLoader<TradeKey, StoredTrade | null>;
  readonly #commit: GroupCommit;
  readonly #durable: Map<string, DurableTrade>;
  /** Per account the largest ticket a trade may have that is not active: of the store, and closed since. */
  readonly #maximumTickets: Map<string, bigint>;
  #closures = 0;
  #forgetting: Promise<void> | null = null;
  /** Evaluations that are recorded. */
  #evaluations = 0;
  #over: Error | null = null;
  readonly #leadership: Leadership;

  private constructor(
    store: DecisionStore,
    engine: Engine,
    clock: FeedClock,
    databaseClock: DatabaseClock,
    durable: Map<string, DurableTrade>,
    maximumTickets: Map<string, bigint>,
    leadership: Leadership,
    commit: (term: Term) => GroupCommit,
  ) {
    this.#leadership = leadership;
    this.#stored = new DataLoader((keys) => findInOrder(store, keys), { cache: false, maxBatchSize: 1000 });
    this.engine = engine;
    this.clock = clock;
    this.#databaseClock = databaseClock;
    this.#durable = durable;
    this.#maximumTickets = maximumTickets;
    this.#commit = commit(this);
  }

  /** Which term it is: each has a higher number than those before. */
  get evaluatorEpoch(): number {
    return this.#leadership.evaluatorEpoch;
  }

  /** Loads everything the log's head stands for. */
  static async restore(
    store: DecisionStore,
    leadership: Leadership,
    rules: Rules,
    processClock: () => number,
    listener: TermListener,
    tracing?: WorkTracing,
  ): Promise<Term> {
    const engine = new Engine(rules);
    const restored = await leadership.restore();
    const databaseClock = new DatabaseClock(restored.now);
    const kindOf = (feed: string) => engine.feeds.feedKind(feed);
    const clock = new FeedClock({ database: () => databaseClock.now(), process: processClock, kindOf });
    restoreReference(engine, restored);
    listener.restored(restored.accounts);
    restoreViews(engine, restored, clock, rules);
    const durable = new Map<string, DurableTrade>();
    for await (const page of leadership.trades()) {
      for (const stored of page) {
        engine.restoreTrade(stored.trade);
        durable.set(tradeKey(stored.trade.spec.account, stored.trade.spec.ticket), stored);
      }
    }
    restoreHeld(engine, restored.now);
    engine.drain();
    const term = new Term(
      store,
      engine,
      clock,
      databaseClock,
      durable,
      new Map(restored.maximumTickets),
      leadership,
      (term) =>
        new GroupCommit(
          leadership.writer,
          restored.head.revision,
          {
            committed: (batch, head, now) => {
              databaseClock.saw(now);
              term.#becameDurable(batch);
              listener.written(batch, now);
              listener.advanced(head);
            },
            failed: (error) => {
              term.#over = error;
              listener.ended(error);
            },
          },
          tracing,
        ),
    );
    if (restored.restoredLog !== null) {
      doubtRestored(engine, restored.restoredLog, restored.now, ({ spec }) => clock.now(spec.feed));
      term.record();
    }
    return term;
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
    return this.#databaseClock.now();
  }

  /** Number of trades in the log's head that are not settled. */
  get unsettled(): number {
    return this.#durable.size;
  }

  /** Why the term ended, or may have ended unnoticed; null while it runs. */
  get over(): Error | null {
    return this.#over ?? this.#leadership.doubt;
  }

  /**
   * Active trades of the log's head that match, in the order of registration: those registered after a
   * revision, at most `limit`.
   */
  *list(filter: TradeFilter, after: number, limit: number): Iterable<DurableTrade> {
    const matches = tradeMatcher(filter);
    let left = limit;
    for (const durable of this.#durable.values()) {
      if (left === 0) return;
      if (durable.registeredRevision <= after || durable.trade.state === 'CLOSED') continue;
      if (!matches(durable.trade)) continue;
      left -= 1;
      yield durable;
    }
  }

  /**
   * Hands what the engine changed since the last call to the group commit. Called in the same turn of
   * the event loop as the engine was, so no other command's changes are among them.
   */
  record(extra: Omit<Work, 'evaluations'> = {}, answer?: (revision: number) => StoredAnswer): Receipt {
    flattenTripped(this.engine, ({ spec }) => this.clock.now(spec.feed));
    holdPlanned(this.engine, this.engine.undrained, this.databaseNow());
    const outbox = this.engine.drain();
    for (const { trade } of outbox.events) {
      if (trade.state !== 'CLOSED') continue;
      const { account, ticket } = trade.spec;
      this.#closures += 1;
      const maximum = this.#maximumTickets.get(account);
      if (maximum === undefined || ticket > maximum) this.#maximumTickets.set(account, ticket);
    }
    const { actor, cause, ...more } = extra;
    const steps = this.engine.accounts.drainSteps().map(stepAudit);
    const audits = [...(more.audits ?? []), ...steps];
    const parts = { ...outbox, ...more, audits };
    if (answer === undefined && Object.values(parts).every((part) => part.length === 0)) {
      return { revision: this.#commit.planned, events: 0, durable: this.#commit.settled() };
    }
    const evaluations = this.engine.evaluations - this.#evaluations;
    this.#evaluations = this.engine.evaluations;
    const receipt = this.#commit.add({ ...parts, evaluations, actor, cause }, answer);
    if (outbox.forgotten.length > 0) this.#noteForgetting(receipt.durable);
    return receipt;
  }

  /** Resolves when no data that was forgotten is left to be taken out: new data must not be in one batch with it. */
  get forgetting(): Promise<void> | null {
    return this.#forgetting;
  }

  /** The revision of an unsettled trade's latest change, durable or not. */
  revisionOf(trade: Trade): number {
    const name = tradeKey(trade.spec.account, trade.spec.ticket);
    return this.#commit.pendingRevision(name) ?? this.#durable.get(name)?.revision ?? 0;
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
      if (
        doubtful.some((key) => this.#commit.pendingRevision(tradeKey(key.account, key.ticket)) !== undefined)
      ) {
        await this.#commit.settled();
      }
      const closures = this.#closures;
      const closed = await this.#findClosed(doubtful);
      // A trade that closed while we asked may be missing from the answer: ask again.
      if (closures === this.#closures) return closed;
    }
  }

  /** Ends the term with `error`: pending commands are refused with it. */
  end(error: Error): void {
    this.#commit.abort(error);
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
    const found = await Promise.all(doubtful.map((key) => this.#stored.load(key)));
    return found.filter((trade) => trade !== null);
  }

  #becameDurable({ base, trades }: Batch): void {
    for (const { trade, eventIndex, registeredIndex } of trades) {
      const revision = base + eventIndex + 1;
      const name = tradeKey(trade.spec.account, trade.spec.ticket);
      if (isSettled(trade)) {
        this.#durable.delete(name);
        continue;
      }
      const registeredRevision =
        registeredIndex === null
          ? (this.#durable.get(name)?.registeredRevision ?? revision)
          : base + registeredIndex + 1;
      this.#durable.set(name, { trade, revision, registeredRevision });
    }
  }
}

/** Takes what was told beside prices and trades. */
function restoreReference(engine: Engine, { instruments, news, feeds, accounts }: Restored): void {
  for (const instrument of instruments) engine.upsertInstrument(instrument);
  for (const event of news) engine.upsertNews(event);
  for (const feed of feeds) engine.feeds.restore(feed);
  for (const account of accounts) engine.accounts.restore(account);
}

async function findInOrder(store: DecisionStore, keys: readonly TradeKey[]): Promise<(StoredTrade | null)[]> {
  const found = new Map(
    (await store.findTrades(keys)).map((stored) => {
      const { account, ticket } = stored.trade.spec;
      return [tradeKey(account, ticket), stored];
    }),
  );
  return keys.map(({ account, ticket }) => found.get(tradeKey(account, ticket)) ?? null);
}

function tradeMatcher({ account, symbols, states, tickets }: TradeFilter): (trade: Trade) => boolean {
  const [anySymbol, anyState, anyTicket] = [new Set(symbols), new Set(states), new Set(tickets)];
  return ({ spec, state }) =>
    (account === null || spec.account === account) &&
    (anySymbol.size === 0 || anySymbol.has(spec.symbol)) &&
    (anyState.size === 0 || anyState.has(state)) &&
    (anyTicket.size === 0 || anyTicket.has(spec.ticket));
}

/** The record of what happened to an account and nobody ordered. */
function stepAudit(step: AccountStep): Audit {
  const { account } = step;
  const audit = { actor: 'dtms', actorId: '', account, ticket: 0n };
  if (step.step === 'paid') {
    const { amount, operation } = step;
    const { deal, kind, time } = operation ?? { deal: null, kind: 'INFERRED', time: null };
    const told = deal === null ? {} : { deal: String(deal), made_at: new Date(time).toISOString() };
    return { ...audit, method: 'payments', detail: { kind, amount, ...told } };
  }
  if (step.step === 'unproven') {
    return { ...audit, method: 'payments', detail: { kind: 'UNPROVEN', amount: step.amount } };
  }
  const { rail, value, holdsUntil } = step.rail;
  const detail = { rail, step: step.step, value, holds_until: new Date(holdsUntil).toISOString() };
  return { ...audit, method: 'rails', detail };
}

/** Gives the engine its market views, and the clock what their feeds have seen. */
function restoreViews(engine: Engine, restored: Restored, clock: FeedClock, rules: Rules): void {
  for (const { feed, symbol, instrument, snapshot, bars } of restored.views) {
    const view = MarketView.restore(symbol, instrument, rules, decodeView(snapshot), bars);
    engine.restoreView(feed, view);
    if (view.asOf !== null) clock.saw(feed, view.asOf);
  }
}
