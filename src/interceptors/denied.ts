// Owns telling the record which calls were denied.
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import { networkOf } from '../access/address.js';
import type { Denials } from '../access/denials.js';
import { NOBODY } from '../access/principal.js';
import { reasonName } from '../errors/errors.js';
import { around } from './around.js';
import type { Call, Interceptor } from './call.js';

const DENIED: ReadonlySet<ErrorReason> = new Set([
  ErrorReason.UNAUTHENTICATED,
  ErrorReason.PERMISSION_DENIED,
  ErrorReason.CONSOLE_TOKEN_NEEDED,
]);

export function denied(denials: Pick<Denials, 'take'>): Interceptor {
  const record = (call: Call): void => {
    const { failure, principal, method } = call;
    if (failure === undefined) return;
    // Who is nobody and calls too often is not looked at any more.
    const unseen = failure.reason === ErrorReason.RATE_LIMITED && principal === NOBODY;
    if (!unseen && !DENIED.has(failure.reason)) return;
    const account: unknown = failure.metadata.account;
    denials.take({
      actor: principal.name,
      // Nobody is known by a key that is wrong: then all there is to name is where it came from.
      actorId: principal.id === '' ? networkOf(call.peer.replace(/:\d+$/, '')) : principal.id,
      method,
      account: typeof account === 'string' ? account : '',
      reason: reasonName(failure.reason),
    });
  };
  return {
    name: 'denied',
    aroundCall: (_method, next) => (call) =>
      around(next, call, record, (_call, error) => {
        throw error;
      }),
  };
}
