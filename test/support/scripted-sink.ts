// A stream's writing side whose reader tests stop, let go on, and take away.
import { WatchTradesResponse } from '../../gen/ts/dtms/v1/trade_service.js';
import type { FrameSink } from '../../src/watch/frame-sink.js';

export type WatchMessage = NonNullable<WatchTradesResponse['message']>;

export class ScriptedSink implements FrameSink {
  readonly frames: Buffer[] = [];
  cancelled = false;
  readonly #decoded: WatchMessage[] = [];
  #stalled = false;
  #wake: () => void = () => undefined;

  get writable(): boolean {
    return !this.#stalled && !this.cancelled;
  }

  get stalled(): boolean {
    return this.#stalled;
  }

  write(frame: Buffer): void {
    this.frames.push(frame);
  }

  onWake(callback: () => void): void {
    this.#wake = callback;
  }

  stall(): void {
    this.#stalled = true;
  }

  resume(): void {
    this.#stalled = false;
    this.#wake();
  }

  cancel(): void {
    this.cancelled = true;
    this.#wake();
  }

  /** What was written so far, each frame decoded once. */
  get messages(): readonly WatchMessage[] {
    for (const frame of this.frames.slice(this.#decoded.length)) {
      const { message } = WatchTradesResponse.decode(frame);
      if (message === undefined) throw new Error('a frame has no message');
      this.#decoded.push(message);
    }
    return this.#decoded;
  }
}
