// T26: REDUCING does what its text says, at each of the three moments an order passes: planned, leased, begun. Only what
// reduces risk: stops, closes, and a hedge where the account is known to need no margin for it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MarginMode, TradingState } from '../../gen/ts/dtms/v1/account_service.js';
import type { LeasedAction } from '../../gen/ts/dtms/v1/action_service.js';
import { ActionStatus, ActionType, TradeState } from '../../gen/ts/dtms/v1/types.js';
import { Direction, ErrorReason } from '../../src/client/index.js';
import { actionCalls } from '../support/action-calls.js';
import { startService, type TestService } from '../support/app.js';
import { EAGER_RULES, LiveAccount } from '../support/live-account.js';

let service: TestService;
beforeAll(async () => {
  service = await startService({ rules: EAGER_RULES });
});
afterAll(async () => {
  await service.end();
});

const { beat, lease, begin, report, listed } = actionCalls(() => service);

const reduce = (account: string) =>
  service.client.setTradingState({
    account,
    state: TradingState.REDUCING,
    by: 'ann',
    reason: 'a look',
    allowNew: true,
  });

const terms = (account: string, hedgeAddsMargin: boolean) =>
  service.client.upsertAccount({ account, marginMode: MarginMode.HEDGING, hedgeAddsMargin });

/** An account whose trade is to be hedged; its bridge has shown it. */
async function hedged(account: string): Promise<void> {
  await new LiveAccount(service.client, account, 1).plan(TradeState.HEDGED);
  await beat(account);
  await service.client.reconcilePositions({
    ...{ account, bridgeId: 'b1', takenAt: new Date(), complete: true },
    positions: [
      {
        ...{ identifier: 1n, symbol: 'BTCUSD', direction: Direction.BUY, volume: 1 },
        ...{ entryPrice: 103, stopLoss: 80, magicNumber: 7n, comment: 'bot' },
      },
    ],
  });
}

/** What a bridge gets and carries out; a hedge is leased and left to the test. */
async function worked(account: string): Promise<{ done: string[]; hedge: LeasedAction | null }> {
  const done: string[] = [];
  for (let round = 0; round < 4; round += 1) {
    for (const work of await lease(account)) {
      if (work.action?.type === ActionType.OPEN_HEDGE) return { done, hedge: work };
      await begin(work);
      await report(work);
      done.push(ActionType[work.action?.type ?? 0] ?? '');
    }
  }
  return { done, hedge: null };
}

const hedgesOf = async (account: string) =>
  (await listed(account)).filter(({ action }) => action?.type === ActionType.OPEN_HEDGE);

const stateOf = async (account: string) =>
  (await service.client.getTrade({ account, ticket: 1n })).trade?.state;

describe('REDUCING', () => {
  it('plans no hedge that needs margin', async () => {
    await terms('planned', true);
    await reduce('planned');
    await hedged('planned');
    expect(await hedgesOf('planned')).toEqual([]);
    expect((await worked('planned')).done).toContain('PARTIAL_CLOSE');
  });

  // Before: a hedge was taken to be free in an account of which nobody had told anything.
  it('plans none where nobody told whether it does', async () => {
    await reduce('untold');
    await hedged('untold');
    expect(await hedgesOf('untold')).toEqual([]);
    const { risk } = await service.client.getRisk({ account: 'untold' });
    expect(risk?.hedgeAddsMargin).toBe(true);
  });

  it('lets one through that is known to need none', async () => {
    await terms('free', false);
    await reduce('free');
    await hedged('free');
    const { hedge } = await worked('free');
    expect(hedge).not.toBeNull();
    if (hedge !== null) await begin(hedge);
  });

  it('leases none that was planned before it was set: the trade is not hedged, and says so', async () => {
    await terms('leased', true);
    await hedged('leased');
    expect(await hedgesOf('leased')).toHaveLength(1);
    await reduce('leased');
    expect((await worked('leased')).hedge).toBeNull();
    expect((await hedgesOf('leased'))[0]?.action).toMatchObject({ status: ActionStatus.EXPIRED });
    expect(await stateOf('leased')).toBe(TradeState.WARNING_L2);
  });

  it('begins none that was leased before it was set', async () => {
    await terms('begun', true);
    await hedged('begun');
    const { hedge } = await worked('begun');
    if (hedge === null) throw new Error('no hedge was leased');
    await reduce('begun');
    await expect(begin(hedge)).rejects.toMatchObject({
      report: { reason: ErrorReason.TRADING_STATE, metadata: { status: 'EXPIRED' } },
    });
    expect(await stateOf('begun')).toBe(TradeState.WARNING_L2);
  });
});
