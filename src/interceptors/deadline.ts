// Owns how long a unary call may take: as long as its caller waits, and never longer than the cap.
import { deadlineExceeded } from '../errors/errors.js';
import type { Call, Interceptor } from './call.js';

/**
 * Streams have no cap. A call whose caller gave up already, or gave grpc-js a deadline it cannot count (above
 * 597 hours, which it takes for the past), does not begin.
 */
export function deadlineCap(limits: { readonly maxCallMs: number }): Interceptor {
  return {
    name: 'deadline',
    aroundCall: ({ streaming }, next) => {
      if (streaming) return next;
      return (call) => {
        const now = Date.now();
        const { deadline } = call;
        const { maxCallMs } = limits;
        if (call.cancelled || deadline <= now) return Promise.reject(deadlineExceeded());
        // grpc-js itself ends a call at its caller's deadline.
        if (deadline <= now + maxCallMs) return next(call);
        call.capDeadline(now + maxCallMs);
        const work = next(call);
        return work === undefined ? undefined : within(maxCallMs, call, work);
      };
    },
  };
}

/** Whoever waits is answered in time; the work itself hears of it by the call's signal. */
function within(ms: number, call: Call, work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const error = deadlineExceeded();
      call.end(error);
      reject(error);
    }, ms);
    work.then(
      () => {
        clearTimeout(timer);
        resolve();
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
