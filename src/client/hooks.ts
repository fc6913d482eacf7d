// Owns what a program puts around calls and streams: correlation ids, logging, measuring.
import type { Metadata } from '@grpc/grpc-js';

/** A call on its way out. */
export interface OutgoingCall {
  /** The full method name, such as /dtms.v1.TradeService/GetTrade. */
  readonly method: string;
  /** The request message as it will be sent. */
  readonly request: unknown;
  /** The metadata to be sent with it; an interceptor may add to it before `next`. */
  readonly metadata: Metadata;
}

/**
 * Something around calls. The first of a client's interceptors is the outermost. `next` gives the answer
 * or throws DtmsCallError; what an interceptor returns or throws instead is what its caller gets.
 *
 * ```ts
 * const timed: ClientInterceptor = {
 *   unary: async (call, next) => {
 *     const began = performance.now();
 *     try {
 *       return await next(call);
 *     } finally {
 *       console.log(call.method, performance.now() - began);
 *     }
 *   },
 * };
 * ```
 */
export interface ClientInterceptor {
  /** Around every attempt of a unary call. */
  readonly unary?: (call: OutgoingCall, next: (call: OutgoingCall) => Promise<unknown>) => Promise<unknown>;
  /** Around every connection of a stream; yields its messages. */
  readonly stream?: (
    call: OutgoingCall,
    next: (call: OutgoingCall) => AsyncIterable<unknown>,
  ) => AsyncIterable<unknown>;
}

/** Attempts a unary call through the interceptors. */
export function throughUnary<Response>(
  interceptors: readonly ClientInterceptor[],
  call: OutgoingCall,
  attempt: (call: OutgoingCall) => Promise<Response>,
): Promise<Response> {
  if (interceptors.length === 0) return attempt(call);
  const chain = interceptors.reduceRight<(call: OutgoingCall) => Promise<unknown>>(
    (next, { unary }) => (unary === undefined ? next : (outgoing) => unary(outgoing, next)),
    attempt,
  );
  return chain(call) as Promise<Response>;
}

/** Opens a stream through the interceptors. */
export function throughStream<Message>(
  interceptors: readonly ClientInterceptor[],
  call: OutgoingCall,
  open: (call: OutgoingCall) => AsyncIterable<Message>,
): AsyncIterable<Message> {
  const chain = interceptors.reduceRight<(call: OutgoingCall) => AsyncIterable<unknown>>(
    (next, { stream }) => (stream === undefined ? next : (outgoing) => stream(outgoing, next)),
    open,
  );
  return chain(call) as AsyncIterable<Message>;
}
