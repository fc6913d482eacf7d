// Owns what the limits have in common: whom they count as one caller, and who is exempt.
import { isLoopback } from '../access/policy.js';
import { networkOf } from '../rpc/address.js';
import type { Principal } from './principal.js';

/** auto: callers without a key are not limited where only this machine can call. */
export type LimitMode = 'auto' | 'on' | 'off';

/** Whether limits per caller apply to a caller. */
export type Limited = (principal: Principal) => boolean;

/** @param host - where the server listens. */
export function limitedCallers(mode: LimitMode, host: string): Limited {
  if (mode === 'off') return () => false;
  if (mode === 'on' || !isLoopback(host)) return () => true;
  return ({ kind }) => kind !== 'open';
}

/** A key or a certificate is one caller, wherever it calls from; nobody in particular is an address. */
export function callerOf({ kind, id }: Principal): string {
  return `${kind}:${kind === 'open' ? networkOf(id) : id}`;
}
