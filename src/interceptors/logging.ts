// Owns the access log: one line per finished call, and one when a stream opens.
import { status } from '@grpc/grpc-js';
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import { reasonName } from '../errors/errors.js';
import type { Logger } from '../observability/logger.js';
import type { Call, Interceptor, Method } from './call.js';

type Level = 'debug' | 'info' | 'warn' | 'error';

/** How much attention a code deserves; the codes not listed are the caller's own mistakes. */
const LEVELS: Readonly<Partial<Record<status, Level>>> = {
  [status.INTERNAL]: 'error',
  [status.UNAVAILABLE]: 'warn',
  [status.RESOURCE_EXHAUSTED]: 'warn',
  [status.DEADLINE_EXCEEDED]: 'warn',
};

/** `root` decides what is written: a unary call that succeeded is worth a debug line only. */
export function logging(root: Logger): Interceptor {
  return {
    name: 'logging',
    aroundCall: (method, next) => async (call) => {
      if (method.streaming) call.logger.info({ peer: call.peer }, 'stream opened');
      const began = performance.now();
      await next(call);
      const level = levelOf(call, method);
      if (!root.isLevelEnabled(level)) return;
      call.logger[level](
        {
          peer: call.peer,
          caller: call.principal.name,
          code: status[codeOf(call)],
          durationMs: Math.round((performance.now() - began) * 1000) / 1000,
          ...failureOf(call),
        },
        method.streaming ? 'stream closed' : 'call finished',
      );
    },
  };
}

function codeOf(call: Call): status {
  // Nobody hears the answer any more: what the handler made of it does not matter.
  if (call.cancelled) return call.deadline <= Date.now() ? status.DEADLINE_EXCEEDED : status.CANCELLED;
  return call.failure?.code ?? status.OK;
}

function levelOf(call: Call, method: Method): Level {
  if (call.failure === undefined && !call.cancelled) return method.streaming ? 'info' : 'debug';
  // A stream that its caller or a stopping server ends has ended well.
  if (method.streaming && (call.cancelled || call.failure?.reason === ErrorReason.SHUTTING_DOWN))
    return 'info';
  return LEVELS[codeOf(call)] ?? 'info';
}

function failureOf(call: Call) {
  if (call.failure === undefined || call.cancelled) return {};
  const { reason, message, cause } = call.failure;
  return {
    reason: reasonName(reason),
    description: message,
    ...(cause === undefined ? {} : { error: cause }),
  };
}
