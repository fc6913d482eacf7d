// Owns what a caller may do: the method by its scopes before a byte of the request is parsed, and the
// accounts the request names before its content is judged.
import { requireAccounts } from '../access/accounts.js';
import type { AccessTable } from '../access/methods.js';
import { requireScope } from '../access/scopes.js';
import type { Interceptor } from './call.js';

/** Refuses callers without one of the method's scopes; everybody when the proto gives it none. */
export function scopeAuthorization(table: AccessTable): Interceptor {
  return {
    name: 'scope-authorization',
    aroundCall: (method, next) => {
      const scopes = table.forMethod(method.path)?.scopes ?? [];
      const [usual] = scopes;
      return (call) => {
        // Most methods have one scope, and most callers have it.
        if (usual === undefined || !call.principal.scopes.has(usual)) requireScope(call.principal, ...scopes);
        return next(call);
      };
    },
  };
}

/** Refuses callers that are limited to accounts and name another, or none. */
export function accountAuthorization(table: AccessTable): Interceptor {
  return {
    name: 'account-authorization',
    aroundRequest: (method, next) => {
      const fields = table.forMethod(method.path)?.accountFields ?? [];
      if (fields.length === 0) return next;
      return (call, bytes) => {
        const request = next(call, bytes);
        requireAccounts(call.principal, fields, request);
        return request;
      };
    },
  };
}
