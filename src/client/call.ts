// One unary call as a promise: plain input, default deadline, abort, retries.
import { type Client, Metadata } from '@grpc/grpc-js';
import { callError } from './errors.js';
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

/** The part of a generated message type that is needed here. */
export interface MessageType<T> {
  fromPartial(object: MessageInit<T>): T;
}

/** The part of a generated method definition that is needed here. */
export interface UnaryMethod<Request, Response> {
  readonly path: string;
  readonly requestSerialize: (value: Request) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Response;
}

export interface CallOptions {
  /** Ends the call, and the wait between attempts, with the signal's reason. */
  readonly signal?: AbortSignal;
  /** For each attempt, in ms. */
  readonly deadlineMs?: number;
  /** How long after the start a transient failure is still tried again, in ms; 0 means one attempt. */
  readonly retryMs?: number;
}

/** A method of the service: throws DtmsCallError. */
export type Unary<Request, Response> = (
  request: MessageInit<Request>,
  options?: CallOptions,
) => Promise<Response>;

const DEFAULT_DEADLINE_MS = 10_000;
const DEFAULT_RETRY_MS = 10_000;

/**
 * A callable method. Every method of the service may be repeated: reads by nature, registrations by
 * account and ticket, market data because a duplicate changes nothing, and the others by the request_id
 * that `prepare` gives them.
 */
export function unary<Request, Response>(
  client: Client,
  method: UnaryMethod<Request, Response>,
  type: MessageType<Request>,
  defaults: CallOptions,
  prepare: (request: Request) => Request = (request) => request,
): Unary<Request, Response> {
  return (init, given) => {
    const options = { ...defaults, ...given };
    const request = prepare(type.fromPartial(init));
    return retrying(
      () => attempt(client, method, request, options),
      options.retryMs ?? DEFAULT_RETRY_MS,
      options.signal,
    );
  };
}

function attempt<Request, Response>(
  client: Client,
  method: UnaryMethod<Request, Response>,
  request: Request,
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
      method.requestSerialize,
      method.responseDeserialize,
      request,
      new Metadata(),
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
