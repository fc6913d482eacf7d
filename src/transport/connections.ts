// Owns the door: listening, which connections come in, and handing them on. grpc-js limits calls on a
// connection, but not connections, and waits for ever for a caller that says nothing.
import { createServer, type Server, type Socket } from 'node:net';
import { networkOf } from '../access/address.js';
import type { Logger } from '../observability/logger.js';

export interface ConnectionOptions {
  readonly host: string;
  /** 0 means any free port. */
  readonly port: number;
  /** Open at a time. */
  readonly maxConnections: number;
  /** Open at a time from one address (of IPv6: from one /64 network). */
  readonly maxConnectionsPerAddress: number;
  /** How long a connection may take to say what it speaks. */
  readonly handshakeMs: number;
}

/** The client's preface of HTTP/2 has 24 bytes; who has not sent them does not speak it. */
const PREFACE_BYTES = 24;

/** Refusals are logged together: a flood must not become one of the log. */
const REPORT_MS = 1000;

/** What of a connection is read here; a TLS socket counts its decrypted bytes. */
type Spoken = Pick<Socket, 'bytesRead' | 'destroy' | 'once'>;

export class Connections {
  readonly #server: Server;
  readonly #options: ConnectionOptions;
  readonly #admits: (network: string) => boolean;
  readonly #logger: Logger;
  readonly #open = new Set<Socket>();
  readonly #perNetwork = new Map<string, number>();
  #refused = 0;
  #report: NodeJS.Timeout | undefined;

  /**
   * @param admit takes over every connection that is let in
   * @param admits whether a network may open another one now
   */
  constructor(
    options: ConnectionOptions,
    admit: (socket: Socket) => void,
    admits: (network: string) => boolean,
    logger: Logger,
  ) {
    this.#options = options;
    this.#admits = admits;
    this.#logger = logger;
    this.#server = createServer((socket) => {
      // Before anything else: a caller may be gone already, and its error must find a listener.
      socket.on('error', () => undefined);
      if (this.#enter(socket)) admit(socket);
    });
    this.#server.maxConnections = options.maxConnections;
    this.#server.on('drop', () => this.#refuse());
  }

  /** How many connections are open. */
  get open(): number {
    return this.#open.size;
  }

  /** Listens. Resolves to host:port as bound; rejects when the port is taken. */
  async listen(): Promise<string> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    // Running out of file descriptors comes as an error and passes; without a listener it would end the process.
    this.#server.on('error', (error) => this.#logger.error({ error }, 'a connection could not be accepted'));
    const bound = this.#server.address();
    const actual = typeof bound === 'object' && bound !== null ? bound.port : port;
    return host.includes(':') ? `[${host}]:${actual}` : `${host}:${actual}`;
  }

  /** Drops a connection that does not begin to speak HTTP/2 within the time for it. */
  expectPreface(socket: Spoken): void {
    const timer = setTimeout(() => {
      if (socket.bytesRead < PREFACE_BYTES) socket.destroy();
    }, this.#options.handshakeMs);
    timer.unref();
    socket.once('close', () => clearTimeout(timer));
  }

  /** No new connections from now on. */
  close(): void {
    this.#server.close();
  }

  /** Cuts whoever is left. */
  cut(): void {
    for (const socket of this.#open) socket.destroy();
  }

  #enter(socket: Socket): boolean {
    const network = networkOf(socket.remoteAddress ?? '');
    const before = this.#perNetwork.get(network) ?? 0;
    if (before >= this.#options.maxConnectionsPerAddress || !this.#admits(network)) {
      socket.resetAndDestroy();
      this.#refuse();
      return false;
    }
    this.#perNetwork.set(network, before + 1);
    this.#open.add(socket);
    socket.once('close', () => {
      this.#open.delete(socket);
      const left = (this.#perNetwork.get(network) ?? 1) - 1;
      if (left === 0) this.#perNetwork.delete(network);
      else this.#perNetwork.set(network, left);
    });
    return true;
  }

  #refuse(): void {
    this.#refused += 1;
    if (this.#report !== undefined) return;
    this.#report = setTimeout(() => {
      this.#logger.warn({ refused: this.#refused, open: this.open }, 'connections refused: too many');
      this.#refused = 0;
      this.#report = undefined;
    }, REPORT_MS);
    this.#report.unref();
  }
}
