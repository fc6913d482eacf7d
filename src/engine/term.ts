// One term of leadership: the engine with every active trade, the group commit behind it, and what of
// it is durable. A term that fails is thrown away whole and the next one is restored from the store,
// so a crash and a lost connection take the same path.

import DataLoader from 'dataloader';
import type { Account } from '../domain/account.js';
import { MarketView } from '../domain/market-view.js';
import type { Rules } from '../domain/rules.js';
import { isSettled } from '../domain/trade.js';
import type { Trade } from '../domain/types.js';
import type { WorkTracing } from '../observability/tracing.js';
import type { Leadership, Store } from '../store/store.js';
import type { StoredAnswer, StoredTrade, TradeFilter, TradeKey } from '../store/types.js';
import type { CommittedTrade, Work, Written } from './batch.js';
import { DatabaseClock } from './database-clock.js';
import { Engine } from './engine.js';
import { FeedClock } from './feed-clock.js';
import { GroupCommit, type Receipt } from './group-commit.js';
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
  /** Evaluations that are recorded. */
  #evaluations = 0;
  #over: Error | null = null;

  private constructor(
    store: Store,
    engine: Engine,
    clock: FeedClock,
    databaseClock: DatabaseClock,
    durable: Map<string, DurableTrade>,
    maximumTickets: Map<string, bigint>,
    commit: (term: Term) => GroupCommit,
  ) {
    this.#stored = new DataLoader((keys) => findInOrder(store, keys), { cache: false, maxBatchSize: 1000 });
    this.engine = engine;
    this.clock = clock;
    this.#databaseClock = databaseClock;
    this.#durable = durable;
    this.#maximumTickets = maximumTickets;
    this.#commit = commit(this);
  }

  /** Loads everything the log's head stands for. */
  static async restore(
    store: Store,
    leadership: Leadership,
    rules: Rules,
    wallClock: () => number,
    listener: TermListener,
    tracing?: WorkTracing,
  ): Promise<Term> {
    const engine = new Engine(rules);
    const clock = new FeedClock(wallClock);
    const restored = await leadership.restore();
    const databaseClock = new DatabaseClock(restored.now);
    for (const instrument of restored.instruments) engine.upsertInstrument(instrument);
    for (const event of restored.news) engine.upsertNews(event);
    for (const account of restored.accounts) engine.accounts.restore(account);
    listener.restored(restored.accounts);
    for (const { feed, symbol, instrument, snapshot, bars } of restored.views) {
      const view = MarketView.restore(symbol, instrument, rules, JSON.parse(snapshot), bars);
      engine.restoreView(feed, view);
      if (view.asOf !== null) clock.saw(feed, view.asOf);
    }
    const durable = new Map<string, DurableTrade>();
    for await (const page of leadership.trades()) {
      for (const stored of page) {
        engine.restoreTrade(stored.trade);
        durable.set(tradeKey(stored.trade.spec.account, stored.trade.spec.ticket), stored);
      }
    }
    engine.drain();
    return new Term(
      store,
      engine,
      clock,
      databaseClock,
      durable,
      new Map(restored.maximumTickets),
      (term) =>
        new GroupCommit(
          leadership.writer,
          restored.head.revision,
          {
            committed: (trades, head, now, written) => {
              databaseClock.saw(now);
              term.#becameDurable(trades);
              listener.written(written, now);
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

  /** Why the term ended; null while it runs. */
  get over(): Error | null {
    return this.#over;
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
    const { events, views, bars, marketEvaluations, accounts } = this.engine.drain();
    for (const { trade } of events) {
      if (trade.state !== 'CLOSED') continue;
      const { account, ticket } = trade.spec;
      this.#closures += 1;
      const maximum = this.#maximumTickets.get(account);
      if (maximum === undefined || ticket > maximum) this.#maximumTickets.set(account, ticket);
    }
    const { actor, cause, ...more } = extra;
    const parts = { events, views, bars, marketEvaluations, accounts, ...more };
    if (answer === undefined && Object.values(parts).every((part) => part.length === 0)) {
      return { revision: this.#commit.planned, events: 0, durable: this.#commit.settled() };
    }
    const evaluations = this.engine.evaluations - this.#evaluations;
    this.#evaluations = this.engine.evaluations;
    return this.#commit.add({ ...parts, evaluations, actor, cause }, answer);
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

  #mayExist(key: TradeKey): boolean {
    const maximum = this.#maximumTickets.get(key.account);
    return maximum !== undefined && key.ticket <= maximum;
  }

  async #findClosed(keys: readonly TradeKey[]): Promise<StoredTrade[]> {
    const doubtful = keys.filter((key) => this.#mayExist(key));
    const found = await Promise.all(doubtful.map((key) => this.#stored.load(key)));
    return found.filter((trade) => trade !== null);
  }

  #becameDurable(trades: Iterable<CommittedTrade>): void {
    for (const { trade, revision, registeredRevision } of trades) {
      const name = tradeKey(trade.spec.account, trade.spec.ticket);
      if (isSettled(trade)) {
        this.#durable.delete(name);
        continue;
      }
      const registered = registeredRevision ?? this.#durable.get(name)?.registeredRevision ?? revision;
      this.#durable.set(name, { trade, revision, registeredRevision: registered });
    }
  }
}

async function findInOrder(store: Store, keys: readonly TradeKey[]): Promise<(StoredTrade | null)[]> {
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
