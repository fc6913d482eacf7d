// Nothing a client says of a trade makes DTMS order what it should not (T7, T14 to T16), each way a row: refused with its
// reason, or taken without an order that could do harm. And nothing a person discards leaves a trade that is not what the broker has.
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ActionStatus,
  ActionType,
  Direction,
  type DtmsClient,
  ErrorReason,
  Resolution,
  TradeState,
} from '../../src/client/index.js';
import { accountCalls } from '../support/account-calls.js';
import { actionCalls } from '../support/action-calls.js';
import { startService, type TestService } from '../support/app.js';
import { EAGER_RULES, LiveAccount } from '../support/live-account.js';

let service: TestService;
beforeAll(async () => {
  // What the broker shows becomes no trade by itself: positions may be nobody's.
  service = await startService({
    rules: { ...EAGER_RULES, reconciliation: { registerExternal: false } },
  });
});
afterAll(async () => {
  await service.end();
});

const { account, register, reconcile, position, tradeOf, failure } = accountCalls(() => service);
const { beat, lease, listed } = actionCalls(() => service);

type Update = Parameters<DtmsClient['updateTrade']>[0];
const update = (name: string, more: Partial<Update>) =>
  service.client.updateTrade({ account: name, ticket: 1n, ...more });
const leg = (ticket: bigint, more: object = {}) => ({
  hedge: { ticket, volume: 1, entryPrice: 99, stopLoss: 110, ...more },
});

/** Trade 1 and trade 2 of an account, whose bridge shows both, a SELL of nobody (700) and a BUY of nobody (701). */
async function shown(): Promise<string> {
  const name = account();
  await register(name, 1n, { magicNumber: 7n });
  await register(name, 2n);
  await reconcile(name, 0, [
    position(1n, { magicNumber: 7n }),
    position(2n),
    position(700n, { direction: Direction.SELL, stopLoss: 110 }),
    position(701n, { magicNumber: 8n }),
    position(702n, { symbol: 'EURUSD', direction: Direction.SELL, stopLoss: 110 }),
  ]);
  return name;
}

describe('UpdateTrade', () => {
  it.each<[string, Partial<Update>, string]>([
    ['the position ticket of another trade', { positionTicket: 2n }, 'position_ticket'],
    ['the position ticket of nobody', { positionTicket: 701n }, 'position_ticket'],
    ['a position ticket that nobody has shown', { positionTicket: 404n }, 'position_ticket'],
    ['a volume above what the broker shows', { volume: 1.01 }, 'volume'],
    ['a hedge that is its own position', leg(1n), 'hedge.ticket'],
    ['a hedge that is another trade', leg(2n), 'hedge.ticket'],
    ['a hedge of the same direction', leg(701n), 'hedge.ticket'],
    ['a hedge of another symbol', leg(702n), 'hedge.ticket'],
    ['a hedge that nobody has shown', leg(404n), 'hedge.ticket'],
    ['a hedge without a ticket', leg(0n), 'hedge.ticket'],
    ['a hedge larger than what is shown', leg(700n, { volume: 1.01 }), 'hedge.ticket'],
  ])('refuses %s', async (_name, more, field) => {
    const name = await shown();
    const before = await tradeOf(name, 1n);
    const { report: told } = await failure(update(name, more));
    expect(told).toMatchObject({ reason: ErrorReason.POSITION_NOT_SHOWN, metadata: { field } });
    expect(await tradeOf(name, 1n)).toEqual(before);
  });

  it.each<[string, Partial<Update>]>([
    ['0', { volume: 0 }],
    ['negative', { volume: -1 }],
    ['no number', { volume: Number.NaN }],
    ['endless', { volume: Number.POSITIVE_INFINITY }],
    ['a stop of 0', { stopLoss: 0 }],
    ['a stop that is no number', { stopLoss: Number.NaN }],
    ['a hedge of volume 0', leg(700n, { volume: 0 })],
  ])('refuses what is no volume or price: %s', async (_name, more) => {
    const name = await shown();
    expect((await failure(update(name, more))).code).toBe(status.INVALID_ARGUMENT);
  });

  it('a hedge is used once: it cannot be the hedge of two trades', async () => {
    const name = await shown();
    expect((await update(name, leg(700n))).trade?.hedge?.ticket).toBe(700n);
    const second = service.client.updateTrade({ account: name, ticket: 2n, ...leg(700n) });
    expect((await failure(second)).report.metadata.field).toBe('hedge.ticket');
    // Nor does it grow by a word.
    expect((await failure(update(name, leg(700n, { volume: 5 })))).report.metadata.field).toBe(
      'hedge.ticket',
    );
  });

  it('a real account that has shown nothing yet takes no larger volume from a client', async () => {
    const name = account();
    await register(name, 1n);
    await beat(name);
    expect((await failure(update(name, { volume: 500 }))).report.metadata.field).toBe('volume');
    expect((await update(name, { volume: 0.5 })).trade?.volume).toBe(0.5);
  });
});

describe('RegisterTrade', () => {
  it.each<[string, bigint, object, ErrorReason]>([
    ['another symbol than is shown', 701n, { symbol: 'EURUSD' }, ErrorReason.TRADE_DIFFERS],
    [
      'another direction than is shown',
      701n,
      { direction: Direction.SELL, stopLoss: 110 },
      ErrorReason.TRADE_DIFFERS,
    ],
    [
      "another program's position under its own magic number",
      701n,
      { magicNumber: 7n },
      ErrorReason.TRADE_DIFFERS,
    ],
    ["the ticket of another trade's position", 701n, { positionTicket: 2n }, ErrorReason.POSITION_NOT_SHOWN],
    ['a position ticket that is not shown', 703n, { positionTicket: 404n }, ErrorReason.POSITION_NOT_SHOWN],
  ])('refuses %s', async (_name, ticket, more, reason) => {
    const name = await shown();
    expect((await failure(register(name, ticket, more))).report.reason).toBe(reason);
    expect((await failure(service.client.getTrade({ account: name, ticket }))).report.reason).toBe(
      ErrorReason.TRADE_NOT_FOUND,
    );
  });

  it('takes a position under the ticket that the broker shows of it', async () => {
    const name = account();
    await reconcile(name, 0, [position(703n, { ticket: 704n })]);
    const { trade } = await register(name, 703n, { positionTicket: 704n });
    expect(trade?.positionTicket).toBe(704n);
    expect((await failure(register(name, 704n))).report.metadata.field).toBe('trade.ticket');
  });

  it("refuses another trade's hedge", async () => {
    const name = await shown();
    await update(name, leg(700n));
    const own = { direction: Direction.SELL, stopLoss: 110 };
    expect((await failure(register(name, 700n, own))).report).toMatchObject({
      reason: ErrorReason.POSITION_NOT_SHOWN,
      metadata: { field: 'trade.ticket' },
    });
  });

  it('of an account where the position is not: nothing is ordered about it anywhere', async () => {
    const name = await shown();
    const other = account();
    await register(other, 701n, { volume: 500 });
    await beat(other);
    expect(await listed(other)).toEqual([]);
    expect((await tradeOf(name, 1n))?.state).toBe(TradeState.HEALTHY);
  });
});

describe('a stop', () => {
  // Before: a client's word of a looser stop made DTMS order one that was looser than what the broker had.
  it('that a client says is looser is not moved to where it would loosen what the broker shows', async () => {
    const name = 'looser';
    await new LiveAccount(service.client, name, 1).plan(TradeState.WARNING_L1);
    await beat(name);
    const planned = (await listed(name)).find(({ action }) => action?.type === ActionType.TIGHTEN_SL);
    const stop = planned?.action?.stopLoss ?? 0;
    expect(stop).toBeGreaterThan(80);
    const tighter = { stopLoss: stop + 0.01, symbol: 'BTCUSD', entryPrice: 103, magicNumber: 7n };
    await service.client.reconcilePositions({
      ...{ account: name, bridgeId: 'b1', takenAt: new Date(), complete: true },
      positions: [{ ...tighter, identifier: 1n, direction: Direction.BUY, volume: 1, comment: 'bot' }],
    });
    await update(name, { stopLoss: 70 });
    for (const work of await lease(name)) {
      expect(work.action?.stopLoss ?? Number.POSITIVE_INFINITY).toBeGreaterThan(stop + 0.01);
    }
  });
});

describe('a close that DTMS decided and a person gives up', () => {
  /** An account whose one trade is CLOSED by decision, with the close PENDING; hedged before. */
  async function decided(name: string): Promise<string> {
    const live = new LiveAccount(service.client, name, 1);
    await live.plan(TradeState.HEDGED);
    await beat(name);
    return name;
  }

  it('CLOSE_ALL of a person can be given up: the trade goes on, and is not called HEDGED without a hedge', async () => {
    const name = await decided('given-up');
    const { closes } = await service.client.closePosition({
      ...{ account: name, tickets: [1n], by: 'ann', reason: 'out' },
    });
    const actionId = closes[0]?.actionId ?? '';
    await service.client.resolveAction({ actionId, resolution: Resolution.GIVE_UP, by: 'ann', reason: 'no' });
    // The close took back the hedge that was on its way.
    expect(await tradeOf(name, 1n)).toMatchObject({ state: TradeState.WARNING_L2, hedge: undefined });
    const [action] = (await listed(name)).filter((one) => one.action?.actionId === actionId);
    expect(action?.action?.status).toBe(ActionStatus.EXPIRED);
  });
});
