// Owns group commit: what commands changed is gathered while the previous transaction is under way, then
// written in one. A view's snapshot holds everything applied so far, so a batch always takes all that is
// pending; its size is bounded by refusing commands when too much is pending, not by splitting. What is large
// already is closed and encoded while the transaction before it is under way, so that the database need not wait for it.
import { setImmediate as turn } from 'node:timers/promises';
import { storeUnavailable } from '../errors/errors.js';
import { guarded, inBackground, over } from '../observability/background.js';
import type { WorkTracing } from '../observability/tracing.js';
import { FencedError, StoreUnavailableError } from '../store/errors.js';
import type { LogWriter } from '../store/log-writer.js';
import type { CommitResult, JournalPlace, StoredAnswer } from '../store/types.js';
import { Batch, type BatchPlace, type Work } from './batch.js';

export interface Receipt {
  /** The log's head once this work is durable. */
  readonly revision: number;
  /** Events this work has. */
  readonly events: number;
  /** Resolves when it is; rejects when it is not or when that is unknown. */
  readonly durable: Promise<void>;
}

/** Things that make a batch large: worth being encoded beside the transaction before it, and late for whoever waits behind it. */
const LARGE = 500;
/** Things that take a millisecond or so to encode. */
const SOME = 64;

export interface GroupCommitListener {
  /** This is written next: what changes from now on is of a later transaction. */
  closing(batch: Batch): void;
  /** Whether a batch may be closed while the transaction before it is under way. */
  mayCloseEarly(): boolean;
  /** `now` is the database's clock, UTC ms. */
  committed(batch: Batch, head: number, now: number): void;
  /** Once, when a transaction failed: nothing can be added any more. */
  failed(error: Error): void;
}

export class GroupCommit {
  readonly #writer: LogWriter;
  readonly #listener: GroupCommitListener;
  readonly #tracing: WorkTracing | undefined;
  #open: Batch;
  #flying: Batch | null = null;
  /** Closed, and written after the one that flies. */
  #next: Batch | null = null;
  #head: number;
  #scheduled = false;
  #isFlushing = false;
  #failure: Error | null = null;

  /** `begins` is where the log and its journal end. */
  constructor(writer: LogWriter, begins: BatchPlace, listener: GroupCommitListener, tracing?: WorkTracing) {
    this.#writer = writer;
    this.#head = begins.head;
    this.#open = new Batch(begins);
    this.#listener = listener;
    this.#tracing = tracing;
  }

  /** The newest durable revision. */
  get head(): number {
    return this.#head;
  }

  /** The head once everything added so far is durable. */
  get planned(): number {
    return this.#open.end;
  }

  /** Up to where entries of the journal are given. */
  get entryPlace(): JournalPlace {
    return this.#open.entryPlace;
  }

  /** Things that wait to become durable; what is being written counts. */
  get pending(): number {
    return this.#open.items + (this.#next?.items ?? 0) + (this.#flying?.items ?? 0);
  }

  /** Whether there is something that is not being written yet. */
  get isGathering(): boolean {
    return this.#open.items > 0;
  }

  /** Things that are not being written yet. */
  get gathered(): number {
    return this.#open.items;
  }

  /** Whether a transaction is under way. */
  get isWriting(): boolean {
    return this.#flying !== null;
  }

  /** Resolves when what is being written is durable, or was not written; at once when nothing is. */
  landed(): Promise<void> {
    return this.#flying === null ? Promise.resolve() : over(this.#flying.durable);
  }

  /** The revision of a trade's latest event that is not durable yet; undefined when all are. */
  pendingRevision(key: string): number | undefined {
    return this.#open.revisionOf(key) ?? this.#next?.revisionOf(key) ?? this.#flying?.revisionOf(key);
  }

  /**
   * Adds what a command changed, at once: the caller has changed the engine in the same turn of the
   * event loop. `answer`, where there is one, is made with the revision this work ends at.
   */
  add(work: Work, answer?: (revision: number) => StoredAnswer): Receipt {
    if (this.#failure !== null) throw this.#failure;
    const batch = this.#open;
    batch.add(work);
    const revision = batch.end;
    if (answer !== undefined) batch.answers.push(answer(revision));
    this.#schedule();
    return { revision, events: work.events?.length ?? 0, durable: batch.durable };
  }

  /**
   * Resolves when everything added so far is durable. The promise is the batch's own, whose rejection is
   * handled there: callers may drop it.
   */
  settled(): Promise<void> {
    if (this.#open.items > 0) return this.#open.durable;
    return (this.#next ?? this.#flying)?.durable ?? Promise.resolve();
  }

  /** Refuses further work, and what is pending, with `error`. */
  abort(error: Error): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    this.#flying?.settle(error);
    this.#next?.settle(error);
    this.#open.settle(error);
    this.#listener.failed(error);
  }

  #schedule(): void {
    if (this.#scheduled || (this.#isFlushing && !this.#mayCloseEarly())) return;
    this.#scheduled = true;
    // Calls that arrived in the same turn of the event loop join the same transaction.
    const fail = (error: unknown) => this.abort(refusal(error));
    setImmediate(
      guarded(() => {
        this.#scheduled = false;
        if (!this.#isFlushing) inBackground(this.#flush(), fail);
        else if (this.#mayCloseEarly()) this.#closeEarly();
      }, fail),
    );
  }

  #mayCloseEarly(): boolean {
    const isFree = this.#failure === null && this.#next === null;
    return isFree && this.#open.items >= LARGE && this.#listener.mayCloseEarly();
  }

  #closeEarly(): void {
    const batch = this.#close();
    this.#next = batch;
    this.#writer.prepare?.(batch, batch.base);
  }

  #close(): Batch {
    const batch = this.#open;
    batch.close();
    this.#open = new Batch(batch.next);
    this.#listener.closing(batch);
    return batch;
  }

  #write(batch: Batch): Promise<CommitResult> {
    const commit = () => this.#writer.commit(batch);
    if (this.#tracing === undefined) return commit();
    const { spans, events, items } = batch;
    return this.#tracing.transaction(spans, { events: events.length, items }, commit);
  }

  /** Writes what is open until nothing is. Fails with the first batch that is not written, or may not be. */
  async #flush(): Promise<void> {
    this.#isFlushing = true;
    while (this.#failure === null && (this.#next !== null || this.#open.items > 0)) {
      const batch = this.#next ?? this.#close();
      this.#next = null;
      this.#flying = batch;
      const began = performance.now();
      const { base, head, now } = await this.#write(batch);
      batch.tookMs = performance.now() - began;
      if (base !== batch.base) throw new Error(`the log's head was ${base}, not ${batch.base}`);
      this.#head = head;
      this.#listener.committed(batch, head, now);
      this.#flying = null;
      batch.settle(null);
      // Whoever waited for this is answered before more than a little is encoded.
      if (this.#next === null && this.#open.items >= SOME) await turn();
    }
    this.#isFlushing = false;
  }
}

/** What callers are told: whatever the database said, they may try again. */
function refusal(error: unknown): Error {
  const known = error instanceof StoreUnavailableError || error instanceof FencedError;
  return known ? error : storeUnavailable(error, 'unknown');
}
