// ClosePosition end to end: a person's order over gRPC, a bridge that carries it out at a paper broker, and what the
// broker's own books show afterwards. Each position is closed, once, whatever DTMS had decided about it before.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CloseOutcome } from '../../../gen/ts/dtms/v1/action_service.js';
import { Bridge } from '../../../src/bridge/bridge.js';
import type { LeasedAction } from '../../../src/bridge/lease-client.js';
import { closingDeal } from '../../../src/broker/terminal.js';
import {
  ActionStatus,
  ActionType,
  CloseReason,
  ErrorReason,
  TradeState,
  TradingState,
} from '../../../src/client/index.js';
import { RETURN_CODES } from '../../../src/domain/actions/result-codes.js';
import { tagOf } from '../../../src/domain/broker/order-tag.js';
import { startService, type TestService } from '../../support/app.js';
import { EAGER_RULES, LiveAccount } from '../../support/live-account.js';

let service: TestService;
beforeAll(async () => {
  service = await startService({ rules: EAGER_RULES });
});
afterAll(async () => {
  await service.end();
});

const ORDER = { by: 'ann', reason: 'the client asked for it' };

/** An account of `count` positions, and a bridge that has shown them. */
async function opened(name: string, count: number, state = TradeState.WARNING_L1) {
  const live = new LiveAccount(service.client, name, count);
  await live.plan(state);
  const bridge = new Bridge(live.leases('b1'), live.terminal());
  await bridge.heartbeat();
  await bridge.reconcile();
  return { live, bridge };
}

const close = (account: string, more: object) => service.client.closePosition({ account, ...ORDER, ...more });

/** Until nothing is left to do. */
async function drained(bridge: Bridge): Promise<void> {
  for (let idle = 0; idle < 2; ) idle = (await bridge.drain()) === 0 ? idle + 1 : 0;
}

const tradesOf = async (account: string, tickets: readonly bigint[]) =>
  (await service.client.batchGetTrades({ account, tickets: [...tickets] })).trades;

const closesOf = async (account: string) => {
  const { actions } = await service.client.listActions({ account, pageSize: 1000 });
  return actions.flatMap(({ action }) => (action?.type === ActionType.CLOSE_ALL ? [action] : []));
};

describe('one trade', () => {
  it('is closed at the broker, once, under the name of the person; the others stay', async () => {
    const { live, bridge } = await opened('one', 2);
    const { closes, bridgeReady, otherPositions } = await close('one', { tickets: [1n] });
    expect(closes).toMatchObject([{ ticket: 1n, outcome: CloseOutcome.PLANNED }]);
    expect([bridgeReady, otherPositions]).toEqual([true, []]);
    await drained(bridge);
    expect(live.broker.positions().map(({ identifier }) => identifier)).toEqual([2n]);
    const actionId = closes[0]?.actionId ?? '';
    expect(live.broker.ledger.executions(tagOf(actionId))).toHaveLength(1);
    expect(await closesOf('one')).toMatchObject([{ actionId, status: ActionStatus.DONE, orderedBy: 'ann' }]);
    expect(await tradesOf('one', [1n])).toMatchObject([
      { state: TradeState.CLOSED, closeReason: CloseReason.REQUESTED },
    ]);
    const { events } = await service.client.listAuditEvents({ account: 'one' });
    expect(events.at(-1)).toMatchObject({ method: '/dtms.v1.ActionService/ClosePosition', ticket: 1n });
    expect(events.at(-1)?.detail).toMatchObject({ by: 'ann', reason: ORDER.reason, action_ids: actionId });
  });

  it('is ordered once by a request that is repeated, and answers the same', async () => {
    const { live, bridge } = await opened('again', 1);
    const requestId = randomUUID();
    const first = await close('again', { tickets: [1n], requestId });
    await drained(bridge);
    expect(await close('again', { tickets: [1n], requestId })).toEqual(first);
    // Another request finds nothing to close.
    expect((await close('again', { tickets: [1n] })).closes).toMatchObject([
      { outcome: CloseOutcome.CLOSED, actionId: '' },
    ]);
    await drained(bridge);
    expect(await closesOf('again')).toHaveLength(1);
    expect(live.broker.ledger.repeated()).toEqual([]);
  });

  it('that nobody knows is refused, and nothing is ordered for the others', async () => {
    await opened('unknown', 1);
    await expect(close('unknown', { tickets: [1n, 404n] })).rejects.toMatchObject({
      report: { reason: ErrorReason.TRADE_NOT_FOUND },
    });
    expect(await closesOf('unknown')).toEqual([]);
  });
});

describe('a position that was closed meanwhile', () => {
  it.each([
    ['by a person', CloseReason.BROKER_GONE],
    ['by its stop', CloseReason.STOP_LOSS],
  ])('%s ends its trade at the price it was closed at', async (who, closeReason) => {
    const account = who.replaceAll(' ', '-');
    const { live } = await opened(account, 1);
    const leases = live.leases('b1');
    // Between the bridge's last look and its order.
    const begin = async (action: LeasedAction) => {
      const [position] = live.broker.positions();
      if (position === undefined) throw new Error('nothing is open');
      if (closeReason === CloseReason.STOP_LOSS)
        live.broker.quote(position.symbol, { bid: 79, ask: 79.02 }, live.now);
      else await live.terminal().order(closingDeal(position));
      return leases.begin(action);
    };
    const bridge = new Bridge(
      {
        lease: (limit) => leases.lease(limit),
        begin,
        report: (action, result) => leases.report(action, result),
        heartbeat: (report) => leases.heartbeat(report),
        reconcile: (snapshot) => leases.reconcile(snapshot),
        closed: (ticket, reason, price, at) => leases.closed(ticket, reason, price, at),
      },
      live.terminal(),
    );
    await bridge.heartbeat();
    await close(account, { tickets: [1n] });
    await drained(bridge);
    const [deal] = live.broker.deals(0).filter(({ entry }) => entry === 'OUT');
    expect(await tradesOf(account, [1n])).toMatchObject([{ closeReason, closePrice: deal?.price }]);
    expect(await closesOf(account)).toMatchObject([{ result: { code: RETURN_CODES.POSITION_CLOSED } }]);
  });
});

describe('many trades', () => {
  it('a whole account is closed, hedges and all, though the breaker would hold so many', async () => {
    const own = await startService({ rules: { ...EAGER_RULES, breaker: {} } });
    const others = service;
    service = own;
    try {
      const { live, bridge } = await opened('whole', 4);
      const { closes } = await close('whole', { wholeAccount: true });
      expect(closes.map(({ outcome }) => outcome)).toEqual(closes.map(() => CloseOutcome.PLANNED));
      expect(closes).toHaveLength(4);
      await drained(bridge);
      expect(live.broker.positions()).toEqual([]);
    } finally {
      service = others;
      await own.end();
    }
  });

  it('a hedged trade is closed with its hedge', async () => {
    const { live, bridge } = await opened('hedged', 1, TradeState.HEDGED);
    await drained(bridge);
    expect(live.broker.positions()).toHaveLength(2);
    // Until the hedge is shown no order closes it.
    expect(bridge.looksAgain).toBe(true);
    await bridge.reconcile();
    await close('hedged', { symbols: ['BTCUSD'] });
    await drained(bridge);
    await bridge.reconcile();
    expect(live.broker.positions()).toEqual([]);
    expect(live.broker.ledger.repeated()).toEqual([]);
  });

  it.each([
    ['nothing is said of which', {}],
    ['a whole account and a ticket', { wholeAccount: true, tickets: [1n] }],
    ['a ticket that is none', { tickets: [0n] }],
    ['a negative magic number', { magicNumber: -1n }],
  ])('an order is refused where %s', async (_name, which) => {
    await expect(close('one', which)).rejects.toMatchObject({
      report: { reason: ErrorReason.INVALID_FIELD },
    });
  });
});

describe('the trading state', () => {
  const set = (account: string, state: TradingState) =>
    service.client.setTradingState({ account, state, by: 'ann', reason: 'a look' });

  it('REDUCING allows it, HALTED refuses it and says so', async () => {
    const { live, bridge } = await opened('state', 2);
    await set('state', TradingState.HALTED);
    await expect(close('state', { wholeAccount: true })).rejects.toMatchObject({
      message: expect.stringContaining('HALTED'),
      report: { reason: ErrorReason.TRADING_STATE },
    });
    expect(await closesOf('state')).toEqual([]);
    await set('state', TradingState.REDUCING);
    await close('state', { wholeAccount: true });
    await drained(bridge);
    expect(live.broker.positions()).toEqual([]);
  });

  it('a halt stops what was ordered and not begun', async () => {
    const { live, bridge } = await opened('halted', 1);
    await close('halted', { tickets: [1n] });
    await set('halted', TradingState.HALTED);
    await drained(bridge);
    expect(live.broker.positions()).toHaveLength(1);
    await set('halted', TradingState.ACTIVE);
    await drained(bridge);
    expect(live.broker.positions()).toEqual([]);
  });
});

describe('races', () => {
  it('with bridges and repeated orders: each position is closed once', async () => {
    const { live, bridge } = await opened('races', 6);
    const twin = new Bridge(live.leases('b2'), live.terminal());
    await twin.heartbeat();
    const orders = Array.from({ length: 8 }, (_, index) =>
      close('races', index % 2 === 0 ? { wholeAccount: true } : { tickets: [BigInt((index % 6) + 1)] }),
    );
    await Promise.all([...orders, drained(bridge), drained(twin)]);
    await Promise.all([drained(bridge), drained(twin)]);
    await bridge.reconcile();
    expect(live.broker.positions()).toEqual([]);
    expect(live.broker.ledger.repeated()).toEqual([]);
    const done = (await closesOf('races')).filter(({ status }) => status === ActionStatus.DONE);
    expect(done).toHaveLength(6);
  });

  it('with a close that DTMS decided: it is adopted, and there is no second one', async () => {
    const { live, bridge } = await opened('decided', 1);
    const first = (await close('decided', { tickets: [1n] })).closes[0];
    const second = (await close('decided', { wholeAccount: true, by: 'bob' })).closes[0];
    expect(second).toEqual({ ...first, outcome: CloseOutcome.ON_ITS_WAY });
    await drained(bridge);
    expect(live.broker.ledger.executions(tagOf(first?.actionId ?? ''))).toHaveLength(1);
  });

  it('without a bridge it waits, and says that none is there', async () => {
    const live = new LiveAccount(service.client, 'nobody', 1);
    await live.plan(TradeState.WARNING_L1);
    expect((await close('nobody', { tickets: [1n] })).bridgeReady).toBe(false);
    const bridge = new Bridge(live.leases('late'), live.terminal());
    await bridge.heartbeat();
    await drained(bridge);
    expect(live.broker.positions()).toEqual([]);
  });
});
