// Owns the open watches of this process: admits them, wakes them, ends them.
import { setImmediate as turn } from 'node:timers/promises';
import { type DtmsError, overloaded, shuttingDown } from '../errors/errors.js';
import { guarded } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import type { LogEvent, LogHead, LogPlace, LogReader, TradeFilter } from '../store/types.js';
import type { FrameSink } from './frame-sink.js';
import { type PastPage, PastPages } from './past-pages.js';
import { Ring } from './ring.js';
import { Turnstile } from './signal.js';
import type { SnapshotSource, WatchSource, WatchStart } from './source.js';
import { type SeenHead, Tailer } from './tailer.js';
import { Watcher } from './watcher.js';

export interface WatchHubOptions {
  /** Events kept in memory for all watches together. */
  readonly ringEvents: number;
  /** The longest time between two bookmarks of a stream, in ms. */
  readonly bookmarkMs: number;
  /** The longest time between two looks at the log, in ms. */
  readonly pollMs: number;
  /** Watches open at a time; one more is refused. */
  readonly maxWatchers: number;
}

/** Bytes of events kept in memory, whatever their number. */
const RING_BYTES = 64 * 1024 * 1024;

/** Pages read from the database at a time by all watches that are behind: the pool has other users. */
const MAX_READS = 4;

/** Retry advice to a watch that is not admitted. */
const RETRY_AFTER_MS = 1000;

/** Looks at whether a bookmark is due, per bookmark interval. */
const TICKS = 5;

/** What following the log amounts to. */
export interface WatchStanding {
  readonly watchers: number;
  /** How often a live watch fell out of the ring since the start. */
  readonly fellBehind: number;
  /** null before the log was looked at. */
  readonly seen: SeenHead | null;
  /** The newest revision in the ring; it stands still while nobody watches. */
  readonly ringHead: number;
  readonly ringBytes: number;
}

export class WatchHub implements WatchSource {
  readonly ring: Ring;
  readonly snapshots: SnapshotSource;
  readonly bookmarkMs: number;
  readonly #maxWatchers: number;
  readonly #reader: LogReader;
  readonly #tailer: Tailer;
  readonly #logger: Logger;
  readonly #reads = new Turnstile(MAX_READS);
  readonly #pages = new PastPages((after, limit) => this.readEvents(after, limit));
  readonly #sends = new Turnstile(1);
  readonly #open = new Map<Watcher, Promise<void>>();
  #fellBehind = 0;
  #ticking: NodeJS.Timeout | undefined;
  #stopping = false;
  #caughtUp: Promise<void> = Promise.resolve();

  constructor(reader: LogReader, snapshots: SnapshotSource, options: WatchHubOptions, logger: Logger) {
    this.ring = new Ring(options.ringEvents, RING_BYTES);
    this.snapshots = snapshots;
    this.bookmarkMs = options.bookmarkMs;
    this.#maxWatchers = options.maxWatchers;
    this.#reader = reader;
    this.#logger = logger;
    const listener = {
      wanted: () => this.#open.size > 0,
      advanced: () => this.#wakeAll(),
      replaced: (error: DtmsError) => this.#replaceAll(error),
    };
    this.#tailer = new Tailer(reader, this.ring, options.pollMs, listener, logger);
  }

  /** Begins to follow the log. Throws StoreUnavailableError when the log cannot be read. */
  async start(): Promise<void> {
    await this.#tailer.start();
    // One timer for all: a bookmark is due after 0.7 intervals, so none comes later than one.
    this.#ticking = setInterval(
      guarded(
        () => this.#tick(),
        (error) => this.#logger.error({ error }, 'watches were not woken'),
      ),
      this.bookmarkMs / TICKS,
    );
  }

  /** The log has grown, perhaps: look now. Cheap; call it after every commit. */
  hint(): void {
    if (this.#open.size > 0) this.#tailer.hint();
  }

  get epoch(): string {
    return this.#tailer.epoch;
  }

  /** Open watches. */
  get watchers(): number {
    return this.#open.size;
  }

  head(): Promise<LogHead> {
    return this.#tailer.head();
  }

  fellBehind(): void {
    this.#fellBehind += 1;
  }

  /** What following the log amounts to now. */
  get standing(): WatchStanding {
    return {
      watchers: this.#open.size,
      fellBehind: this.#fellBehind,
      seen: this.#tailer.seen,
      ringHead: this.ring.head,
      ringBytes: this.ring.bytes,
    };
  }

  readEvents(after: number, limit: number): Promise<LogEvent[]> {
    return this.#reads.run(() => this.#reader.readEvents(after, limit));
  }

  pastPage(place: LogPlace): Promise<PastPage> {
    return this.#pages.at(place);
  }

  inTurn(send: () => void): Promise<void> {
    return this.#sends.run(async () => {
      send();
      await turn();
    });
  }

  /**
   * Serves one watch until its caller goes away. Otherwise it rejects with what the stream ends with:
   * a DtmsError, or StoreUnavailableError when a watch that is behind cannot read the database.
   */
  async watch(filter: TradeFilter, start: WatchStart, sink: FrameSink): Promise<void> {
    if (this.#stopping) throw shuttingDown();
    if (this.#open.size >= this.#maxWatchers) {
      const watchers = String(this.#open.size);
      throw overloaded(
        `${watchers} watches are open, and no more are admitted`,
        { watchers },
        RETRY_AFTER_MS,
      );
    }
    const watcher = new Watcher(this, filter, sink);
    const served = this.#serve(watcher, start);
    this.#open.set(watcher, served);
    try {
      await served;
    } finally {
      this.#open.delete(watcher);
    }
  }

  /** The first watcher after a time without any waits until the ring is at the head again. */
  async #serve(watcher: Watcher, start: WatchStart): Promise<void> {
    if (this.#open.size === 0) this.#caughtUp = this.#tailer.catchUp();
    await watcher.serve(
      start,
      this.#caughtUp.then(() => this.hint()),
    );
  }

  /** Ends every watch with a last bookmark and SHUTTING_DOWN, refuses new ones, stops following the log. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#ticking);
    for (const watcher of this.#open.keys()) watcher.end(shuttingDown());
    await Promise.allSettled(this.#open.values());
    await this.#tailer.stop();
  }

  #tick(): void {
    this.#pages.sweep();
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const watcher of this.#open.keys()) watcher.wake();
  }

  #replaceAll(error: DtmsError): void {
    this.#pages.clear();
    for (const watcher of this.#open.keys()) watcher.replaced(error);
  }
}
