// AccountService over real sockets and a real Postgres.
import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DealEntry,
  DealReason,
  MarginMode,
  Rail,
  TradingState,
} from '../../../../gen/ts/dtms/v1/account_service.js';
import { Drift } from '../../../../gen/ts/dtms/v1/event.js';
import { TradeOrigin } from '../../../../gen/ts/dtms/v1/types.js';
import {
  CloseReason,
  Direction,
  type DtmsCallError,
  ErrorReason,
  TradeState,
} from '../../../../src/client/index.js';
import { tagOf } from '../../../../src/domain/action-tag.js';
import { encodeAction } from '../../../../src/store/trade-codec.js';
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

/** The broker's clock: the wall's, at its start. */
const START = Date.now();
const at = (seconds: number) => new Date(START + seconds * 1000);

let accounts = 0;
/** An account of its own for each test. */
function account(): string {
  accounts += 1;
  return `acc${accounts}`;
}

const beat = (name: string, more: object = {}) =>
  service.client.reportAccount({
    account: name,
    bridgeId: 'mt5-1',
    connected: true,
    tradeAllowed: true,
    equity: 10_000,
    balance: 10_000,
    reportedAt: at(0),
    ...more,
  });

const risk = async (name: string) => (await service.client.getRisk({ account: name })).risk;

const register = (name: string, ticket: bigint, more: object = {}) =>
  service.client.registerTrade({
    trade: {
      account: name,
      ticket,
      symbol: 'BTCUSD',
      direction: Direction.BUY,
      entryPrice: 100,
      volume: 1,
      stopLoss: 90,
      openedAt: at(-3600),
      ...more,
    },
  });

const position = (identifier: bigint, more: object = {}) => ({
  identifier,
  symbol: 'BTCUSD',
  direction: Direction.BUY,
  volume: 1,
  entryPrice: 100,
  stopLoss: 90,
  openedAt: at(-3600),
  ...more,
});

const reconcile = (name: string, seconds: number, positions: readonly object[], more: object = {}) =>
  service.client.reconcilePositions({
    account: name,
    bridgeId: 'mt5-1',
    takenAt: at(seconds),
    complete: true,
    positions: [...positions],
    dealsSince: at(-7200),
    ...more,
  });

const tradeOf = async (name: string, ticket: bigint) =>
  (await service.client.getTrade({ account: name, ticket })).trade;

const story = async (name: string, ticket: bigint): Promise<string[]> => {
  const { events } = await service.client.listTradeEvents({ filter: { account: name, tickets: [ticket] } });
  return events.map(({ change }) =>
    change?.$case === 'reconciled' ? `reconciled ${Drift[change.value.drift]}` : String(change?.$case),
  );
};

const failure = async (call: Promise<unknown>): Promise<DtmsCallError> =>
  call.then(
    () => expect.fail('the call should have failed'),
    (error: DtmsCallError) => error,
  );

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
    await beat(name, { equity: 9_950, balance: 9_000 });
    const shown = await risk(name);
    // 1 x 10 and 2 x 5; a stop past the entry risks nothing, and without a stop R is not known yet.
    expect(shown).toMatchObject({ equity: 9_950, balance: 9_000, reportedAt: at(0), openRisk: 20 });
    expect(shown?.rails).toMatchObject([
      { rail: Rail.DAILY_LOSS, value: 0, limit: 0.02, trippedAt: undefined },
      { rail: Rail.HOURLY_LOSS, value: 0, limit: 0.01 },
      { rail: Rail.STOP_STREAK, value: 0, limit: 3 },
    ]);
    expect(shown?.bridges).toMatchObject([{ bridgeId: 'mt5-1', ready: true, obstacle: '' }]);
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
    expect((await risk(name))?.rails[0]).toMatchObject({ rail: Rail.DAILY_LOSS, trippedAt: at(1) });
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
      'SELECT actor, method, detail FROM audit_events WHERE account = $1',
      [name],
    );
    expect(rows).toEqual([
      {
        actor: 'ann',
        method: expect.stringContaining('SetTradingState'),
        detail: { state: 'ACTIVE', reason: 'seen' },
      },
    ]);
  });

  it('from days ahead is refused', async () => {
    const error = await failure(beat(account(), { reportedAt: at(72 * 3600) }));
    expect(error.report?.violations.map(({ field }) => field)).toEqual(['reported_at']);
  });
});

describe('reconciliation', () => {
  it('probes a missing position, then closes its trade; the log shows both', async () => {
    const name = account();
    await register(name, 1n);
    const first = await reconcile(name, 0, []);
    expect(first).toMatchObject({ probe: [1n], drifts: [{ ticket: 1n, drift: Drift.POSITION_MISSING }] });
    expect((await tradeOf(name, 1n))?.missingSince).toEqual(at(0));
    expect(await reconcile(name, 0, [])).toMatchObject({ drifts: [], closed: [], revision: first.revision });
    const second = await reconcile(name, 1, []);
    expect(second).toMatchObject({ probe: [], closed: [1n] });
    expect(second.revision).toBeGreaterThan(first.revision);
    expect(await tradeOf(name, 1n)).toMatchObject({
      state: TradeState.CLOSED,
      closeReason: CloseReason.BROKER_GONE,
      closedAt: at(1),
    });
    expect(await story(name, 1n)).toEqual(['registered', 'reconciled POSITION_MISSING', 'stateChanged']);
    expect((await risk(name))?.reconciledAt).toEqual(at(1));
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

  it('refuses a snapshot that is older than the last one, or from days ahead', async () => {
    const name = account();
    await reconcile(name, 10, []);
    const error = await failure(reconcile(name, 9, []));
    expect(error.code).toBe(status.FAILED_PRECONDITION);
    expect(error.report).toMatchObject({
      reason: ErrorReason.SNAPSHOT_TOO_OLD,
      metadata: { taken_at: at(9).toISOString(), last_taken_at: at(10).toISOString() },
    });
    expect((await failure(reconcile(name, 72 * 3600, []))).code).toBe(status.INVALID_ARGUMENT);
  });

  it("refuses what another account's terminal, or one without a connection, finds", async () => {
    const name = account();
    await register(name, 1n);
    for (const more of [{ terminalAccount: 'other' }, { connected: false }]) {
      await beat(name, more);
      const error = await failure(reconcile(name, 0, []));
      expect(error.report?.reason).toBe(ErrorReason.BRIDGE_NOT_READY);
    }
    expect(await story(name, 1n)).toEqual(['registered']);
    await beat(name);
    expect((await reconcile(name, 0, [])).probe).toEqual([1n]);
  });

  it('refuses a snapshot that tells a position twice', async () => {
    const error = await failure(reconcile(account(), 0, [position(1n), position(1n)]));
    expect(error.report?.violations.map(({ field }) => field)).toEqual(['positions[1].identifier']);
  });

  it('two bridges at once make one registration', async () => {
    const name = account();
    const answers = await Promise.all(
      ['b1', 'b2', 'b3', 'b4'].map((bridgeId) => reconcile(name, 0, [position(1n)], { bridgeId })),
    );
    expect(answers.flatMap(({ registered }) => registered)).toEqual([1n]);
    expect(await story(name, 1n)).toEqual(['registered']);
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
  expect((await failure(reconcile(name, 4, []))).report?.reason).toBe(ErrorReason.SNAPSHOT_TOO_OLD);
  expect((await reconcile(name, 6, [])).closed).toEqual([1n]);
});
