// Owns the access log: one line per finished call, and one when a stream opens.
import { status } from '@grpc/grpc-js';
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import { reasonName } from '../errors/errors.js';
import { around } from './around.js';
import type { Call, Interceptor, Method } from './call.js';

type Level = 'debug' | 'info' | 'warn' | 'error';

/** How much attention a code deserves; the codes not listed are the caller's own mistakes. */
const LEVELS: Readonly<Partial<Record<status, Level>>> = {
  [status.INTERNAL]: 'error',
  [status.UNAVAILABLE]: 'warn',
  [status.RESOURCE_EXHAUSTED]: 'warn',
  [status.DEADLINE_EXCEEDED]: 'warn',
};

/** A unary call that succeeded is worth a debug line only. */
export const logging: Interceptor = {
  name: 'logging',
  aroundRequest: (method, next) => {
    if (method.streaming) return next;
    return (call, bytes) => {
      call.request = next(call, bytes);
      return call.request;
    };
  },
  aroundCall: (method, next) => {
    const finished = (call: Call) => {
      const level = levelOf(call, method);
      if (call.logs(level)) write(call, level, method);
    };
    return (call) => {
      if (method.streaming) call.logger.info({ peer: call.peer }, 'stream opened');
      return around(next, call, finished, rethrown);
    };
  },
};

function write(call: Call, level: Level, { streaming }: Method): void {
  call.logger[level](
    {
      peer: call.peer,
      caller: call.principal.name,
      code: status[codeOf(call)],
      duration_ms: Math.round((performance.now() - call.began) * 1000) / 1000,
      ...subjectOf(call.request),
      ...failureOf(call),
    },
    streaming ? 'stream closed' : 'call finished',
  );
}

/** What breaks outside the mapping of errors has a line of its own. */
function rethrown(_call: Call, error: unknown): never {
  throw error;
}

/** The canonical code a call ended with. */
export function codeOf(call: Call): status {
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
  const { reason, message, metadata, cause } = call.failure;
  return {
    reason: reasonName(reason),
    description: message,
    ...Object.fromEntries(TOLD.flatMap((name) => entry(name, metadata[name]))),
    ...(cause === undefined ? {} : { error: cause }),
  };
}

/** Of what an error says for programs, what its line has as fields. */
const TOLD = ['account', 'ticket', 'symbol', 'action_id', 'field', 'owner', 'manager'] as const;

/** Of what callers send, this much is in a line. */
const LONGEST = 128;

function entry(name: string, value: unknown): [string, string][] {
  if (typeof value !== 'string' && typeof value !== 'bigint') return [];
  const text = String(value);
  return text === '' || text === '0' ? [] : [[name, text.slice(0, LONGEST)]];
}

/** What a request is about, by its fields' names; it may be nothing that could be read. */
function subjectOf(request: unknown): Readonly<Record<string, string>> {
  const about = partOf(request, 'trade') ?? request;
  return Object.fromEntries([
    ...entry('account', partOf(about, 'account')),
    ...entry('ticket', partOf(about, 'ticket')),
    ...entry('symbol', partOf(about, 'symbol')),
    ...entry('action_id', partOf(request, 'actionId')),
  ]);
}

function partOf(message: unknown, name: string): unknown {
  return typeof message === 'object' && message !== null ? Reflect.get(message, name) : undefined;
}
