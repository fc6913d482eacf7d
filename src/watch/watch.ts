// Owns the open watches of this process.
import type { LogReader, TradeFilter } from '../store/types.js';
import type { FrameSink } from '../rpc/frame-sink.js';
import type { Logger } from '../observability/logger.js';

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

export interface WatchOptions {
  /** Events and bytes kept in memory for all watches together. */
  readonly ringEvents: number;
  readonly ringBytes: number;
  /** The longest silence of a stream, in ms. */
  readonly bookmarkMs: number;
  /** The longest time between two looks at the log, in ms. */
  readonly pollMs: number;
  /** Watches open at a time; one more is refused. */
  readonly maxWatchers: number;
  /** Pages read from the database at a time by watches that fell behind. */
  readonly maxReads: number;
}

/** Where a watch begins. */
export type WatchStart =
  | { readonly from: 'now' }
  | { readonly from: 'initial-state' }
  | { readonly from: 'revision'; readonly revision: bigint; readonly epoch: string };

export declare class WatchHub {
  constructor(reader: LogReader, snapshots: SnapshotSource, options: WatchOptions, logger: Logger);
  /** Begins to follow the log. Throws StoreUnavailableError when the log cannot be read. */
  start(): Promise<void>;
  /** The log has grown, perhaps: look now. Cheap; call it after every commit. */
  hint(): void;
  /** Serves one watch until the caller goes away; rejects with the DtmsError the stream ends with. */
  watch(filter: TradeFilter, start: WatchStart, sink: FrameSink): Promise<void>;
  /** Open watches. */
  readonly watchers: number;
  /** Ends every watch with a last bookmark and SHUTTING_DOWN, refuses new ones, stops following the log. */
  stop(): Promise<void>;
}
