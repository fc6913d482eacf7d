// The list of accounts: those anything is known of, as far as the caller may see them.
import type {
  AccountRisk,
  ListAccountsRequest,
  ListAccountsResponse,
} from '../../gen/ts/dtms/v1/account_service.js';
import type { Rules } from '../domain/rules.js';
import type { Term } from '../engine/term.js';
import type { Principal } from '../interceptors/principal.js';
import { pageByName } from './name-pages.js';
import { queryFingerprint } from './page-token.js';

/** @param show - an account as the caller sees it; called for those of the page. */
export function listAccounts(
  term: Term,
  rules: Rules,
  request: ListAccountsRequest,
  { method, principal }: { readonly method: string; readonly principal: Principal },
  show: (account: string) => AccountRisk,
): ListAccountsResponse {
  const names = [...knownAccounts(term, rules)].filter((name) => principal.accounts?.has(name) ?? true);
  const known = new Map(names.map((name) => [name, name]));
  const { items, nextPageToken } = pageByName(known, queryFingerprint(method, Buffer.alloc(0)), request);
  return { accounts: items.map(show), nextPageToken };
}

/** Accounts that were set up, here or in the configuration, that a bridge reported, or that have trades. */
function knownAccounts({ engine }: Term, rules: Rules): ReadonlySet<string> {
  const names = new Set([...Object.keys(rules.accounts), ...engine.tradingAccounts()]);
  for (const { account } of engine.accounts.all()) names.add(account);
  return names;
}
