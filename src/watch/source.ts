// Owns what one watch reads from: where it begins, the log, the ring before it and the snapshot it may start with.
import type { LogEvent, LogHead, LogPlace, TradeFilter } from '../store/types.js';
import type { PastPage } from './past-pages.js';
import type { Ring } from './ring.js';

/** The committed state of the matching trades that are not closed, at one moment. */
export interface Snapshot {
  /** The revision the state is of: a watch continues with the first event after it. */
  readonly revision: number;
  /** Encoded dtms.v1.Trade messages. Read lazily, so they must not show changes after `revision`. */
  readonly items: Iterable<Uint8Array>;
}

export interface SnapshotSource {
  snapshot(filter: TradeFilter): Snapshot;
}

/** Where a watch begins. */
export type WatchStart =
  | { readonly from: 'now' }
  | { readonly from: 'initial-state' }
  | {
      readonly from: 'revision';
      readonly revision: bigint;
      readonly epoch: string;
      readonly recordedAt: number | null;
    };

/** What a watcher needs of the hub. */
export interface WatchSource {
  readonly ring: Ring;
  /** The history the ring's events belong to. */
  readonly epoch: string;
  readonly bookmarkMs: number;
  readonly snapshots: SnapshotSource;
  /** The log's head, read after this call. */
  head(): Promise<LogHead>;
  /** A live watch falls out of the ring. */
  fellBehind(): void;
  /** Reads events from the database, a few readers at a time. */
  readEvents(after: number, limit: number): Promise<LogEvent[]>;
  /** The page of the log with the event of a place, where there is one, and the one after it; shared by those who ask. */
  pastPage(place: LogPlace): Promise<PastPage>;
  /** Runs it in a turn of its own: many watches that are behind at once leave room for others. */
  inTurn(send: () => void): Promise<void>;
}
