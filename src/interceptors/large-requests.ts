// Owns when large requests are parsed: one a turn of the event loop, callers in rotation, and no caller has more
// than its share of memory waiting. Parsing cannot be interrupted, so fifty at once would stop everybody else.
import { overloaded } from '../errors/errors.js';
import type { Interceptor } from './call.js';
import { FairTurns } from './fair-turns.js';
import { callerOf } from './limits.js';

/** Parsing a smaller request takes a millisecond or two at most. */
export const LARGE_BYTES = 64 * 1024;

/** What one caller may have waiting: a hundred batches of 1,000 trades. */
const MOST_WAITING_BYTES = 16 * 1024 * 1024;

const RETRY_MS = 250;

export function largeRequests(): Interceptor {
  const turns = new FairTurns();
  return {
    name: 'large-requests',
    aroundCall: ({ streaming }, next) => {
      if (streaming) return next;
      return (call) => {
        const { requestBytes } = call;
        if (requestBytes < LARGE_BYTES) return next(call);
        const caller = callerOf(call.principal);
        const waiting = turns.waiting(caller);
        if (waiting + requestBytes > MOST_WAITING_BYTES) {
          const bytes = String(waiting);
          return Promise.reject(
            overloaded(`${bytes} bytes of this caller's requests wait`, { bytes_waiting: bytes }, RETRY_MS),
          );
        }
        return turns.take(caller, requestBytes).then(() => next(call));
      };
    },
  };
}
