// Owns knowing whose call it is. An open stream ends when its key does.
import type { Gate } from '../access/gate.js';
import { around } from './around.js';
import type { Call, CallHandler, Interceptor, Work } from './call.js';

export function authentication(gate: Pick<Gate, 'admit' | 'watch'>): Interceptor {
  return {
    name: 'authentication',
    aroundCall: ({ streaming }, next) => {
      const go = streaming ? watched(gate, next) : next;
      return (call) => {
        const admitted = gate.admit(call);
        if (admitted instanceof Promise) {
          return admitted.then((principal) => {
            call.principal = principal;
            return go(call);
          });
        }
        // No turn of the event loop is spent on a key that is remembered.
        call.principal = admitted;
        return go(call);
      };
    },
  };
}

/** A stream whose key is looked after while it is open. */
function watched<C extends Call>(gate: Pick<Gate, 'watch'>, next: CallHandler<C>): CallHandler<C> {
  return (call): Work => {
    const leave = gate.watch(call);
    return around(next, call, leave, (_call, error) => {
      leave();
      throw error;
    });
  };
}
