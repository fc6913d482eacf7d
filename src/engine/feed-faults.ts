// Owns what was refused, held and dropped of each feed since this engine began, and how far ahead of the database's clock the
// feed dated it. A feed nobody knows costs memory, so only so many are told apart.
import type { MarketDataFault } from '../domain/market/market-item.js';
import type { PricedItem } from '../domain/views/admission.js';

/** Feeds told apart by name; what is refused of others counts under `OTHER_FEEDS`. */
const MOST_FEEDS = 1000;
const OTHER_FEEDS = 'other';

/** What was ahead this long ago still shows as skew, in ms of database time. */
const SKEW_SHOWN_MS = 15 * 60_000;

/** What became of items that were not believed at once. */
export const HELD_OUTCOMES = ['held', 'confirmed', 'dropped'] as const;
export type HeldOutcome = (typeof HELD_OUTCOMES)[number];

/** The last item of a feed that was held and nothing confirmed. */
export interface DroppedItem {
  /** For people. */
  readonly text: string;
  /** Database time, UTC ms. */
  readonly at: number;
}

/** What was held of a feed. */
export interface FeedHeld {
  readonly counts: Readonly<Record<HeldOutcome, number>>;
  readonly lastDropped: DroppedItem | null;
}

const NOTHING_HELD: FeedHeld = { counts: { held: 0, confirmed: 0, dropped: 0 }, lastDropped: null };

interface FeedRecord {
  readonly counts: Partial<Record<MarketDataFault, number>>;
  /** How far ahead the latest refused item was dated, and when it came. */
  ahead: { readonly ms: number; readonly at: number } | null;
  held: FeedHeld;
}

export class FeedFaults {
  readonly #feeds = new Map<string, FeedRecord>();

  /** An item of a feed was refused. */
  note(feed: string, fault: MarketDataFault): void {
    const { counts } = this.#of(feed);
    counts[fault] = (counts[fault] ?? 0) + 1;
  }

  /** An item is held, or one that was held is taken. */
  settled(feed: string, outcome: HeldOutcome): void {
    const record = this.#of(feed);
    const { counts, lastDropped } = record.held;
    record.held = { counts: { ...counts, [outcome]: counts[outcome] + 1 }, lastDropped };
  }

  /** An item that was held is dropped, at database time `now`. */
  dropped(feed: string, item: PricedItem, now: number): void {
    this.settled(feed, 'dropped');
    const record = this.#of(feed);
    record.held = { ...record.held, lastDropped: { text: textOf(item), at: now } };
  }

  /** What was held of a feed. */
  heldOf(feed: string): FeedHeld {
    return this.#feeds.get(feed)?.held ?? NOTHING_HELD;
  }

  /** Items held, confirmed and dropped, by feed. */
  *heldCounts(): Iterable<{ readonly feed: string; readonly outcome: HeldOutcome; readonly count: number }> {
    for (const [feed, { held }] of this.#feeds) {
      if (held === NOTHING_HELD) continue;
      for (const outcome of HELD_OUTCOMES) yield { feed, outcome, count: held.counts[outcome] };
    }
  }

  /** An item was dated `ms` ahead of database time `now`. */
  ahead(feed: string, ms: number, now: number): void {
    this.#of(feed).ahead = { ms, at: now };
  }

  /** How far ahead a feed dated what was refused of it lately; 0 when nothing was. */
  skew(feed: string, now: number): number {
    const ahead = this.#feeds.get(feed)?.ahead ?? null;
    return ahead === null || now - ahead.at > SKEW_SHOWN_MS ? 0 : ahead.ms;
  }

  /** Items refused, by feed and fault. */
  *counts(): Iterable<{ readonly feed: string; readonly fault: string; readonly count: number }> {
    for (const [feed, { counts }] of this.#feeds) {
      for (const [fault, count] of Object.entries(counts)) yield { feed, fault, count };
    }
  }

  /** The feeds of which anything was refused. */
  feeds(): Iterable<string> {
    return this.#feeds.keys();
  }

  #of(feed: string): FeedRecord {
    const name = this.#feeds.has(feed) || this.#feeds.size < MOST_FEEDS ? feed : OTHER_FEEDS;
    const known = this.#feeds.get(name);
    if (known !== undefined) return known;
    const fresh: FeedRecord = { counts: {}, ahead: null, held: NOTHING_HELD };
    this.#feeds.set(name, fresh);
    return fresh;
  }
}

function textOf(item: PricedItem): string {
  if (item.kind === 'quote') {
    const { time, bid, ask } = item.quote;
    return `quote of ${item.symbol} at ${new Date(time).toISOString()}: bid ${bid}, ask ${ask}`;
  }
  const { time, open, high, low, close } = item.bar;
  const opened = new Date(time).toISOString();
  return `${item.timeframe} bar of ${item.symbol} of ${opened}: open ${open}, high ${high}, low ${low}, close ${close}`;
}
