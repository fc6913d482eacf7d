// Owns what a handler is: for each kind of call a function of messages, whatever carries them.
import type { MethodDefinition, RequestOf, ResponseOf, ServiceDefinition } from '../contract/service.js';
import type { Logger } from '../observability/logger.js';
import type { FrameSink } from '../watch/frame-sink.js';
import type { Interceptor } from './call.js';
import type { CallContext } from './call-context.js';
import type { Elsewhere } from './elsewhere.js';
import type { Attend } from './min-revision.js';

export type UnaryHandler<Req, Res> = (request: Req, context: CallContext) => Promise<Res> | Res;
export type ServerStreamHandler<Req, Res> = (request: Req, context: CallContext) => AsyncIterable<Res>;
export type BidiHandler<Req, Res> = (
  requests: AsyncIterable<Req>,
  context: CallContext,
) => AsyncIterable<Res>;

/** A server stream that writes already encoded messages and minds the reader itself. */
export interface EncodedStream<Req> {
  readonly pump: (request: Req, sink: FrameSink, context: CallContext) => Promise<void>;
}

export function encodedStream<Req>(pump: EncodedStream<Req>['pump']): EncodedStream<Req> {
  return { pump };
}

type HandlerOf<M extends MethodDefinition> = M extends { readonly requestStream: true }
  ? BidiHandler<RequestOf<M>, ResponseOf<M>>
  : M extends { readonly responseStream: true }
    ? ServerStreamHandler<RequestOf<M>, ResponseOf<M>> | EncodedStream<RequestOf<M>>
    : UnaryHandler<RequestOf<M>, ResponseOf<M>>;

/** One handler for every method of a generated service definition such as TradeServiceDefinition. */
export type Handlers<D extends ServiceDefinition> = {
  readonly [M in keyof D['methods']]: HandlerOf<D['methods'][M]>;
};

/** What every call passes through. */
export interface Passage {
  readonly chain: readonly Interceptor[];
  readonly logger: Logger;
  /** Does what this server cannot; without it a call that this server cannot do fails. */
  readonly elsewhere?: Elsewhere;
  /** Waits until this server knows what a caller has seen. */
  readonly attend?: Attend;
}
