// Owns what scopes imply, and what a call without the one it needs is told.
import { Scope } from '../../gen/ts/dtms/v1/access.js';
import { scopeName } from '../contract/scopes.js';
import { scopeDenied } from '../errors/access.js';
import type { Principal } from './principal.js';

/** What these scopes allow: whoever administrates may read; nothing else implies anything. */
export function granted(scopes: Iterable<Scope>): ReadonlySet<Scope> {
  const all = new Set(scopes);
  if (all.has(Scope.ADMIN)) all.add(Scope.READ);
  return all;
}

/** Throws PERMISSION_DENIED when the caller has none of these scopes. */
export function requireScope({ scopes }: Pick<Principal, 'scopes'>, ...needs: readonly Scope[]): void {
  if (!needs.some((scope) => scopes.has(scope))) throw scopeDenied(needs.map(scopeName));
}
