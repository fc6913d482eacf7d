// ReconcilePositions over real sockets and a real Postgres.
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DealEntry, DealReason, Rail, UndefendedReason } from '../../../../gen/ts/dtms/v1/account_service.js';
import { Drift } from '../../../../gen/ts/dtms/v1/event.js';
import { TradeOrigin } from '../../../../gen/ts/dtms/v1/types.js';
import { CloseReason, Direction, ErrorReason, TradeState } from '../../../../src/client/index.js';
import { tagOf } from '../../../../src/domain/broker/order-tag.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import { encodeAction } from '../../../../src/store/bodies/trade.js';
import { accountCalls, at } from '../../../support/account-calls.js';
import { startService, type TestService } from '../../../support/app.js';
import { actionOf } from '../../../support/broker-snapshots.js';
import { execute } from '../../../support/postgres.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.end();
});

const { account, beat, risk, register, position, reconcile, snapshot, tradeOf, story, failure } =
  accountCalls(() => service);
const { goneAfterMs } = DEFAULT_RULES.reconciliation;

describe('reconciliation', () => {
  it('probes a missing position, then closes its trade; the log shows both', async () => {
    const name = account();
    await register(name, 1n);
    const first = await reconcile(name, 0, []);
    expect(first).toMatchObject({ probe: [1n], drifts: [{ ticket: 1n, drift: Drift.POSITION_MISSING }] });
    expect((await tradeOf(name, 1n))?.missingSince).toBeDefined();
    expect(await reconcile(name, 30, [])).toMatchObject({ drifts: [], closed: [], revision: first.revision });
    await sleep(goneAfterMs);
    const second = await reconcile(name, 1, []);
    expect(second).toMatchObject({ probe: [], closed: [1n] });
    expect(second.revision).toBeGreaterThan(first.revision);
    expect(await tradeOf(name, 1n)).toMatchObject({
      state: TradeState.CLOSED,
      closeReason: CloseReason.BROKER_GONE,
      closedAt: at(1),
    });
    expect(await story(name, 1n)).toEqual(['registered', 'reconciled POSITION_MISSING', 'stateChanged']);
    expect((await risk(name))?.reconciledAt).toBeDefined();
  });

  it('closes by the deal with its reason and price', async () => {
    const name = account();
    await register(name, 1n);
    const deal = {
      deal: 5n,
      positionIdentifier: 1n,
      symbol: 'BTCUSD',
      entry: DealEntry.OUT,
      direction: Direction.SELL,
      volume: 1,
      price: 89.5,
      reason: DealReason.STOP_LOSS,
      time: at(-10),
    };
    expect((await reconcile(name, 0, [], { deals: [deal] })).closed).toEqual([1n]);
    expect(await tradeOf(name, 1n)).toMatchObject({
      closeReason: CloseReason.STOP_LOSS,
      closePrice: 89.5,
      closedAt: at(-10),
    });
    expect((await risk(name))?.rails[2]).toMatchObject({ rail: Rail.STOP_STREAK, value: 1 });
  });

  it('takes over what differs and registers what it does not know, once', async () => {
    const name = account();
    await register(name, 1n);
    const there = [position(1n, { volume: 0.5 }), position(7n, { stopLoss: 95, ticket: 8n })];
    const first = await reconcile(name, 0, there);
    expect(first).toMatchObject({
      registered: [7n],
      drifts: [{ ticket: 1n, drift: Drift.POSITION_DIFFERS, note: 'volume 1 -> 0.5' }],
    });
    expect(await reconcile(name, 1, there)).toMatchObject({ registered: [], drifts: [] });
    expect(await tradeOf(name, 7n)).toMatchObject({
      origin: TradeOrigin.EXTERNAL,
      riskDistance: 5,
      positionTicket: 8n,
    });
    const adopted = await register(name, 7n, { stopLoss: 95, positionTicket: 8n, label: 'bot' });
    expect(adopted.trade).toMatchObject({ label: 'bot' });
  });

  it('knows a closed trade from the store: its position is a drift, not a new trade', async () => {
    const name = account();
    await register(name, 1n);
    await service.client.closeTrade({ account: name, ticket: 1n, occurredAt: at(-60) });
    expect(await reconcile(name, 0, [position(1n)])).toMatchObject({
      registered: [],
      drifts: [{ ticket: 1n, drift: Drift.CLOSED_BUT_OPEN }],
    });
    expect(await story(name, 1n)).toEqual(['registered', 'stateChanged']);
  });

  it('knows a settled hedge from the store by its tag, and plans to close the orphan', async () => {
    const name = account();
    await register(name, 1n);
    await service.client.closeTrade({ account: name, ticket: 1n, occurredAt: at(-60) });
    const action = actionOf('OPEN_HEDGE', { actionId: `${name}:1:2:OPEN_HEDGE`, status: 'DONE', volume: 1 });
    const comment = tagOf(action.actionId);
    await execute(
      service.databaseUrl,
      `INSERT INTO actions (action_id, account, ticket, status, tag, planned_revision, revision, body)
       VALUES ($1, $2, 1, 'DONE', $3, 1, 1, $4)`,
      [action.actionId, name, comment, encodeAction(action)],
    );
    const leg = position(50n, { direction: Direction.SELL, stopLoss: 110, comment });
    const found = await reconcile(name, 0, [leg]);
    expect(found).toMatchObject({ registered: [], drifts: [{ ticket: 1n, drift: Drift.HEDGE_FOUND }] });
    expect(await tradeOf(name, 1n)).toMatchObject({
      state: TradeState.CLOSED,
      hedge: { ticket: 50n, volume: 1 },
      openActions: [{ reduceOnly: true }],
    });
    expect((await risk(name))?.openActions).toEqual({ PENDING: 1 });
    expect((await reconcile(name, 1, [leg])).drifts).toEqual([]);
  });

  it('orders snapshots by arrival and by the sequence of their bridge, not by their dates', async () => {
    const name = account();
    await reconcile(name, 10, [position(1n)], { sequence: 41n });
    await reconcile(name, 9, [position(1n, { volume: 2 })], { sequence: 42n });
    expect((await tradeOf(name, 1n))?.volume).toBe(2);
    const error = await failure(reconcile(name, 11, [], { sequence: 42n }));
    expect(error.code).toBe(status.FAILED_PRECONDITION);
    expect(error.report).toMatchObject({
      reason: ErrorReason.SNAPSHOT_TOO_OLD,
      metadata: { sequence: '42', last_sequence: '42' },
    });
    expect((await failure(reconcile(name, 3600, []))).code).toBe(status.INVALID_ARGUMENT);
  });

  it("refuses what another account's terminal, or one without a connection, finds", async () => {
    const name = account();
    await register(name, 1n);
    for (const more of [{ terminalAccount: 'other' }, { connected: false }]) {
      await beat(name, more);
      const error = await failure(snapshot(name, 0, []));
      expect(error.report?.reason).toBe(ErrorReason.BRIDGE_NOT_READY);
    }
    expect(await story(name, 1n)).toEqual(['registered']);
    expect((await reconcile(name, 0, [])).probe).toEqual([1n]);
  });

  it('refuses a snapshot in which two positions have one ticket: an order would close either', async () => {
    const name = account();
    const error = await failure(reconcile(name, 0, [position(1n, { ticket: 7n }), position(7n)]));
    expect(error.report?.violations.map(({ field }) => field)).toEqual(['positions[1].ticket']);
  });

  it('refuses a snapshot that tells a position twice', async () => {
    const error = await failure(reconcile(account(), 0, [position(1n), position(1n)]));
    expect(error.report?.violations.map(({ field }) => field)).toEqual(['positions[1].identifier']);
  });

  it('tells positions that nobody defends, with the reason: of a trade that was closed, and what cannot be read', async () => {
    const name = account();
    await register(name, 1n);
    await service.client.closeTrade({
      ...{ account: name, ticket: 1n, reason: CloseReason.REQUESTED },
      occurredAt: at(-60),
    });
    await reconcile(name, 0, [position(1n), position(2n)]);
    const odd = position(3n, { volume: -1 });
    const { rejected } = await reconcile(name, 1, [position(1n), position(2n), odd]);
    expect(rejected).toHaveLength(1);
    const found = { symbol: 'BTCUSD', direction: Direction.BUY };
    expect(await risk(name)).toMatchObject({
      activeTrades: 1,
      undefendedCount: 2,
      undefendedPositions: [
        { ...found, identifier: 1n, volume: 1, reason: UndefendedReason.TRADE_CLOSED },
        { ...found, identifier: 3n, volume: -1, reason: UndefendedReason.UNREADABLE },
      ],
    });
  });

  it('takes a snapshot whose only position cannot be read: that there is one is told', async () => {
    const name = account();
    const { rejected } = await reconcile(name, 0, [position(3n, { volume: -1 })]);
    expect(rejected).toMatchObject([{ field: 'positions[0].volume' }]);
    expect(await risk(name)).toMatchObject({
      undefendedPositions: [{ identifier: 3n, reason: UndefendedReason.UNREADABLE }],
      reconciledAt: undefined,
    });
  });

  it('two bridges at once make one registration', async () => {
    const name = account();
    const answers = await Promise.all(
      ['b1', 'b2', 'b3', 'b4'].map(async (bridgeId) => {
        await beat(name, { bridgeId });
        return snapshot(name, 0, [position(1n)], { bridgeId });
      }),
    );
    expect(answers.flatMap(({ registered }) => registered)).toEqual([1n]);
    expect(await story(name, 1n)).toEqual(['registered']);
  });
});
