// Owns the pages of the log behind the ring: each is read and encoded once for all watches that come by within a moment.
import type { LogEvent, LogPlace } from '../store/types.js';
import { type EncodedEvent, encodeEvent } from './frames.js';
import { SharedQuestion } from './signal.js';

/** Revisions from one page to the next. A page begins with the last event of the one before: that shows which log it is of. */
const STEP = 256;

/** So long a page is kept, in ms: no longer than the ring would show a log that was replaced meanwhile. */
const KEPT_MS = 1000;

/** Bytes of the pages that are kept. */
const MOST_BYTES = 16 * 1024 * 1024;

export interface PastPage {
  /** The history the events are of; empty where there are none. */
  readonly epoch: string;
  /** In order and without a gap. */
  readonly events: readonly EncodedEvent[];
}

/** The event of a revision; undefined where the page has none. */
export function eventIn({ events }: PastPage, revision: number): EncodedEvent | undefined {
  const event = events[revision - (events[0]?.revision ?? 0)];
  return event?.revision === revision ? event : undefined;
}

interface Kept {
  /** Whoever asks gets what was read after that. */
  readonly question: SharedQuestion<PastPage>;
  /** As it was read last: its events change no more, but more may follow. */
  page: PastPage;
  readonly until: number;
}

const NOTHING: PastPage = { epoch: '', events: [] };

export class PastPages {
  readonly #read: (after: number, limit: number) => Promise<LogEvent[]>;
  /** By their numbers, the oldest first. */
  readonly #kept = new Map<number, Kept>();
  #bytes = 0;

  constructor(read: (after: number, limit: number) => Promise<LogEvent[]>) {
    this.#read = read;
  }

  /**
   * The page with the event of a place, where there is one, and the one after it. What is kept of another history than the place is of
   * is read again: a copy that was restored goes on under the same name.
   */
  async at({ epoch, revision, recordedAt }: LogPlace): Promise<PastPage> {
    const number = Math.floor(revision / STEP);
    const known = this.#kept.get(number);
    const isFresh = known !== undefined && performance.now() < known.until;
    const here = known && eventIn(known.page, revision);
    const isOther = recordedAt !== null && here !== undefined && here.recordedAt !== recordedAt;
    const isTrue = known === undefined || known.page === NOTHING || (known.page.epoch === epoch && !isOther);
    const kept = isFresh && isTrue ? known : this.#begin(number);
    return eventIn(kept.page, revision + 1) === undefined ? kept.question.answer() : kept.page;
  }

  /** Forgets what was kept for long enough. */
  sweep(): void {
    const now = performance.now();
    for (const [number, { until }] of this.#kept) if (until <= now) this.#drop(number);
  }

  /** The log is another one. */
  clear(): void {
    this.#kept.clear();
    this.#bytes = 0;
  }

  #begin(number: number): Kept {
    this.#drop(number);
    const kept: Kept = {
      question: new SharedQuestion(() => this.#load(number, kept)),
      page: NOTHING,
      until: performance.now() + KEPT_MS,
    };
    this.#kept.set(number, kept);
    return kept;
  }

  async #load(number: number, kept: Kept): Promise<PastPage> {
    const first = number * STEP;
    if (eventIn(kept.page, first + STEP) !== undefined) return kept.page;
    const read = await this.#read(first - 1, STEP + 1);
    const page = { epoch: read[0]?.epoch ?? '', events: read.map(encodeEvent) };
    if (this.#kept.get(number) !== kept) return page;
    this.#bytes += bytesOf(page) - bytesOf(kept.page);
    kept.page = page;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= MOST_BYTES || oldest === number) break;
      this.#drop(oldest);
    }
    return page;
  }

  #drop(number: number): void {
    this.#bytes -= bytesOf(this.#kept.get(number)?.page ?? NOTHING);
    this.#kept.delete(number);
  }
}

function bytesOf({ events }: PastPage): number {
  return events.reduce((sum, { bytes }) => sum + bytes.length, 0);
}
