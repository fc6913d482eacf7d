// Owns which accounts a request names, and whether a caller may name them.
import { tradeOf } from '../engine/action-desk.js';
import { accountDenied } from '../errors/access.js';
import type { Principal } from '../interceptors/principal.js';
import type { AccountField } from './methods.js';

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
      const account = names === 'account' ? value : (tradeOf(value)?.account ?? '');
      if (!accounts.has(account)) throw accountDenied(path, account);
    }
  }
}

/** The texts at the end of a way through messages and lists. */
function valuesAt(value: unknown, steps: readonly string[]): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => valuesAt(item, steps));
  const [step, ...rest] = steps;
  if (step !== undefined) return valuesAt(Reflect.get(Object(value), step), rest);
  return typeof value === 'string' ? [value] : [];
}
