// Owns how much the server does at a time: unary calls under way, of one account's keys and of everybody.
import { overloaded } from '../errors/errors.js';
import { around } from './around.js';
import type { Call, Interceptor } from './call.js';
import { Shares } from './shares.js';

const RETRY_MS = 250;

export interface CallLimits {
  /** Under way at a time, of everybody. */
  readonly maxCallsInFlight: number;
  /** Under way at a time, of all keys that are limited to one account. */
  readonly maxCallsPerAccount: number;
}

/** A call counts until its work has ended, also when its caller got an answer before that. */
export function admission(limits: CallLimits): Interceptor {
  const shares = new Shares(() => limits.maxCallsPerAccount);
  let inFlight = 0;
  const leave = ({ principal }: Call) => {
    inFlight -= 1;
    shares.leave(principal);
  };
  const failed = (call: Call, error: unknown) => {
    leave(call);
    throw error;
  };
  return {
    name: 'admission',
    aroundCall: ({ streaming }, next) => {
      if (streaming) return next;
      return (call) => {
        if (inFlight >= limits.maxCallsInFlight) {
          const calls = String(inFlight);
          throw overloaded(`${calls} calls are under way`, { calls_in_flight: calls }, RETRY_MS);
        }
        const account = shares.full(call.principal);
        if (account !== undefined) {
          const calls = String(limits.maxCallsPerAccount);
          throw overloaded(
            `${calls} calls of account ${account} are under way`,
            { calls_in_flight: calls },
            RETRY_MS,
          );
        }
        inFlight += 1;
        shares.enter(call.principal);
        return around(next, call, leave, failed);
      };
    },
  };
}
