// The single authority: it leads or waits to lead, restores a term, and is where every command and
// every read of current state goes through. Handlers know nothing below it.
import { setTimeout as sleep } from 'node:timers/promises';
import { Trade as TradeMessage } from '../../gen/ts/dtms/v1/types.js';
import type { Rules } from '../domain/rules.js';
import type { Trade } from '../domain/types.js';
import { notLeading, overloaded, shuttingDown, storeUnavailable } from '../errors/errors.js';
import type { Cause } from '../observability/context.js';
import { EventLog } from '../observability/log-events.js';
import type { Logger } from '../observability/logger.js';
import type { WorkTracing } from '../observability/tracing.js';
import type { Leadership, Store } from '../store/store.js';
import type { TradeFilter } from '../store/types.js';
import type { Snapshot, SnapshotSource } from '../watch/watch.js';
import { encodeMessage } from '../wire/encode.js';
import { type TradeReading, tradeToProto } from '../wire/trade.js';
import { sweepLeases } from './action-desk.js';
import { Answers, type Caller, type Identity } from './answers.js';
import type { Work, Written } from './batch.js';
import { readingOf } from './reading.js';
import { type DurableTrade, Term, type TermListener } from './term.js';

export interface AuthorityOptions {
  readonly rules: Rules;
  /** Changes that may wait to become durable before further commands are refused. */
  readonly maxPending: number;
  /** UTC milliseconds. */
  readonly wallClock: () => number;
  /** Spans of changes and transactions; without it there are none. */
  readonly tracing?: WorkTracing;
}

export interface AuthorityListener {
  /** This server leads from now on, or does not any more. */
  leads(leading: 'yes' | 'no'): void;
  /** The log has a new head. */
  advanced(): void;
  /** This server wrote this into the log; `now` is the database's clock, UTC ms. */
  written(written: Written, now: number): void;
}

/** What applying a command leaves to do. */
export interface Applied<Response> {
  /** What it changed beside the engine. */
  readonly work?: Work;
  /** Makes the answer, given the revision the command ended at; called at once. */
  respond(revision: number): Response;
}

export type Role = 'STANDBY' | 'LEADER' | 'STOPPING';

/** How long to wait before trying again to lead after a failure, in ms. */
const RETRY_MS = { first: 100, most: 5_000 };
/** How often leases are looked at, in ms. */
const SWEEP_MS = 500;
/** When an overloaded caller may try again, in ms. */
const OVERLOAD_RETRY_MS = 100;

export class Authority implements SnapshotSource {
  readonly #store: Store;
  readonly #options: AuthorityOptions;
  readonly #listener: AuthorityListener;
  readonly #logger: Logger;
  readonly #eventLog: EventLog;
  readonly #answers: Answers;
  readonly #stopping = new AbortController();
  #term: Term | null = null;
  #lastFailure: Error | null = null;
  #running: Promise<void> | null = null;

  constructor(store: Store, options: AuthorityOptions, listener: AuthorityListener, logger: Logger) {
    this.#store = store;
    this.#options = options;
    this.#listener = listener;
    this.#logger = logger;
    this.#eventLog = new EventLog(logger);
    this.#answers = new Answers((ids) => store.findAnswers(ids));
  }

  get role(): Role {
    if (this.#stopping.signal.aborted) return 'STOPPING';
    return this.#term === null ? 'STANDBY' : 'LEADER';
  }

  /** The running term; null while this server does not lead. */
  get term(): Term | null {
    return this.#term;
  }

  get rules(): Rules {
    return this.#options.rules;
  }

  /** Begins to lead, or to wait for it. */
  start(): void {
    this.#running ??= this.#lead();
  }

  /** Finishes what is pending, then gives leadership up. */
  async stop(): Promise<void> {
    const term = this.#term;
    this.#stopping.abort();
    await term
      ?.settled()
      .catch((error: unknown) => this.#logger.error({ error }, 'pending writes were lost'));
    term?.end(shuttingDown());
    await this.#running;
  }

  /** The running term. Throws NOT_LEADING, SHUTTING_DOWN or STORE_UNAVAILABLE. */
  requireTerm(): Term {
    if (this.#stopping.signal.aborted) throw shuttingDown();
    if (this.#term !== null && this.#term.over === null) return this.#term;
    const failure = this.#term?.over ?? this.#lastFailure;
    throw failure === null ? notLeading() : storeUnavailable(failure);
  }

  /**
   * Performs a mutation: `prepare` may look things up, `apply` changes the engine in one turn, and the
   * answer is given when the change is durable.
   */
  async write<Prepared, Response>(
    identity: Identity<Response>,
    prepare: (term: Term) => Promise<Prepared> | Prepared,
    apply: (term: Term, prepared: Prepared) => Applied<Response>,
  ): Promise<Response> {
    const term = this.requireTerm();
    this.admit(term);
    return this.#answers.once(identity, async () => {
      const prepared = await prepare(term);
      return this.#apply(term, () => apply(term, prepared), identity.actor, identity.cause, identity);
    });
  }

  /** The same for a change that is idempotent by itself, or harmless when repeated. */
  async change<Response>(caller: Caller, apply: (term: Term) => Applied<Response>): Promise<Response> {
    const term = this.requireTerm();
    this.admit(term);
    return this.#apply(term, () => apply(term), caller.principal.name, caller, null);
  }

  async #apply<Response>(
    term: Term,
    apply: () => Applied<Response>,
    actor: string,
    cause: Cause | undefined,
    identity: Identity<Response> | null,
  ): Promise<Response> {
    if (term.over !== null) throw term.over;
    const { work, respond } = this.traced(cause, apply);
    let response: Response | undefined;
    const remember =
      identity === null || identity.requestId === ''
        ? undefined
        : (revision: number) => {
            response = respond(revision);
            return { ...identity, response: identity.response.encode(response).finish() };
          };
    const { revision, durable } = term.record({ ...work, actor, cause }, remember);
    response ??= respond(revision);
    await this.untilDurable(cause, durable);
    return response;
  }

  /** Changes the engine, inside a span of its call where there are traces. */
  traced<T>(cause: Cause | undefined, change: () => T): T {
    const { tracing } = this.#options;
    return tracing === undefined ? change() : tracing.apply(cause, change);
  }

  /** Waits for what a call changed to be durable; the same. */
  untilDurable(cause: Cause | undefined, durable: Promise<void>): Promise<void> {
    const { tracing } = this.#options;
    return tracing === undefined ? durable : tracing.wait(cause, durable);
  }

  /** Throws OVERLOADED when too much waits to become durable. */
  admit(term: Term): void {
    const { maxPending } = this.#options;
    if (term.pending > maxPending) {
      throw overloaded(
        'too many changes wait to be written',
        { pending: String(term.pending) },
        OVERLOAD_RETRY_MS,
      );
    }
  }

  /** What a trade shows of its symbol's market now. */
  reading(trade: Trade, term: Term): TradeReading {
    return readingOf(trade, term.engine.viewOf(trade), term.clock.now(trade.spec.feed));
  }

  /** A trade as it is in the log, on the wire. */
  show(durable: DurableTrade, term: Term): TradeMessage {
    return tradeToProto(durable.trade, this.reading(durable.trade, term), durable.revision);
  }

  snapshot(filter: TradeFilter): Snapshot {
    const term = this.requireTerm();
    // Gathered at once, encoded as they are read: a slow reader costs one reference per trade.
    const matching = [...term.list(filter, 0, Number.POSITIVE_INFINITY)];
    const encode = (durable: DurableTrade) => encodeMessage(TradeMessage, this.show(durable, term));
    return { revision: term.head, items: lazily(matching, encode) };
  }

  async #lead(): Promise<void> {
    const { signal } = this.#stopping;
    let wait = RETRY_MS.first;
    while (!signal.aborted) {
      let leadership: Leadership | undefined;
      const lost = losable();
      try {
        leadership = await this.#store.lead({ signal, onLost: lost.lose });
        await this.#begin(leadership, lost);
        wait = RETRY_MS.first;
        await lost.promise;
      } catch (error) {
        if (signal.aborted) break;
        this.#lastFailure = error instanceof Error ? error : new Error(String(error));
        this.#logger.error({ error }, 'leadership was lost or could not be taken; trying again');
        await sleep(wait, undefined, { signal }).catch(() => undefined);
        wait = Math.min(wait * 2, RETRY_MS.most);
      } finally {
        this.#term = null;
        if (leadership !== undefined) this.#listener.leads('no');
        await leadership?.release().catch((error: unknown) => this.#logger.warn({ error }, 'release failed'));
      }
    }
  }

  /** Ends leases whose time is over. What it changes is durable before anybody is told of it. */
  #sweep(term: Term): void {
    if (term.over !== null) return;
    sweepLeases(term.engine, term.databaseNow(), (trade) => term.clock.now(trade.spec.feed));
    term.record().durable.catch(() => undefined);
  }

  /** Restores a term and serves it until `lost` is. */
  async #begin(leadership: Leadership, lost: Losable): Promise<void> {
    const startedAt = performance.now();
    const { rules, wallClock, tracing } = this.#options;
    const listener: TermListener = {
      restored: (accounts) => this.#eventLog.restored(accounts),
      written: (written, now) => {
        this.#eventLog.write(written);
        this.#listener.written(written, now);
      },
      advanced: () => this.#listener.advanced(),
      ended: lost.lose,
    };
    const term = await Term.restore(this.#store, leadership, rules, wallClock, listener, tracing);
    const sweeper = setInterval(() => this.#sweep(term), SWEEP_MS);
    lost.promise.catch((error: Error) => term.end(error)).finally(() => clearInterval(sweeper));
    if (this.#stopping.signal.aborted) throw shuttingDown();
    this.#term = term;
    this.#lastFailure = null;
    const elapsed = Math.round(performance.now() - startedAt);
    this.#logger.info({ head: term.head, trades: term.unsettled, elapsed_ms: elapsed }, 'leading');
    this.#listener.leads('yes');
  }
}

/** A promise that only ever rejects: when the lead or the term on it is lost. */
interface Losable {
  readonly promise: Promise<never>;
  readonly lose: (error: Error) => void;
}

function losable(): Losable {
  let lose: (error: Error) => void = () => undefined;
  const promise = new Promise<never>((_, reject) => {
    lose = reject;
  });
  promise.catch(() => undefined);
  return { promise, lose };
}

function* lazily<T, U>(items: readonly T[], map: (item: T) => U): Iterable<U> {
  for (const item of items) yield map(item);
}
