// Owns what scopes are called.
import { Scope, scopeToJSON } from '../../gen/ts/dtms/v1/access.js';

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
