// Owns what a scrape shows of accounts' money, as their bridges reported it. What is open is equity less balance: to reckon
// it anew from every trade at every scrape would cost more than it tells.
import type { Account } from '../domain/account/account.js';
import { type Family, gauge, type Labels } from '../observability/metrics/families.js';

/** More accounts are left out: a server that has them has a program that sums. */
const MOST_ACCOUNTS = 200;

/** Of the first accounts by name that reported money. */
export function moneyFamilies(accounts: Iterable<Account>): Family[] {
  const known = [...accounts]
    .filter(({ money }) => money !== null)
    .sort((a, b) => (a.account < b.account ? -1 : 1))
    .slice(0, MOST_ACCOUNTS);
  const of = (amount: (account: Account) => number | undefined) =>
    known.map((each): [Labels, number] => [
      { account: each.account, currency: each.currency ?? '' },
      amount(each) ?? 0,
    ]);
  return [
    gauge(
      'dtms_account_balance',
      'Balance as last reported, in the currency; the first 200 accounts by name.',
      of(({ money }) => money?.balance),
    ),
    gauge(
      'dtms_account_equity',
      'Balance and open results as last reported, in the currency; the first 200 accounts by name.',
      of(({ money }) => money?.equity),
    ),
  ];
}
