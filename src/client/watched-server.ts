// Owns one server of a client that has several: the channel to it, and what its health service says of it. grpc-js has no
// health checking of its own (gRFC A17).
import { BinaryReader } from '@bufbuild/protobuf/wire';
import {
  Channel,
  type ChannelCredentials,
  type ChannelOptions,
  Client,
  type ClientReadableStream,
  connectivityState,
  status,
} from '@grpc/grpc-js';

const WATCH = '/grpc.health.v1.Health/Watch';
/** The field `status` of a HealthCheckResponse, and its value for a server that serves. */
const STATUS_FIELD = 1;
const SERVING = 1;

/**
 * How a server stands to the next call; of several the highest is called. Away: it cannot be reached, says that it cannot
 * serve, or left a call without an answer and was not heard of since. Untried: nothing is known against it.
 */
export const STANDING = { away: 0, untried: 1, serves: 2 } as const;

export class WatchedServer {
  readonly channel: Channel;
  readonly #client: Client;
  readonly #changed: () => void;
  /** Whether it says that it serves; one without a health service is taken at its connection. */
  #serving = true;
  /** A call got no answer, and its health was not heard of since. */
  #doubted = false;
  #health: ClientReadableStream<boolean> | undefined;
  #isUsed = false;

  /** @param changed - told of every change of the connection's state */
  constructor(address: string, security: ChannelCredentials, options: ChannelOptions, changed: () => void) {
    this.channel = new Channel(address, security, options);
    this.#client = new Client(address, security, { channelOverride: this.channel });
    this.#changed = changed;
    this.#follow();
  }

  get state(): connectivityState {
    return this.channel.getConnectivityState(false);
  }

  get standing(): number {
    if (this.#doubted || !this.#serving) return STANDING.away;
    const { state } = this;
    if (state === connectivityState.READY) return STANDING.serves;
    return state === connectivityState.TRANSIENT_FAILURE ? STANDING.away : STANDING.untried;
  }

  /** Connects, and hears of its health from now on. */
  use(): void {
    this.#isUsed = true;
    if (this.channel.getConnectivityState(true) === connectivityState.READY) this.#hear();
  }

  /** Hears of its health no more: a stream that is open keeps a program running. */
  rest(): void {
    this.#isUsed = false;
    this.#deafen();
  }

  /** A call got no answer from it: it counts again when its health says so. */
  doubt(): void {
    if (this.#doubted || this.state === connectivityState.SHUTDOWN) return;
    this.#doubted = true;
    this.#deafen();
    this.use();
  }

  close(): void {
    this.rest();
    this.channel.close();
  }

  #follow(): void {
    const { state } = this;
    if (state === connectivityState.SHUTDOWN) return;
    this.channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, () => {
      // One that closed the connection for its age is connected again before the next call.
      if (this.#isUsed) this.use();
      this.#follow();
      this.#changed();
    });
  }

  #deafen(): void {
    const health = this.#health;
    this.#health = undefined;
    health?.cancel();
  }

  #hear(): void {
    if (this.#health !== undefined) return;
    const health = this.#client.makeServerStreamRequest(WATCH, () => Buffer.alloc(0), servingIn, undefined);
    this.#health = health;
    const isCurrent = () => this.#health === health;
    health.on('data', (serving: boolean) => {
      if (isCurrent()) this.#heard(serving);
    });
    health.on('error', ({ code }: { readonly code: status }) => {
      if (!isCurrent()) return;
      this.#health = undefined;
      // One that answers without a health service, or without room for one more who listens, is there.
      if (code !== status.UNAVAILABLE && code !== status.CANCELLED) this.#heard(true);
    });
    health.on('end', () => {
      if (isCurrent()) this.#health = undefined;
    });
  }

  #heard(serving: boolean): void {
    this.#doubted = false;
    if (serving === this.#serving) return;
    this.#serving = serving;
    this.#changed();
  }
}

function servingIn(bytes: Buffer): boolean {
  const reader = new BinaryReader(bytes);
  let told = 0;
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === STATUS_FIELD) told = reader.int32();
    else reader.skip(wireType);
  }
  return told === SERVING;
}
