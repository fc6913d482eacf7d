// Owns which accounts a request names, and whether a caller may name them.

import type { AccountField } from '../contract/access.js';
import { tradeOfAction } from '../domain/trade/action-id.js';
import { accountDenied, everyAccountDenied } from '../errors/access.js';
import type { Principal } from './principal.js';

/**
 * Throws PERMISSION_DENIED unless every account the request names is the caller's, and each field names
 * one. Nothing is looked up: the answer is the same whether or not anything exists.
 */
export function requireAccounts(
  { accounts }: Principal,
  fields: readonly AccountField[],
  request: unknown,
): void {
  if (accounts === null) return;
  for (const { path, steps, names } of fields) {
    const named = valuesAt(request, steps);
    if (named.length === 0) throw accountDenied(path, '');
    for (const value of named) {
      const account = names === 'account' ? value : (tradeOfAction(value)?.account ?? '');
      if (!accounts.has(account)) throw accountDenied(path, account);
    }
  }
}

/** Throws PERMISSION_DENIED when the caller is limited to accounts. */
export function requireEveryAccount({ accounts }: Pick<Principal, 'accounts'>): void {
  if (accounts !== null) throw everyAccountDenied();
}

/** The texts at the end of a way through messages and lists. */
function valuesAt(value: unknown, steps: readonly string[]): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => valuesAt(item, steps));
  const [step, ...rest] = steps;
  if (step !== undefined) return valuesAt(Reflect.get(Object(value), step), rest);
  return typeof value === 'string' ? [value] : [];
}
