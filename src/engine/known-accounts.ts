// Owns whether anything is known of an account: that the configuration, a bridge, a person or a trade names it.
import type { Rules } from '../domain/rules.js';
import type { Engine } from './engine.js';

export function isKnownAccount(
  engine: Pick<Engine, 'accounts' | 'tradesOf'>,
  rules: Pick<Rules, 'accounts'>,
  account: string,
): boolean {
  return (
    engine.accounts.get(account) !== undefined ||
    Object.hasOwn(rules.accounts, account) ||
    engine.tradesOf(account)[Symbol.iterator]().next().done !== true
  );
}
