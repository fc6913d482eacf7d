// Owns writing encoded messages to one stream without ever holding much for a slow reader.

/** One server stream that takes encoded messages. */
export interface FrameSink {
  /** False while the reader has enough unread: wait for onWake and look again. */
  readonly writable: boolean;
  /** True once the caller went away: writing is pointless. */
  readonly cancelled: boolean;
  write(frame: Buffer): void;
  /** Calls back when the reader made room, or the caller went away. One callback at a time. */
  onWake(callback: () => void): void;
}
