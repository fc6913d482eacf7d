// The broker's truth is taken over whole, and only from the broker (trust.md). Each test says what it saw before.
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DealEntry, DealReason, MarginMode } from '../../gen/ts/dtms/v1/account_service.js';
import { ServerLeaseClient } from '../../src/bridge/server-lease-client.js';
import { CloseReason, Direction, ErrorReason, TradeState } from '../../src/client/index.js';
import type { BrokerPosition } from '../../src/domain/broker/snapshot.js';
import { DEFAULT_RULES } from '../../src/domain/rules.js';
import { accountCalls, at } from '../support/account-calls.js';
import { startService, type TestService } from '../support/app.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.end());

const { account, register, risk, position, reconcile, snapshot, tradeOf, story, failure } = accountCalls(
  () => service,
);
/** What `position(1n)` is, as a bridge has it. */
const BROKER_POSITION: BrokerPosition = {
  identifier: 1n,
  ticket: 1n,
  symbol: 'BTCUSD',
  direction: 'BUY',
  volume: 1,
  entryPrice: 100,
  stopLoss: 90,
  takeProfit: null,
  magicNumber: 0n,
  comment: '',
  openedAt: at(-3600).getTime(),
};
const { goneAfterMs } = DEFAULT_RULES.reconciliation;

describe('what is gone at the broker', () => {
  it('T4: two empty snapshots a moment apart close nothing (before: all trades CLOSED for good)', async () => {
    const name = account();
    for (const ticket of [1n, 2n]) await register(name, ticket);
    for (const seconds of [0, 60]) expect((await reconcile(name, seconds, [])).closed).toEqual([]);
    expect((await tradeOf(name, 1n))?.state).toBe(TradeState.HEALTHY);
  });

  it('T4: a bridge that never reported the account tells nothing (before: its empty snapshots closed all)', async () => {
    const name = account();
    await register(name, 1n);
    const error = await failure(snapshot(name, 0, [], { bridgeId: 'unheard' }));
    expect(error.code).toBe(status.FAILED_PRECONDITION);
    expect(error.report.reason).toBe(ErrorReason.BRIDGE_NOT_READY);
    expect(await story(name, 1n)).toEqual(['registered']);
  });

  it('T4: a trade whose position returns goes on (before: only drift notes), with a program that registers again', async () => {
    const name = account();
    await register(name, 1n);
    await reconcile(name, 0, []);
    await sleep(goneAfterMs);
    expect((await reconcile(name, 5, [])).closed).toEqual([1n]);
    expect(await register(name, 1n)).toMatchObject({ closed: true });
    await reconcile(name, 10, [position(1n, { stopLoss: 95 })]);
    expect(await tradeOf(name, 1n)).toMatchObject({
      state: TradeState.HEALTHY,
      stopLoss: 95,
      closedAt: undefined,
    });
    expect(await story(name, 1n)).toEqual([
      'registered',
      'reconciled POSITION_MISSING',
      'stateChanged',
      'reopened',
      'reconciled POSITION_DIFFERS',
    ]);
    expect(await register(name, 1n)).toMatchObject({ alreadyRegistered: true, closed: false });
  });

  it('T4: most positions gone at once are held until they return (before: CLOSED for good)', async () => {
    const name = account();
    const tickets = [1n, 2n, 3n, 4n];
    for (const ticket of tickets) await register(name, ticket);
    await reconcile(name, 0, []);
    await sleep(goneAfterMs);
    expect(await reconcile(name, 60, [])).toMatchObject({ closed: [], probe: tickets });
    await reconcile(
      name,
      90,
      tickets.map((ticket) => position(ticket)),
    );
    expect(await tradeOf(name, 4n)).toMatchObject({ state: TradeState.HEALTHY, missingSince: undefined });
  });

  it('T4: what is held as gone is held no more when deals say how it closed, or its program does', async () => {
    const name = account();
    const tickets = [1n, 2n, 3n, 4n];
    for (const ticket of tickets) await register(name, ticket);
    await reconcile(name, 0, []);
    await sleep(goneAfterMs);
    await reconcile(name, 60, []);
    expect((await risk(name))?.held[0]?.tickets).toEqual(tickets);
    const closing = {
      entry: DealEntry.OUT,
      direction: Direction.SELL,
      volume: 1,
      price: 99,
      symbol: 'BTCUSD',
    };
    const deals = [1n, 2n, 3n].map((ticket) => ({
      ...closing,
      deal: ticket + 100n,
      positionIdentifier: ticket,
      reason: DealReason.STOP_LOSS,
      time: at(70),
    }));
    expect((await reconcile(name, 90, [], { deals })).closed).toEqual([1n, 2n, 3n]);
    expect((await risk(name))?.held[0]?.tickets).toEqual([4n]);
    await service.client.closeTrade({ account: name, ticket: 4n, reason: CloseReason.REQUESTED });
    expect((await risk(name))?.held).toEqual([]);
  });

  it("T4: the first snapshot of a new term never confirms an older server's, which may be the same one", async () => {
    const name = account();
    for (const ticket of [1n, 2n]) await register(name, ticket);
    await reconcile(name, 0, [position(2n)]);
    service = await service.restart();
    await sleep(goneAfterMs);
    expect((await reconcile(name, 0, [position(2n)])).closed).toEqual([]);
    expect((await tradeOf(name, 1n))?.state).toBe(TradeState.HEALTHY);
    expect((await reconcile(name, 5, [position(2n)])).closed).toEqual([1n]);
  });

  it('T11: snapshots of a bridge count in their order; one whose number is behind goes on after the last', async () => {
    const name = account();
    await register(name, 1n);
    const numbered = (sequence: bigint, volume: number) =>
      reconcile(name, 0, [position(1n, { volume })], { sequence });
    const ahead = BigInt(Date.now()) + 3_600_000n;
    await numbered(ahead, 0.5);
    const error = await failure(numbered(ahead - 1n, 0.7));
    expect(error.report.reason).toBe(ErrorReason.SNAPSHOT_TOO_OLD);
    expect((await tradeOf(name, 1n))?.volume).toBe(0.5);
    // A bridge that was started again after its machine's clock was put back.
    const bridge = new ServerLeaseClient(service.client, { account: name, bridgeId: 'mt5-1' });
    const shown = { ...BROKER_POSITION, volume: 0.4 };
    const taken = () => ({
      takenAt: at(0).getTime(),
      complete: true,
      positions: [shown],
      deals: [],
      dealsSince: 0,
    });
    await expect(bridge.reconcile(taken())).rejects.toMatchObject({
      report: { reason: error.report.reason },
    });
    await bridge.reconcile(taken());
    expect((await tradeOf(name, 1n))?.volume).toBe(0.4);
  });

  it('case netting-average: a position that was added to is the same trade, with either entry', async () => {
    const name = account();
    await service.client.upsertAccount({ account: name, marginMode: MarginMode.NETTING });
    await register(name, 1n);
    await reconcile(name, 0, [position(1n, { volume: 2, entryPrice: 101 })]);
    for (const entryPrice of [100, 101]) {
      const again = await register(name, 1n, { entryPrice, volume: 2 });
      expect(again).toMatchObject({ alreadyRegistered: true, trade: { entryPrice: 101 } });
    }
  });

  it('T11: a snapshot dated ahead blocks nobody (before: honest ones were refused for 47 h)', async () => {
    const name = account();
    await register(name, 1n);
    await reconcile(name, 3, [position(1n)]).catch(() => undefined);
    await reconcile(name, 47 * 3600, [position(1n)]).catch(() => undefined);
    await reconcile(name, 0, [position(1n, { volume: 0.5 })]);
    expect((await tradeOf(name, 1n))?.volume).toBe(0.5);
  });

  it('case netting-reversal: a turned position is the next trade (before: CLOSED_BUT_OPEN for good)', async () => {
    const name = account();
    await register(name, 1n);
    const turned = position(1n, { direction: Direction.SELL, volume: 0.3, entryPrice: 101, stopLoss: 110 });
    expect(await reconcile(name, 0, [turned])).toMatchObject({ closed: [1n], registered: [1n] });
    expect(await tradeOf(name, 1n)).toMatchObject({
      state: TradeState.HEALTHY,
      direction: Direction.SELL,
      volume: 0.3,
    });
    expect(await story(name, 1n)).toEqual(['registered', 'stateChanged', 'registered']);
    expect((await reconcile(name, 30, [turned])).drifts).toEqual([]);
    const own = { direction: Direction.SELL, volume: 0.3, entryPrice: 101, stopLoss: 110 };
    expect((await register(name, 1n, { ...own, label: 'bot' })).trade?.label).toBe('bot');
  });
});

describe('what a client says of a trade', () => {
  it('T14: a close cannot be DEFENSIVE (before: the next snapshot planned CLOSE_ALL at the broker)', async () => {
    const name = account();
    await register(name, 1n);
    const close = { account: name, ticket: 1n, reason: CloseReason.DEFENSIVE };
    const error = await failure(service.client.closeTrade(close));
    expect(error.code).toBe(status.INVALID_ARGUMENT);
    expect(error.report.violations.map(({ field }) => field)).toEqual(['reason']);
    expect(await tradeOf(name, 1n)).toMatchObject({ state: TradeState.HEALTHY });
  });

  it('T15: a hedge is one the bridge has shown and no trade owns (before: CLOSE_HEDGE leased on 777)', async () => {
    const name = account();
    await register(name, 1n);
    const update = (ticket: bigint) =>
      service.client.updateTrade({
        ...{ account: name, ticket: 1n },
        hedge: { ticket, volume: 1, entryPrice: 99, stopLoss: 110 },
      });
    expect((await failure(update(777n))).report).toMatchObject({
      reason: ErrorReason.POSITION_NOT_SHOWN,
      metadata: { ticket: '777', field: 'hedge.ticket' },
    });
    await reconcile(name, 0, [position(1n), position(777n, { direction: Direction.SELL, stopLoss: 110 })]);
    // It is shown, and is a trade of its own: somebody else's.
    expect((await failure(update(777n))).report.reason).toBe(ErrorReason.POSITION_NOT_SHOWN);
    expect(await tradeOf(name, 1n)).toMatchObject({ hedge: undefined });
  });

  it('T16: a position ticket is what the broker shows of the trade (before: CLOSE_ALL leased against 777)', async () => {
    const name = account();
    await register(name, 1n);
    const update = (positionTicket: bigint) =>
      service.client.updateTrade({ account: name, ticket: 1n, positionTicket });
    expect((await failure(update(777n))).code).toBe(status.FAILED_PRECONDITION);
    await reconcile(name, 0, [position(1n, { ticket: 12n }), position(777n)]);
    expect((await failure(update(777n))).report.metadata.field).toBe('position_ticket');
    expect((await update(12n)).trade?.positionTicket).toBe(12n);
  });

  it('T7: a volume is never above what the broker shows (before: OPEN_HEDGE 500 leased)', async () => {
    const name = account();
    await register(name, 1n);
    await reconcile(name, 0, [position(1n)]);
    const update = (volume: number) => service.client.updateTrade({ account: name, ticket: 1n, volume });
    expect((await failure(update(500))).report.metadata.field).toBe('volume');
    expect((await update(0.5)).trade?.volume).toBe(0.5);
  });

  it('case reregister-after-restart: the position as it is now is the same trade (before: 409)', async () => {
    const name = account();
    await register(name, 1n);
    await service.client.updateTrade({ account: name, ticket: 1n, stopLoss: 95, volume: 0.5 });
    const again = await register(name, 1n, { stopLoss: 95, volume: 0.5 });
    expect(again).toMatchObject({
      alreadyRegistered: true,
      closed: false,
      trade: { stopLoss: 95, volume: 0.5 },
    });
  });

  it('a closed ticket is no comfort for a client that asks to be protected', async () => {
    const name = account();
    await register(name, 1n);
    await service.client.closeTrade({ account: name, ticket: 1n });
    const again = await register(name, 1n);
    expect(again).toMatchObject({ alreadyRegistered: true, closed: true });
    const trade = again.trade;
    if (trade === undefined) throw new Error('no trade');
    const { symbol, direction, entryPrice, volume } = trade;
    const asked = { account: name, ticket: 1n, symbol, direction, entryPrice, volume };
    const error = await failure(service.client.protect(asked));
    expect(error.report.reason).toBe(ErrorReason.TRADE_CLOSED);
  });
});
