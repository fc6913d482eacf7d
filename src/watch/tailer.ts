// Owns following the log: the one reader per process that fills the ring. Hints make it look sooner;
// a look every poll interval is what it relies on.
import { type DtmsError, logEpochChanged, logRewritten, storeUnavailable } from '../errors/errors.js';
import { pause } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import type { LogEvent, LogHead, LogReader } from '../store/types.js';
import { encodeEvent } from './frames.js';
import type { Ring } from './ring.js';
import { SharedQuestion, Wakeup } from './signal.js';

/** Events read at a time. */
const PAGE = 1000;

/** Hints within this time share one look: at most 500 looks a second. */
const HINT_PAUSE_MS = 2;

export interface TailerListener {
  /** Whether anybody watches: for nobody the log is not read. */
  wanted(): boolean;
  /** The ring has new events. */
  advanced(): void;
  /** The log is not the one it was: streams over it end with this. */
  replaced(error: DtmsError): void;
}

/** The log's head as it was at a time of performance.now(). */
export interface SeenHead {
  readonly head: LogHead;
  readonly at: number;
}

export class Tailer {
  readonly #reader: LogReader;
  readonly #ring: Ring;
  readonly #pollMs: number;
  readonly #listener: TailerListener;
  readonly #logger: Logger;
  readonly #head: SharedQuestion<LogHead>;
  readonly #wake = new Wakeup();
  #epoch = '';
  /** How often the log was replaced: what was asked before is not about the log of now. */
  #replacements = 0;
  #seen: SeenHead | null = null;
  #checkedAt = Number.NEGATIVE_INFINITY;
  readonly #stopped = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(reader: LogReader, ring: Ring, pollMs: number, listener: TailerListener, logger: Logger) {
    this.#reader = reader;
    this.#ring = ring;
    this.#pollMs = pollMs;
    this.#listener = listener;
    this.#logger = logger;
    this.#head = new SharedQuestion(() => this.#checkHead());
  }

  /** Takes its place at the head of the log and follows it from there. Throws what the reader throws. */
  async start(): Promise<void> {
    const head = await this.#reader.head();
    this.#epoch = head.epoch;
    this.#seen = { head, at: performance.now() };
    this.#ring.reset(head.revision);
    this.#running = this.#run();
  }

  hint(): void {
    this.#wake.notify();
  }

  /**
   * Takes its place at the head again after a time in which nobody watched. What happened meanwhile is
   * read from the database by those who resume there.
   */
  async catchUp(): Promise<void> {
    const { revision } = await this.#head.answer();
    if (revision > this.#ring.head) this.#ring.reset(revision);
  }

  /** The history the ring's events belong to. */
  get epoch(): string {
    return this.#epoch;
  }

  /** The log's head when it was last looked at, and when that was (by performance.now()); null before the first look. */
  get seen(): SeenHead | null {
    return this.#seen;
  }

  /** The log's head, read after this call. */
  head(): Promise<LogHead> {
    return this.#head.answer();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#wake.notify();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      try {
        // A log that was replaced looks like one without news: only its head tells.
        if (performance.now() - this.#checkedAt >= this.#pollMs) await this.#head.answer();
        if (this.#listener.wanted()) await this.#readOn();
        await this.#hintOrPoll();
        await this.#pause(HINT_PAUSE_MS);
      } catch (error) {
        // The next look begins with the head: whoever was away may come back as another log.
        this.#checkedAt = Number.NEGATIVE_INFINITY;
        this.#logger.warn({ error }, 'the log cannot be read; watches wait');
        await this.#pause(this.#pollMs);
      }
    }
  }

  async #hintOrPoll(): Promise<void> {
    const timer = setTimeout(() => this.#wake.notify(), this.#pollMs);
    await this.#wake.wait();
    clearTimeout(timer);
  }

  /** Sleeps through hints, but not through a stop. */
  #pause(milliseconds: number): Promise<void> {
    return pause(milliseconds, this.#stopped.signal);
  }

  async #checkHead(): Promise<LogHead> {
    // Events may be read while the answer is on its way: only what was known before counts.
    const known = this.#ring.head;
    const replacements = this.#replacements;
    const head = await this.#reader.head();
    if (replacements !== this.#replacements) return this.#checkHead();
    this.#checkedAt = performance.now();
    this.#seen = { head, at: this.#checkedAt };
    if (head.epoch !== this.#epoch) {
      this.#replace(head, logEpochChanged(this.#epoch, head.epoch));
    } else if (head.revision < known) {
      const cause = new Error(`the log's head went back from ${known} to ${head.revision}`);
      this.#replace(head, storeUnavailable(cause));
    }
    return head;
  }

  #replace(head: LogHead, error: DtmsError): void {
    this.#logger.error({ reason: error.message, error: error.cause }, 'the log was replaced');
    this.#replacements += 1;
    this.#epoch = head.epoch;
    this.#ring.reset(head.revision);
    this.#listener.replaced(error);
  }

  async #readOn(): Promise<void> {
    for (;;) {
      const after = this.#ring.head;
      const replacements = this.#replacements;
      // From the newest event we have: that it still is the same shows whose log this is.
      const read = await this.#reader.readEvents(after - 1, PAGE);
      // The log may have been replaced while its events were on their way.
      if (this.#stopped.signal.aborted || replacements !== this.#replacements || after !== this.#ring.head)
        return;
      const [first] = read;
      if (first === undefined) return await this.#passCompacted(after);
      if (!this.#continues(first)) return await this.#learnReplacement(after);
      const events = first.revision === after ? read.slice(1) : read;
      const next = events[0]?.revision;
      if (next === undefined) return;
      // Compaction passed us by while the database was away: watches that are affected learn it there.
      if (next > after + 1) this.#ring.reset(next - 1);
      for (const event of events) this.#ring.append(encodeEvent(event));
      this.#listener.advanced();
      if (read.length < PAGE) return;
    }
  }

  /** Where nothing is left to read, not even the ring's newest event, compaction may have passed it by. */
  async #passCompacted(after: number): Promise<void> {
    const { compacted } = await this.#head.answer();
    if (this.#stopped.signal.aborted || compacted <= after || after !== this.#ring.head) return;
    this.#ring.reset(compacted);
    this.#listener.advanced();
  }

  /** Whether an event from the head of the ring on is of the history the ring has. */
  #continues({ epoch, revision, recordedAt }: LogEvent): boolean {
    const known = this.#ring.get(revision)?.recordedAt;
    return epoch === this.#epoch && (known === undefined || known === recordedAt);
  }

  /** The log is not the one the ring has: its head tells which it is, by its name or not. */
  async #learnReplacement(revision: number): Promise<void> {
    const replacements = this.#replacements;
    const head = await this.#head.answer();
    if (replacements === this.#replacements) this.#replace(head, logRewritten(head.epoch, revision));
  }
}
