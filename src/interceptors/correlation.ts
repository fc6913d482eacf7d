// Owns what a call is found by: the correlation id, which is the caller's when it is fit for logs and
// headers, else the trace's, else a new one; and the trace it belongs to.
import { randomUUID } from 'node:crypto';
import type { Metadata } from '@grpc/grpc-js';
import { CORRELATION_KEY } from '../errors/status.js';
import { parseTraceParent } from '../observability/tracing-context.js';
import type { Interceptor } from './call.js';

const ACCEPTED = /^[A-Za-z0-9_.-]{1,64}$/;

export const correlation: Interceptor = {
  name: 'correlation',
  aroundCall: (_method, next) => (call) => {
    // With traces on, the call's span says it.
    if (call.span === undefined) call.traceId = traceIdOf(call.metadata);
    call.correlationId = givenOf(call.metadata) ?? call.traceId ?? randomUUID();
    return next(call);
  },
};

/** The id of a call that only its metadata is known of: each time a new one where nothing names it. */
export function correlationIdOf(metadata: Metadata): string {
  return givenOf(metadata) ?? traceIdOf(metadata) ?? randomUUID();
}

function givenOf(metadata: Metadata): string | undefined {
  const given = metadata.get(CORRELATION_KEY)[0];
  return typeof given === 'string' && ACCEPTED.test(given) ? given : undefined;
}

function traceIdOf(metadata: Metadata): string | undefined {
  const traceParent = metadata.get('traceparent')[0];
  return typeof traceParent === 'string' ? parseTraceParent(traceParent)?.traceId : undefined;
}
