// AccountService over real sockets and a real Postgres: accounts, heartbeats, rails, risk.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MarginMode, Rail, TradingState } from '../../../../gen/ts/dtms/v1/account_service.js';
import { Direction, ErrorReason } from '../../../../src/client/index.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import { accountCalls, at } from '../../../support/account-calls.js';
import { startService, type TestService } from '../../../support/app.js';
import { execute } from '../../../support/postgres.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.end();
});

const { account, beat, risk, register, reconcile, failure } = accountCalls(() => service);

describe('an account', () => {
  it('nobody knows has no risk', async () => {
    const error = await failure(service.client.getRisk({ account: 'nobody' }));
    expect(error.code).toBe(status.NOT_FOUND);
    expect(error.report?.reason).toBe(ErrorReason.ACCOUNT_NOT_FOUND);
  });

  it('is assumed to hedge without FIFO until told otherwise', async () => {
    const name = account();
    await register(name, 1n);
    expect(await risk(name)).toMatchObject({ marginMode: MarginMode.HEDGING, fifo: false, activeTrades: 1 });
    const told = { marginMode: MarginMode.NETTING, fifo: true, hedgeAddsMargin: true };
    const { risk: answered } = await service.client.upsertAccount({ account: name, ...told });
    expect(answered).toMatchObject(told);
    expect(await risk(name)).toMatchObject(told);
  });

  it('shows its money, rails, bridges and open risk', async () => {
    const name = account();
    await register(name, 1n);
    await register(name, 2n, { direction: Direction.SELL, stopLoss: 105, volume: 2 });
    await register(name, 3n, { stopLoss: 105, initialStopLoss: 90 });
    await register(name, 4n, { stopLoss: undefined });
    expect((await risk(name))?.utcOffsetMinutes).toBeUndefined();
    await beat(name, { equity: 9_950, balance: 9_000, utcOffsetMinutes: 0 });
    const shown = await risk(name);
    expect(shown?.utcOffsetMinutes).toBe(0);
    // Nobody told the currency of the account: none of it is a sum of money.
    expect(shown).toMatchObject({ equity: 9_950, balance: 9_000, reportedAt: at(0) });
    expect(shown).toMatchObject({ openRisk: 0, openRiskUnknown: 4, currency: '' });
    expect(shown?.rails).toMatchObject([
      { rail: Rail.DAILY_LOSS, value: 0, limit: 0.02, trippedAt: undefined },
      { rail: Rail.HOURLY_LOSS, value: 0, limit: 0.01 },
      { rail: Rail.STOP_STREAK, value: 0, limit: 3 },
    ]);
    expect(shown?.bridges).toMatchObject([{ bridgeId: 'mt5-1', ready: true, obstacle: '' }]);
    await service.client.upsertAccount({ account: name, marginMode: MarginMode.HEDGING, currency: 'USD' });
    const told = await risk(name);
    // 1 x 10 and 2 x 5 of a coin a lot; a stop past the entry risks nothing, and without a stop nobody knows.
    expect(told).toMatchObject({ openRisk: 20, openRiskUnknown: 1, currency: 'USD' });
    const { result } = await service.client.getAccountResult({ account: name });
    expect(result?.risk).toMatchObject({ amount: '20.00', unknown: 1 });
  });
});

describe('a heartbeat', () => {
  it('says whether the bridge gets work', async () => {
    const name = account();
    expect(await beat(name)).toMatchObject({ tradingState: TradingState.ACTIVE, ready: true, obstacle: '' });
    expect(await beat(name, { tradeAllowed: false })).toMatchObject({
      ready: false,
      obstacle: 'trading is not allowed',
    });
    expect((await beat(name, { terminalAccount: 'other' })).obstacle).toContain('other');
  });

  it('trips a rail; a person lifts it once, however often the call is repeated', async () => {
    const name = account();
    await beat(name);
    const tripped = await beat(name, { equity: 9_700, reportedAt: at(1) });
    expect(tripped.tradingState).toBe(TradingState.REDUCING);
    expect((await risk(name))?.rails[0]).toMatchObject({
      rail: Rail.DAILY_LOSS,
      trippedAt: expect.any(Date),
    });
    const request = {
      account: name,
      state: TradingState.ACTIVE,
      by: 'ann',
      reason: 'seen',
      requestId: randomUUID(),
    };
    const freed = await service.client.setTradingState(request);
    expect(freed.risk).toMatchObject({
      tradingState: TradingState.ACTIVE,
      person: 'ann',
      personReason: 'seen',
    });
    await beat(name, { equity: 9_400, reportedAt: at(2) });
    const repeated = await service.client.setTradingState(request);
    expect(repeated).toEqual(freed);
    expect((await risk(name))?.tradingState).toBe(TradingState.REDUCING);
    const { rows } = await execute(
      service.databaseUrl,
      "SELECT actor, method, detail FROM audit_events WHERE account = $1 AND method <> 'rails'",
      [name],
    );
    expect(rows).toEqual([
      {
        actor: 'anonymous',
        method: expect.stringContaining('SetTradingState'),
        detail: { by: 'ann', state: 'ACTIVE', before: 'ACTIVE', reason: 'seen' },
      },
    ]);
  });

  it('from days ahead is heard, as of now', async () => {
    const name = account();
    await beat(name, { reportedAt: at(72 * 3600) });
    expect(await risk(name)).toMatchObject({ equity: 10_000, bridges: [{ ready: true }] });
  });
});

it('a restart forgets nothing of an account', async () => {
  const name = account();
  await service.client.upsertAccount({ account: name, marginMode: MarginMode.NETTING, fifo: true });
  await register(name, 1n);
  await beat(name);
  await beat(name, { equity: 9_850, reportedAt: at(1) });
  await reconcile(name, 5, []);
  await service.client.setTradingState({ account: name, state: TradingState.HALTED, by: 'ann' });
  const before = await risk(name);
  expect(before).toMatchObject({ tradingState: TradingState.HALTED, fifo: true });
  service = await service.restart();
  expect(await risk(name)).toEqual(before);
  await sleep(DEFAULT_RULES.reconciliation.goneAfterMs);
  // The first snapshot a server sees may be the last one of the server before, sent again.
  expect((await reconcile(name, 6, [])).closed).toEqual([]);
  expect((await reconcile(name, 7, [])).closed).toEqual([1n]);
});
