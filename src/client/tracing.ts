// Owns traces of the client: an interceptor that makes a span of every call and hands it on to the server.
// OpenTelemetry is not loaded here; the tracer is the program's own.
import type { Span, Tracer } from '@opentelemetry/api';
import { reasonName } from '../errors/errors.js';
import { traceParentOf } from '../observability/tracing-context.js';
import { DtmsCallError } from './errors.js';
import type { ClientInterceptor, OutgoingCall } from './hooks.js';

/** SpanKind.CLIENT and SpanStatusCode.ERROR, without loading what they are defined in. */
const CLIENT = 2;
const ERROR = 2;

/**
 * Makes a span of each attempt of a call, and of each connection of a watch, inside the span that is active
 * where the call is made:
 * `new DtmsClient({ address, interceptors: [tracingInterceptor(trace.getTracer('my-program'))] })`.
 */
export function tracingInterceptor(tracer: Tracer): ClientInterceptor {
  return {
    unary: async (call, next) => {
      const span = begin(tracer, call);
      try {
        return await next(handedOn(call, span));
      } catch (error) {
        fail(span, error);
        throw error;
      } finally {
        span.end();
      }
    },
    stream: async function* (call, next) {
      const span = begin(tracer, call);
      try {
        yield* next(handedOn(call, span));
      } catch (error) {
        fail(span, error);
        throw error;
      } finally {
        span.end();
      }
    },
  };
}

function begin(tracer: Tracer, { method }: OutgoingCall): Span {
  const name = method.slice(1);
  const [service = '', rpc = ''] = name.split('/');
  return tracer.startSpan(name, {
    kind: CLIENT,
    attributes: { 'rpc.system': 'grpc', 'rpc.service': service, 'rpc.method': rpc },
  });
}

/** The call with the headers that make the server's span a child of this one. */
function handedOn(call: OutgoingCall, span: Span): OutgoingCall {
  const context = span.spanContext();
  const metadata = call.metadata.clone();
  metadata.set('traceparent', traceParentOf(context));
  const state = context.traceState?.serialize() ?? '';
  if (state !== '') metadata.set('tracestate', state);
  return { ...call, metadata };
}

function fail(span: Span, error: unknown): void {
  if (error instanceof DtmsCallError) {
    const { reason } = error.report;
    span.setAttributes({
      'rpc.grpc.status_code': error.code,
      'error.type': reason === undefined ? error.name : reasonName(reason),
    });
  }
  span.setStatus({ code: ERROR });
}
