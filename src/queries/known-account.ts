// Owns that what is asked about an account nobody knows is refused: zeros of a mistyped name would be comfort.
import { isKnownAccount } from '../engine/known-accounts.js';
import { accountNotFound } from '../errors/errors.js';
import type { Sources } from './sources.js';

/** @throws DtmsError ACCOUNT_NOT_FOUND */
export async function checkAccount(
  { state, rules, store }: Pick<Sources, 'state' | 'rules' | 'store'>,
  account: string,
): Promise<void> {
  if (isKnownAccount(state().engine, rules, account) || (await store.isAccountNamed(account))) return;
  throw accountNotFound(account);
}
