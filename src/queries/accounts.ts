// Owns reading of accounts: those that were set up, here or in the configuration, that a bridge reported, or
// that have trades.
import type { Rules } from '../domain/rules.js';
import { type AccountRisk, accountRisk } from '../engine/account-risk.js';
import { checkAccount } from './known-account.js';
import { type ListPage, pageByName } from './page.js';
import type { LogState, Sources } from './sources.js';

/** @throws DtmsError ACCOUNT_NOT_FOUND */
export async function getAccountRisk(sources: Sources, account: string): Promise<AccountRisk> {
  await checkAccount(sources, account);
  return accountRisk(stateFor(sources, [account]), account);
}

/**
 * Accounts in the order of their names, those after a name.
 *
 * @param visible - those the caller may see; null means every one.
 */
export function listAccountRisks(
  sources: Sources,
  visible: ReadonlySet<string> | null,
  after: string,
  size: number,
): ListPage<AccountRisk, string> {
  const known = sources.state();
  const names = [...knownAccounts(known, sources.rules)].filter((name) => visible?.has(name) ?? true);
  const page = pageByName(new Map(names.map((name) => [name, name])), after, size);
  const state = stateFor(sources, page.items);
  return { items: page.items.map((name) => accountRisk(state, name)), next: page.next };
}

/** Since when the circuit breaker holds actions, and what led to it, is in the leader's memory alone. */
function stateFor(sources: Sources, accounts: readonly string[]): LogState {
  const state = sources.state();
  const isHeld = (account: string) =>
    state.engine.acting
      .trades(account)
      .some(({ actions }) => actions.some(({ hold }) => hold === 'MASS_EFFECT'));
  return accounts.some(isHeld) ? sources.leading() : state;
}

/** The accounts that are named anywhere: in the configuration, by a bridge or a person, or by a trade. */
export function knownAccounts(
  { engine }: { readonly engine: Pick<LogState['engine'], 'accounts' | 'tradingAccounts'> },
  rules: Pick<Rules, 'accounts'>,
): ReadonlySet<string> {
  const names = new Set([...Object.keys(rules.accounts), ...engine.tradingAccounts()]);
  for (const { account } of engine.accounts.all()) names.add(account);
  return names;
}
