// Owns what the limits have in common: whom they count as one caller, and who is exempt.

import { networkOf } from '../access/address.js';
import { isLoopback } from '../access/policy.js';
import type { Principal } from '../access/principal.js';

/** auto: callers without a key are not limited where only this machine can call. */
export type LimitMode = 'auto' | 'on' | 'off';

/** Whether limits per caller apply to a caller. */
export type Limited = (principal: Principal) => boolean;

/** @param host - where the server listens. */
export function limitedCallers(limits: { readonly mode: LimitMode }, host: string): Limited {
  const isPrivate = isLoopback(host);
  return ({ kind }) => limits.mode !== 'off' && (limits.mode === 'on' || !isPrivate || kind !== 'open');
}

/** What callers that have a name are counted as: made once, not for every call. */
const named = new WeakMap<Principal, string>();

/** A key or a certificate is one caller, wherever it calls from; nobody in particular is an address. */
export function callerOf(principal: Principal): string {
  const { kind } = principal;
  if (kind === 'open') return `open:${networkOf(principal.id)}`;
  const known = named.get(principal);
  if (known !== undefined) return known;
  const caller = `${kind}:${principal.id}`;
  named.set(principal, caller);
  return caller;
}
