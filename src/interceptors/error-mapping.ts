// Owns turning whatever a handler throws into the status the caller gets. Nothing passes it.
import { asDtmsError, toStatus } from '../errors/status.js';
import type { Interceptor } from './call.js';

export const errorMapping: Interceptor = {
  name: 'error-mapping',
  aroundCall: (_method, next) => async (call) => {
    try {
      await next(call);
    } catch (error) {
      const failure = asDtmsError(error);
      call.failure = failure;
      call.status = toStatus(failure, call.correlationId);
    }
  },
};
