// Owns one server's way to the database in memory: the same promises as the real store's, over a line that may lose,
// delay and swallow what passes.
import { setTimeout as sleep } from 'node:timers/promises';
import { FencedError, StoreUnavailableError } from '../../src/store/errors.js';
import type { LogWriter } from '../../src/store/log-writer.js';
import type { PackedStoredTrade } from '../../src/store/packed-stored-trade.js';
import type { DecisionStore, Leadership, LeadOptions } from '../../src/store/store.js';
import type {
  BookedResult,
  CommitBatch,
  CommitResult,
  LogEvent,
  LogHead,
  LogReader,
  Restored,
  StoredTrade,
  TradeKey,
} from '../../src/store/types.js';
import { packedTrades } from '../support/packed-page.js';
import type { CheckpointPlace, MemoryDatabase, Session } from './memory-database.js';

/** What passes between a server and its database. */
export interface Line {
  /**
   * Lets something be done at the database, sooner or later.
   *
   * @throws StoreUnavailableError when it was lost on the way, or its answer was.
   */
  pass<T>(what: 'read' | 'commit' | 'lead', act: () => T): Promise<T>;
}

const LEAD_POLL_MS = 250;
/** Rarer than in leadership.ts, because the weather may lose each of them. */
const PROBE_MS = 1000;
/** As in leadership.ts: a leader that was not confirmed for so long answers nothing. */
const LEASE_MS = 2750;

export class MemoryStore implements DecisionStore, LogReader {
  readonly #database: MemoryDatabase;
  readonly #line: Line;
  readonly #retainedBars: number;

  constructor(database: MemoryDatabase, line: Line, retainedBars: number) {
    this.#database = database;
    this.#line = line;
    this.#retainedBars = retainedBars;
  }

  async lead(options: LeadOptions): Promise<Leadership> {
    const { signal, address = '' } = options;
    const session = { address, heardAt: 0 };
    for (;;) {
      signal?.throwIfAborted();
      const taken = await this.#line.pass('lead', () => this.#database.tryLead(session));
      if ('evaluatorEpoch' in taken) {
        const { evaluatorEpoch } = taken;
        return new MemoryLeadership(
          this.#database,
          this.#line,
          session,
          evaluatorEpoch,
          options,
          this.#retainedBars,
        );
      }
      options.onOther?.(taken.leader);
      await sleep(LEAD_POLL_MS, undefined, { signal });
    }
  }

  head(): Promise<LogHead> {
    return this.#line.pass('read', () => this.#database.head);
  }

  readEvents(after: number, limit: number): Promise<LogEvent[]> {
    return this.#line.pass('read', () => this.#database.readEvents(after, limit));
  }

  findTrades(keys: readonly TradeKey[]): Promise<StoredTrade[]> {
    return this.#line.pass('read', () => this.#database.findTrades(keys));
  }

  findAnswers(requestIds: readonly string[]) {
    return this.#line.pass('read', () => this.#database.findAnswers(requestIds));
  }

  findAction(actionId: string) {
    return this.#line.pass('read', () => this.#database.findAction(actionId));
  }

  findActionsByTag(account: string, tags: readonly string[]) {
    return this.#line.pass('read', () => this.#database.findActionsByTag(account, tags));
  }

  /** Results are not kept here: nothing is decided by them. */
  isAccountNamed(account: string): Promise<boolean> {
    return this.#line.pass('read', () => this.#database.isAccountNamed(account));
  }

  findResults(): Promise<BookedResult[]> {
    return this.#line.pass('read', () => []);
  }
}

class MemoryLeadership implements Leadership {
  readonly evaluatorEpoch: number;
  readonly writer: LogWriter;
  readonly #database: MemoryDatabase;
  readonly #line: Line;
  readonly #session: Session;
  readonly #options: LeadOptions;
  readonly #retainedBars: number;
  readonly #probe: NodeJS.Timeout;
  #confirmedAt = performance.now();
  #head: number;
  #ended: Error | null = null;
  #over = false;

  constructor(
    database: MemoryDatabase,
    line: Line,
    session: Session,
    evaluatorEpoch: number,
    options: LeadOptions,
    retainedBars: number,
  ) {
    this.#database = database;
    this.#line = line;
    this.#session = session;
    this.evaluatorEpoch = evaluatorEpoch;
    this.#options = options;
    this.#retainedBars = retainedBars;
    this.#head = database.head.revision;
    this.writer = { commit: (batch) => this.#commit(batch) };
    this.#probe = setInterval(() => void this.#look(), PROBE_MS);
  }

  get doubt(): Error | null {
    if (performance.now() - this.#confirmedAt <= LEASE_MS) return null;
    return new StoreUnavailableError('The lead was not confirmed', 'not_written');
  }

  restore(): Promise<Restored> {
    return this.#line.pass('read', () => this.#database.restore(this.#retainedBars));
  }

  async *trades(): AsyncGenerator<PackedStoredTrade[]> {
    yield packedTrades(await this.#line.pass('read', () => this.#database.activeTrades()));
  }

  async writeCheckpoint(at: CheckpointPlace, parts: AsyncIterable<Uint8Array>) {
    const written: Uint8Array[] = [];
    for await (const part of parts) written.push(part);
    return this.#line.pass('read', () => this.#database.addCheckpoint(at, written));
  }

  /** Nobody follows here. */
  delta(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  release(): Promise<void> {
    this.#end();
    this.#database.release(this.#session);
    return Promise.resolve();
  }

  async #commit(batch: CommitBatch): Promise<CommitResult> {
    if (this.#ended !== null) throw this.#ended;
    const base = this.#head;
    try {
      const result = await this.#line.pass('commit', () =>
        this.#database.commit(batch, this.evaluatorEpoch, base),
      );
      this.#head = result.head;
      return result;
    } catch (error) {
      const isUnknown = error instanceof StoreUnavailableError && error.outcome === 'unknown';
      if (isUnknown || error instanceof FencedError) this.#ended = error;
      throw error;
    }
  }

  async #look(): Promise<void> {
    const sentAt = performance.now();
    try {
      const holds = await this.#line.pass('lead', () => this.#database.holds(this.#session));
      if (!holds) throw new StoreUnavailableError('The leader connection ended', 'unknown');
      this.#confirmedAt = sentAt;
    } catch (error) {
      if (this.#over) return;
      this.#end();
      this.#options.onLost(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #end(): void {
    this.#over = true;
    clearInterval(this.#probe);
    this.#ended ??= new FencedError('This server gave up the lead');
  }
}
