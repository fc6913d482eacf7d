// The list of accounts over real sockets and a real Postgres, by callers who see all and who see some.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Scope } from '../../../../gen/ts/dtms/v1/access.js';
import { MarginMode } from '../../../../gen/ts/dtms/v1/account_service.js';
import { DtmsClient, ErrorReason } from '../../../../src/client/index.js';
import { accountCalls } from '../../../support/account-calls.js';
import { startService, type TestService } from '../../../support/app.js';
import { walk } from '../../../support/market-data.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
  await beat('reported');
  await service.client.upsertAccount({ account: 'set-up', marginMode: MarginMode.HEDGING });
  await register('trading', 1n);
  await register('trading', 2n);
  await register('closed', 3n);
  await service.client.closeTrade({ account: 'closed', ticket: 3n });
});
afterAll(async () => {
  await service.end();
});

const { beat, register, risk, failure } = accountCalls(() => service);

describe('the list of accounts', () => {
  it('has those that reported, were set up or have trades, in the order of their names', async () => {
    const { accounts, nextPageToken } = await service.client.listAccounts({});
    expect(accounts.map(({ account }) => account)).toEqual(['reported', 'set-up', 'trading']);
    expect(nextPageToken).toBe('');
    expect(accounts[2]).toEqual(await risk('trading'));
    expect(accounts[2]?.activeTrades).toBe(2);
  });

  it('comes in pages, whatever appears between them', async () => {
    const first = await service.client.listAccounts({ pageSize: 2 });
    expect(first.accounts.map(({ account }) => account)).toEqual(['reported', 'set-up']);
    await beat('a-new-one');
    const second = await service.client.listAccounts({ pageSize: 2, pageToken: first.nextPageToken });
    expect(second.accounts.map(({ account }) => account)).toEqual(['trading']);
    expect(second.nextPageToken).toBe('');
    const error = await failure(service.client.listTrades({ pageToken: first.nextPageToken }));
    expect(error.report?.reason).toBe(ErrorReason.INVALID_PAGE_TOKEN);
  });
});

describe('a caller limited to accounts', () => {
  it('sees only those, also in what is counted of markets', async () => {
    await service.client.pushMarketData({ items: walk('BTCUSD', 'M15', new Date(Date.UTC(2025, 5, 2)), 2) });
    await register('set-up', 1n);
    const { key, secret } = await service.client.createApiKey({
      name: 'one-account',
      scopes: [Scope.READ],
      accounts: ['set-up', 'unknown'],
      consoleToken: service.consoleToken,
    });
    const apiKey = secret;
    expect(key?.accounts).toEqual(['set-up', 'unknown']);
    const limited = new DtmsClient({ address: service.address, apiKey });
    try {
      const { accounts } = await limited.listAccounts({});
      expect(accounts.map(({ account }) => account)).toEqual(['set-up']);
      const { markets } = await limited.listMarketViews({});
      expect(markets.map(({ activeTrades }) => activeTrades)).toEqual([1n]);
      const denied = await failure(limited.listStateHistory({ account: 'trading' }));
      expect(denied.report?.reason).toBe(ErrorReason.PERMISSION_DENIED);
      const all = await failure(limited.listStateHistory({}));
      expect(all.report?.reason).toBe(ErrorReason.PERMISSION_DENIED);
      const { points } = await limited.listStateHistory({ account: 'set-up' });
      expect(points.at(-1)?.tradesByState[0]?.trades).toBe(1n);
    } finally {
      limited.close();
    }
  });
});
