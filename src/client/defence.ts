// Owns what an exit manager asks DTMS before it touches a trade, answered from a short cache that goes on
// for a while when DTMS cannot be reached and is conservative after that.
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import DataLoader from 'dataloader';
import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import type { BatchGetOwnershipResponse } from '../../gen/ts/dtms/v1/ownership_service.js';
import type { CallOptions, Unary } from './call.js';
import {
  afterState,
  conservativeDefensive,
  conservativePermission,
  type DefensiveAnswer,
  defensiveOf,
  type Known,
  type Modification,
  type PermissionAnswer,
  type Provenance,
  permissionOf,
} from './defence-rules.js';
import { DtmsCallError, isTransient } from './errors.js';
import type { WatchMessage, WatchOptions } from './watch.js';

/** How a Defence asks and remembers. */
export interface DefenceOptions {
  /** The registered name of the manager that asks, such as intelligent_exit_manager. */
  readonly manager: string;
  /** How long an answer is used again, in ms. Default 10,000. */
  readonly cacheMs?: number;
  /** How old what DTMS said last may be when it cannot be reached, in ms. Default 30,000. */
  readonly lastKnownMs?: number;
  /** `watch` follows the account's events, so that a change is seen at once. Default `poll`. */
  readonly refresh?: 'poll' | 'watch';
  /** For the questions to the server. Default: a deadline of 2 s and no retries. */
  readonly call?: CallOptions;
  /** Milliseconds that never go back; for tests. Default performance.now. */
  readonly clock?: () => number;
}

/** The part of a client that is needed here. */
export interface DefenceSource {
  readonly batchGetOwnership: Unary<
    { account: string; tickets: bigint[]; manager: string },
    BatchGetOwnershipResponse
  >;
  watchTrades(options: WatchOptions): AsyncIterable<WatchMessage>;
}

interface Entry {
  readonly known: Known;
  /** When DTMS was asked, on the clock. */
  readonly askedAt: number;
  /** True when an event came since: DTMS is asked again as soon as it can be. */
  readonly overtaken: boolean;
}

const CACHE_MS = 10_000;
const LAST_KNOWN_MS = 30_000;
const CALL: CallOptions = { deadlineMs: 2_000, retryMs: 0 };
/** After a failed question the next ones are answered without asking for this long. */
const PAUSE_MS = 1_000;
const MAX_TICKETS = 1_000;

/**
 * ```ts
 * const defence = client.defence('demo', { manager: 'intelligent_exit_manager' });
 * const { allowed, source } = await defence.mayModify(42n, 'trailing');
 * ```
 *
 * An answer is `fresh` or `cached` (up to 10 s); when DTMS cannot be reached, `last_known` (up to 30 s),
 * then `conservative`: breakeven and partial profit are allowed, everything else is refused, and the trade
 * counts as defended. Questions asked together are one call. Methods throw DtmsCallError only for what
 * waiting does not cure, such as a key without permission.
 */
export class Defence {
  readonly #source: DefenceSource;
  readonly #account: string;
  readonly #options: DefenceOptions;
  readonly #clock: () => number;
  readonly #entries = new Map<bigint, Entry>();
  readonly #asking: DataLoader<bigint, Known>;
  readonly #stop = new AbortController();
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(source: DefenceSource, account: string, options: DefenceOptions) {
    this.#source = source;
    this.#account = account;
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now());
    this.#asking = new DataLoader((tickets) => this.#ask(tickets), {
      cache: false,
      maxBatchSize: MAX_TICKETS,
    });
    if (options.refresh === 'watch') void this.#follow();
  }

  /** Whether DTMS defends the trade (WARNING_L2, HEDGED), and so owns all of it. */
  async isDefensive(ticket: bigint): Promise<DefensiveAnswer> {
    const { known, provenance } = await this.#look(ticket);
    if (known === undefined) return conservativeDefensive(provenance.ageMs);
    return defensiveOf(known, provenance);
  }

  /** Whether the manager would get a lease for the modification now. */
  async mayModify(ticket: bigint, modification: Modification): Promise<PermissionAnswer> {
    const { known, provenance } = await this.#look(ticket);
    if (known === undefined) return conservativePermission(modification, provenance.ageMs);
    return permissionOf(known, modification, provenance);
  }

  /** Ends the watch, if there is one. Questions are still answered. */
  close(): void {
    this.#stop.abort();
  }

  /** What is known of a trade; undefined when the conservative rule holds. */
  async #look(
    ticket: bigint,
  ): Promise<{ readonly known: Known | undefined; readonly provenance: Provenance }> {
    const { cacheMs = CACHE_MS, lastKnownMs = LAST_KNOWN_MS } = this.#options;
    const cached = this.#entries.get(ticket);
    if (cached !== undefined && !cached.overtaken && this.#age(cached) < cacheMs) {
      return { known: cached.known, provenance: { source: 'cached', ageMs: this.#age(cached) } };
    }
    if (this.#clock() - this.#failedAt >= PAUSE_MS) {
      try {
        const known = await this.#asking.load(ticket);
        const entry = this.#entries.get(ticket);
        const ageMs = entry === undefined ? 0 : this.#age(entry);
        return { known, provenance: { source: 'fresh', ageMs } };
      } catch (error) {
        if (!isAway(error)) throw error;
        this.#failedAt = this.#clock();
      }
    }
    // Again: an event or another question may have brought something while this one waited.
    const last = this.#entries.get(ticket);
    const ageMs = last === undefined ? null : this.#age(last);
    if (last === undefined || ageMs === null || ageMs >= lastKnownMs) {
      return { known: undefined, provenance: { source: 'conservative', ageMs } };
    }
    return { known: last.known, provenance: { source: 'last_known', ageMs } };
  }

  #age({ askedAt }: Entry): number {
    return this.#clock() - askedAt;
  }

  async #ask(tickets: readonly bigint[]): Promise<Known[]> {
    const askedAt = this.#clock();
    const { manager, call } = this.#options;
    const unique = [...new Set(tickets)];
    const { ownerships } = await this.#source.batchGetOwnership(
      { account: this.#account, tickets: unique, manager },
      { ...CALL, ...call },
    );
    this.#forget(askedAt);
    const answers = new Map(ownerships.map((ownership) => [ownership.ticket, ownership]));
    for (const ticket of unique) {
      const answer = answers.get(ticket) ?? null;
      const heard = this.#entries.get(ticket)?.known ?? null;
      // An event that is newer than the answer came while it was on its way.
      const overtaken = heard !== null && versionOf(heard) > versionOf(answer);
      const known = overtaken ? afterState(answer ?? heard, heard.state, heard.tradeVersion) : answer;
      this.#entries.set(ticket, { known, askedAt, overtaken });
    }
    return tickets.map((ticket) => this.#entries.get(ticket)?.known ?? null);
  }

  /** Trades nobody asks about any more are not kept. */
  #forget(now: number): void {
    const { lastKnownMs = LAST_KNOWN_MS } = this.#options;
    for (const [ticket, { askedAt }] of this.#entries) {
      if (now - askedAt >= lastKnownMs) this.#entries.delete(ticket);
    }
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const filter = { account: this.#account };
        for await (const message of this.#source.watchTrades({ filter, signal })) {
          if (message.$case === 'events') for (const event of message.value.events) this.#heard(event);
        }
      } catch {
        // Its place in the log is gone, or it may not watch: the cache's time holds without it.
      }
      // What happened meanwhile was not heard.
      for (const [ticket, entry] of this.#entries) this.#entries.set(ticket, { ...entry, overtaken: true });
      if (!signal.aborted) await pause(signal);
    }
  }

  #heard({ ticket, state, tradeVersion }: TradeEvent): void {
    const entry = this.#entries.get(ticket);
    if (entry === undefined || versionOf(entry.known) >= tradeVersion) return;
    const known = entry.known === null ? null : afterState(entry.known, state, tradeVersion);
    this.#entries.set(ticket, { ...entry, known, overtaken: true });
  }
}

const versionOf = (known: Known): bigint => known?.tradeVersion ?? 0n;

/** True for what says that DTMS cannot be asked now. */
function isAway(error: unknown): boolean {
  return isTransient(error) || (error instanceof DtmsCallError && error.code === status.INTERNAL);
}

const WATCH_PAUSE_MS = 1_000;

async function pause(signal: AbortSignal): Promise<void> {
  await sleep(WATCH_PAUSE_MS, undefined, { signal, ref: false }).catch(() => undefined);
}
