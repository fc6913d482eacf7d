// T13 whole: what a bridge has on lease is looked at once more when it begins. Over gRPC, one cause each: a halt is in
// trust-orders, every cause with its engine in test/unit/engine/last-look.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LeasedAction } from '../../gen/ts/dtms/v1/action_service.js';
import { ActionStatus, ActionType, TradeState } from '../../gen/ts/dtms/v1/types.js';
import { Direction, DtmsCallError, ErrorReason } from '../../src/client/index.js';
import { actionCalls, only } from '../support/action-calls.js';
import { startService, type TestService } from '../support/app.js';
import { EAGER_RULES, LiveAccount } from '../support/live-account.js';

let service: TestService;
beforeAll(async () => {
  service = await startService({
    rules: { ...EAGER_RULES, breaker: { accountLeast: 3, accountShare: 0.9, allShare: 1 } },
  });
});
afterAll(async () => {
  await service.end();
});

const { beat, lease, held, begin, report, troubled, listed } = actionCalls(() => service);

/** Why a call was refused, and the metadata of it. */
async function refusal(call: Promise<unknown>) {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof DtmsCallError)) throw error;
    return { reason: error.report.reason, ...error.report.metadata };
  }
  return expect.fail('the call should be refused');
}

/** Does what is leased before a hedge, and leases that; null when none is. */
async function hedgeOf(name: string): Promise<LeasedAction | null> {
  for (let round = 0; round < 5; round += 1) {
    for (const work of await lease(name)) {
      if (work.action?.type === ActionType.OPEN_HEDGE) return work;
      await begin(work);
      await report(work);
    }
  }
  return null;
}

const found = (work: LeasedAction | null): LeasedAction => work ?? expect.fail('no hedge was leased');

/** An account whose trades are to be hedged, with a bridge that is there. */
async function hedged(name: string, count = 1): Promise<void> {
  await new LiveAccount(service.client, name, count).plan(TradeState.HEDGED);
  await beat(name);
}

/** A bridge that tells positions says that it cannot tell all of them. */
const showsNothing = (name: string) =>
  service.client.reconcilePositions({
    ...{ account: name, bridgeId: 'b1', takenAt: new Date(), complete: false, deals: [], positions: [] },
  });

/** The broker shows trades 1..count with this volume. */
const shows = (name: string, volume: number, count = 1) =>
  service.client.reconcilePositions({
    ...{ account: name, bridgeId: 'b1', takenAt: new Date(), complete: true, deals: [] },
    positions: Array.from({ length: count }, (_, index) => ({
      ...{ identifier: BigInt(index + 1), ticket: BigInt(index + 1), symbol: 'BTCUSD', volume },
      ...{ direction: Direction.BUY, entryPrice: 103, stopLoss: 80, magicNumber: 7n, comment: 'bot' },
    })),
  });

describe('T7: what the broker shows bounds what is ordered', () => {
  // Before: the client's volume was ordered until the first snapshot came.
  it('no hedge is leased before the broker has shown the position, and then one of its volume', async () => {
    await hedged('shown');
    await showsNothing('shown');
    expect(await hedgeOf('shown')).toBeNull();
    await shows('shown', 0.25);
    expect(found(await hedgeOf('shown')).action?.volume).toBe(0.25);
  });

  it("where no bridge ever shows positions, a trade is hedged on its program's word", async () => {
    await hedged('unreconciled');
    expect(found(await hedgeOf('unreconciled')).action?.volume).toBe(0.5);
  });

  // Before: one position that breaks a rule, and no hedge of any trade of the account was ordered, and nobody was told.
  it('a position beside one that is refused is shown; what waits for the other is told', async () => {
    await hedged('odd', 2);
    await showsNothing('odd');
    expect(await hedgeOf('odd')).toBeNull();
    const unshown = async () => (await service.client.getRisk({ account: 'odd' })).risk?.unshownActions;
    expect(await unshown()).toBe(2);
    const position = {
      ...{ identifier: 1n, ticket: 1n, symbol: 'BTCUSD', direction: Direction.BUY, entryPrice: 103 },
      ...{ volume: 0.25, stopLoss: 80, magicNumber: 7n, comment: 'bot' },
    };
    const { rejected } = await service.client.reconcilePositions({
      ...{ account: 'odd', bridgeId: 'b1', takenAt: new Date(), complete: true, deals: [] },
      positions: [position, { ...position, identifier: 2n, ticket: 2n, volume: Number.NaN }],
    });
    expect(rejected.map(({ field }) => field)).toEqual(['positions[1].volume']);
    expect(found(await hedgeOf('odd'))).toMatchObject({ ticket: 1n, action: { volume: 0.25 } });
    expect(await unshown()).toBe(1);
    await shows('odd', 0.25, 2);
    expect(await unshown()).toBe(0);
  });

  it('a hedge that is leased is given back when the broker shows less', async () => {
    await hedged('less');
    await shows('less', 1);
    const work = found(await hedgeOf('less'));
    await shows('less', 0.2);
    expect(await refusal(begin(work))).toMatchObject({
      ...{ reason: ErrorReason.ACTION_OVERTAKEN, cause: 'VOLUME_CHANGED', status: 'PENDING' },
    });
    const again = found(await hedgeOf('less'));
    expect(again.action).toMatchObject({ actionId: work.action?.actionId, volume: 0.2 });
    await begin(again);
  });
});

describe('T13: a lease is no leave', () => {
  it('a trade that was paused since is left alone', async () => {
    await hedged('paused');
    await shows('paused', 1);
    const work = found(await hedgeOf('paused'));
    await service.client.pauseTrade({ account: 'paused', ticket: 1n, reason: 'a look' });
    expect(await refusal(begin(work))).toMatchObject({
      ...{ reason: ErrorReason.ACTION_OVERTAKEN, cause: 'PAUSED', status: 'PENDING' },
    });
    expect(await refusal(begin(work))).toMatchObject({ reason: ErrorReason.LEASE_LOST });
  });

  it('terms told since make a stop illegal: it is given back, and leased again where it is legal', async () => {
    const name = await troubled(1);
    const work = only(await lease(name));
    const terms = {
      ...{ account: name, symbol: 'BTCUSD', digits: 2, tickSize: 0.01, contractSize: 1 },
      ...{ volumeMin: 0.01, volumeStep: 0.01, volumeMax: 100, stopsLevel: 5 },
    };
    await service.client.upsertInstruments({ instruments: [terms] });
    const { actionId, token } = held(work);
    const extended = service.client.extendLease({ actionId, token, leaseSeconds: 60 });
    expect(await refusal(extended)).toMatchObject({
      ...{ reason: ErrorReason.ACTION_OVERTAKEN, cause: 'NOT_LEGAL', status: 'PENDING' },
    });
    expect(only(await lease(name)).action?.stopLoss).toBeLessThan(work.action?.stopLoss ?? 0);
  });

  // Before: what was let pass was carried out, whatever came after it.
  it('a hedge that passed the breaker before it tripped is held when it is begun, until a person lets it go on', async () => {
    await hedged('mass', 2);
    await shows('mass', 1, 2);
    const work = found(await hedgeOf('mass'));
    // Two more, in a market of their own.
    await new LiveAccount(service.client, 'mass', 4, 'mass-2').plan(TradeState.HEDGED);
    expect(await refusal(begin(work))).toMatchObject({
      ...{ reason: ErrorReason.ACTION_HELD, cause: 'MASS_EFFECT', status: 'HELD' },
    });
    const { actionIds } = await service.client.releaseHeld({
      account: 'mass',
      by: 'ann',
      reason: 'it is real',
    });
    expect(actionIds).toContain(work.action?.actionId);
    const again = (await listed('mass')).find(({ action }) => action?.actionId === work.action?.actionId);
    expect(again?.action).toMatchObject({ status: ActionStatus.PENDING, orderedBy: 'ann' });
  });
});
