// Owns that nobody decides about an account that nobody knows: the decision of a mistyped name would limit nobody.
import { isKnownAccount } from '../engine/known-accounts.js';
import type { Term } from '../engine/term.js';
import { accountNotFound } from '../errors/errors.js';
import type { DecisionStore } from '../store/store.js';

/** @throws DtmsError ACCOUNT_NOT_FOUND, with the hint what else may be done */
export async function checkKnown(
  { engine }: Pick<Term, 'engine'>,
  store: Pick<DecisionStore, 'isAccountNamed'>,
  account: string,
  hint = '',
): Promise<void> {
  if (isKnownAccount(engine, engine.rules, account) || (await store.isAccountNamed(account))) return;
  throw accountNotFound(account, hint);
}
