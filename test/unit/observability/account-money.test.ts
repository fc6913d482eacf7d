// Accounts' money in a scrape: as reported, with its currency, of a bounded number of accounts.
import { expect, test } from 'vitest';
import { emptyAccount } from '../../../src/domain/account/account.js';
import { moneyFamilies } from '../../../src/metrics/account-money.js';

test('shows what was reported of the first 200 accounts, and nothing of the others', () => {
  const accounts = Array.from({ length: 250 }, (_, index) => ({
    ...emptyAccount(`a${String(index).padStart(3, '0')}`),
    currency: 'USD',
    money: { equity: 10 + index, balance: 10, at: 0, heardAt: 0, isProven: false },
  }));
  const [balance, equity] = moneyFamilies([emptyAccount('silent'), ...accounts.reverse()]);
  expect(balance?.samples).toHaveLength(200);
  expect(equity?.samples.at(-1)).toMatchObject({ labels: { account: 'a199', currency: 'USD' }, value: 209 });
});
