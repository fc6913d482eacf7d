// Owns what a caller may do: the method by its scopes before a byte of the request is parsed, and the
// accounts the request names before its content is judged.
import { requireAccounts, requireEveryAccount } from '../access/accounts.js';
import { requireScope } from '../access/scopes.js';
import type { Contract } from '../contract/contract.js';
import type { Interceptor } from './call.js';

/** Refuses callers without one of the method's scopes, or without the accounts it needs; everybody when the proto gives it none. */
export function scopeAuthorization(contract: Pick<Contract, 'access'>): Interceptor {
  return {
    name: 'scope-authorization',
    aroundCall: (method, next) => {
      const access = contract.access(method.path);
      const scopes = access?.scopes ?? [];
      const ofEveryAccount = access?.everyAccount === true;
      const [usual] = scopes;
      return (call) => {
        // Most methods have one scope, and most callers have it.
        if (usual === undefined || !call.principal.scopes.has(usual)) requireScope(call.principal, ...scopes);
        if (ofEveryAccount) requireEveryAccount(call.principal);
        return next(call);
      };
    },
  };
}

/** Refuses callers that are limited to accounts and name another, or none. */
export function accountAuthorization(contract: Pick<Contract, 'access'>): Interceptor {
  return {
    name: 'account-authorization',
    aroundRequest: (method, next) => {
      const fields = contract.access(method.path)?.accountFields ?? [];
      if (fields.length === 0) return next;
      return (call, bytes) => {
        const request = next(call, bytes);
        requireAccounts(call.principal, fields, request);
        return request;
      };
    },
  };
}
