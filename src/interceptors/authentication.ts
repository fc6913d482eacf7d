// Owns knowing whose call it is. An open stream ends when its key does.
import type { Gate } from '../access/gate.js';
import type { Call, Interceptor } from './call.js';

export function authentication(gate: Pick<Gate, 'admit' | 'watch'>): Interceptor {
  return {
    name: 'authentication',
    aroundCall:
      ({ streaming }, next) =>
      (call) => {
        const admitted = gate.admit(call);
        // No turn of the event loop is spent on a key that is remembered.
        if (!(admitted instanceof Promise)) return go(call, admitted);
        return admitted.then((principal) => go(call, principal));

        function go(known: typeof call, principal: Call['principal']): Promise<void> {
          known.principal = principal;
          if (!streaming) return next(known);
          const leave = gate.watch(known);
          return next(known).finally(leave);
        }
      },
  };
}
