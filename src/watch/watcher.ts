// Owns one watch: a cursor on the log. It takes events from the ring, or from the database when the
// ring has moved past it, and holds nothing for its reader but the frame it is about to write.
import { setImmediate as turn } from 'node:timers/promises';
import {
  type DtmsError,
  internal,
  logEpochChanged,
  logRewritten,
  revisionCompacted,
  revisionInFuture,
  storeUnavailable,
} from '../errors/errors.js';
import { inBackground } from '../observability/background.js';
import type { LogEvent, LogPlace, TradeFilter } from '../store/types.js';
import { type EventMatch, matching } from './filter.js';
import type { FrameSink } from './frame-sink.js';
import {
  bookmarkFrame,
  caughtUpFrame,
  type EncodedEvent,
  eventsFrame,
  fellBehindFrame,
  snapshotEndFrame,
  snapshotItemFrame,
} from './frames.js';
import { eventIn } from './past-pages.js';
import { Wakeup } from './signal.js';
import type { WatchSource, WatchStart } from './source.js';

/** A frame is closed once it has this many events or bytes. */
const FRAME_EVENTS = 256;
const FRAME_BYTES = 64 * 1024;

/** Events looked at before other work of the process gets its turn. */
const SCAN = 8192;

/** Share of the bookmark interval after which one is due. */
const BOOKMARK_DUE = 0.7;

/** A watch begins within this, in ms, or says why not: before it has begun no bookmark can be given. */
const BEGIN_MS = 4000;

export class Watcher {
  readonly #source: WatchSource;
  readonly #filter: TradeFilter;
  readonly #matches: EventMatch;
  readonly #sink: FrameSink;
  readonly #signal = new Wakeup();
  #epoch = '';
  /** Everything up to here was sent, or does not match. */
  #cursor = 0;
  /** When the event at the cursor was recorded; null while that is not known. */
  #recordedAt: number | null = null;
  /** The revision of the last event sent. */
  #previous = 0;
  /** What the head was when the watch began, which the ring may not have reached yet. */
  #target = 0;
  #begun = false;
  /** Since when its caller has had nothing, before it has begun. */
  #quietSince = performance.now();
  #live = false;
  #bookmarked = -1;
  #bookmarkedAt = performance.now();
  #ending: DtmsError | undefined;

  constructor(source: WatchSource, filter: TradeFilter, sink: FrameSink) {
    this.#source = source;
    this.#filter = filter;
    this.#matches = matching(filter);
    this.#sink = sink;
  }

  /** There may be something to do. */
  wake(): void {
    this.#signal.notify();
  }

  /** Ends the stream with an error, after a last bookmark. */
  end(error: DtmsError): void {
    this.#ending ??= error;
    this.#signal.notify();
  }

  /** The log was replaced: the end of a watch that knows the log of before. */
  replaced(error: DtmsError): void {
    if (this.#epoch !== '') this.end(error);
  }

  /**
   * Resolves when the caller went away; rejects with what the stream ends with.
   *
   * @param ready - resolves when the ring follows the log.
   */
  async serve(start: WatchStart, ready: Promise<void>): Promise<void> {
    this.#sink.onWake(() => this.#signal.notify());
    await this.#reading(ready);
    await this.#begin(start);
    this.#begun = true;
    while (!this.#sink.cancelled) {
      if (this.#ending !== undefined) {
        this.#bookmark();
        throw this.#ending;
      }
      if (!this.#sink.writable) await this.#signal.wait();
      else if (this.#isBookmarkDue) this.#bookmark();
      else if (this.#cursor < this.#source.ring.tail) await this.#readOn();
      else if (this.#cursor < this.#source.ring.head) await this.#follow();
      else if (!this.#live && this.#cursor >= this.#target) this.#arrive();
      else await this.#signal.wait();
    }
  }

  async #begin(start: WatchStart): Promise<void> {
    // Asked anew for each watch: it must know every revision its caller has seen.
    const head = await this.#reading(this.#source.head());
    this.#epoch = head.epoch;
    this.#target = head.revision;
    this.#cursor = head.revision;
    if (start.from === 'revision') {
      if (start.epoch !== head.epoch) throw logEpochChanged(start.epoch, head.epoch);
      if (start.revision > BigInt(head.revision)) throw aboveHead(start, head.revision);
      this.#cursor = Number(start.revision);
      if (this.#cursor < head.compacted) throw revisionCompacted(this.#cursor, head.compacted);
      this.#recordedAt = start.recordedAt;
      if (start.recordedAt !== null) await this.#identify();
    }
    if (start.from === 'initial-state') await this.#sendState();
    // Tells where "now" was: from there on the stream can be resumed, and nothing is missing.
    if (start.from !== 'now') return;
    await this.#identify();
    this.#bookmark();
  }

  async #sendState(): Promise<void> {
    const { revision, items } = this.#source.snapshots.snapshot(this.#filter);
    let sent = 0;
    for (const item of items) {
      while (!this.#sink.writable && !this.#sink.cancelled && this.#ending === undefined) {
        await this.#signal.wait();
      }
      if (this.#sink.cancelled) return;
      // Without its end a snapshot says nothing, and no bookmark can follow it.
      if (this.#ending !== undefined) throw this.#ending;
      this.#sink.write(snapshotItemFrame(item));
      sent += 1;
    }
    this.#cursor = revision;
    this.#quietSince = performance.now();
    await this.#identify();
    this.#sink.write(snapshotEndFrame(this.#place, sent));
  }

  /** Learns which event the cursor stands after, and refuses another one than was known. */
  async #identify(): Promise<void> {
    const { epoch, ring } = this.#source;
    const recent = epoch === this.#epoch ? ring.get(this.#cursor) : undefined;
    if (recent !== undefined) return this.#meet(recent);
    const [read] = await this.#reading(this.#source.readEvents(this.#cursor - 1, 1));
    if (read === undefined) return;
    if (read.epoch !== this.#epoch) throw logEpochChanged(this.#epoch, read.epoch);
    if (read.revision === this.#cursor) this.#meet(read);
  }

  /**
   * Waits for the database, which may say nothing for long, without falling silent: bookmarks go on, and a stream that
   * is to end, or has not begun in time, says so.
   */
  async #reading<T>(read: Promise<T>): Promise<T> {
    let over = false;
    const end = () => {
      over = true;
      this.#signal.notify();
    };
    inBackground(read.then(end), end);
    for (;;) {
      await this.#signal.wait();
      if (over) return read;
      if (this.#ending !== undefined && this.#begun) this.#bookmark();
      if (this.#ending !== undefined) throw this.#ending;
      if (this.#begun && this.#sink.writable && this.#isBookmarkDue) this.#bookmark();
      if (!this.#begun && performance.now() - this.#quietSince > BEGIN_MS)
        throw storeUnavailable(new Error(`the log was not read within ${BEGIN_MS} ms`));
    }
  }

  get #isBookmarkDue(): boolean {
    return performance.now() - this.#bookmarkedAt >= BOOKMARK_DUE * this.#source.bookmarkMs;
  }

  get #place(): LogPlace {
    return { epoch: this.#epoch, revision: this.#cursor, recordedAt: this.#recordedAt };
  }

  /** At the head. The bookmark before it counts the events that did not match. */
  #arrive(): void {
    this.#live = true;
    if (this.#bookmarked !== this.#cursor) this.#bookmark();
    this.#sink.write(caughtUpFrame(this.#cursor));
  }

  #bookmark(): void {
    this.#bookmarkedAt = performance.now();
    this.#bookmarked = this.#cursor;
    this.#sink.write(bookmarkFrame(this.#place));
  }

  async #follow(): Promise<void> {
    const { ring } = this.#source;
    const before = this.#cursor;
    const sent = this.#send((revision) => ring.get(revision), ring.head);
    if (!sent && this.#cursor - before >= SCAN) await turn();
  }

  /** The ring has moved past the cursor: a page from the database. */
  async #readOn(): Promise<void> {
    const after = this.#cursor;
    if (this.#live) {
      this.#live = false;
      this.#source.fellBehind();
      this.#sink.write(fellBehindFrame(after, this.#source.ring.head));
    }
    const page = await this.#reading(this.#source.pastPage(this.#place));
    if (page.events.length > 0 && page.epoch !== this.#epoch) throw logEpochChanged(this.#epoch, page.epoch);
    const known = eventIn(page, after);
    if (known !== undefined) this.#meet(known);
    if (eventIn(page, after + 1) === undefined) await this.#explainGap(after);
    const last = page.events.at(-1)?.revision ?? after;
    // A page that is not taken whole is asked for again: nothing is held while the reader stands still.
    const send = () => {
      while (this.#ending === undefined && this.#sink.writable && this.#cursor < last)
        this.#send((revision) => eventIn(page, revision), last);
    };
    await this.#reading(this.#source.inTurn(send));
  }

  /** The event at the cursor, as the log has it. */
  #meet({ recordedAt }: Pick<LogEvent, 'recordedAt'>): void {
    if (this.#recordedAt !== null && this.#recordedAt !== recordedAt)
      throw logRewritten(this.#epoch, this.#cursor);
    this.#recordedAt = recordedAt;
  }

  /** The log does not continue after `revision`: compaction took what follows, or something is wrong. */
  async #explainGap(revision: number): Promise<never> {
    const head = await this.#reading(this.#source.head());
    if (head.epoch !== this.#epoch) throw logEpochChanged(this.#epoch, head.epoch);
    if (revision < head.compacted) throw revisionCompacted(revision, head.compacted);
    throw internal(new Error(`the log has no event ${revision + 1} below its head ${head.revision}`));
  }

  /** Moves the cursor towards `last` and sends what matches in one frame; false when nothing did. */
  #send(eventAt: (revision: number) => EncodedEvent | undefined, last: number): boolean {
    const chosen: EncodedEvent[] = [];
    let bytes = 0;
    const end = Math.min(last, this.#cursor + SCAN);
    while (this.#cursor < end && chosen.length < FRAME_EVENTS && bytes < FRAME_BYTES) {
      const event = eventAt(this.#cursor + 1);
      if (event === undefined) throw internal(new Error(`the log has no event ${this.#cursor + 1}`));
      if (this.#matches(event)) {
        chosen.push(event);
        bytes += event.bytes.length;
      }
      this.#cursor = event.revision;
      this.#recordedAt = event.recordedAt;
    }
    const newest = chosen.at(-1);
    if (newest === undefined) return false;
    this.#sink.write(eventsFrame(chosen, this.#previous));
    this.#previous = newest.revision;
    return true;
  }
}

/** Who knows when the event it resumes after was recorded, has been shown it: the log has lost it. */
function aboveHead({ revision, epoch, recordedAt }: Extract<WatchStart, { from: 'revision' }>, head: number) {
  return recordedAt === null ? revisionInFuture(revision, head) : logRewritten(epoch, revision);
}
