// Owns turning whatever a handler throws into the status the caller gets. Nothing passes it.
import type { Contract } from '../contract/contract.js';
import { ofRead } from '../errors/errors.js';
import { asDtmsError, toStatus } from '../errors/status.js';
import { around } from './around.js';
import type { Call, Interceptor } from './call.js';
import { isRead } from './min-revision.js';

export function errorMapping(contract: Pick<Contract, 'access'>): Interceptor {
  return {
    name: 'error-mapping',
    aroundCall: ({ path }, next) => {
      const reads = isRead(contract, path);
      const map = (call: Call, error: unknown): void => {
        const failure = asDtmsError(error);
        call.failure = reads ? ofRead(failure) : failure;
        call.status = toStatus(call.failure, call.correlationId);
      };
      return (call) => around(next, call, asItIs, map);
    },
  };
}

function asItIs(): void {}
