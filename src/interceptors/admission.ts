// Owns how much the server does at a time: unary calls under way, whoever makes them.
import { overloaded } from '../errors/errors.js';
import { around } from './around.js';
import type { Interceptor } from './call.js';

const RETRY_MS = 250;

/** A call counts until its work has ended, also when its caller got an answer before that. */
export function admission(maxCallsInFlight: number): Interceptor {
  let inFlight = 0;
  const leave = () => {
    inFlight -= 1;
  };
  const failed = (_call: unknown, error: unknown) => {
    leave();
    throw error;
  };
  return {
    name: 'admission',
    aroundCall: ({ streaming }, next) => {
      if (streaming) return next;
      return (call) => {
        if (inFlight >= maxCallsInFlight) {
          const calls = String(inFlight);
          throw overloaded(`${calls} calls are under way`, { calls_in_flight: calls }, RETRY_MS);
        }
        inFlight += 1;
        return around(next, call, leave, failed);
      };
    },
  };
}
