// Owns what a scrape shows of accounts' money, as their bridges reported it. What is open is equity less balance: to reckon
// it anew from every trade at every scrape would cost more than it tells.
import type { Account } from '../domain/account/account.js';
import { accountExposure, isLimited } from '../engine/exposure.js';
import type { Term } from '../engine/term.js';
import { type Family, gauge, type Labels } from '../observability/metrics/families.js';

/** More accounts are left out: a server that has them has a program that sums. */
const MOST_ACCOUNTS = 200;

/** The largest shares of the first accounts by name; only where a limit is set: else nobody reckons them. */
export function exposureFamily(term: Pick<Term, 'engine'> | null): Family {
  const { engine } = term ?? {};
  const accounts = engine === undefined || !isLimited(engine.rules.exposure) ? [] : engine.tradingAccounts();
  const samples = [...accounts]
    .sort()
    .slice(0, MOST_ACCOUNTS)
    .flatMap((account): [Labels, number][] => {
      if (engine === undefined) return [];
      const { currencies, symbols } = accountExposure(engine, account, engine.rules);
      const of = { currency: currencies, correlated: symbols.map(({ together }) => together) };
      return Object.entries(of).flatMap(([kind, held]): [Labels, number][] =>
        // The largest is not known where one of them is not.
        held.length === 0 || held.some(({ share }) => share === null)
          ? []
          : [[{ account, of: kind }, Math.max(...held.map(({ share }) => share ?? 0))]],
      );
    });
  return gauge(
    'dtms_account_exposure',
    'The most held of one currency, or of symbols that move together, in multiples of the equity; where a limit is set and it can be told; the first 200 accounts by name.',
    samples,
  );
}

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
