// Owns the listener for other servers: it takes calls that they pass on from callers they have admitted. No caller can
// reach it: a connection begins with the proof of the cluster's key.
import type { Socket } from 'node:net';
import { createServer, type TLSSocket, type Server as TlsServer } from 'node:tls';
import { type ConnectionInjector, Server, ServerCredentials } from '@grpc/grpc-js';
import { guarded } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import type { ServiceBinding } from '../transport/adapters.js';
import { Connections } from '../transport/connections.js';
import { type ClusterKey, listeningWith } from './cluster-key.js';

export interface PeerServerOptions {
  readonly host: string;
  /** 0 means any free port. */
  readonly port: number;
  readonly maxMessageBytes: number;
}

const MAX_CONNECTIONS = 1000;
/** Who has no key and opens connections all the same leaves the others room. */
const MAX_PER_ADDRESS = 100;
const HANDSHAKE_MS = 5000;
const KEEPALIVE = { timeMs: 10_000, timeoutMs: 5000 };
/** Streams of watchers and bridges, and the calls between them: all of one server come by one connection. */
const MAX_STREAMS = 100_000;

export class PeerServer {
  readonly #server: Server;
  readonly #tls: TlsServer;
  readonly #connections: Connections;
  readonly #injector: ConnectionInjector;
  /** With which key each connection began. */
  readonly #identities = new WeakMap<Socket, string>();
  readonly #served = new Set<TLSSocket>();
  readonly #failed: (error: unknown) => void;

  constructor(
    services: readonly ServiceBinding[],
    options: PeerServerOptions,
    keys: () => readonly ClusterKey[],
    logger: Logger,
  ) {
    this.#server = new Server({
      'grpc.max_receive_message_length': options.maxMessageBytes,
      'grpc.max_concurrent_streams': MAX_STREAMS,
      'grpc.keepalive_time_ms': KEEPALIVE.timeMs,
      'grpc.keepalive_timeout_ms': KEEPALIVE.timeoutMs,
      'grpc.enable_channelz': 0,
    });
    for (const { definition, implementation } of services)
      this.#server.addService(definition, implementation);
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    const listening = listeningWith(keys, (socket, identity) => this.#identities.set(socket, identity));
    this.#tls = createServer({ ...listening, handshakeTimeout: HANDSHAKE_MS });
    this.#failed = (error) => logger.warn({ error }, 'a connection of another server was not dealt with');
    this.#tls.on(
      'secureConnection',
      guarded((socket) => this.#serve(socket), this.#failed),
    );
    this.#tls.on(
      'tlsClientError',
      guarded((error, socket) => {
        logger.debug(
          { error, peer: socket.remoteAddress },
          'a connection without the key of the cluster was refused',
        );
        socket.destroy();
      }, this.#failed),
    );
    const limits = {
      host: options.host,
      port: options.port,
      maxConnections: MAX_CONNECTIONS,
      maxConnectionsPerAddress: MAX_PER_ADDRESS,
      handshakeMs: HANDSHAKE_MS,
    };
    this.#connections = new Connections(
      limits,
      (socket) => this.#tls.emit('connection', socket),
      () => true,
      logger,
    );
  }

  /** Listens. Resolves to host:port as bound; rejects when the port is taken. */
  listen(): Promise<string> {
    return this.#connections.listen();
  }

  /** Cuts connections that began with a secret that counts no more. Those of another history of the log end by themselves. */
  retire(logEpoch: string, keys: readonly ClusterKey[]): void {
    const identities = new Set(keys.map(({ identity }) => identity));
    for (const socket of this.#served) {
      const identity = this.#identities.get(socket) ?? '';
      if (identity.startsWith(logEpoch) && !identities.has(identity)) socket.destroy();
    }
  }

  /** Ends every call that is left. */
  stop(): void {
    this.#connections.close();
    this.#connections.cut();
    this.#server.forceShutdown();
  }

  #serve(socket: TLSSocket): void {
    this.#served.add(socket);
    const left = guarded(() => {
      this.#served.delete(socket);
    }, this.#failed);
    socket.once('close', left);
    socket.on('error', () => undefined);
    this.#connections.expectPreface(socket);
    this.#injector.injectConnection(socket);
  }
}
