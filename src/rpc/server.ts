// Owns the gRPC server: its options, what it serves besides our services, and the order it stops in.
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { Logger } from '../observability/logger.js';
import type { ServiceBinding } from './adapters.js';
import { HEALTH_SERVICE, type Health, HealthService } from './health.js';
import { addReflection } from './reflection.js';

export interface GrpcServerOptions {
  readonly host: string;
  /** 0 means any free port. */
  readonly port: number;
  readonly maxMessageBytes: number;
  /** Calls open at a time on one connection. */
  readonly maxConcurrentStreams: number;
  readonly keepaliveMs: number;
  readonly keepaliveTimeoutMs: number;
  readonly maxConnectionAgeMs: number;
  /** How long calls may go on after a connection's age; readers that never read end here. */
  readonly maxConnectionAgeGraceMs: number;
  readonly maxConnectionIdleMs: number;
  readonly reflection: boolean;
  /** How long a stopping server waits for its calls. */
  readonly drainMs: number;
}

/** Beyond drainMs, for connections that were cut to be gone. */
const LINGER_MS = 1000;

/** How a server stopped: after its calls, or in spite of them. */
export type Stopped = 'drained' | 'forced';

export class GrpcServer {
  readonly #server: Server;
  readonly #health: HealthService;
  readonly #options: GrpcServerOptions;
  readonly #logger: Logger;
  #address: string | undefined;

  /** @param descriptorSet an encoded google.protobuf.FileDescriptorSet that describes the services */
  constructor(
    services: readonly ServiceBinding[],
    descriptorSet: Uint8Array,
    options: GrpcServerOptions,
    logger: Logger,
  ) {
    const names = services.map(({ name }) => name);
    this.#options = options;
    this.#logger = logger;
    this.#server = new Server({
      'grpc.max_receive_message_length': options.maxMessageBytes,
      'grpc.max_concurrent_streams': options.maxConcurrentStreams,
      'grpc.keepalive_time_ms': options.keepaliveMs,
      'grpc.keepalive_timeout_ms': options.keepaliveTimeoutMs,
      'grpc.max_connection_age_ms': options.maxConnectionAgeMs,
      'grpc.max_connection_age_grace_ms': options.maxConnectionAgeGraceMs,
      'grpc.max_connection_idle_ms': options.maxConnectionIdleMs,
      // It would tell any caller who else is connected.
      'grpc.enable_channelz': 0,
    });
    for (const { definition, implementation } of services)
      this.#server.addService(definition, implementation);
    this.#health = new HealthService(names);
    this.#health.addTo(this.#server);
    if (options.reflection) {
      addReflection(this.#server, descriptorSet, [...names, HEALTH_SERVICE]);
    }
  }

  /** Listens, without being healthy yet. Resolves to host:port as bound; rejects when the port is taken. */
  async start(): Promise<string> {
    const { host, port } = this.#options;
    const bound = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(authority(host, port), ServerCredentials.createInsecure(), (error, actual) => {
        if (error === null) resolve(actual);
        else reject(error);
      });
    });
    this.#address = authority(host, bound);
    return this.#address;
  }

  /** What health checks answer from now on. */
  setHealth(health: Health): void {
    this.#health.set(health);
  }

  /**
   * Stops in order: unhealthy first, so that nobody new is sent here; then the streams that never end
   * by themselves; then every call in progress, for at most drainMs; then whoever is left is cut off.
   *
   * @param endStreams ends the long streams; called once
   */
  async stop(endStreams: () => Promise<void>): Promise<Stopped> {
    const { drainMs } = this.#options;
    const began = performance.now();
    this.setHealth('NOT_SERVING');
    await within(drainMs, endStreams());
    if (this.#address !== undefined) {
      // forceShutdown of grpc-js finds connections only with channelz on. drain finds them all, but
      // only when it comes before tryShutdown.
      this.#server.drain(this.#address, drainMs);
      await within(
        drainMs + LINGER_MS,
        new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve())),
      );
    }
    this.#server.forceShutdown();
    const stopped = performance.now() - began < drainMs ? 'drained' : 'forced';
    this.#logger.info({ stopped }, 'the gRPC server stopped');
    return stopped;
  }
}

function authority(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Waits for a promise, but not longer than that. */
async function within(milliseconds: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
