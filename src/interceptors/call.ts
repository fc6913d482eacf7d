// Owns what an interceptor is, and the call it sees: one object per call, which is also the context
// handlers get. What few calls need (signal, peer, logger) is made when it is first asked for.
import type { Metadata, StatusObject } from '@grpc/grpc-js';
import type { Span } from '@opentelemetry/api';
import { NOBODY, type Principal } from '../access/principal.js';
import type { DtmsError } from '../errors/errors.js';
import type { Logger, LogLevel } from '../observability/logger.js';
import type { CallContext } from './call-context.js';

/** A method of a service, known at the start. */
export interface Method {
  /** The full name, such as /dtms.v1.TradeService/GetTrade. */
  readonly path: string;
  readonly streaming: boolean;
}

/** What carries a call. */
export type Carrier = 'grpc' | 'http';

/** What of a call all kinds of calls have, whatever carries them. */
export interface Transport {
  /** What carries it; gRPC where it does not say. */
  readonly via?: Carrier;
  readonly cancelled: boolean;
  readonly metadata: Metadata;
  getPeer(): string;
  getDeadline(): Date | number;
  once(event: 'cancelled', listener: () => void): unknown;
}

/** One call on its way through the chain. */
export class Call implements CallContext {
  readonly method: string;
  readonly metadata: Metadata;
  /** When it came, by performance.now(): read once, for all who measure. */
  readonly began = performance.now();
  /** Set by the first interceptor. */
  correlationId = '';
  /** The trace the call belongs to, where its caller names one or traces are on; 32 hex digits. */
  traceId: string | undefined;
  /** Set by the interceptor that traces; undefined without traces. */
  span: Span | undefined;
  /** A unary call's request once it is parsed, for its line; nobody has checked it yet. */
  request: unknown;
  /** A unary call's request as it came, in bytes; 0 for streams. */
  requestBytes = 0;
  /** Who the client's certificate says it is; undefined without one. */
  certificate: Principal | undefined;
  /** Set by the interceptor that authenticates. */
  principal: Principal = NOBODY;
  /** Why the call failed; set by the interceptor that maps errors. */
  failure: DtmsError | undefined;
  /** The failure as it is sent. */
  status: StatusObject | undefined;
  readonly #transport: Transport;
  readonly #root: Logger;
  #done = false;
  #latest = Number.POSITIVE_INFINITY;
  #ending: DtmsError | undefined;
  #peer: string | undefined;
  #abort: AbortController | undefined;
  #logger: Logger | undefined;
  #level: LogLevel | undefined;

  constructor(method: Method, transport: Transport, root: Logger) {
    this.method = method.path;
    this.metadata = transport.metadata;
    this.#transport = transport;
    this.#root = root;
  }

  get via(): Carrier {
    return this.#transport.via ?? 'grpc';
  }

  get peer(): string {
    // Asked only once: a closed connection does not know it any more.
    this.#peer ??= this.#transport.getPeer();
    return this.#peer;
  }

  /** Says where a call that another server passed on came from. */
  cameFrom(peer: string): void {
    this.#peer = peer;
  }

  get deadline(): number {
    return Math.min(this.#latest, Number(this.#transport.getDeadline()));
  }

  /** True when the caller went away, or its deadline passed, before the call was done. */
  get cancelled(): boolean {
    return this.#transport.cancelled && !this.#done;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const abort = new AbortController();
      this.#abort = abort;
      // grpc-js reports every end of a call as a cancellation, good ends too.
      if (this.cancelled || this.#ending !== undefined) abort.abort(this.#ending);
      else
        this.#transport.once('cancelled', () => {
          if (!this.#done) abort.abort();
        });
    }
    return this.#abort.signal;
  }

  get logger(): Logger {
    const { correlationId, method, traceId, span } = this;
    this.#logger ??= this.#root.child({
      correlation_id: correlationId,
      method,
      ...(traceId === undefined ? {} : { trace_id: traceId }),
      ...(span === undefined ? {} : { span_id: span.spanContext().spanId }),
      ...(this.via === 'grpc' ? {} : { transport: this.via }),
    });
    return this.#logger;
  }

  /** Whether lines of this level are written about the call. */
  logs(level: LogLevel): boolean {
    // Without a level of its own no logger is made to find out.
    return (this.#level === undefined ? this.#root : this.logger).isLevelEnabled(level);
  }

  /** Gives the call's lines a level of their own. */
  logAt(level: LogLevel): void {
    this.#level = level;
    this.logger.level = level;
  }

  /** What ends the call from outside; undefined while nothing does. */
  get ending(): DtmsError | undefined {
    return this.#ending;
  }

  /** Ends the call from outside: for its handler the caller has gone, and the caller is told the error. */
  end(error: DtmsError): void {
    if (this.#done || this.#ending !== undefined) return;
    this.#ending = error;
    this.#abort?.abort(error);
  }

  /** Brings the deadline forward, in ms since 1970; nothing moves it back. */
  capDeadline(latest: number): void {
    this.#latest = Math.min(this.#latest, latest);
  }

  /** The call's status is about to be sent: what comes after is no cancellation. */
  finish(): void {
    this.#done = true;
  }
}

/** What is still to be waited for: nothing when a call is done already, so that no promise is made for it. */
export type Completion = Promise<void> | undefined;

/** Does a call; what goes wrong is thrown until the interceptor that maps errors has it. */
export type CallHandler<C extends Call = Call> = (call: C) => Completion;

/** Makes a message of received bytes: one per call, or each of a stream. */
export type RequestReader = (call: Call, bytes: Buffer) => unknown;

/**
 * One concern around every call, or around every request message, or both. It is bound once per
 * method at the start, so nothing is looked up or composed while calls are served.
 */
export interface Interceptor {
  readonly name: string;
  readonly aroundCall?: <C extends Call>(method: Method, next: CallHandler<C>) => CallHandler<C>;
  readonly aroundRequest?: (method: Method, next: RequestReader) => RequestReader;
}
