// Owns the store as the rest of the program sees it: opened and checked, read by anyone, written by the one
// server that leads.
import type pg from 'pg';

import type { Config } from '../config/config.js';
import { inBackground, pause } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import { underSignals } from '../observability/signals.js';
import { AuditTable } from './audits.js';
import { asCandidate, type Candidate } from './candidate.js';
import { checkServer, type ServerFacts } from './checks.js';
import { compact } from './compaction.js';
import { EffectTable } from './effects.js';
import {
  type EvaluationPlace,
  type EvaluationRange,
  type KeptEvaluation,
  listEvaluations,
} from './evaluation-reads.js';
import { readDelta, readState, type StateReading } from './following.js';
import { type Hint, Listener, Notifier } from './hints.js';
import { addJournalDays, JournalTable } from './journal.js';
import { KeyTable } from './keys.js';
import { type Leadership, tryLead } from './leadership.js';
import { readBarsSince, type TimeOfEach } from './market-bars.js';
import { migrate } from './migrate.js';
import { isAccountNamed } from './named-accounts.js';
import { NatsHints } from './nats-hints.js';
import { DeliveryTable } from './notice-deliveries.js';
import { NoticeWork } from './notice-worker.js';
import { NoticeTable } from './notices.js';
import { connect, createPool, type DatabaseOptions, disconnect } from './pool.js';
import { primaryPlace } from './primary.js';
import { serviceRoleOf } from './privileges.js';
import {
  findAction,
  findActionsByTag,
  findAnswers,
  findTrades,
  findVersion,
  listActions,
  listEvents,
  listTrades,
  readEvents,
  readHead,
} from './reads.js';
import { ResultTable } from './results.js';
import { RolloutTable } from './rollouts.js';
import { ServerTable } from './servers.js';
import { type DatabaseStanding, standingOf } from './standing.js';
import { readStateHead, type StateHead } from './state-head.js';
import { readStateMoves, type StateMoves } from './state-moves.js';
import { Succession } from './succession.js';
import type {
  ActionCursor,
  ActionFilter,
  BookedResult,
  CommitPlace,
  Delta,
  ListOrder,
  LogEvent,
  LogHead,
  LogReader,
  MarketBarsByTimeframe,
  MarketKey,
  StoredAction,
  StoredAnswer,
  StoredTrade,
  TradeFilter,
  TradeKey,
} from './types.js';
import { WarmFirst } from './warm-first.js';

export type { StateReading } from './following.js';
export type { Leadership } from './leadership.js';

export interface LeadOptions {
  /** Called once when the lead is lost without release(): the term is over. */
  readonly onLost: (reason: Error) => void;
  /** Ends the waiting of lead(), which then rejects with its reason. */
  readonly signal?: AbortSignal;
  /** This server, as others name it. */
  readonly serverId?: string;
  /** Asked at each try: whether this server has the state of the log. One that has not leaves the lead to one that has. */
  readonly hasState?: () => boolean;
  /** Where this server is reached when it leads; without it others are told no address. */
  readonly address?: string;
  /** Called each time another server is found to lead, with its address; that is empty where it tells none. */
  readonly onOther?: (address: string) => void;
}

/** Connections for reading: how many there are, how many of them wait, and how many queries wait for one. */
export interface PoolStanding {
  readonly open: number;
  readonly idle: number;
  readonly waiting: number;
}

/** What deciding needs of the store: the lead, and what the engine does not keep. */
export type DecisionStore = Pick<
  Store,
  'lead' | 'findTrades' | 'findAnswers' | 'findAction' | 'findActionsByTag' | 'findResults' | 'isAccountNamed'
>;

/** What following needs of the store. */
export type FollowedStore = Pick<Store, 'stateHead' | 'readState' | 'readDelta' | 'findTrades'>;

const LEAD_POLL_MS = 250;

export class Store implements LogReader {
  /** Whether a trade of before, a recorded result, the terms of an instrument or a key names an account. */
  readonly isAccountNamed = (account: string): Promise<boolean> => isAccountNamed(this.#pool, account);
  readonly journal: JournalTable;
  readonly keys: KeyTable;
  readonly audits: AuditTable;
  readonly servers: ServerTable;
  readonly results: ResultTable;
  readonly rollouts: RolloutTable;
  readonly effects: EffectTable;
  readonly notices: NoticeTable;
  readonly deliveries: DeliveryTable;
  readonly noticeWork: NoticeWork;
  readonly #connection: DatabaseOptions;
  readonly #config: Config;
  readonly #pool: pg.Pool;
  readonly #facts: ServerFacts;
  readonly #logger: Logger;
  readonly #notifier: Notifier;
  readonly #hints = new Set<() => void>();
  /** Who waits for the lead. */
  readonly #waiting = new Set<AbortController>();
  readonly #succession = new Succession();
  readonly #warmFirst = new WarmFirst();
  #listener: Listener | undefined;
  /** Undefined where no NATS is configured. */
  readonly #nats: NatsHints | undefined;

  private constructor(
    connection: DatabaseOptions,
    config: Config,
    pool: pg.Pool,
    facts: ServerFacts,
    logger: Logger,
  ) {
    this.#connection = connection;
    this.#config = config;
    this.#pool = pool;
    this.#facts = facts;
    this.#logger = logger;
    this.#nats =
      config.nats.url === '' ? undefined : new NatsHints(config.nats, logger, (what) => this.#hear(what));
    this.#notifier = new Notifier(pool, logger, (what) => this.#nats?.tell(what));
    this.#nats?.start();
    this.journal = new JournalTable(pool);
    this.keys = new KeyTable(pool);
    this.audits = new AuditTable(pool);
    this.servers = new ServerTable(pool);
    this.results = new ResultTable(pool);
    this.rollouts = new RolloutTable(pool, connection);
    this.effects = new EffectTable(pool);
    this.notices = new NoticeTable(pool);
    this.deliveries = new DeliveryTable(pool);
    this.noticeWork = new NoticeWork(pool);
  }

  /**
   * Connects, checks and migrates.
   *
   * @param ownerUrl - as whom to migrate, where the schema is not the service's own.
   * @throws UnsuitableDatabaseError when the database must not be used; StoreUnavailableError when it
   * cannot be reached.
   */
  static async open(url: string, config: Config, logger: Logger, ownerUrl = url): Promise<Store> {
    const connection = { url, statementTimeoutMs: config.database.statementTimeoutMs };
    // Finds the primary, which the pool does not look for.
    await disconnect(await connect(connection, 'open', () => undefined));
    const pool = createPool(connection, config.database.poolSize, logger);
    try {
      const facts = await checkServer(pool);
      if (!facts.dataChecksums)
        logger.warn('the database has no data checksums: a flipped bit on its disk would go unnoticed');
      await migrate({ ...connection, url: ownerUrl }, logger, serviceRoleOf({ url, ownerUrl }));
      await addJournalDays(pool);
      return new Store(connection, config, pool, facts, logger);
    } catch (error) {
      await pool.end();
      throw error;
    }
  }

  /** Such as "18.4". */
  get serverVersion(): string {
    return this.#facts.version;
  }

  /** Host and port of the database, and how it stands with it now. */
  async standing(): Promise<DatabaseStanding & { readonly place: string }> {
    return { ...(await standingOf(this.#pool)), place: primaryPlace(this.#connection.url) };
  }

  /** The connections for reading. */
  get connections(): PoolStanding {
    const { totalCount: open, idleCount: idle, waitingCount: waiting } = this.#pool;
    return { open, idle, waiting };
  }

  async head(): Promise<LogHead> {
    const head = await readHead(this.#pool);
    this.#succession.read(head);
    return head;
  }

  async readEvents(after: number, limit: number): Promise<LogEvent[]> {
    const events = await readEvents(this.#pool, after, limit);
    const newest = events.at(-1);
    if (newest !== undefined) this.#succession.read(newest);
    return events;
  }

  /** Events with revision > after that the filter admits, in order; a state is the one after the change. */
  listEvents(filter: TradeFilter, after: number, limit: number): Promise<LogEvent[]> {
    return listEvents(this.#pool, filter, after, limit);
  }

  /** Bars of a market that open at or after a time of each timeframe (UTC ms), ascending, at most so many of each. */
  barsSince(market: MarketKey, from: TimeOfEach, limit: number): Promise<MarketBarsByTimeframe> {
    return readBarsSince(this.#pool, market, from, limit);
  }

  /** Trades by key, closed ones too; unknown ones are left out and the order is not kept. */
  findTrades(keys: readonly TradeKey[]): Promise<StoredTrade[]> {
    return findTrades(this.#pool, keys);
  }

  /** The revision that made this version of a trade; undefined when its event is compacted. */
  findVersion(key: TradeKey, version: number): Promise<number | undefined> {
    return findVersion(this.#pool, key, version);
  }

  /** Trades that the filter admits, in the order of registration or the reverse: those beyond a revision. */
  listTrades(
    filter: TradeFilter,
    beyondRegisteredRevision: number,
    limit: number,
    order: ListOrder = 'OLDEST_FIRST',
  ): Promise<StoredTrade[]> {
    return listTrades(this.#pool, filter, beyondRegisteredRevision, limit, order);
  }

  /** Actions that the filter admits, in this order, from its beginning or after the last one seen. */
  listActions(
    filter: ActionFilter,
    order: ListOrder,
    after: ActionCursor | null,
    limit: number,
  ): Promise<StoredAction[]> {
    return listActions(this.#pool, filter, order, after, limit);
  }

  /** An action by its id; undefined when there is none. */
  findAction(actionId: string): Promise<StoredAction | undefined> {
    return findAction(this.#pool, actionId);
  }

  /** The actions of an account whose orders carry these comments at the broker. */
  findActionsByTag(account: string, tags: readonly string[]): Promise<StoredAction[]> {
    return findActionsByTag(this.#pool, account, tags);
  }

  /** What the closed lots of these positions of an account earned, and of which event each is, of the last days. */
  findResults(account: string, positions: readonly bigint[]): Promise<BookedResult[]> {
    return this.results.ofPositions(account, positions);
  }

  /** A market's evaluations in the range, newest first, those before a place. */
  listEvaluations(
    range: EvaluationRange,
    before: EvaluationPlace | null,
    limit: number,
  ): Promise<KeptEvaluation[]> {
    return listEvaluations(this.#pool, range, before, limit);
  }

  /**
   * How trades stand and how they moved between states since the first of these moments.
   *
   * @param account - null means all.
   * @param moments - ascending, UTC ms by the database's clock; at least one.
   * @throws QueryTooLongError when there is too much to count.
   */
  readStateMoves(account: string | null, moments: readonly number[]): Promise<StateMoves> {
    return readStateMoves(this.#pool, account, moments);
  }

  /** The answers already given to these request ids. */
  findAnswers(requestIds: readonly string[]): Promise<StoredAnswer[]> {
    return findAnswers(this.#pool, requestIds);
  }

  /** Where the state of the log stands now. */
  stateHead(): Promise<StateHead> {
    return readStateHead(this.#pool);
  }

  /** The whole state of the log as of one moment. @throws what `read` throws */
  readState<T>(read: (state: StateReading) => Promise<T>): Promise<T> {
    return readState(this.#pool, this.#config.rules.retainedBars, read);
  }

  /** What changed of it since a commit; undefined where that cannot be told, and all has to be read. */
  readDelta(since: CommitPlace): Promise<Delta | undefined> {
    return readDelta(this.#pool, since, this.#config.rules.retainedBars);
  }

  /** Takes the lead when nobody has it; undefined when another server leads. */
  tryLead(options: LeadOptions): Promise<Leadership | undefined> {
    return asCandidate(this.#connection, (candidate) => this.#tryLead(options, candidate));
  }

  /** Waits until this server leads. */
  lead(options: LeadOptions): Promise<Leadership> {
    return asCandidate(this.#connection, async (candidate) => {
      for (;;) {
        options.signal?.throwIfAborted();
        const leadership = await this.#tryLead(options, candidate);
        if (leadership !== undefined) return leadership;
        await this.#freeLead(options.signal);
      }
    });
  }

  #tryLead(options: LeadOptions, candidate: Candidate): Promise<Leadership | undefined> {
    return tryLead({
      candidate,
      connection: this.#connection,
      pool: this.#pool,
      partitionRevisions: this.#config.retention.partitionRevisions,
      retainedBars: this.#config.rules.retainedBars,
      logger: this.#logger,
      committed: () => this.#notifier.notify(),
      onLost: options.onLost,
      freed: () => this.#notifier.leadIsFree(),
      address: options.address ?? '',
      serverId: options.serverId ?? '',
      onOther: (address) => options.onOther?.(address),
      succession: this.#succession,
      state: options.hasState?.() === true ? 'there' : 'to restore',
      warmFirst: this.#warmFirst,
    });
  }

  /** Waits until the lead is told to be free, or may be so untold. */
  async #freeLead(signal: AbortSignal | undefined): Promise<void> {
    const told = new AbortController();
    this.#waiting.add(told);
    try {
      await underSignals([signal, told.signal], (ended) => pause(LEAD_POLL_MS, ended));
    } finally {
      this.#waiting.delete(told);
    }
  }

  /**
   * Calls `hint` when another server may have moved the log. Hints can be lost.
   *
   * @returns stops the calls.
   */
  onHint(hint: () => void): () => void {
    this.#hints.add(hint);
    if (this.#listener === undefined) {
      this.#listener = new Listener(this.#connection, this.#logger, (what) => this.#hear(what));
      inBackground(this.#listener.start());
    }
    return () => this.#hints.delete(hint);
  }

  #hear(what: Hint): void {
    if (what === 'log') for (const hint of this.#hints) hint();
    else for (const told of this.#waiting) told.abort();
  }

  /**
   * Drops what is past its retention by the database's clock.
   *
   * @returns the compaction revision: events up to it are gone.
   */
  compact(): Promise<number> {
    const { retention, journal, rules } = this.#config;
    const { retainedBars } = rules;
    return compact(this.#pool, { ...retention, retainedBars, journalDays: journal.days });
  }

  async close(): Promise<void> {
    if (this.#pool.ending) return;
    this.#notifier.close();
    await this.#listener?.close();
    this.#nats?.close();
    await this.#pool.end();
  }
}
