// Owns one watch: a cursor on the log. It takes events from the ring, or from the database when the
// ring has moved past it, and holds nothing for its reader but the frame it is about to write.
import { setImmediate as turn } from 'node:timers/promises';
import {
  type DtmsError,
  internal,
  logEpochChanged,
  revisionCompacted,
  revisionInFuture,
} from '../errors/errors.js';
import type { FrameSink } from '../rpc/frame-sink.js';
import type { TradeFilter } from '../store/types.js';
import { type EventMatch, matching } from './filter.js';
import {
  bookmarkFrame,
  caughtUpFrame,
  type EncodedEvent,
  encodeEvent,
  eventsFrame,
  fellBehindFrame,
  snapshotEndFrame,
  snapshotItemFrame,
} from './frames.js';
import { Signal } from './signal.js';
import type { WatchSource, WatchStart } from './watch.js';

/** A frame is closed once it has this many events or bytes. */
const FRAME_EVENTS = 256;
const FRAME_BYTES = 64 * 1024;

/** Events looked at before other work of the process gets its turn. */
const SCAN = 8192;

/** Events read from the database at a time by one watch. */
const PAGE = 256;

/** Share of the bookmark interval after which one is due. */
const BOOKMARK_DUE = 0.7;

export class Watcher {
  readonly #source: WatchSource;
  readonly #filter: TradeFilter;
  readonly #matches: EventMatch;
  readonly #sink: FrameSink;
  readonly #signal = new Signal();
  #epoch = '';
  /** Everything up to here was sent, or does not match. */
  #cursor = 0;
  /** The revision of the last event sent. */
  #previous = 0;
  /** What the head was when the watch began, which the ring may not have reached yet. */
  #target = 0;
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

  /** Resolves when the caller went away; rejects with what the stream ends with. */
  async serve(start: WatchStart): Promise<void> {
    this.#sink.onWake(() => this.#signal.notify());
    await this.#begin(start);
    while (!this.#sink.cancelled) {
      if (this.#ending !== undefined) {
        this.#bookmark();
        throw this.#ending;
      }
      if (!this.#sink.writable) await this.#signal.wait();
      else if (performance.now() - this.#bookmarkedAt >= BOOKMARK_DUE * this.#source.bookmarkMs)
        this.#bookmark();
      else if (this.#cursor < this.#source.ring.tail) await this.#readOn();
      else if (this.#cursor < this.#source.ring.head) await this.#follow();
      else if (!this.#live && this.#cursor >= this.#target) this.#arrive();
      else await this.#signal.wait();
    }
  }

  async #begin(start: WatchStart): Promise<void> {
    // Asked anew for each watch: it must know every revision its caller has seen.
    const head = await this.#source.head();
    this.#epoch = head.epoch;
    this.#target = head.revision;
    this.#cursor = head.revision;
    if (start.from === 'revision') {
      if (start.epoch !== head.epoch) throw logEpochChanged(start.epoch, head.epoch);
      if (start.revision > BigInt(head.revision)) throw revisionInFuture(start.revision, head.revision);
      this.#cursor = Number(start.revision);
      if (this.#cursor < head.compacted) throw revisionCompacted(this.#cursor, head.compacted);
    }
    if (start.from === 'initial-state') await this.#sendState();
    // Tells where "now" was: from there on the stream can be resumed, and nothing is missing.
    if (start.from === 'now') this.#bookmark();
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
    this.#sink.write(snapshotEndFrame(revision, this.#epoch, sent));
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
    this.#sink.write(bookmarkFrame(this.#cursor, this.#epoch));
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
    const page = await this.#source.readEvents(after, PAGE);
    if (page[0]?.revision !== after + 1) await this.#explainGap(after);
    // A page that is not taken whole is read again: nothing is held while the reader stands still.
    while (this.#sink.writable && this.#cursor - after < page.length) {
      this.#send((revision) => {
        const event = page[revision - after - 1];
        return event?.revision === revision ? encodeEvent(event, this.#epoch) : undefined;
      }, after + page.length);
    }
  }

  /** The log does not continue after `revision`: compaction took what follows, or something is wrong. */
  async #explainGap(revision: number): Promise<never> {
    const head = await this.#source.head();
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
    }
    const newest = chosen.at(-1);
    if (newest === undefined) return false;
    this.#sink.write(eventsFrame(chosen, this.#previous));
    this.#previous = newest.revision;
    return true;
  }
}
