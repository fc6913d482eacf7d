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

/**
 * Runs with these streams, and whatever it begins as well. With those of the process nothing is remembered: that costs
 * every promise and callback of a server until Node 24.
 */
export const withStreams = <T>(these: Streams, run: () => T): T =>
  these === process ? run() : given.run(these, run);
