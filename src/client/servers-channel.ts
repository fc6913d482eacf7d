// Owns a client of several servers, any of which serves: calls take turns among those that are connected and say that they
// serve. One that leaves a call without an answer is passed over until it is heard of again.
import {
  type Channel,
  type ChannelCredentials,
  type ChannelOptions,
  connectivityState,
  InterceptingCall,
  type Interceptor,
  status,
} from '@grpc/grpc-js';
import type { ClientInterceptor } from './hooks.js';
import { STANDING, WatchedServer } from './watched-server.js';

type ChannelInterface = Pick<Channel, keyof Channel>;

/** How a call ends that found no server, one that cannot serve, or one that stands still. */
const UNSERVED: ReadonlySet<status> = new Set([status.UNAVAILABLE, status.DEADLINE_EXCEEDED]);
/** So long after the last call nobody listens to the servers' health any more, in ms. */
const REST_MS = 5_000;
/** A call that finds no server connected waits so long for one, in ms; then it tries its luck. */
const CONNECT_MS = 2_000;

/** The state of many connections as of one. */
const STATES = [
  connectivityState.READY,
  connectivityState.CONNECTING,
  connectivityState.IDLE,
  connectivityState.TRANSIENT_FAILURE,
];

/** Looks like one channel to grpc-js; is one to each server. */
export class ServersChannel implements ChannelInterface {
  readonly #servers: readonly WatchedServer[];
  /** Called at every change of a server's state. */
  readonly #listeners = new Set<() => void>();
  /** Where the last call went; the first goes anywhere, so that many clients do not begin at the same server. */
  #turn = Math.floor(Math.random() * 1000);
  /** The interceptor's choice for the call that is made at this moment. */
  #picked: WatchedServer | undefined;
  #resting: NodeJS.Timeout | undefined;
  #closed = false;

  /** @throws RangeError without an address */
  constructor(addresses: readonly string[], security: ChannelCredentials, options: ChannelOptions) {
    if (addresses.length === 0) throw new RangeError('a client needs the address of a server');
    const changed = () => {
      for (const listener of [...this.#listeners]) listener();
    };
    this.#servers = addresses.map((address) => new WatchedServer(address, security, options, changed));
  }

  /** Passes over a server from which a call got no answer. Comes first of all interceptors. */
  get interceptor(): Interceptor {
    return (options, nextCall) => {
      this.#use();
      const server = this.#next();
      this.#picked = server;
      return new InterceptingCall(nextCall(options), {
        start: (metadata, _listener, next) =>
          next(metadata, {
            onReceiveStatus: (ended, pass) => {
              if (UNSERVED.has(ended.code)) server.doubt();
              pass(ended);
            },
          }),
      });
    };
  }

  /** Lets a call wait until a server is connected: one that stands still takes connections and never completes them. */
  get connected(): ClientInterceptor {
    return {
      unary: async (call, next) => {
        await this.#connected();
        return next(call);
      },
      stream: (call, next) => this.#connectedStream(() => next(call)),
    };
  }

  createCall(...call: Parameters<Channel['createCall']>): ReturnType<Channel['createCall']> {
    const server = this.#picked ?? this.#next();
    this.#picked = undefined;
    return server.channel.createCall(...call);
  }

  getTarget(): string {
    return this.#servers.map(({ channel }) => channel.getTarget()).join(',');
  }

  getConnectivityState(tryToConnect: boolean): connectivityState {
    if (this.#closed) return connectivityState.SHUTDOWN;
    const states = this.#servers.map(({ channel }) => channel.getConnectivityState(tryToConnect));
    return STATES.find((state) => states.includes(state)) ?? connectivityState.SHUTDOWN;
  }

  /** Calls back once, when the state is another; at the deadline with an Error. */
  watchConnectivityState(...[state, deadline, told]: Parameters<Channel['watchConnectivityState']>): void {
    const end = (error?: Error) => {
      clearTimeout(timer);
      if (this.#listeners.delete(look)) told(error);
    };
    const look = () => {
      if (this.getConnectivityState(false) !== state) end();
    };
    const leftMs = Number(deadline) - Date.now();
    const late = () => end(new Error('Deadline passed without connectivity state change'));
    const timer = Number.isFinite(leftMs) ? setTimeout(late, leftMs) : undefined;
    this.#listeners.add(look);
    look();
  }

  getChannelzRef(): ReturnType<Channel['getChannelzRef']> {
    return this.#next().channel.getChannelzRef();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#resting);
    for (const server of this.#servers) server.close();
  }

  /** The next in turn among those that stand best. */
  #next(): WatchedServer {
    const best = Math.max(...this.#servers.map(({ standing }) => standing));
    for (;;) {
      this.#turn = (this.#turn + 1) % this.#servers.length;
      const server = this.#servers[this.#turn];
      if (server?.standing === best) return server;
    }
  }

  /** Connects all, and hears of their health while there are calls. */
  #use(): void {
    if (this.#closed) return;
    if (this.#resting !== undefined) {
      this.#resting.refresh();
      return;
    }
    for (const server of this.#servers) server.use();
    this.#resting = setTimeout(() => {
      this.#resting = undefined;
      for (const server of this.#servers) server.rest();
    }, REST_MS);
    this.#resting.unref();
  }

  async *#connectedStream<T>(open: () => AsyncIterable<T>): AsyncIterable<T> {
    await this.#connected();
    yield* open();
  }

  #connected(): Promise<void> {
    this.#use();
    const isReady = () => this.getConnectivityState(true) === connectivityState.READY;
    const isWaiting = () => this.#servers.some(({ standing }) => standing === STANDING.untried);
    if (this.#closed || isReady() || !isWaiting()) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#listeners.delete(look);
        resolve();
      };
      const look = () => {
        if (this.#closed || isReady() || !isWaiting()) end();
      };
      const timer = setTimeout(end, CONNECT_MS);
      this.#listeners.add(look);
    });
  }
}
