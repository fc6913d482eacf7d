// Owns the passage between grpc-js and our procedures: one adapter per kind of call. grpc-js carries
// only bytes here: messages are read and written inside the interceptors, so whatever goes wrong with
// them is mapped and logged like any other error.
import { type OutgoingHttpHeaders, sensitiveHeaders } from 'node:http2';
import {
  type ServiceDefinition as GrpcDefinition,
  type handleBidiStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  type MethodDefinition,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type StatusObject,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { ServiceDefinition } from '../contract/service.js';
import { CORRELATION_KEY } from '../errors/status.js';
import type { Call } from '../interceptors/call.js';
import type { Handlers, Passage } from '../interceptors/handlers.js';
import {
  type BidiProcedure,
  type Procedure,
  proceduresOf,
  type ServerStreamProcedure,
  type UnaryProcedure,
} from '../interceptors/procedure.js';
import { StreamSink } from '../watch/frame-sink.js';

/** A service ready to be added to a grpc-js server, and to be called by other ways. */
export interface ServiceBinding {
  /** The full service name, such as dtms.v1.TradeService. */
  readonly name: string;
  readonly definition: GrpcDefinition;
  readonly implementation: UntypedServiceImplementation;
  readonly procedures: readonly Procedure[];
}

/**
 * Binds handlers to a service:
 * `implement(TradeServiceDefinition, { getTrade: (request, context) => ..., watchTrades: encodedStream(...) }, passage)`.
 */
export function implement<D extends ServiceDefinition>(
  definition: D,
  handlers: Handlers<D>,
  passage: Passage,
): ServiceBinding {
  const procedures = proceduresOf(definition, handlers, passage);
  const methods: Record<string, MethodDefinition<Buffer, Buffer>> = {};
  const implementation: Record<string, RawHandler> = {};
  for (const [key, procedure] of procedures) {
    const { path, kind } = procedure;
    methods[key] = { path, requestStream: kind === 'bidi', responseStream: kind !== 'unary', ...RAW };
    implementation[key] = adapt(procedure);
  }
  return {
    name: definition.fullName,
    definition: methods,
    implementation,
    procedures: [...procedures.values()],
  };
}

const NEVER_INDEXED = [CORRELATION_KEY];

type RawHandler =
  | handleUnaryCall<Buffer, Buffer>
  | handleServerStreamingCall<Buffer, Buffer>
  | handleBidiStreamingCall<Buffer, Buffer>;

const asIs = (bytes: Buffer): Buffer => bytes;
const RAW = {
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
};

function adapt(procedure: Procedure): RawHandler {
  switch (procedure.kind) {
    case 'unary':
      return unary(procedure);
    case 'serverStream':
      return serverStream(procedure);
    case 'bidi':
      return bidi(procedure);
  }
}

function unary(procedure: UnaryProcedure) {
  return (transport: ServerUnaryCall<Buffer, Buffer>, respond: sendUnaryData<Buffer>): void =>
    procedure.call(transport, transport.request.length, (call, failure) => {
      transport.sendMetadata(initialMetadata(call));
      if (failure === undefined) respond(null, call.response);
      else respond(failure);
    });
}

function serverStream(procedure: ServerStreamProcedure) {
  return (transport: ServerWritableStream<Buffer, Buffer>): void =>
    procedure.call({ transport, ...portOf(transport) });
}

function bidi(procedure: BidiProcedure) {
  return (transport: ServerDuplexStream<Buffer, Buffer>): void =>
    procedure.call({
      transport,
      ...portOf(transport),
      // A handler that stops reading early still has its answer to send: the stream must outlive the loop.
      received: () => transport.iterator({ destroyOnReturn: false }),
    });
}

function portOf(transport: ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>) {
  return {
    sink: new StreamSink(transport),
    open: (call: Call) => transport.sendMetadata(initialMetadata(call)),
    close: (call: Call, failure: StatusObject | undefined) => {
      transport.sendMetadata(initialMetadata(call));
      if (failure === undefined) transport.end();
      else transport.emit('error', failure);
    },
  };
}

/** grpc-js ignores initial metadata that comes after the first. */
const initialMetadata = (call: Call): Metadata => new CorrelationMetadata(call.correlationId);

/**
 * Metadata of a correlation id, which was found fit for it before: to look at each character again costs half a
 * microsecond. No value of it comes twice, so HTTP/2 is told not to keep it in the connection's table of headers:
 * that costs four microseconds a call, and pushes out what does come again.
 */
class CorrelationMetadata extends Metadata {
  readonly #headers: OutgoingHttpHeaders;

  constructor(correlationId: string) {
    super();
    this.internalRepr.set(CORRELATION_KEY, [correlationId]);
    this.#headers = { [CORRELATION_KEY]: correlationId, [sensitiveHeaders]: NEVER_INDEXED };
  }

  override toHttp2Headers(): OutgoingHttpHeaders {
    return this.#headers;
  }
}
