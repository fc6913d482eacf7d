// What is asked of a system that is set beside ours.

export interface Peer {
  readonly name: string;
  /** When what it answered is on the disk. */
  readonly synced: string;
  /** Appends so many messages durably, each answered, so many under way at a time; returns how many a second. */
  append(count: number, concurrency: number): Promise<number>;
  /** Appends messages while watchers take every one of them; returns messages times watchers, per second. */
  fanOut(count: number, watchers: number): Promise<number>;
  stop(): Promise<void>;
}

/** Of an event of ours with its place in the log. */
export const MESSAGE = Buffer.alloc(160, 1);
/** Messages that are under way while watchers take them. */
export const FAN_OUT_CONCURRENCY = 100;
