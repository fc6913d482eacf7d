// Owns how many streams are open, of one caller and of everybody. Calls pass it.
import { tooManyStreams } from '../errors/access.js';
import type { Interceptor } from './call.js';
import { callerOf, type Limited } from './limits.js';
import { Shares } from './shares.js';

export interface StreamLimits {
  /** Open at a time, of one caller. */
  readonly maxStreamsPerCaller: number;
  /** Open at a time, of all keys that are limited to one account. */
  readonly maxStreamsPerAccount: number;
  /** Open at a time, of everybody. */
  readonly maxStreams: number;
}

/** A place comes free when somebody ends a stream: nobody can know when. */
const RETRY_MS = 1000;

export function streamLimit(limited: Limited, limits: StreamLimits): Interceptor {
  const perCaller = new Map<string, number>();
  const shares = new Shares(() => limits.maxStreamsPerAccount);
  let open = 0;
  return {
    name: 'stream-limit',
    aroundCall: ({ streaming }, next) => {
      if (!streaming) return next;
      return async (call) => {
        const { principal } = call;
        const { maxStreamsPerCaller, maxStreamsPerAccount, maxStreams } = limits;
        const caller = callerOf(principal);
        const before = perCaller.get(caller) ?? 0;
        if (before >= maxStreamsPerCaller && limited(principal)) throw tooManyStreams(before, RETRY_MS);
        if (shares.full(principal) !== undefined) throw tooManyStreams(maxStreamsPerAccount, RETRY_MS);
        if (open >= maxStreams) throw tooManyStreams(open, RETRY_MS);
        open += 1;
        shares.enter(principal);
        perCaller.set(caller, before + 1);
        try {
          await next(call);
        } finally {
          open -= 1;
          shares.leave(principal);
          const left = (perCaller.get(caller) ?? 1) - 1;
          if (left === 0) perCaller.delete(caller);
          else perCaller.set(caller, left);
        }
      };
    },
  };
}
