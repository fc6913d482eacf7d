// Owns counting calls and timing them.
import { status } from '@grpc/grpc-js';
import type { CallMetrics } from '../observability/metrics/calls.js';
import { around } from './around.js';
import type { Call, Interceptor } from './call.js';
import { codeOf } from './logging.js';

export function metrics(calls: CallMetrics): Interceptor {
  return {
    name: 'metrics',
    aroundCall: (method, next) => {
      const counts = calls.of(method.path, method.streaming);
      const done = (call: Call) => counts.ended(codeOf(call), call.began, call);
      // What breaks outside the mapping of errors reaches the caller as INTERNAL.
      const failed = (call: Call, error: unknown) => {
        counts.ended(status.INTERNAL, call.began, call);
        throw error;
      };
      return (call) => {
        counts.begun();
        return around(next, call, done, failed);
      };
    },
  };
}
