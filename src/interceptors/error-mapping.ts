// Owns turning whatever a handler throws into the status the caller gets. Nothing passes it.
import { asDtmsError, toStatus } from '../errors/status.js';
import { around } from './around.js';
import type { Call, Interceptor } from './call.js';

export const errorMapping: Interceptor = {
  name: 'error-mapping',
  aroundCall: (_method, next) => (call) => around(next, call, asItIs, map),
};

function asItIs(): void {}

function map(call: Call, error: unknown): void {
  const failure = asDtmsError(error);
  call.failure = failure;
  call.status = toStatus(failure, call.correlationId);
}
