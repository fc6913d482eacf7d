// Owns one unary call as a promise: plain input, default deadline, abort, retries, interceptors.
import type { Client, Metadata } from '@grpc/grpc-js';
import { type Guard, NO_GUARD } from './breaker.js';
import { callError } from './errors.js';
import { type CallHeaders, metadataOf } from './headers.js';
import { type ClientInterceptor, throughUnary } from './hooks.js';
import { abortReason, retrying } from './retry.js';

/** A message given in part: what is left out has its default. Tickets may be bigint, number or text. */
export type MessageInit<T> = T extends bigint
  ? string | number | bigint
  : T extends Date | Uint8Array | string | number | boolean | undefined
    ? T
    : T extends ReadonlyArray<infer U>
      ? ReadonlyArray<MessageInit<U>>
      : T extends { $case: string; value: unknown }
        ? { $case: T['$case']; value?: MessageInit<T['value']> }
        : T extends object
          ? { [K in keyof T]?: MessageInit<T[K]> }
          : Partial<T>;

/** The part of a generated message type that makes and encodes messages. */
export interface MessageType<T> {
  encode(message: T): { finish(): Uint8Array };
  fromPartial(object: MessageInit<T>): T;
}

/** A generated method with its full name. */
export interface UnaryMethod<Request, Response> {
  readonly path: string;
  readonly requestType: MessageType<Request>;
  readonly responseType: { decode(bytes: Uint8Array): Response };
}

/** What a single call may say for itself. */
export interface CallOptions {
  /** Ends the call, and the wait between attempts, with the signal's reason. */
  readonly signal?: AbortSignal;
  /** For each attempt, in ms. */
  readonly deadlineMs?: number;
  /** How long after the start the last attempt may begin, in ms: 0 means one attempt. */
  readonly retryMs?: number;
  /** Metadata of this call only, such as x-correlation-id; it goes before the client's own headers. */
  readonly headers?: CallHeaders;
}

/** A method of the service: throws DtmsCallError. */
export type Unary<Request, Response> = (
  request: MessageInit<Request>,
  options?: CallOptions,
) => Promise<Response>;

/** What a callable method is made of besides its definition. */
export interface UnaryParts<Request> {
  /** Completes a request, once for all its attempts. */
  readonly prepare?: (request: Request) => Request;
  readonly interceptors?: readonly ClientInterceptor[];
  readonly guard?: Guard;
}

export const DEFAULT_DEADLINE_MS = 10_000;
export const DEFAULT_RETRY_MS = 10_000;

/** A callable method. */
export function unary<Request, Response>(
  client: Client,
  method: UnaryMethod<Request, Response>,
  defaults: CallOptions,
  parts: UnaryParts<Request> = {},
): Unary<Request, Response> {
  const { prepare = (request) => request, interceptors = [], guard = NO_GUARD } = parts;
  return async (init, given) => {
    const options = { ...defaults, ...given };
    const request = prepare(method.requestType.fromPartial(init));
    const once = () =>
      throughUnary(
        interceptors,
        { method: method.path, request, metadata: metadataOf(options.headers) },
        ({ metadata }) => attempt(client, method, request, metadata, options),
      );
    return guard.run(method.path, (attempts) =>
      retrying(once, attempts === 'once' ? 0 : (options.retryMs ?? DEFAULT_RETRY_MS), options.signal),
    );
  };
}

function attempt<Request, Response>(
  client: Client,
  method: UnaryMethod<Request, Response>,
  request: Request,
  metadata: Metadata,
  options: CallOptions,
): Promise<Response> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(abortReason(signal));
      return;
    }
    const call = client.makeUnaryRequest(
      method.path,
      (message: Request) => Buffer.from(method.requestType.encode(message).finish()),
      (bytes: Buffer) => method.responseType.decode(bytes),
      request,
      metadata,
      { deadline: Date.now() + (options.deadlineMs ?? DEFAULT_DEADLINE_MS) },
      (error, response) => {
        signal?.removeEventListener('abort', abort);
        if (error !== null) reject(callError(method.path, error));
        else if (response === undefined) reject(new Error(`${method.path}: no response`));
        else resolve(response);
      },
    );
    const abort = () => call.cancel();
    signal?.addEventListener('abort', abort, { once: true });
  });
}
