// Owns the correlation id: the caller's when it is fit for logs and headers, else a new one.
import { randomUUID } from 'node:crypto';
import { CORRELATION_KEY } from '../errors/status.js';
import type { Interceptor } from './call.js';

const ACCEPTED = /^[A-Za-z0-9_.-]{1,64}$/;

export const correlation: Interceptor = {
  name: 'correlation',
  aroundCall: (_method, next) => (call) => {
    const given = call.metadata.get(CORRELATION_KEY)[0];
    call.correlationId = typeof given === 'string' && ACCEPTED.test(given) ? given : randomUUID();
    return next(call);
  },
};
