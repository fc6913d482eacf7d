// SetRails over real sockets and a real Postgres: an account's own limits, and a rail that closes everything.
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Rail, RailAction, TradingState } from '../../../../gen/ts/dtms/v1/account_service.js';
import { ActionStatus, ActionType } from '../../../../src/client/index.js';
import { accountCalls, at } from '../../../support/account-calls.js';
import { startService, type TestService } from '../../../support/app.js';
import { eventually } from '../../../support/eventually.js';
import { execute } from '../../../support/postgres.js';

let service: TestService;
beforeAll(async () => {
  service = await startService({ rules: { rails: { sureAfterMs: 1 } } });
});
afterAll(async () => {
  await service.end();
});

const { account, beat, risk, register, failure } = accountCalls(() => service);

const actionsOf = async (name: string) =>
  (await service.client.listActions({ account: name })).actions.map(({ ticket, action }) => ({
    ticket,
    type: action?.type,
    status: action?.status,
    orderedBy: action?.orderedBy,
  }));

it('an account has limits of its own, over a restart, and all as configured when none are given', async () => {
  const name = account();
  const limits = { dailyLoss: 0.03, stopStreak: 5, dailyProfit: 0.05, onTrip: RailAction.HALT };
  const decision = { by: 'ann', reason: 'its mandate' };
  const { risk: answered } = await service.client.setRails({
    account: name,
    ...limits,
    ...decision,
    allowNew: true,
  });
  const shown = {
    onTrip: RailAction.HALT,
    rails: [
      { rail: Rail.DAILY_LOSS, limit: 0.03 },
      { rail: Rail.HOURLY_LOSS, limit: 0.01 },
      { rail: Rail.STOP_STREAK, limit: 5 },
      { rail: Rail.DAILY_PROFIT, limit: 0.05 },
    ],
  };
  expect(answered).toMatchObject(shown);
  service = await service.restart();
  expect(await risk(name)).toMatchObject(shown);
  await service.client.setRails({ account: name });
  expect((await risk(name))?.rails.map(({ limit }) => limit)).toEqual([0.02, 0.01, 3]);
  const after = { ...limits, onTrip: 'halt' };
  const { events } = await service.client.listAuditEvents({ account: name });
  expect(events.map(({ method, detail }) => [method.split('/')[2], detail])).toEqual([
    ['SetRails', { ...decision, before: {}, after }],
    ['SetRails', { by: expect.any(String), reason: '', before: after, after: {} }],
  ]);
});

it.each([{ dailyLoss: 0 }, { dailyLoss: 5 }, { stopStreak: 0 }, { dailyProfit: Number.NaN }])(
  'refuses %o',
  async (limits) => {
    const error = await failure(service.client.setRails({ account: account(), ...limits }));
    expect(error.code).toBe(status.INVALID_ARGUMENT);
  },
);

/** Heartbeats that tell their operations and a loss, until the rail did what it is to do. */
const loseSurely = (name: string) =>
  eventually(async () => {
    const beaten = await beat(name, { equity: 9_700, tellsOperations: true, reportedAt: new Date() });
    expect((await risk(name))?.rails[0]?.actedAt).toBeInstanceOf(Date);
    return beaten;
  });

it('a loss that is sure orders every trade closed, held by nothing, once, and a person takes it back', async () => {
  const name = account();
  for (const ticket of [1n, 2n, 3n, 4n]) await register(name, ticket);
  await service.client.setRails({ account: name, onTrip: RailAction.FLATTEN });
  await beat(name, { tellsOperations: true });
  await beat(name, { equity: 9_700, tellsOperations: true, reportedAt: at(5) });
  expect(await actionsOf(name)).toEqual([]);
  expect((await loseSurely(name)).tradingState).toBe(TradingState.REDUCING);
  const closes = [1n, 2n, 3n, 4n].map((ticket) => ({
    ticket,
    type: ActionType.CLOSE_ALL,
    status: ActionStatus.PENDING,
    orderedBy: 'rail DAILY_LOSS',
  }));
  expect(await actionsOf(name)).toEqual(closes);
  await beat(name, { equity: 9_500, tellsOperations: true, reportedAt: new Date() });
  expect(await actionsOf(name)).toEqual(closes);
  const { rows } = await execute(
    service.databaseUrl,
    "SELECT detail->>'step' AS step FROM audit_events WHERE account = $1 AND detail->>'rail' = 'DAILY_LOSS'",
    [name],
  );
  expect(rows.map(({ step }) => step)).toEqual(['tripped', 'flattens']);
  service = await service.restart();
  await service.client.setTradingState({
    account: name,
    state: TradingState.ACTIVE,
    by: 'ann',
    reason: 'mine',
  });
  expect(await actionsOf(name)).toEqual(closes.map((close) => ({ ...close, status: ActionStatus.EXPIRED })));
});

it('a loss that is sure halts where the account says so', async () => {
  const name = account();
  await service.client.setRails({ account: name, onTrip: RailAction.HALT, allowNew: true });
  await beat(name, { tellsOperations: true });
  expect((await loseSurely(name)).tradingState).toBe(TradingState.HALTED);
});

it('without told operations a loss only reduces, and the risk says why', async () => {
  const name = account();
  await register(name, 1n);
  await service.client.setRails({ account: name, onTrip: RailAction.FLATTEN });
  await beat(name);
  for (let beats = 0; beats < 5; beats += 1) await beat(name, { equity: 9_700, reportedAt: new Date() });
  expect(await risk(name)).toMatchObject({
    tradingState: TradingState.REDUCING,
    onTripObstacle: expect.stringContaining('no bridge tells'),
  });
  expect(await actionsOf(name)).toEqual([]);
});
