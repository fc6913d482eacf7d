// Owns knowing whose call it is, and not asking for ever. An open stream ends when its key does.
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import type { Gate } from '../access/gate.js';
import type { Principal } from '../access/principal.js';
import { tooManyStrangers } from '../errors/access.js';
import { DtmsError } from '../errors/errors.js';
import { around } from './around.js';
import type { Call, CallHandler, Completion, Interceptor } from './call.js';
import type { Strangers } from './strangers.js';

const RETRY_MS = 1000;

export function authentication(
  gate: Pick<Gate, 'admit' | 'watch' | 'isFamiliar'>,
  strangers: Strangers,
): Interceptor {
  const refused = (call: Call, error: unknown): never => {
    if (error instanceof DtmsError && error.reason === ErrorReason.UNAUTHENTICATED)
      strangers.turnedAway(call);
    throw error;
  };
  return {
    name: 'authentication',
    aroundCall: ({ streaming }, next) => {
      const go = streaming ? watched(gate, next) : next;
      return (call) => {
        // Whoever shares an address with strangers goes on with the key that is remembered.
        if (!strangers.allows(call) && !gate.isFamiliar(call)) {
          strangers.turnedAway(call);
          throw tooManyStrangers(RETRY_MS);
        }
        const welcome = (principal: Principal) => {
          strangers.welcomed(call);
          call.principal = principal;
          return go(call);
        };
        let admitted: Principal | Promise<Principal>;
        try {
          admitted = gate.admit(call);
        } catch (error) {
          return refused(call, error);
        }
        // No turn of the event loop is spent on a key that is remembered.
        if (!(admitted instanceof Promise)) return welcome(admitted);
        return admitted.catch((error: unknown) => refused(call, error)).then(welcome);
      };
    },
  };
}

/** A stream whose key is looked after while it is open. */
export function watched<C extends Call>(gate: Pick<Gate, 'watch'>, next: CallHandler<C>): CallHandler<C> {
  return (call): Completion => {
    const leave = gate.watch(call);
    return around(next, call, leave, (_call, error) => {
      leave();
      throw error;
    });
  };
}
