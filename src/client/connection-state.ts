// Owns the state of a client's connection, as grpc-js knows it.
import { type Client, connectivityState } from '@grpc/grpc-js';

type Channel = ReturnType<Client['getChannel']>;

/**
 * `idle` before the first call and after a while without any, `connecting`, `ready`, `transient_failure`
 * while the server cannot be reached and is tried again, `shutdown` after close().
 */
export type ConnectionState = 'idle' | 'connecting' | 'ready' | 'transient_failure' | 'shutdown';

const NAMES: Readonly<Record<connectivityState, ConnectionState>> = {
  [connectivityState.IDLE]: 'idle',
  [connectivityState.CONNECTING]: 'connecting',
  [connectivityState.READY]: 'ready',
  [connectivityState.TRANSIENT_FAILURE]: 'transient_failure',
  [connectivityState.SHUTDOWN]: 'shutdown',
};

/** The state of a channel and those who want to hear of it. */
export class ConnectionStates {
  readonly #channel: Channel;
  readonly #listeners = new Set<(state: ConnectionState) => void>();
  #watching = false;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  get now(): ConnectionState {
    return NAMES[this.#channel.getConnectivityState(false)];
  }

  /** Tells the listener every change from now on; answers what takes it off again. */
  onChange(listener: (state: ConnectionState) => void): () => void {
    // A function that listens twice is told twice.
    const own = (state: ConnectionState) => listener(state);
    this.#listeners.add(own);
    this.#watch();
    return () => {
      this.#listeners.delete(own);
    };
  }

  #watch(): void {
    const state = this.#channel.getConnectivityState(false);
    if (this.#watching || this.#listeners.size === 0 || state === connectivityState.SHUTDOWN) return;
    this.#watching = true;
    this.#channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, () => {
      this.#watching = false;
      const now = this.now;
      // Before the listeners: one that makes a call may change the state again.
      this.#watch();
      for (const listener of [...this.#listeners]) listener(now);
    });
  }
}
