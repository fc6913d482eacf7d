// Owns what a handler is: for each kind of call a function of messages, whatever carries them.
import type { MethodDefinition } from '@grpc/grpc-js';
import type { Interceptor } from '../interceptors/call.js';
import type { CallContext } from '../observability/context.js';
import type { Logger } from '../observability/logger.js';
import type { FrameSink } from './frame-sink.js';

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

type HandlerOf<M> =
  M extends MethodDefinition<infer Req, infer Res>
    ? M extends { readonly requestStream: true }
      ? BidiHandler<Req, Res>
      : M extends { readonly responseStream: true }
        ? ServerStreamHandler<Req, Res> | EncodedStream<Req>
        : UnaryHandler<Req, Res>
    : never;

/** One handler for every method of a ts-proto service definition such as TradeServiceService. */
export type Handlers<D> = { readonly [M in keyof D]: HandlerOf<D[M]> };

/** What every call passes through. */
export interface Passage {
  readonly chain: readonly Interceptor[];
  readonly logger: Logger;
}
