// A decision about an account that nobody ever named is refused: whoever mistypes a name would limit nobody, and believe it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  AccountKind,
  AccountMode,
  MarginMode,
  TradingState,
} from '../../../../gen/ts/dtms/v1/account_service.js';
import { ErrorReason } from '../../../../src/client/index.js';
import { accountCalls } from '../../../support/account-calls.js';
import { startService, type TestService } from '../../../support/app.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.end();
});

const { account, register, failure } = accountCalls(() => service);
const WHY = { by: 'ann', reason: 'a look first' };

/** Each decision, of an account; `allowNew` where one may be new. */
const decisions = (name: string, allowNew: boolean): readonly (() => Promise<unknown>)[] => {
  const told = { account: name, ...WHY, allowNew };
  const { client } = service;
  return [
    () => client.setTradingState({ ...told, state: TradingState.HALTED }),
    () => client.setAccountMode({ ...told, mode: AccountMode.ENFORCE }),
    () => client.setAccountKind({ ...told, kind: AccountKind.PAPER }),
    () => client.setRails({ ...told, dailyLoss: 0.1 }),
    () => client.setOrderCaps({ ...told, volume: 1 }),
  ];
};

it('is refused, and makes no account', async () => {
  const name = account();
  const closing = () => service.client.closePosition({ account: name, wholeAccount: true, ...WHY });
  for (const decide of [...decisions(name, false), closing]) {
    const { reason, metadata } = (await failure(decide())).report;
    expect([reason, metadata.account]).toEqual([ErrorReason.ACCOUNT_NOT_FOUND, name]);
  }
  const { accounts } = await service.client.listAccounts({});
  expect(accounts.map((risk) => risk.account)).not.toContain(name);
});

it('is taken where it is said to be new, and of an account that a trade or a program named', async () => {
  for (const [index] of decisions('', true).entries()) await decisions(account(), true)[index]?.();
  const [traded, told] = [account(), account()];
  await register(traded, 1n);
  await service.client.upsertAccount({ account: told, marginMode: MarginMode.HEDGING });
  for (const name of [traded, told]) for (const decide of decisions(name, false)) await decide();
});
