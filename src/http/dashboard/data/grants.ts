// Owns what a caller's scopes and accounts allow, as elements ask for it. Pure.
import type { GetCallerResponse } from '../../../../gen/ts/dtms/v1/system_service.js';
import type { Json } from './json.js';

export type CallerJson = Json<GetCallerResponse>;
/** What an element may need: a scope, to close trades, or not to be limited to accounts. */
export type Need = 'register' | 'admin' | 'close' | 'everyone' | 'key';

/** What a caller may do, as elements ask for it. Pure. */
export function grantsOf({ scopes, accounts, kind }: CallerJson): readonly Need[] {
  const has = (scope: string) => scopes.includes(`SCOPE_${scope}`);
  return [
    has('REGISTER') ? (['register'] as const) : [],
    has('REGISTER') || has('BRIDGE') ? (['close'] as const) : [],
    has('ADMIN') ? (['admin'] as const) : [],
    accounts.length === 0 ? (['everyone'] as const) : [],
    kind === 'CALLER_KIND_KEY' ? (['key'] as const) : [],
  ].flat();
}
