// Orders are bounded per account: what is beyond a cap is held for a person, told, counted and audited, never silent.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Action, ActionStatus, ActionType, HoldReason, TradeState } from '../../gen/ts/dtms/v1/types.js';
import { Direction, ErrorReason } from '../../src/client/index.js';
import { actionCalls } from '../support/action-calls.js';
import { startService, type TestService } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { EAGER_RULES, LiveAccount } from '../support/live-account.js';

let service: TestService;
beforeAll(async () => {
  service = await startService({ rules: EAGER_RULES });
});
afterAll(async () => {
  await service.end();
});

const { beat, lease, begin, report, troubled, listed } = actionCalls(() => service);
const PERSON = { by: 'ann', reason: 'limits of the mandate' };

const cap = (account: string, caps: object) =>
  service.client.setOrderCaps({ account, ...PERSON, ...caps, allowNew: true });

/** One trade that is to be hedged; its bridge has shown it. */
async function hedged(account: string, caps: object): Promise<Action> {
  await cap(account, caps);
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
  const found = (await listed(account)).map(({ action }) => action);
  return found.find((action) => action?.type === ActionType.OPEN_HEDGE) ?? expect.fail('no hedge');
}

/** Everything a bridge gets and carries out, by its type. */
async function drained(account: string): Promise<ActionType[]> {
  const done: ActionType[] = [];
  for (let round = 0; round < 4; round += 1) {
    for (const work of await lease(account)) {
      await begin(work);
      await report(work, undefined, { openedTicket: 900n });
      done.push(work.action?.type ?? ActionType.UNSPECIFIED);
    }
  }
  return done;
}

describe('the size of an order', () => {
  it.each([
    ['volume', 'volume', { volume: 0.2 }, HoldReason.ORDER_VOLUME],
    ['notional', 'notional', { notional: 10 }, HoldReason.ORDER_NOTIONAL],
  ])(
    'beyond the cap on %s a hedge is held until a person lets it go on',
    async (_name, account, caps, hold) => {
      const hedge = await hedged(account, caps);
      expect(hedge).toMatchObject({ status: ActionStatus.HELD, hold });
      expect(hedge.reason).toContain("above the account's cap");
      const done = await drained(account);
      expect(done).not.toContain(ActionType.OPEN_HEDGE);
      // What takes risk away is not bounded by size.
      expect(done).toContain(ActionType.PARTIAL_CLOSE);
      await service.client.releaseHeld({ account, by: 'ann', reason: 'it is right' });
      expect(await drained(account)).toContain(ActionType.OPEN_HEDGE);
      const { events } = await service.client.listAuditEvents({ account });
      expect(events.map(({ method }) => method)).toEqual(
        expect.arrayContaining([
          '/dtms.v1.AccountService/SetOrderCaps',
          '/dtms.v1.ActionService/ReleaseHeld',
        ]),
      );
    },
  );

  it('within the caps nothing is held', async () => {
    await hedged('within', { volume: 1, notional: 1000 });
    expect(await drained('within')).toContain(ActionType.OPEN_HEDGE);
  });
});

describe('orders a minute', () => {
  it('beyond the cap they are held with a reason, and go on when there is room', async () => {
    const account = await troubled(3);
    await cap(account, { ordersPerMinute: 2 });
    expect(await lease(account)).toHaveLength(2);
    const held = async () =>
      (await listed(account)).flatMap(({ action }) =>
        action?.status === ActionStatus.HELD ? [HoldReason[action.hold]] : [],
      );
    expect(await held()).toEqual(['ORDER_RATE']);
    // More room than the minute gives: a person raises the cap.
    await cap(account, { ordersPerMinute: 3 });
    await eventually(async () => expect(await held()).toEqual([]));
    // With the two it has.
    expect(await lease(account)).toHaveLength(3);
  });
});

describe('the caps themselves', () => {
  const capsOf = async (account: string) => (await service.client.getRisk({ account })).risk?.orderCaps;

  it('stay as they are where nothing is told, are lifted by 0, and outlive a restart and a bridge', async () => {
    await cap('kept', { volume: 5, notional: 500_000, ordersPerMinute: 60 });
    await cap('kept', { notional: 0 });
    const { events } = await service.client.listAuditEvents({ account: 'kept' });
    expect(events.map(({ detail }) => detail)).toEqual([
      {
        ...PERSON,
        before: { volume: null, notional: null, perMinute: null },
        after: { volume: 5, notional: 500_000, perMinute: 60 },
      },
      {
        ...PERSON,
        before: { volume: 5, notional: 500_000, perMinute: 60 },
        after: { volume: 5, notional: null, perMinute: 60 },
      },
    ]);
    await service.client.upsertAccount({ account: 'kept', marginMode: 1 });
    service = await service.restart();
    expect(await capsOf('kept')).toMatchObject({ volume: 5, ordersPerMinute: 60 });
    expect((await capsOf('kept'))?.notional).toBeUndefined();
  });

  it.each([
    ['a negative volume', { volume: -1 }],
    ['a volume that is no number', { volume: Number.NaN }],
    ['an endless notional', { notional: Number.POSITIVE_INFINITY }],
    ['a negative number of orders', { ordersPerMinute: -1 }],
  ])('refuse %s', async (_name, caps) => {
    await expect(cap('odd', caps)).rejects.toMatchObject({ report: { reason: ErrorReason.INVALID_FIELD } });
  });
});
