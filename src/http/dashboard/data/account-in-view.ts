// Owns which account calls are about with a key that is limited to accounts: such a key has to name one, where others see all. Pure.
import type { CallerJson } from './grants.js';

/** The parameter that names it, by the path of each call that may be about all accounts. */
export const NAMED_BY: Readonly<Record<string, 'account' | 'filter.account'>> = {
  '/v1/dtms/actions': 'account',
  '/v1/dtms/effect': 'filter.account',
  '/v1/dtms/effect/trades': 'filter.account',
  '/v1/dtms/events': 'filter.account',
  '/v1/dtms/trades': 'filter.account',
  '/v1/dtms/trades:results': 'filter.account',
  '/v1/dtms/trades:stateHistory': 'account',
  '/v1/dtms/trades:watch': 'filter.account',
};

/** A call's path and query with the account in view; as it was where it names one, or may not. */
export function aboutAccount(target: string, account: string | undefined): string {
  const [path = '', query = ''] = target.split('?');
  const name = NAMED_BY[path];
  const parameters = new URLSearchParams(query);
  if (account === undefined || name === undefined || parameters.has(name)) return target;
  parameters.set(name, account);
  return `${path}?${parameters}`;
}

/** The account a caller looks at: one of its own; undefined for who sees all of them. @param wanted - if it is one */
export function accountInView(
  { accounts }: Pick<CallerJson, 'accounts'>,
  wanted: string | undefined,
): string | undefined {
  return accounts.find((account) => account === wanted) ?? accounts[0];
}
