// Owns the gRPC server: its options, what it serves besides our services, and the order it stops in.
import type { Socket } from 'node:net';
import { type ConnectionInjector, Server, ServerCredentials } from '@grpc/grpc-js';
import type { Contract } from '../contract/contract.js';
import type { Strangers } from '../interceptors/strangers.js';
import type { Logger } from '../observability/logger.js';
import type { ServiceBinding } from './adapters.js';
import { type ConnectionOptions, Connections } from './connections.js';
import { HEALTH_SERVICE, type Health, HealthService } from './health.js';
import { KeylessStreams } from './open-streams.js';
import { type AnswerObservers, ownAnswers } from './own-answers.js';
import { addReflection } from './reflection.js';
import { type SecureListener, TlsFront, type TlsOptions } from './tls.js';
import { UnansweredCalls } from './unanswered.js';
import { answerUnknownMethods } from './unknown-methods.js';
import { within } from './within.js';

/** TLS, and who is told of every connection whose handshake is done. */
export interface SecureServing {
  readonly options: TlsOptions;
  readonly secured: SecureListener;
}

export interface GrpcServerOptions extends ConnectionOptions {
  readonly maxMessageBytes: number;
  /** Calls open at a time on one connection. */
  readonly maxConcurrentStreams: number;
  readonly keepaliveMs: number;
  readonly keepaliveTimeoutMs: number;
  readonly maxConnectionAgeMs: number;
  /** How long calls may go on after a connection's age; readers that never read end here. */
  readonly maxConnectionAgeGraceMs: number;
  readonly maxConnectionIdleMs: number;
  /** What HTTP/2 may hold of one connection, in megabytes of a million bytes. */
  readonly maxSessionMemoryMb: number;
  readonly reflection: boolean;
  /** How long a stopping server waits for its calls. */
  readonly drainMs: number;
}

/** For connections that were cut to be gone. */
const LINGER_MS = 1000;

/** How a server stopped: after its calls, or in spite of them. */
export type Stopped = 'drained' | 'forced';

export class GrpcServer {
  readonly #server: Server;
  readonly #health: HealthService;
  readonly #options: GrpcServerOptions;
  readonly #logger: Logger;
  readonly #strangers: Strangers;
  readonly #unanswered: UnansweredCalls;
  readonly #keyless = new KeylessStreams();
  readonly #secure: SecureServing | undefined;
  readonly #connections: Connections;
  readonly #injector: ConnectionInjector;
  /** Connections that grpc-js has. */
  readonly #served = new Set<Socket>();
  #tls: TlsFront | undefined;

  /**
   * @param contract describes the services
   * @param secure undefined serves without TLS
   */
  constructor(
    services: readonly ServiceBinding[],
    contract: Contract,
    options: GrpcServerOptions,
    told: AnswerObservers,
    secure?: SecureServing,
  ) {
    const names = services.map(({ name }) => name);
    this.#options = options;
    this.#logger = told.logger;
    this.#strangers = told.strangers;
    this.#secure = secure;
    this.#unanswered = new UnansweredCalls(told);
    this.#server = new Server({
      'grpc.max_receive_message_length': options.maxMessageBytes,
      'grpc.max_concurrent_streams': options.maxConcurrentStreams,
      'grpc.keepalive_time_ms': options.keepaliveMs,
      'grpc.keepalive_timeout_ms': options.keepaliveTimeoutMs,
      'grpc.max_connection_age_ms': options.maxConnectionAgeMs,
      'grpc.max_connection_age_grace_ms': options.maxConnectionAgeGraceMs,
      'grpc.max_connection_idle_ms': options.maxConnectionIdleMs,
      'grpc-node.max_session_memory': options.maxSessionMemoryMb,
      // It would tell any caller who else is connected.
      'grpc.enable_channelz': 0,
      interceptors: [
        this.#unanswered.interceptor,
        ownAnswers(told, (call) => this.#unanswered.answered(call)),
        this.#keyless.interceptor,
      ],
    });
    answerUnknownMethods(this.#server, told);
    for (const { definition, implementation } of services)
      this.#server.addService(definition, implementation);
    this.#health = new HealthService(names);
    this.#health.addTo(this.#server);
    if (options.reflection) {
      addReflection(this.#server, contract.registry, [...names, HEALTH_SERVICE]);
    }
    // grpc-js gets every connection from us, decrypted: it neither counts them nor changes certificates.
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    this.#connections = new Connections(
      options,
      (socket) => {
        if (this.#tls === undefined) this.#serve(socket);
        else this.#tls.secure(socket);
      },
      (network) => told.strangers.admits(network),
      told.logger,
    );
  }

  /**
   * Listens, without being healthy yet. Resolves to host:port as bound; rejects when the port is taken or
   * a file of TLS is of no use.
   */
  async start(): Promise<string> {
    if (this.#secure !== undefined) {
      const { options, secured } = this.#secure;
      const serve: SecureListener = (socket) => {
        secured(socket);
        this.#serve(socket);
      };
      const handshake = { handshakeMs: this.#options.handshakeMs, protocol: 'h2' } as const;
      this.#tls = await TlsFront.open(options, handshake, serve, this.#logger);
    }
    return this.#connections.listen();
  }

  #serve(socket: Socket): void {
    this.#connections.expectPreface(socket);
    this.#strangers.enter(socket, 'grpc');
    this.#served.add(socket);
    socket.once('close', () => this.#served.delete(socket));
    this.#injector.injectConnection(socket);
  }

  /**
   * Resolves when every connection is gone: each closes when its last call ends. From Node 24 on grpc-js itself
   * reports its shutdown done at once, with calls under way.
   */
  async #left(): Promise<void> {
    const closed = [...this.#served].map(
      (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
    );
    await Promise.all(closed);
  }

  /** Connections open now. */
  get connections(): number {
    return this.#connections.open;
  }

  /** Calls that began since the start, also those nobody got to read. */
  get begunCalls(): number {
    return this.#unanswered.begun;
  }

  /** What health checks answer from now on. */
  setHealth(health: Health): void {
    this.#health.set(health);
  }

  /**
   * Stops in order: unhealthy first, so that nobody new is sent here; then the streams that never end
   * by themselves; then every call in progress; then, after drainMs in all, whoever is left is cut off.
   *
   * @param endStreams ends the long streams; called once
   */
  async stop(endStreams: () => Promise<void>): Promise<Stopped> {
    const deadline = performance.now() + this.#options.drainMs;
    const left = () => Math.max(0, deadline - performance.now());
    this.setHealth('NOT_SERVING');
    // Who listens to our health was told, and keeps no connection open for it.
    this.#keyless.end();
    const ended = await within(left(), endStreams());
    this.#connections.close();
    this.#tls?.close();
    this.#server.tryShutdown(() => undefined);
    const calm = this.#left();
    // A stream whose reader never reads keeps its connection for ever; forceShutdown of grpc-js finds connections
    // only with channelz on.
    const calmed = await within(left(), calm);
    this.#connections.cut();
    await within(LINGER_MS, calm);
    this.#server.forceShutdown();
    const stopped = ended && calmed ? 'drained' : 'forced';
    this.#logger.info({ stopped }, 'the gRPC server stopped');
    return stopped;
  }
}
