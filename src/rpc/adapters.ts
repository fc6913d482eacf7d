// Owns the passage between grpc-js and our handlers: one adapter per kind of call.
import type { MethodDefinition, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { CallContext } from '../observability/context.js';
import type { Interceptor } from '../interceptors/call.js';
import type { FrameSink } from './frame-sink.js';

export type UnaryHandler<Req, Res> = (request: Req, context: CallContext) => Promise<Res> | Res;
export type ServerStreamHandler<Req, Res> = (request: Req, context: CallContext) => AsyncIterable<Res>;
export type BidiHandler<Req, Res> = (requests: AsyncIterable<Req>, context: CallContext) => AsyncIterable<Res>;

/** A server stream that writes already encoded messages: made by encodedStream(). */
export interface EncodedStream<Req> {
  readonly pump: (request: Req, sink: FrameSink, context: CallContext) => Promise<void>;
}
export declare function encodedStream<Req>(pump: EncodedStream<Req>['pump']): EncodedStream<Req>;

type HandlerOf<M> = M extends MethodDefinition<infer Req, infer Res>
  ? M extends { requestStream: true }
    ? BidiHandler<Req, Res>
    : M extends { responseStream: true }
      ? ServerStreamHandler<Req, Res> | EncodedStream<Req>
      : UnaryHandler<Req, Res>
  : never;

/** One handler for every method of a ts-proto service definition such as TradeServiceService. */
export type Handlers<D> = { readonly [M in keyof D]: HandlerOf<D[M]> };

export interface ServiceBinding {
  /** The full service name, such as dtms.v1.TradeService. */
  readonly name: string;
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/**
 * Binds handlers to a service:
 *   implement(TradeServiceService, { getTrade: (request, context) => ..., watchTrades: encodedStream(...) }, chain)
 */
export declare function implement<D extends ServiceDefinition>(
  definition: D,
  handlers: Handlers<D>,
  chain: readonly Interceptor[],
): ServiceBinding;
