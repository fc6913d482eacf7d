// What is ordered is looked at again at the last moment, and rails measure results: attacks T8 and T13, and the cases
// rails-deposit-withdrawal and rails-profitable-stops.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rail, RailAction, TradingState } from '../../gen/ts/dtms/v1/account_service.js';
import { ActionStatus, CloseReason } from '../../gen/ts/dtms/v1/types.js';
import { Direction, ErrorReason } from '../../src/client/index.js';
import { actionCalls, only } from '../support/action-calls.js';
import { startService, type TestService } from '../support/app.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.end();
});

const { account, beat, troubled, lease, held, begin, listed } = actionCalls(() => service);

describe('T13: HALTED', () => {
  // Before: ExtendLease and BeginAction were both answered OK.
  it.each(['begin', 'extend'] as const)('stops what is leased and not begun: %s is aborted', async (what) => {
    const name = await troubled(1);
    const work = only(await lease(name));
    await service.client.setTradingState({
      account: name,
      state: TradingState.HALTED,
      by: 'ann',
      reason: 'news',
    });
    const { actionId, token } = held(work);
    const call =
      what === 'begin' ? begin(work) : service.client.extendLease({ actionId, token, leaseSeconds: 60 });
    await expect(call).rejects.toMatchObject({ report: { reason: ErrorReason.TRADING_STATE } });
    const [{ action } = {}] = await listed(name);
    expect(action).toMatchObject({ status: ActionStatus.PENDING, lease: undefined });
    await service.client.setTradingState({
      account: name,
      state: TradingState.ACTIVE,
      by: 'ann',
      reason: 'over',
    });
    await begin(only(await lease(name)));
  });
});

describe('rails measure results', () => {
  const report = async (name: string, equity: number, balance = equity) =>
    (await beat(name, 'b1', { equity, balance })).tradingState;

  // Before: the withdrawal tripped both rails, and the deposit hid the loss.
  it('a withdrawal is no loss, and a deposit hides none', async () => {
    const [out, into] = [account(), account()];
    await report(out, 10_000);
    expect(await report(out, 9_500)).toBe(TradingState.ACTIVE);
    await report(into, 10_000);
    await report(into, 11_000);
    expect(await report(into, 10_600, 11_000)).toBe(TradingState.REDUCING);
    const { events } = await service.client.listAuditEvents({ account: into });
    expect(events.map(({ method }) => method)).toContain('rails');
  });

  it('a terminal that begins with 0 does not blind the day', async () => {
    const name = account();
    await report(name, 0);
    await report(name, 10_000);
    expect(await report(name, 9_700, 10_000)).toBe(TradingState.REDUCING);
  });

  // Before: a heartbeat dated two days ahead ended the day, and with it the rail.
  it('T8: no date of a heartbeat lifts a rail', async () => {
    const name = account();
    await report(name, 10_000);
    expect(await report(name, 9_700, 10_000)).toBe(TradingState.REDUCING);
    const reportedAt = new Date(Date.now() + 47 * 3_600_000);
    await beat(name, 'b1', { equity: 9_700, balance: 10_000, reportedAt }).catch(() => undefined);
    expect(await report(name, 9_700, 10_000)).toBe(TradingState.REDUCING);
  });
});

describe('what a client tells of closes', () => {
  const register = (name: string, ticket: bigint) =>
    service.client.registerTrade({
      trade: {
        ...{ account: name, ticket, symbol: 'BTCUSD', direction: Direction.BUY },
        ...{ entryPrice: 100, volume: 1, stopLoss: 90 },
      },
    });
  const close = async (name: string, ticket: bigint, reason: CloseReason) => {
    await register(name, ticket);
    await service.client.closeTrade({ account: name, ticket, reason });
  };
  const streak = async (name: string) => {
    const { risk } = await service.client.getRisk({ account: name });
    return risk?.rails.find(({ rail }) => rail === Rail.STOP_STREAK)?.value;
  };

  // Before: the made-up stops tripped a rail that closed every trade of the account, or stopped all defence.
  it.each([RailAction.FLATTEN, RailAction.HALT])(
    'three made-up trades told as stopped neither order nor halt anything: %s',
    async (onTrip) => {
      const name = account();
      await service.client.setRails({ account: name, onTrip, allowNew: true });
      await register(name, 1n);
      for (const ticket of [71n, 72n, 73n, 74n]) await close(name, ticket, CloseReason.STOP_LOSS);
      const { risk } = await service.client.getRisk({ account: name });
      expect(risk?.tradingState).toBe(TradingState.REDUCING);
      expect(await listed(name)).toEqual([]);
    },
  );

  // Before: a made-up target ended the streak.
  it('a target of a trade that the broker never showed ends no streak', async () => {
    const name = account();
    await beat(name, 'b1');
    await service.client.reconcilePositions({
      ...{ account: name, bridgeId: 'b1', takenAt: new Date(), complete: true, positions: [], deals: [] },
    });
    for (const ticket of [71n, 72n]) await close(name, ticket, CloseReason.STOP_LOSS);
    await close(name, 73n, CloseReason.TAKE_PROFIT);
    expect(await streak(name)).toBe(2);
  });
});
