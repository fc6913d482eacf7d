// Owns counting calls and timing them.
import { status } from '@grpc/grpc-js';
import type { CallMetrics } from '../observability/metrics/calls.js';
import type { Interceptor } from './call.js';
import { codeOf } from './logging.js';

export function metrics(calls: CallMetrics): Interceptor {
  return {
    name: 'metrics',
    aroundCall: (method, next) => {
      const counts = calls.of(method.path, method.streaming);
      return async (call) => {
        const began = performance.now();
        counts.begun();
        // What breaks outside the mapping of errors reaches the caller as INTERNAL.
        let code = status.INTERNAL;
        try {
          await next(call);
          code = codeOf(call);
        } finally {
          counts.ended(code, began, call);
        }
      };
    },
  };
}
