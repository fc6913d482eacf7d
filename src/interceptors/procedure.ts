// Owns a method as something that can be called: its handler with the whole chain around it, bytes in and
// bytes out. What carries the bytes (grpc-js, HTTP) stays outside.
import type { StatusObject } from '@grpc/grpc-js';
import { type MethodDefinition, methodPath, type ServiceDefinition } from '../contract/service.js';
import { type DtmsError, internal, invalidField } from '../errors/errors.js';
import { toStatus } from '../errors/status.js';
import { toldElsewhere } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import { type FrameSink, sinkReady } from '../watch/frame-sink.js';
import { type Encoder, encodeMessage } from '../wire/encode.js';
import {
  Call,
  type CallHandler,
  type Completion,
  type Interceptor,
  type Method,
  type RequestReader,
  type Transport,
} from './call.js';
import { composeCall, composeRequest } from './chain.js';
import {
  type BidiHandler,
  type EncodedStream,
  encodedStream,
  type Handlers,
  type Passage,
  type ServerStreamHandler,
  type UnaryHandler,
} from './handlers.js';
import { answersOf } from './pages.js';

/** What brings one request. The bytes are asked for only when the chain has let the caller pass. */
export interface RequestTransport extends Transport {
  /** Whatever it throws is the call's error. */
  readonly request: Buffer;
}

/** What carries a stream. */
export interface StreamPort<T extends Transport = Transport> {
  readonly transport: T;
  readonly sink: EndableSink;
  /** The chain let the call pass: the stream is open, and frames follow. */
  open(call: Call): void;
  /** The stream is over; not called when its caller went away before. */
  close(call: Call, failure: StatusObject | undefined): void;
}

/** What carries a stream in both directions. */
export interface DuplexPort extends StreamPort {
  /** The requests as they come. Asked for once. */
  received(): AsyncIterator<Buffer>;
}

/** A sink that can be told to behave as if its caller had gone. */
export interface EndableSink extends FrameSink {
  end(): void;
}

/** How a unary call ended: with a response, or with a failure. Called once. */
export type Answered = (call: UnaryCall, failure: StatusObject | undefined) => void;

interface Named {
  /** The full name, such as /dtms.v1.TradeService/GetTrade. */
  readonly path: string;
}

export interface UnaryProcedure extends Named {
  readonly kind: 'unary';
  /** @param bytes - how many the request has as it came, known without asking for it. */
  call(transport: RequestTransport, bytes: number, answered: Answered): void;
}

export interface ServerStreamProcedure extends Named {
  readonly kind: 'serverStream';
  call(port: StreamPort<RequestTransport>): void;
}

export interface BidiProcedure extends Named {
  readonly kind: 'bidi';
  call(port: DuplexPort): void;
}

export type Procedure = UnaryProcedure | ServerStreamProcedure | BidiProcedure;

type ServedMethod = Named & MethodDefinition;

/** The procedures of a service by the names of its methods. Throws TypeError when a handler is missing. */
export function proceduresOf<D extends ServiceDefinition>(
  definition: D,
  handlers: Handlers<D>,
  passage: Passage,
): ReadonlyMap<string, Procedure> {
  const procedures = new Map<string, Procedure>();
  for (const [key, method] of Object.entries(definition.methods)) {
    const handler: unknown = handlers[key];
    if (handler === undefined) throw new TypeError(`${key} has no handler`);
    procedures.set(key, procedureOf({ ...method, path: methodPath(definition, method) }, handler, passage));
  }
  return procedures;
}

/** The handler's type was checked by Handlers: here it is only told which kind it is. */
function procedureOf(method: ServedMethod, handler: unknown, passage: Passage): Procedure {
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
  readonly transport: RequestTransport;
  /** The response's bytes; undefined until the handler made it. */
  response: Buffer | undefined;

  constructor(method: Method, transport: RequestTransport, bytes: number, root: Logger) {
    super(method, transport, root);
    this.transport = transport;
    this.requestBytes = bytes;
  }
}

function unary(
  definition: ServedMethod,
  handler: UnaryHandler<unknown, unknown>,
  { chain, logger, elsewhere, attend }: Passage,
): UnaryProcedure {
  const { path } = definition;
  const method = { path, streaming: false };
  const read = reader(definition, method, chain);
  const answer = answersOf(handler, (response) => encodeMessage(definition.responseType, response));
  const handle = composeCall(chain, method, (call: UnaryCall): Completion => {
    const bytes = call.transport.request;
    const message = read(call, bytes);
    const failed = async (error: unknown): Promise<void> => {
      if (elsewhere === undefined) throw error;
      const here = async () => answer(message, call);
      call.response = await elsewhere.unary(call, { bytes, message }, error, here);
    };
    let response: Buffer | Promise<Buffer>;
    try {
      const known = attend?.(call);
      response = known === undefined ? answer(message, call) : known.then(() => answer(message, call));
    } catch (error) {
      return failed(error);
    }
    if (response instanceof Promise) {
      return response.then((later) => {
        call.response = later;
      }, failed);
    }
    call.response = response;
    return undefined;
  });
  return {
    kind: 'unary',
    path,
    call: (transport, bytes, answered) => {
      const call = new UnaryCall(method, transport, bytes, logger);
      run(call, handle, (failure) => {
        call.finish();
        answered(call, failure);
      });
    },
  };
}

class StreamCall<P extends StreamPort> extends Call {
  readonly port: P;
  #interrupt: (error: DtmsError) => void = () => undefined;

  constructor(method: Method, port: P, root: Logger) {
    super(method, port.transport, root);
    this.port = port;
  }

  override end(error: DtmsError): void {
    super.end(error);
    this.port.sink.end();
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

function serverStream(
  definition: ServedMethod,
  { pump }: EncodedStream<unknown>,
  { chain, logger, elsewhere, attend }: Passage,
): ServerStreamProcedure {
  const { path } = definition;
  const method = { path, streaming: true };
  const read = reader(definition, method, chain);
  const handle = composeCall(chain, method, async (call: StreamCall<StreamPort<RequestTransport>>) => {
    const { port } = call;
    const bytes = port.transport.request;
    const request = read(call, bytes);
    port.open(call);
    const here = async (sink: FrameSink) => {
      await attend?.(call);
      await pump(request, sink, call);
    };
    await (elsewhere?.serverStream(call, bytes, port.sink, here) ?? here(port.sink));
    call.throwIfEnded();
  });
  return { kind: 'serverStream', path, call: (port) => serve(new StreamCall(method, port, logger), handle) };
}

function bidi(
  definition: ServedMethod,
  handler: BidiHandler<unknown, unknown>,
  { chain, logger, elsewhere }: Passage,
): BidiProcedure {
  const { path } = definition;
  const method = { path, streaming: true };
  const read = reader(definition, method, chain);
  const handle = composeCall(chain, method, async (call: StreamCall<DuplexPort>) => {
    const { port } = call;
    port.open(call);
    const here = () => pour(definition.responseType, handler(requestsOf(call, read), call), port.sink);
    // What breaks the rules is refused before anybody else has it.
    const checked = () =>
      requestsOf(call, (_call, bytes) => {
        read(call, bytes);
        return bytes;
      });
    await (elsewhere?.duplex(call, checked, port.sink, here) ?? here());
    call.throwIfEnded();
  });
  return { kind: 'bidi', path, call: (port) => serve(new StreamCall(method, port, logger), handle) };
}

async function* requestsOf<T>(
  call: StreamCall<DuplexPort>,
  read: (call: Call, bytes: Buffer) => T,
): AsyncGenerator<T> {
  const received = call.port.received();
  try {
    for (;;) {
      const step = await call.orEnded(received.next());
      if (step.done === true) return;
      yield read(call, step.value);
    }
  } finally {
    // Not waited for: a request it still waits for may never come.
    const returned = received.return?.();
    if (returned !== undefined) toldElsewhere(returned);
  }
}

function pumpOf(
  { responseType }: ServedMethod,
  handler: ServerStreamHandler<unknown, unknown>,
): EncodedStream<unknown> {
  return encodedStream((request, sink, context) => pour(responseType, handler(request, context), sink));
}

/** Writes what a handler yields, at the reader's pace. */
async function pour(
  type: Encoder<unknown>,
  messages: AsyncIterable<unknown>,
  sink: FrameSink,
): Promise<void> {
  for await (const message of messages) {
    if (sink.cancelled) return;
    sink.write(encodeMessage(type, message));
    await sinkReady(sink);
  }
}

function serve<P extends StreamPort>(call: StreamCall<P>, handle: CallHandler<StreamCall<P>>): void {
  run(call, handle, (failure) => {
    if (call.cancelled) return;
    call.finish();
    call.port.close(call, failure);
  });
}

/** Nothing escapes: not what the chain throws, nor what ending the call throws. */
function run<C extends Call>(
  call: C,
  handle: CallHandler<C>,
  end: (failure: StatusObject | undefined) => void,
): void {
  const fail = (error: unknown) => {
    try {
      end(broken(call, error));
    } catch (late) {
      call.logger.error({ error: late }, 'a call could not be ended');
    }
  };
  try {
    const work = handle(call);
    if (work === undefined) end(call.status);
    else work.then(() => end(call.status)).catch(fail);
  } catch (error) {
    fail(error);
  }
}

function reader(definition: ServedMethod, method: Method, chain: readonly Interceptor[]): RequestReader {
  return composeRequest(chain, method, (_call, bytes) => {
    try {
      return definition.requestType.decode(bytes);
    } catch {
      throw invalidField('', `the bytes are not a request of ${definition.path}`);
    }
  });
}

/** The status of a call in which an interceptor itself broke, outside the mapping of errors. */
function broken(call: Call, error: unknown): StatusObject {
  call.logger.error({ error }, 'the chain of interceptors broke');
  return toStatus(internal(error), call.correlationId);
}
