// Owns the span of every call. It is in the chain only where traces are configured.

import { status } from '@grpc/grpc-js';
import type { Attributes, Span } from '@opentelemetry/api';
import { reasonName } from '../errors/errors.js';
import type { CallTracing } from '../observability/tracing.js';
import { around } from './around.js';
import type { Call, Interceptor } from './call.js';
import { codeOf } from './logging.js';

/** SpanStatusCode.ERROR, without loading what it is defined in. */
const ERROR = 2;

/** The codes that are the service's fault; others are the caller's, and no error of the service. */
const FAULTS: ReadonlySet<status> = new Set([
  status.UNKNOWN,
  status.DEADLINE_EXCEEDED,
  status.UNIMPLEMENTED,
  status.INTERNAL,
  status.UNAVAILABLE,
  status.DATA_LOSS,
]);

export function tracing(spans: CallTracing): Interceptor {
  return {
    name: 'tracing',
    aroundCall: (method, next) => {
      const name = method.path.slice(1);
      const [service = '', rpc = ''] = name.split('/');
      const attributes: Attributes = { 'rpc.system': 'grpc', 'rpc.service': service, 'rpc.method': rpc };
      const kind = method.streaming ? 'stream' : 'unary';
      return (call) => {
        const span = spans.serve(name, kind, parentOf(call), attributes);
        call.span = span;
        call.traceId = span.spanContext().traceId;
        return around(
          next,
          call,
          () => finish(span, call),
          (_call, error) => {
            finish(span, call);
            throw error;
          },
        );
      };
    },
  };
}

function parentOf({ metadata }: Call) {
  const traceParent = metadata.get('traceparent')[0];
  if (typeof traceParent !== 'string') return undefined;
  const traceState = metadata.get('tracestate').join(',');
  return { traceParent, traceState };
}

function finish(span: Span, call: Call): void {
  if (span.isRecording()) {
    const code = codeOf(call);
    span.setAttributes({
      'rpc.grpc.status_code': code,
      'dtms.correlation_id': call.correlationId,
      'dtms.caller': call.principal.name,
      'network.peer.address': call.peer,
    });
    if (call.failure !== undefined) span.setAttribute('error.type', reasonName(call.failure.reason));
    if (FAULTS.has(code)) span.setStatus({ code: ERROR });
  }
  span.end();
}
