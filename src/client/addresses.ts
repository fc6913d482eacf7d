// Owns a client of several servers, any of which serves: a channel to each, and calls on the one that served last, at first
// on the first. A call that finds no server there, or one that cannot serve or does not answer, moves the next ones on, among
// those that are connected while there are any.
import {
  Channel,
  type ChannelCredentials,
  type ChannelOptions,
  connectivityState,
  InterceptingCall,
  type Interceptor,
  status,
} from '@grpc/grpc-js';

type ChannelInterface = Pick<Channel, keyof Channel>;

/** How a call ends that found no server, one that does not lead, or one that stands still. */
const UNSERVED: ReadonlySet<status> = new Set([status.UNAVAILABLE, status.DEADLINE_EXCEEDED]);

/** The servers of an address such as "a:50051, b:50051" or "ipv4:10.0.0.1:50051,10.0.0.2:50051". */
export function addressesOf(address: string): readonly string[] {
  const [, scheme = '', list = address] = /^(ipv[46]:)(.*)$/.exec(address) ?? [];
  return list
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map((one) => scheme + one);
}

/** Looks like one channel to grpc-js; is one to each server. */
export class LeaderChannel implements ChannelInterface {
  readonly #channels: readonly Channel[];
  /** Watchers of the state, told as well when another channel is used from now on. */
  readonly #moved = new Set<() => void>();
  #at = 0;
  #closed = false;

  constructor(addresses: readonly string[], security: ChannelCredentials, options: ChannelOptions) {
    this.#channels = addresses.map((address) => new Channel(address, security, options));
  }

  /** Moves on from a server that cannot serve, with every call that ends so. Comes first of all interceptors. */
  get interceptor(): Interceptor {
    return (options, nextCall) => {
      this.#avoidUnconnected();
      const used = this.#at;
      return new InterceptingCall(nextCall(options), {
        start: (metadata, _listener, next) =>
          next(metadata, {
            onReceiveStatus: (ended, pass) => {
              if (UNSERVED.has(ended.code)) this.#moveOnFrom(used);
              pass(ended);
            },
          }),
      });
    };
  }

  createCall(...call: Parameters<Channel['createCall']>): ReturnType<Channel['createCall']> {
    return this.#current.createCall(...call);
  }

  getTarget(): string {
    return this.#channels.map((channel) => channel.getTarget()).join(',');
  }

  getConnectivityState(tryToConnect: boolean): connectivityState {
    return this.#current.getConnectivityState(tryToConnect);
  }

  watchConnectivityState(...[state, deadline, told]: Parameters<Channel['watchConnectivityState']>): void {
    const once = (error?: Error) => {
      if (this.#moved.delete(once)) told(error);
    };
    this.#moved.add(once);
    this.#current.watchConnectivityState(state, deadline, once);
  }

  getChannelzRef(): ReturnType<Channel['getChannelzRef']> {
    return this.#current.getChannelzRef();
  }

  close(): void {
    this.#closed = true;
    for (const channel of this.#channels) channel.close();
  }

  get #current(): Channel {
    const channel = this.#channels[this.#at];
    if (channel === undefined) throw new RangeError('a client needs the address of a server');
    return channel;
  }

  /** A server that stands still takes connections and never completes them: calls would wait for it. */
  #avoidUnconnected(): void {
    const isReady = (channel: Channel | undefined) =>
      channel?.getConnectivityState(false) === connectivityState.READY;
    if (isReady(this.#current)) return;
    const ready = this.#channels.findIndex(isReady);
    if (ready >= 0) this.#moveTo(ready);
  }

  /** Of many calls that failed on the same server the first moves all. */
  #moveOnFrom(used: number): void {
    if (used !== this.#at || this.#closed) return;
    this.#moveTo((used + 1) % this.#channels.length);
    // So that it is known by the next call whether it can be connected.
    this.#current.getConnectivityState(true);
  }

  #moveTo(index: number): void {
    this.#at = index;
    for (const told of [...this.#moved]) told();
  }
}
