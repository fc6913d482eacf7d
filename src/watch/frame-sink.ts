// Owns writing encoded messages to one stream without ever holding much for a slow reader.

/** One server stream that takes encoded messages. */
export interface FrameSink {
  /** False while the reader has enough unread, or is gone: wait for onWake and look again. */
  readonly writable: boolean;
  /** True once the caller went away, or the stream is being ended: writing is pointless. */
  readonly cancelled: boolean;
  write(frame: Buffer): void;
  /** Sets who is told that the reader made room, or went away. There is one at a time. */
  onWake(callback: () => void): void;
}

/** Bytes handed to the transport and not taken by it yet, beyond which a stream is not writable. */
const MAX_UNSENT_BYTES = 128 * 1024;

/** The writing side of a stream: what of a grpc-js server stream is needed. */
export interface FrameStream {
  readonly cancelled: boolean;
  readonly writableNeedDrain: boolean;
  write(frame: Buffer, taken: () => void): unknown;
  on(event: 'cancelled' | 'drain', listener: () => void): unknown;
}

/** A sink over such a stream. It counts bytes, because the stream of grpc-js counts only messages. */
export class StreamSink implements FrameSink {
  readonly #stream: FrameStream;
  #ended = false;
  #unsent = 0;
  #wake: () => void = () => undefined;

  constructor(stream: FrameStream) {
    this.#stream = stream;
    const wake = () => this.#wake();
    stream.on('cancelled', wake);
    stream.on('drain', wake);
  }

  get writable(): boolean {
    return !this.cancelled && this.#unsent < MAX_UNSENT_BYTES && !this.#stream.writableNeedDrain;
  }

  get cancelled(): boolean {
    return this.#ended || this.#stream.cancelled;
  }

  /** From now on it is as if the caller had gone away. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  write(frame: Buffer): void {
    const full = this.#unsent + frame.length >= MAX_UNSENT_BYTES;
    this.#unsent += frame.length;
    // After a cancellation the callback may never come; then nobody waits for it either.
    this.#stream.write(frame, () => {
      this.#unsent -= frame.length;
      if (full) this.#wake();
    });
  }

  onWake(callback: () => void): void {
    this.#wake = callback;
  }
}

/** Resolves when the sink is writable or its caller is gone. Takes the sink's onWake. */
export function sinkReady(sink: FrameSink): Promise<void> {
  if (sink.writable || sink.cancelled) return Promise.resolve();
  return new Promise((resolve) => {
    sink.onWake(() => {
      if (sink.writable || sink.cancelled) resolve();
    });
  });
}
