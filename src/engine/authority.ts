// Owns the single authority: it leads or waits to lead, restores a term, and gives it to commands and
// queries.

import { notLeading, overloaded, shuttingDown, storeUnavailable } from '../errors/errors.js';
import { guarded, inBackground, pause, toldElsewhere } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import { underSignals } from '../observability/signals.js';
import type { ServerRole } from '../store/servers.js';
import type { DecisionStore, Leadership } from '../store/store.js';
import type { Written } from './batch.js';
import { keepCheckpoints, untilWhole } from './checkpoints.js';
import { EventLog } from './event-log.js';
import type { Follower } from './follower.js';
import { Term, type TermListener, type TermSettings } from './term.js';

export interface AuthorityOptions extends TermSettings {
  /** Changes that may wait to become durable before further commands are refused. */
  readonly maxPending: number;
  /** Between two checkpoints of the journal, in ms. */
  readonly checkpointMs: number;
}

/** What keeps the state of the log while another server leads. */
type Following = Pick<Follower, 'start' | 'release' | 'standing'>;

export interface AuthorityListener {
  /** This server leads from now on, or does not any more. */
  leads(leading: 'yes' | 'no'): void;
  /** Actions are planned, which are not durable yet. */
  planned(): void;
  /** The log has a new head. */
  advanced(): void;
  /** This server wrote this into the log; `now` is the database's clock, UTC ms. */
  written(written: Written, now: number): void;
}

/** Pauses before the next try to lead, ms: they double from the first one on. What was restored in vain costs more. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = { afterTerms: 5_000, afterAttempts: 1_000 };
/** A term that still wrote after this long was no failure, however it ended. */
const STEADY_MS = 1000;
/** A server that handed the lead over leaves it to others for so long, where none takes it, in ms. */
const REST_MS = 2000;
/** That another server leads is true for so long after it was seen, in ms. */
const OTHER_SEEN_MS = 1000;
/** How often leases are looked at, in ms. */
const SWEEP_MS = 500;
/** When an overloaded caller may try again, in ms. */
const OVERLOAD_RETRY_MS = 100;

export class Authority {
  readonly #store: DecisionStore;
  readonly #options: AuthorityOptions;
  readonly #listener: AuthorityListener;
  readonly #logger: Logger;
  readonly #eventLog: EventLog;
  readonly #follower: Following | undefined;
  readonly #stopping = new AbortController();
  #term: Term | null = null;
  #lastFailure: Error | null = null;
  /** Of the server that leads instead; empty where that is not known. */
  #leaderAddress = '';
  #foundOther: (address: string) => void = () => undefined;
  /** Resolves when the database first says that another server leads, with where callers reach it; empty where that is not known. */
  readonly waiting = new Promise<string>((resolve) => {
    this.#foundOther = resolve;
  });
  #running: Promise<void> | null = null;
  /** The term that is handed over, until this server may lead again. */
  #handedOver: Term | null = null;
  #resting = new AbortController();
  /** When another server was last seen to lead, by performance.now(). */
  #otherSeenAt = Number.NEGATIVE_INFINITY;
  /** Called when a lead that was handed over is free for others. */
  #free: () => void = () => undefined;

  /** @param follower - without it the state is restored anew by every term, and nothing is known while another leads */
  constructor(
    store: DecisionStore,
    options: AuthorityOptions,
    listener: AuthorityListener,
    logger: Logger,
    follower?: Following,
  ) {
    this.#store = store;
    this.#options = options;
    this.#listener = listener;
    this.#logger = logger;
    this.#eventLog = new EventLog(logger);
    this.#follower = follower;
  }

  get role(): ServerRole {
    if (this.#stopping.signal.aborted) return 'STOPPING';
    return this.#term === null || this.#handedOver !== null ? 'STANDBY' : 'LEADER';
  }

  /** The running term; null while this server does not lead. */
  get term(): Term | null {
    return this.#term;
  }

  /** Why calls fail here although this server is not stopping and no other leads; null where they do not. */
  get obstacle(): Error | null {
    if (this.#handedOver !== null) return null;
    if (this.#term !== null) return this.#term.over;
    // What failed was an attempt to lead, and while another leads there is no need to.
    return performance.now() - this.#otherSeenAt <= OTHER_SEEN_MS ? null : this.#lastFailure;
  }

  /**
   * Begins to lead, or to wait for it.
   *
   * @param address - where callers reach this server; empty where that is not known
   * @param serverId - by which others name it
   */
  start(address: string, serverId = ''): void {
    this.#running ??= this.#lead(address, serverId);
  }

  /**
   * Gives the lead up in order: what was begun is written, what comes now is another's, and for a while this server does
   * not try again.
   *
   * @throws DtmsError NOT_LEADING, SHUTTING_DOWN, STORE_UNAVAILABLE
   */
  async handOver(): Promise<void> {
    const term = this.requireTerm();
    this.#handedOver = term;
    try {
      await untilWhole(term);
      while (term.pending > 0) await term.settled();
    } catch (error) {
      this.#handedOver = null;
      throw error;
    }
    const given = new Promise<void>((resolve) => {
      this.#free = resolve;
    });
    // Nothing is pending: no command is told that nothing of it was done when it was.
    term.end(notLeading());
    await given;
  }

  /** Another server is seen to lead: one that handed the lead over need hold back no longer. */
  otherLeads(): void {
    this.#resting.abort();
    this.#otherSeenAt = performance.now();
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
    await this.#follower?.release();
  }

  /** The running term. Throws NOT_LEADING, SHUTTING_DOWN or STORE_UNAVAILABLE. */
  requireTerm(): Term {
    if (this.#stopping.signal.aborted) throw shuttingDown();
    if (this.#handedOver !== null) throw notLeading();
    if (this.#term !== null && this.#term.over === null) return this.#term;
    const failure = this.obstacle;
    throw failure === null ? notLeading(this.#leaderAddress) : storeUnavailable(failure);
  }

  /** The same for a command. Throws OVERLOADED as well, when too much waits to become durable. */
  admit(): Term {
    const term = this.requireTerm();
    const { pending } = term;
    if (pending <= this.#options.maxPending) return term;
    const numbers = { pending: String(pending) };
    throw overloaded('too many changes wait to be written', numbers, OVERLOAD_RETRY_MS);
  }

  async #lead(address: string, serverId: string): Promise<void> {
    const { signal } = this.#stopping;
    const pauses = {
      afterTerms: new Pauses(LONGEST_PAUSE_MS.afterTerms),
      afterAttempts: new Pauses(LONGEST_PAUSE_MS.afterAttempts),
    };
    while (!signal.aborted) {
      let pauseMs: number;
      try {
        pauseMs = await this.#leadOnce(address, serverId, pauses);
      } catch (error) {
        // Whatever fails in the end of a term: this server tries again as long as it lives.
        this.#failed(error);
        this.#handedOver = null;
        pauseMs = pauses.afterAttempts.next();
      }
      // Only now: another server may lead meanwhile.
      await pause(pauseMs, signal);
    }
  }

  /** Waits for the lead, and keeps it until it is lost or handed over. Returns how long to wait before the next try, ms. */
  async #leadOnce(
    address: string,
    serverId: string,
    { afterTerms, afterAttempts }: { readonly afterTerms: Pauses; readonly afterAttempts: Pauses },
  ): Promise<number> {
    const { signal } = this.#stopping;
    const lost = losable();
    let leadership: Leadership | undefined;
    try {
      leadership = await this.#store.lead({
        signal,
        address,
        serverId,
        hasState: () => this.#follower?.standing !== undefined,
        onLost: lost.lose,
        // The database answers, and whatever failed before is over.
        onOther: (leader) => {
          this.#lastFailure = null;
          this.#leaderAddress = leader;
          this.#foundOther(leader);
          if (!signal.aborted) this.#follower?.start();
          afterAttempts.reset();
        },
      });
      afterAttempts.reset();
      const beganAt = performance.now();
      await this.#begin(leadership, lost, () => {
        if (performance.now() - beganAt >= STEADY_MS) afterTerms.reset();
      });
      return await lost.promise;
    } catch (error) {
      if (signal.aborted) return 0;
      if (this.#handedOver === null) {
        this.#failed(error);
        return (leadership === undefined ? afterAttempts : afterTerms).next();
      }
      const left = leadership;
      leadership = undefined;
      await this.#leave(left);
      await this.#rest();
      return 0;
    } finally {
      try {
        await this.#leave(leadership);
      } finally {
        this.#free();
      }
    }
  }

  #failed(error: unknown): void {
    this.#lastFailure = errorOf(error);
    this.#logger.error({ error }, 'leadership was lost or could not be taken; trying again');
  }

  /** The term is over: others may lead. */
  async #leave(leadership: Leadership | undefined): Promise<void> {
    this.#term = null;
    if (leadership === undefined) return;
    try {
      this.#listener.leads('no');
    } finally {
      await leadership.release().catch((error: unknown) => this.#logger.warn({ error }, 'release failed'));
    }
  }

  /** Leaves the lead to others until one has it, and no longer than a while. */
  async #rest(): Promise<void> {
    this.#logger.info('the lead was handed over');
    this.#resting = new AbortController();
    this.#free();
    await underSignals([this.#resting.signal, this.#stopping.signal], (signal) => pause(REST_MS, signal));
    this.#handedOver = null;
  }

  /** Ends leases whose time is over. What it changes is durable before anybody is told of it. */
  #sweep(term: Term): void {
    if (term.over !== null) return;
    term.sweep();
  }

  /** Restores a term and serves it until `lost` is. @param wrote - called with every commit. */
  async #begin(leadership: Leadership, lost: Losable, wrote: () => void): Promise<void> {
    const startedAt = performance.now();
    const listener: TermListener = {
      restored: (accounts) => this.#eventLog.restored(accounts),
      written: (written, now) => {
        wrote();
        this.#eventLog.write(written);
        this.#listener.written(written, now);
      },
      planned: () => this.#listener.planned(),
      advanced: () => this.#listener.advanced(),
      ended: lost.lose,
    };
    const warm = await this.#follower?.release();
    const restoring = Term.begin(this.#store, leadership, this.#options, listener, warm);
    // The lead may be lost long before the database says so to who reads.
    toldElsewhere(restoring);
    const term = await Promise.race([restoring, lost.promise]);
    // Before the sweeper: nothing would end it any more, and it would keep the process.
    if (this.#stopping.signal.aborted) throw shuttingDown();
    const sweeper = setInterval(
      guarded(
        () => this.#sweep(term),
        (error) => lost.lose(errorOf(error)),
      ),
      SWEEP_MS,
    );
    const { journal, checkpointMs } = this.#options;
    const endCheckpoints =
      journal === 'kept' ? keepCheckpoints(term, leadership, checkpointMs, this.#logger) : () => undefined;
    term.slices.resume();
    inBackground(lost.promise, (error) => {
      clearInterval(sweeper);
      endCheckpoints();
      term.end(errorOf(error));
    });
    this.#term = term;
    this.#lastFailure = null;
    const elapsed = Math.round(performance.now() - startedAt);
    const from = warm === undefined ? 'the store' : 'its replica';
    this.#logger.info({ head: term.head, trades: term.trades.size, elapsed_ms: elapsed, from }, 'leading');
    this.#listener.leads('yes');
  }
}

/** Pauses that double until they are as long as they may be. */
class Pauses {
  readonly #longest: number;
  #next = FIRST_PAUSE_MS;

  constructor(longest: number) {
    this.#longest = longest;
  }

  /** The next one, ms. */
  next(): number {
    const ms = this.#next;
    this.#next = Math.min(2 * ms, this.#longest);
    return ms;
  }

  reset(): void {
    this.#next = FIRST_PAUSE_MS;
  }
}

function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
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
  toldElsewhere(promise);
  return { promise, lose };
}
