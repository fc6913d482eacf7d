// Owns what scopes are called and what they imply.
import { Scope, scopeToJSON } from '../../gen/ts/dtms/v1/access.js';
import { scopeDenied } from '../errors/access.js';
import type { Principal } from '../interceptors/principal.js';

const PREFIX = 'SCOPE_';

/** Every scope there is. */
export const SCOPES: readonly Scope[] = Object.values(Scope)
  .filter((value): value is Scope => typeof value === 'number')
  .filter((scope) => scope !== Scope.UNSPECIFIED);

/** The proto's name without its prefix, such as READ. */
export function scopeName(scope: Scope): string {
  return scopeToJSON(scope).slice(PREFIX.length);
}

const BY_NAME = new Map(SCOPES.map((scope) => [scopeName(scope), scope]));

/** The scope of a name in any case; undefined when there is none. */
export function scopeNamed(name: string): Scope | undefined {
  return BY_NAME.get(name.toUpperCase());
}

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
