// Owns the passage between grpc-js and our handlers: one adapter per kind of call. grpc-js carries
// only bytes here: messages are read and written inside the interceptors, so whatever goes wrong with
// them is mapped and logged like any other error.
import {
  type handleBidiStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  type MethodDefinition,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type StatusObject,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { type DtmsError, internal, invalidField } from '../errors/errors.js';
import { CORRELATION_KEY, toStatus } from '../errors/status.js';
import {
  Call,
  type CallHandler,
  type Interceptor,
  type Method,
  type RequestReader,
} from '../interceptors/call.js';
import { composeCall, composeRequest } from '../interceptors/chain.js';
import type { CallContext } from '../observability/context.js';
import type { Logger } from '../observability/logger.js';
import { responseEncoder } from './codecs.js';
import { type FrameSink, StreamSink, sinkReady } from './frame-sink.js';

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

/** A service ready to be added to a grpc-js server. */
export interface ServiceBinding {
  /** The full service name, such as dtms.v1.TradeService. */
  readonly name: string;
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/** What every call passes through. */
export interface Passage {
  readonly chain: readonly Interceptor[];
  readonly logger: Logger;
}

/**
 * Binds handlers to a service:
 * `implement(TradeServiceService, { getTrade: (request, context) => ..., watchTrades: encodedStream(...) }, passage)`.
 */
export function implement<D extends ServiceDefinition>(
  definition: D,
  handlers: Handlers<D>,
  passage: Passage,
): ServiceBinding {
  const methods: Record<string, MethodDefinition<Buffer, Buffer>> = {};
  const implementation: Record<string, RawHandler> = {};
  let name = '';
  for (const key of Object.keys(definition)) {
    const method: AnyMethod | undefined = definition[key];
    const handler: unknown = handlers[key];
    if (method === undefined || handler === undefined) throw new TypeError(`${key} has no handler`);
    methods[key] = { ...method, ...RAW };
    implementation[key] = adapt(method, handler, passage);
    name = method.path.split('/')[1] ?? '';
  }
  return { name, definition: methods, implementation };
}

type AnyMethod = MethodDefinition<unknown, unknown>;
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

/** The handler's type was checked by Handlers: here it is only told which kind it is. */
function adapt(method: AnyMethod, handler: unknown, passage: Passage): RawHandler {
  if (!method.requestStream && !method.responseStream) {
    return unary(method, handler as UnaryHandler<unknown, unknown>, passage);
  }
  if (!method.requestStream) {
    const given = handler as ServerStreamHandler<unknown, unknown> | EncodedStream<unknown>;
    return serverStream(method, 'pump' in given ? given : pumpOf(method, given), passage);
  }
  if (method.responseStream) return bidi(method, handler as BidiHandler<unknown, unknown>, passage);
  throw new TypeError(`${method.path}: client streams with a single response are not served`);
}

class UnaryCall extends Call {
  readonly transport: ServerUnaryCall<Buffer, Buffer>;
  response: Buffer | undefined;

  constructor(method: Method, transport: ServerUnaryCall<Buffer, Buffer>, root: Logger) {
    super(method, transport, root);
    this.transport = transport;
  }
}

function unary(definition: AnyMethod, handler: UnaryHandler<unknown, unknown>, { chain, logger }: Passage) {
  const method = { path: definition.path, streaming: false };
  const read = reader(definition, method, chain);
  const encode = responseEncoder(definition);
  const handle = composeCall(chain, method, async (call: UnaryCall) => {
    const response = await handler(read(call, call.transport.request), call);
    call.response = encode(response);
  });
  return (transport: ServerUnaryCall<Buffer, Buffer>, respond: sendUnaryData<Buffer>): void => {
    const call = new UnaryCall(method, transport, logger);
    const answer = (failure: StatusObject | undefined) => {
      call.finish();
      transport.sendMetadata(initialMetadata(call));
      if (failure === undefined) respond(null, call.response);
      else respond(failure);
    };
    run(call, handle, answer);
  };
}

type Stream = ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>;

class StreamCall<T extends Stream> extends Call {
  readonly transport: T;
  readonly sink: StreamSink;
  #interrupt: (error: DtmsError) => void = () => undefined;

  constructor(method: Method, transport: T, root: Logger) {
    super(method, transport, root);
    this.transport = transport;
    this.sink = new StreamSink(transport);
  }

  override end(error: DtmsError): void {
    super.end(error);
    this.sink.end();
    this.#interrupt(error);
  }

  /** Waits for a promise, one at a time; rejects at once when the stream is ended from outside. */
  orEnded<V>(promise: Promise<V>): Promise<V> {
    return new Promise((resolve, reject) => {
      if (this.ending !== undefined) reject(this.ending);
      this.#interrupt = reject;
      promise.then(resolve, reject);
    });
  }

  /** Throws what ended the stream from outside, which its handler took for the caller going away. */
  throwIfEnded(): void {
    if (this.ending !== undefined) throw this.ending;
  }
}

function serverStream(definition: AnyMethod, { pump }: EncodedStream<unknown>, { chain, logger }: Passage) {
  const method = { path: definition.path, streaming: true };
  const read = reader(definition, method, chain);
  const handle = composeCall(
    chain,
    method,
    async (call: StreamCall<ServerWritableStream<Buffer, Buffer>>) => {
      const request = read(call, call.transport.request);
      call.transport.sendMetadata(initialMetadata(call));
      await pump(request, call.sink, call);
      call.throwIfEnded();
    },
  );
  return (transport: ServerWritableStream<Buffer, Buffer>): void =>
    serve(new StreamCall(method, transport, logger), handle);
}

function bidi(definition: AnyMethod, handler: BidiHandler<unknown, unknown>, { chain, logger }: Passage) {
  const method = { path: definition.path, streaming: true };
  const read = reader(definition, method, chain);
  const handle = composeCall(chain, method, async (call: StreamCall<ServerDuplexStream<Buffer, Buffer>>) => {
    call.transport.sendMetadata(initialMetadata(call));
    await pour(definition, handler(requestsOf(call, read), call), call.sink);
    call.throwIfEnded();
  });
  return (transport: ServerDuplexStream<Buffer, Buffer>): void =>
    serve(new StreamCall(method, transport, logger), handle);
}

async function* requestsOf(call: StreamCall<ServerDuplexStream<Buffer, Buffer>>, read: RequestReader) {
  // A handler that stops reading early still has its answer to send: the stream must outlive the loop.
  const received: AsyncIterableIterator<Buffer> = call.transport.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      const step = await call.orEnded(received.next());
      if (step.done === true) return;
      yield read(call, step.value);
    }
  } finally {
    // Not waited for: a request it still waits for may never come.
    received.return?.().catch(() => undefined);
  }
}

function pumpOf(
  definition: AnyMethod,
  handler: ServerStreamHandler<unknown, unknown>,
): EncodedStream<unknown> {
  return encodedStream((request, sink, context) => pour(definition, handler(request, context), sink));
}

/** Writes what a handler yields, at the reader's pace. */
async function pour(definition: AnyMethod, messages: AsyncIterable<unknown>, sink: FrameSink): Promise<void> {
  const encode = responseEncoder(definition);
  for await (const message of messages) {
    if (sink.cancelled) return;
    sink.write(encode(message));
    await sinkReady(sink);
  }
}

function serve<T extends Stream>(call: StreamCall<T>, handle: CallHandler<StreamCall<T>>): void {
  const { transport } = call;
  const end = (failure: StatusObject | undefined) => {
    if (call.cancelled) return;
    call.finish();
    transport.sendMetadata(initialMetadata(call));
    if (failure === undefined) transport.end();
    else transport.emit('error', failure);
  };
  run(call, handle, end);
}

/** Nothing escapes: not what the chain throws, nor what ending the call throws. */
function run<C extends Call>(
  call: C,
  handle: CallHandler<C>,
  end: (failure: StatusObject | undefined) => void,
): void {
  const fail = (error: unknown) => end(broken(call, error));
  try {
    handle(call)
      .then(() => end(call.status))
      .catch(fail)
      .catch((error: unknown) => call.logger.error({ error }, 'a call could not be ended'));
  } catch (error) {
    fail(error);
  }
}

function reader(definition: AnyMethod, method: Method, chain: readonly Interceptor[]): RequestReader {
  return composeRequest(chain, method, (_call, bytes) => {
    try {
      return definition.requestDeserialize(bytes);
    } catch {
      throw invalidField('', `the bytes are not a request of ${definition.path}`);
    }
  });
}

/** grpc-js ignores initial metadata that comes after the first. */
function initialMetadata(call: Call): Metadata {
  const metadata = new Metadata();
  metadata.set(CORRELATION_KEY, call.correlationId);
  return metadata;
}

/** The status of a call in which an interceptor itself broke, outside the mapping of errors. */
function broken(call: Call, error: unknown): StatusObject {
  call.logger.error({ error }, 'the chain of interceptors broke');
  return toStatus(internal(error), call.correlationId);
}
