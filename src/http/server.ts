// Owns the HTTP server: its connections, what every request passes, its parts, and the order it stops in.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type FastifyInstance, fastify } from 'fastify';
import type { Gate } from '../access/gate.js';
import { requireScope } from '../access/scopes.js';
import type { Contract } from '../contract/contract.js';
import type { ClientCertificates } from '../interceptors/client-certificate.js';
import type { Strangers } from '../interceptors/strangers.js';
import type { Logger } from '../observability/logger.js';
import type { ServiceBinding } from '../transport/adapters.js';
import { Connections } from '../transport/connections.js';
import type { SecureServing, Stopped } from '../transport/server.js';
import { type SecureListener, TlsFront } from '../transport/tls.js';
import { within } from '../transport/within.js';
import { answerClientError, answerErrors, answerFrameworkError } from './answers.js';
import { takeBodies } from './bodies.js';
import { UnaryCaller } from './caller.js';
import { FrameTexts } from './frame-texts.js';
import { gateway } from './gateway.js';
import { type GuardOptions, guard } from './guard.js';
import { refuseMissing } from './missing.js';
import type { HttpPlugin, HttpTools } from './plugin.js';
import { logRequests } from './request-log.js';
import { RouteTable } from './routes.js';
import { boundedJson, Transcoder } from './transcoder.js';
import { correlationOf, metadataOf } from './transport.js';

export interface HttpServerOptions extends GuardOptions {
  /** 0 means any free port. */
  readonly port: number;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly handshakeMs: number;
  readonly headersMs: number;
  readonly bodyMs: number;
  readonly keepAliveMs: number;
  readonly idleMs: number;
  readonly maxRequestsPerConnection: number;
  /** The largest body, and the longest line of a stream. */
  readonly maxBodyBytes: number;
  /** How long a stopping server waits for its requests. */
  readonly drainMs: number;
}

/** What the server serves, and by whom it knows its callers. */
export interface HttpParts {
  readonly services: readonly ServiceBinding[];
  readonly contract: Contract;
  readonly gate: Pick<Gate, 'admit'>;
  readonly certificates: Pick<ClientCertificates, 'callerAt'>;
  readonly strangers: Strangers;
  readonly plugins: readonly HttpPlugin[];
  /** Whether a flag switches REST off for a method. */
  readonly isOff: (method: string) => boolean;
}

/** How many fields and list items a body may have that is no message of the protos. */
const PLUGIN_PARTS = 1000;

/** Between two looks at who is slow. */
const LOOK_MS = 1000;

/** For connections that were cut to be gone. */
const LINGER_MS = 1000;

export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #logger: Logger;
  readonly #secure: SecureServing | undefined;
  readonly #connections: Connections;
  readonly #server: Server;
  readonly #app: FastifyInstance;
  readonly #parts: HttpParts;
  #tls: TlsFront | undefined;
  /** The answers under way, by their requests. */
  readonly #responses = new WeakMap<IncomingMessage, ServerResponse>();
  #open = 0;
  #stopping = false;
  #calm: () => void = () => undefined;

  /**
   * @param secure undefined serves without TLS
   * @throws TypeError when a method of the services has no route of its own
   */
  constructor(parts: HttpParts, options: HttpServerOptions, logger: Logger, secure?: SecureServing) {
    this.#parts = parts;
    this.#options = options;
    this.#logger = logger;
    this.#secure = secure;
    this.#server = serverOf(options);
    this.#app = fastify({
      serverFactory: (handler) => this.#server.on('request', handler),
      bodyLimit: options.maxBodyBytes,
      routerOptions: { maxParamLength: 1024 },
      forceCloseConnections: false,
      frameworkErrors: answerFrameworkError,
      clientErrorHandler: answerClientError(logger),
      genReqId: (request) => correlationOf(request),
    });
    this.#connections = new Connections(
      options,
      (socket) => {
        if (this.#tls === undefined) this.#serve(socket);
        else this.#tls.secure(socket);
      },
      (network) => parts.strangers.admits(network),
      logger,
    );
  }

  /** Listens. Resolves to host:port as bound; rejects when the port is taken or a file of TLS is of no use. */
  async start(): Promise<string> {
    await this.#assemble();
    if (this.#secure !== undefined) {
      const { options, secured } = this.#secure;
      const serve: SecureListener = (socket) => {
        secured(socket);
        this.#serve(socket);
      };
      const handshake = { handshakeMs: this.#options.handshakeMs, protocol: 'http/1.1' } as const;
      this.#tls = await TlsFront.open(options, handshake, serve, this.#logger);
    }
    // It listens to nobody itself, and looks after slow requests only once it believes it does.
    this.#server.emit('listening');
    return this.#connections.listen();
  }

  /**
   * Stops in order: the streams that never end by themselves, then every request in progress, for at most
   * drainMs; then whoever is left is cut off.
   *
   * @param endStreams ends the long streams; called once
   */
  async stop(endStreams: () => Promise<void>): Promise<Stopped> {
    const { drainMs } = this.#options;
    const calm = new Promise<void>((resolve) => {
      this.#calm = resolve;
    });
    this.#stopping = true;
    const drained = await within(
      drainMs,
      endStreams().then(() => {
        this.#connections.close();
        this.#tls?.close();
        this.#server.closeIdleConnections();
        if (this.#open === 0) this.#calm();
        return calm;
      }),
    );
    this.#connections.close();
    this.#tls?.close();
    this.#connections.cut();
    // It was never listening; only its looks at who is slow end here.
    this.#server.close();
    await within(LINGER_MS, this.#app.close());
    const stopped = drained ? 'drained' : 'forced';
    this.#logger.info({ stopped }, 'the HTTP server stopped');
    return stopped;
  }

  #serve(socket: Socket): void {
    this.#parts.strangers.enter(socket, 'http');
    this.#server.emit('connection', socket);
  }

  #enter(request: IncomingMessage, response: ServerResponse): void {
    this.#responses.set(request, response);
    this.#open += 1;
    response.once('close', () => {
      this.#open -= 1;
      if (!this.#stopping) return;
      request.socket.destroySoon();
      if (this.#open === 0) this.#calm();
    });
  }

  async #assemble(): Promise<void> {
    const app = this.#app;
    const { services, contract, plugins, isOff } = this.#parts;
    const { maxBodyBytes, bodyMs } = this.#options;
    const procedures = services.flatMap((service) => service.procedures);
    const routes = new RouteTable(
      contract,
      procedures.map(({ path }) => path),
    );
    const transcoder = new Transcoder(contract);
    const caller = new UnaryCaller(procedures, contract, transcoder, this.#logger);
    app.addHook('onRequest', async (request, reply) => {
      this.#enter(request.raw, reply.raw);
      void reply.header('x-correlation-id', correlationOf(request.raw));
    });
    guard(app, this.#options);
    refuseMissing(app, routes);
    answerErrors(app, maxBodyBytes, this.#logger);
    takeBodies(app, bodyMs);
    logRequests(app, this.#logger);
    const tools: HttpTools = {
      logger: this.#logger,
      call: (path, request, from) => {
        const response = this.#responses.get(from.raw);
        if (response === undefined) throw new TypeError('the request is not one of this server');
        const json = typeof request === 'function' ? request : () => request;
        return caller.call(path, json, { request: from.raw, response });
      },
      admit: async (from, ...scopes) => {
        const { remoteAddress, remotePort } = from.raw.socket;
        const peer = `${remoteAddress}:${remotePort}`;
        const certificate = this.#parts.certificates.callerAt(peer, 'http');
        const principal = await this.#parts.gate.admit({ metadata: metadataOf(from.raw), peer, certificate });
        requireScope(principal, ...scopes);
        return principal;
      },
      json: ({ body }) => boundedJson(body instanceof Uint8Array ? body : new Uint8Array(), PLUGIN_PARTS),
    };
    const parts = {
      routes,
      procedures: new Map(procedures.map((procedure) => [procedure.path, procedure])),
      caller,
      transcoder,
      frames: new FrameTexts(transcoder),
      maxLineBytes: maxBodyBytes,
      isOff,
    };
    await add(app, (scope) => gateway(scope, parts));
    for (const plugin of plugins) await add(app, (scope) => plugin(scope, tools));
    await app.ready();
  }
}

/** Adds routes in a scope of their own: what one part sets up is none of another's. */
async function add(app: FastifyInstance, part: (scope: FastifyInstance) => unknown): Promise<void> {
  await app.register((scope, _options, done) => {
    Promise.resolve()
      .then(() => part(scope))
      .then(() => done(), done);
  });
}

function serverOf({ headersMs, keepAliveMs, idleMs, maxRequestsPerConnection }: HttpServerOptions): Server {
  const server = createServer({
    headersTimeout: headersMs,
    // Of bodies those of streams have no end: takeBodies looks after the others.
    requestTimeout: 0,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: LOOK_MS,
  });
  server.maxRequestsPerSocket = maxRequestsPerConnection;
  server.setTimeout(idleMs);
  return server;
}
