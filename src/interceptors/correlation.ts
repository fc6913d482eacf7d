// Owns what a call is found by: the correlation id, which is the caller's when it is fit for logs and
// headers, else the trace's, else a new one; and the trace it belongs to.
import { randomUUID } from 'node:crypto';
import { CORRELATION_KEY } from '../errors/status.js';
import type { Interceptor } from './call.js';

const ACCEPTED = /^[A-Za-z0-9_.-]{1,64}$/;

/** W3C Trace Context: version, trace id, parent id, flags; versions to come may add to it. */
const TRACE_PARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;

/** The trace id of a traceparent header; undefined when it is not one. */
export function traceIdOf(traceParent: string): string | undefined {
  const [, version, traceId, more] = TRACE_PARENT.exec(traceParent) ?? [];
  return version === '00' && more !== undefined ? undefined : traceId;
}

export const correlation: Interceptor = {
  name: 'correlation',
  aroundCall: (_method, next) => (call) => {
    const given = call.metadata.get(CORRELATION_KEY)[0];
    const traceParent = call.metadata.get('traceparent')[0];
    if (typeof traceParent === 'string') call.traceId = traceIdOf(traceParent);
    call.correlationId =
      typeof given === 'string' && ACCEPTED.test(given) ? given : (call.traceId ?? randomUUID());
    return next(call);
  },
};
