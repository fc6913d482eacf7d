// Owns how many calls of a connection, and of an address, may be open or given up in a second without an answer. HTTP/2 lets
// thousands begin in one write, and each costs its part of the event loop before anything can know whose it is.
import type { Http2Session } from 'node:http2';
import type {
  ServerInterceptingCall,
  ServerInterceptingCallInterface,
  ServerInterceptor,
} from '@grpc/grpc-js';
import { networkOf } from '../access/address.js';
import type { AnswerObservers } from './own-answers.js';

/** Twice the calls a connection may have open: whoever waits for answers never gets there. */
const MOST_PER_CONNECTION = 200;
/** As many calls as are worked on at a time, of everybody. */
const MOST_PER_NETWORK = 2_000;
/** Connections with fewer are not cut when their address has too many: others may share it. */
const FEW = 8;
const WINDOW_MS = 1000;

interface Connection {
  readonly network: string;
  unanswered: number;
  /** The second it is counted in. */
  window: number;
}

/** What of an HTTP/2 session is used. */
type Cuttable = Pick<Http2Session, 'destroyed' | 'destroy' | 'socket'>;

export class UnansweredCalls {
  readonly #told: Pick<AnswerObservers, 'calls' | 'logger' | 'strangers'>;
  readonly #connections = new WeakMap<object, Connection>();
  readonly #networks = new Map<string, number>();
  #window = 0;
  #endsAt = 0;
  #begun = 0;

  constructor(told: Pick<AnswerObservers, 'calls' | 'logger' | 'strangers'>) {
    this.#told = told;
  }

  /** Calls that began since the start, also those nobody got to read. */
  get begun(): number {
    return this.#begun;
  }

  /** Counts each call as it begins, before grpc-js reads anything of it but its headers. */
  get interceptor(): ServerInterceptor {
    return (_method, call) => {
      this.#begun += 1;
      const session = sessionOf(call);
      if (session !== undefined) this.#begin(session);
      // The very call it gave us is what its own wrapping has inside.
      return call as unknown as ServerInterceptingCall;
    };
  }

  /** A call is answered, well or ill. */
  answered(call: ServerInterceptingCallInterface): void {
    const session = sessionOf(call);
    const connection = session && this.#connections.get(session);
    if (connection === undefined || connection.window !== this.#window || connection.unanswered === 0) return;
    this.#count(connection, -1);
  }

  #begin(session: Cuttable): void {
    this.#roll();
    const connection = this.#connections.get(session) ?? this.#enter(session);
    if (connection.window !== this.#window) {
      connection.window = this.#window;
      connection.unanswered = 0;
    }
    this.#count(connection, 1);
    const { unanswered, network } = connection;
    const isCrowd = unanswered > FEW && (this.#networks.get(network) ?? 0) > MOST_PER_NETWORK;
    if ((unanswered > MOST_PER_CONNECTION || isCrowd) && this.#told.strangers.areLimited)
      this.#cut(session, connection);
  }

  #enter(session: Cuttable): Connection {
    const network = networkOf(session.socket.remoteAddress ?? '');
    const connection = { network, unanswered: 0, window: this.#window };
    this.#connections.set(session, connection);
    return connection;
  }

  #count(connection: Connection, by: number): void {
    connection.unanswered += by;
    const { network } = connection;
    this.#networks.set(network, (this.#networks.get(network) ?? 0) + by);
  }

  #roll(): void {
    const now = performance.now();
    if (now < this.#endsAt) return;
    this.#endsAt = now + WINDOW_MS;
    this.#window += 1;
    this.#networks.clear();
  }

  /** At once: what has arrived with this call is not looked at any more. */
  #cut(session: Cuttable, { network }: Connection): void {
    if (session.destroyed) return;
    session.destroy();
    this.#told.strangers.spend(network);
    this.#told.calls.cut();
    this.#told.logger.warn({ network }, 'a connection was cut: too many calls without an answer');
  }
}

/** The connection a call came by. Private to grpc-js, so it may be gone one day: then nothing is counted. */
function sessionOf(call: ServerInterceptingCallInterface): Cuttable | undefined {
  const stream: unknown = Reflect.get(call, 'stream');
  const session: unknown =
    typeof stream === 'object' && stream !== null ? Reflect.get(stream, 'session') : undefined;
  return isSession(session) ? session : undefined;
}

function isSession(value: unknown): value is Cuttable {
  return typeof value === 'object' && value !== null && 'destroy' in value && 'socket' in value;
}
