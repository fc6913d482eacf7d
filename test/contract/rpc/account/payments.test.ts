// Payments over real sockets and a real Postgres: the rails measure results, and every payment is on record.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BalanceOperationKind, TradingState } from '../../../../gen/ts/dtms/v1/account_service.js';
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

const { account, beat, risk } = accountCalls(() => service);

const money = (equity: number, seconds: number) => ({ equity, balance: equity, reportedAt: at(seconds) });
const told = (...operations: readonly object[]) => ({ tellsOperations: true, operations: [...operations] });
const paid = (deal: bigint, amount: number, seconds: number) => ({
  deal,
  kind: BalanceOperationKind.BALANCE,
  amount,
  time: at(seconds),
});

async function payments(name: string) {
  const { rows } = await execute(
    service.databaseUrl,
    "SELECT detail FROM audit_events WHERE account = $1 AND method = 'payments' ORDER BY id",
    [name],
  );
  return rows.map(({ detail }) => detail);
}

const dailyLoss = async (name: string) => (await risk(name))?.rails[0]?.value;

describe('told', () => {
  it('500 withdrawn of 10,000 trips nothing, once and on record, and after a restart too', async () => {
    const name = account();
    await beat(name, { ...money(10_000, 0), ...told() });
    const out = paid(71n, -500, 4);
    const after = await beat(name, { ...money(9_500, 5), ...told(out) });
    expect(after.tradingState).toBe(TradingState.ACTIVE);
    expect(await risk(name)).toMatchObject({ operationsTold: true, rails: [{ value: 0 }, { value: 0 }, {}] });
    expect(await payments(name)).toEqual([
      { kind: 'BALANCE', amount: -500, deal: '71', made_at: expect.any(String) },
    ]);
    service = await service.restart();
    await beat(name, { ...money(9_500, 10), ...told(out) });
    expect(await dailyLoss(name)).toBe(0);
    expect(await payments(name)).toHaveLength(1);
  });

  it('1,000 paid in and 400 lost are 4% and trip', async () => {
    const name = account();
    await beat(name, { ...money(10_000, 0), ...told() });
    await beat(name, { ...money(11_000, 5), ...told(paid(71n, 1_000, 4)) });
    const after = await beat(name, { ...money(10_600, 10), ...told() });
    expect(after.tradingState).toBe(TradingState.REDUCING);
    expect(await dailyLoss(name)).toBeCloseTo(0.04, 12);
  });

  it('one that never moved the balance does not count, and the risk says so', async () => {
    const name = account();
    await beat(name, { ...money(10_000, 0), ...told() });
    await beat(name, { ...money(10_000, 1), ...told(paid(71n, -300, 0)) });
    expect(await risk(name)).toMatchObject({ unprovenPayments: 0, unprovenAt: undefined });
    // It may still come, for as long as a heartbeat counts.
    await execute(
      service.databaseUrl,
      `UPDATE accounts SET body = jsonb_set(body::jsonb, '{unmatched,until}', '0')::json WHERE account = $1`,
      [name],
    );
    service = await service.restart();
    await beat(name, { ...money(10_000, 2), ...told() });
    expect(await risk(name)).toMatchObject({ unprovenPayments: -300, unprovenAt: expect.any(Date) });
    expect((await payments(name)).at(-1)).toEqual({ kind: 'UNPROVEN', amount: -300 });
  });

  it('nothing is inferred any more: an equal fall without an operation is a loss', async () => {
    const name = account();
    await beat(name, { ...money(10_000, 0), ...told() });
    expect((await beat(name, money(9_500, 5))).tradingState).toBe(TradingState.REDUCING);
  });
});

describe('not told', () => {
  it('500 withdrawn of 10,000 with nothing open trip nothing, and are recorded as inferred', async () => {
    const name = account();
    await beat(name, money(10_000, 0));
    expect((await beat(name, money(9_500, 5))).tradingState).toBe(TradingState.ACTIVE);
    expect(await payments(name)).toEqual([{ kind: 'INFERRED', amount: -500 }]);
    expect((await risk(name))?.operationsTold).toBe(false);
  });

  it('1,000 paid in and 400 lost are 4% and trip: the second fall of a day is no withdrawal', async () => {
    const name = account();
    await beat(name, money(10_000, 0));
    await beat(name, money(11_000, 5));
    expect((await beat(name, money(10_600, 10))).tradingState).toBe(TradingState.REDUCING);
    expect(await dailyLoss(name)).toBeCloseTo(0.04, 12);
  });
});
