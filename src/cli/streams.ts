// Owns where the program reads and writes: the streams its caller gave it, else those of the process.
import { AsyncLocalStorage } from 'node:async_hooks';

export interface Input extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
}

export interface Output extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  /** Of its terminal. */
  readonly columns?: number;
  readonly rows?: number;
}

export interface Streams {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
}

const given = new AsyncLocalStorage<Streams>();

/** Those of the call under way. */
export const streams = (): Streams => given.getStore() ?? process;

/** Runs with these streams, and whatever it begins as well. */
export const withStreams = <T>(these: Streams, run: () => T): T => given.run(these, run);
