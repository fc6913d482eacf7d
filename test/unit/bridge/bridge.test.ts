// What a bridge makes of each action, and how it works through what it leases, against the paper broker.

import { describe, expect, it } from 'vitest';
import { Bridge } from '../../../src/bridge/bridge.js';
import type { LeasedAction } from '../../../src/bridge/lease-client.js';
import { type Faults, NO_FAULTS } from '../../../src/broker/faults.js';
import { PaperTerminal } from '../../../src/broker/paper-terminal.js';
import type { Terminal } from '../../../src/broker/terminal.js';
import type { ActionType } from '../../../src/domain/trade/action-specs.js';
import { close, market, only, type PaperParts, paperBroker, SYMBOL, stops, T0 } from '../../support/paper.js';
import { action, ScriptedLeaseClient } from '../../support/scripted-lease-client.js';

const HOUR = 3_600_000;

/** Position 42: BUY 1 at 100, stop 90, target 120; the market is at 100 / 100.5. */
function scene(parts: PaperParts = {}, faults: Partial<Faults> = {}) {
  const broker = paperBroker(parts);
  broker.adopt({
    identifier: 42n,
    symbol: SYMBOL,
    direction: 'BUY',
    volume: 1,
    entryPrice: 100,
    stopLoss: 90,
    takeProfit: 120,
    magicNumber: 7n,
    comment: 'bot',
    openedAt: T0 - HOUR,
  });
  const leases = new ScriptedLeaseClient(() => broker.now);
  const terminal = new PaperTerminal(broker, { faults: { ...NO_FAULTS, ...faults } });
  return { broker, leases, terminal, bridge: new Bridge(leases, terminal) };
}

const netting: PaperParts = { account: { marginMode: 'netting' } };

async function carriedOut(planned: LeasedAction, parts: PaperParts = {}) {
  const made = scene(parts);
  made.leases.plan(planned);
  expect(await made.bridge.drain()).toBe(1);
  return { ...made, result: made.leases.entry(planned.tag).result };
}

describe('one action is one order', () => {
  it.each<ActionType>(['TIGHTEN_SL', 'TRAIL_SL', 'MOVE_SL_BREAKEVEN'])(
    '%s moves the stop and leaves the target where the broker has it',
    async (type) => {
      const { broker, result } = await carriedOut(action(type, { stopLoss: 95, takeProfit: 130 }));
      expect(result).toMatchObject({ code: 10009, stopLoss: 95 });
      expect(only(broker)).toMatchObject({ stopLoss: 95, takeProfit: 120, volume: 1 });
    },
  );

  it('PARTIAL_CLOSE closes its volume of the position', async () => {
    const { broker, result, terminal } = await carriedOut(action('PARTIAL_CLOSE', { volume: 0.4 }));
    expect(result).toMatchObject({ code: 10009, price: 100, volume: 0.4 });
    expect(only(broker).volume).toBe(0.6);
    expect(terminal.orders).toMatchObject([
      { direction: 'SELL', position: 42n, comment: 't:42:PARTIAL_CLOSE' },
    ]);
  });

  it('CLOSE_ALL closes what the broker has, not what DTMS believes', async () => {
    const { broker, result } = await carriedOut(action('CLOSE_ALL', { volume: 3 }));
    expect(result).toMatchObject({ code: 10009, volume: 1 });
    expect(broker.positions()).toEqual([]);
  });

  it('OPEN_HEDGE opens the other way with its stop', async () => {
    const { broker, result } = await carriedOut(action('OPEN_HEDGE', { volume: 1, stopLoss: 104 }));
    const [, leg] = broker.positions();
    expect(leg).toMatchObject({
      direction: 'SELL',
      volume: 1,
      stopLoss: 104,
      takeProfit: null,
      magicNumber: 7n,
    });
    expect(result).toMatchObject({ code: 10009, openedTicket: leg?.identifier, stopLoss: 104, price: 100 });
  });

  it('CLOSE_HEDGE closes the leg and nothing else', async () => {
    const { broker, leases, bridge } = scene();
    const leg = broker.execute(market('SELL', 1)).openedTicket;
    leases.plan(action('CLOSE_HEDGE', { hedgeTicket: leg }));
    await bridge.drain();
    expect(only(broker).identifier).toBe(42n);
  });

  it.each([null, 0n])(
    'CLOSE_HEDGE of leg %s sends nothing, and says of none that it is closed',
    async (hedgeTicket) => {
      const { result, terminal } = await carriedOut(action('CLOSE_HEDGE', { hedgeTicket }));
      expect(result?.code).toBe(10013);
      expect(terminal.orders).toEqual([]);
    },
  );

  it('RE_ADD opens another position with the trade’s levels on a hedging account', async () => {
    const { broker, result } = await carriedOut(action('RE_ADD', { volume: 0.5 }));
    const [, added] = broker.positions();
    expect(added).toMatchObject({ direction: 'BUY', volume: 0.5, stopLoss: 90, takeProfit: 120 });
    expect(result).toMatchObject({ code: 10009, openedTicket: added?.identifier });
  });

  it('RE_ADD adds to the position on a netting account and never loosens its stop', async () => {
    const { broker, result } = await carriedOut(action('RE_ADD', { volume: 0.5, stopLoss: 85 }), netting);
    expect(only(broker)).toMatchObject({ identifier: 42n, volume: 1.5, stopLoss: 90, takeProfit: 120 });
    expect(result).toMatchObject({ code: 10009, openedTicket: null });
    expect(broker.ledger.loosened()).toEqual([]);
  });

  it('every type of a SELL position is the mirror image', async () => {
    const broker = paperBroker();
    broker.execute(market('SELL', 2, { stopLoss: 110, takeProfit: 80 }));
    const leases = new ScriptedLeaseClient();
    const sell = { ticket: 1n, direction: 'SELL' as const };
    leases.plan(
      action('TIGHTEN_SL', { ...sell, stopLoss: 105 }),
      action('TRAIL_SL', { ...sell, stopLoss: 106 }),
      action('PARTIAL_CLOSE', { ...sell, volume: 1 }),
      action('OPEN_HEDGE', { ...sell, volume: 1, stopLoss: 95 }),
      action('RE_ADD', { ...sell, volume: 0.5 }),
    );
    await new Bridge(leases, new PaperTerminal(broker)).drain();
    expect(leases.entries.map(({ result }) => result?.code)).toEqual([10009, 10025, 10009, 10009, 10009]);
    expect(
      broker.positions().map(({ direction, volume, stopLoss }) => [direction, volume, stopLoss]),
    ).toEqual([
      ['SELL', 1, 105],
      ['BUY', 1, 95],
      ['SELL', 0.5, 105],
    ]);
    expect(broker.ledger.loosened()).toEqual([]);
  });

  it('finds the position by its identifier when its ticket has changed', async () => {
    const { broker, leases, bridge } = scene({ account: { swap: 'reopened' } });
    broker.advance(T0 + 24 * HOUR);
    expect(only(broker).ticket).not.toBe(42n);
    leases.plan(action('CLOSE_ALL'));
    await bridge.drain();
    expect(broker.positions()).toEqual([]);
  });

  it('reports what the broker refused as it was refused', async () => {
    const { result } = await carriedOut(action('TIGHTEN_SL', { stopLoss: 101 }));
    expect(result).toMatchObject({ code: 10016, stopLoss: 90, price: null });
  });
});

describe('drain', () => {
  it('works in the order leased, batch by batch, until nothing is left', async () => {
    const { leases, broker, terminal } = scene();
    for (let n = 2; n <= 6; n++) leases.plan(action('TRAIL_SL', { stopLoss: 88 + n, tag: `s${n}` }));
    expect(await new Bridge(leases, terminal, { batch: 2 }).drain()).toBe(5);
    expect(broker.ledger.stops(42n).map(({ stopLoss }) => stopLoss)).toEqual([90, 91, 92, 93, 94]);
    expect(leases.entries.map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => 'DONE'));
    expect(leases.journal.filter((line) => line.startsWith('lease'))).toHaveLength(4);
  });

  it('is bounded when the work never ends', async () => {
    const { leases, terminal } = scene({}, { rejections: { 10004: 1 } });
    leases.plan(action('CLOSE_ALL'));
    expect(await new Bridge(leases, terminal, { rounds: 7 }).drain()).toBe(7);
  });

  it('leaves alone what it cannot begin', async () => {
    const { leases, bridge, broker } = scene();
    leases.plan(action('CLOSE_ALL'), action('TIGHTEN_SL', { stopLoss: 95 }));
    leases.begin = async ({ type }) =>
      type !== 'CLOSE_ALL' && ScriptedLeaseClient.prototype.begin.call(leases, action(type));
    expect(await bridge.drain()).toBe(1);
    expect(only(broker)).toMatchObject({ volume: 1, stopLoss: 95 });
  });

  it('begins nothing while it cannot see what is open', async () => {
    const { leases, bridge, terminal } = scene({}, { queries: { partialQuery: 1 } });
    leases.plan(action('CLOSE_ALL'));
    expect(await bridge.drain()).toBe(0);
    expect(terminal.orders).toEqual([]);
    expect(leases.journal.filter((line) => line.startsWith('begin'))).toEqual([]);
  });

  it('leases nothing while the terminal is not connected', async () => {
    const { leases, bridge, terminal } = scene();
    leases.plan(action('CLOSE_ALL'));
    terminal.disconnect();
    expect(await bridge.drain()).toBe(0);
    expect(leases.journal).toEqual([]);
  });

  it('stops where the connection breaks, and goes on when it is back', async () => {
    const { leases, bridge, broker } = scene({}, { orders: { disconnectBefore: 1 } });
    leases.plan(action('PARTIAL_CLOSE', { volume: 0.5 }), action('TIGHTEN_SL', { stopLoss: 95 }));
    expect(await bridge.drain()).toBe(1);
    expect(leases.entries.map(({ status }) => status)).toEqual(['IN_DOUBT', 'LEASED']);
    broker.advance(T0 + 60_000);
    leases.expireLeases();
    expect(await bridge.drain()).toBe(1);
  });

  it('reports again what the leases could not take, and before anything else', async () => {
    const { leases, bridge, terminal } = scene();
    leases.plan(action('PARTIAL_CLOSE', { volume: 0.5 }));
    leases.failures.report = [new Error('down')];
    await expect(bridge.drain()).rejects.toThrow('down');
    expect(leases.entry('t:42:PARTIAL_CLOSE').status).toBe('EXECUTING');
    leases.plan(action('TIGHTEN_SL', { stopLoss: 95 }));
    expect(await bridge.drain()).toBe(2);
    expect(leases.entries.map(({ status }) => status)).toEqual(['DONE', 'DONE']);
    expect(terminal.orders).toHaveLength(2);
  });

  it('takes a terminal that throws for one that has perhaps sent the order', async () => {
    const { leases, broker, terminal } = scene();
    const broken: Terminal = {
      order: () => Promise.reject(new Error('pipe closed')),
      positions: () => terminal.positions(),
      deals: (since) => terminal.deals(since),
      account: () => terminal.account(),
    };
    leases.plan(action('CLOSE_ALL'));
    await new Bridge(leases, broken).drain();
    expect(leases.entry('t:42:CLOSE_ALL')).toMatchObject({ status: 'IN_DOUBT', result: { code: 10012 } });
    expect(broker.positions()).toHaveLength(1);
  });
});

describe('heartbeat and reconcile', () => {
  it('tells how the account is', async () => {
    const { bridge, leases, terminal } = scene();
    await bridge.heartbeat();
    terminal.disconnect();
    await bridge.heartbeat();
    const account = { equity: 1_000_000, balance: 1_000_000, operations: [], utcOffsetMinutes: 0 };
    expect(leases.beats).toEqual([
      { connected: true, tradeAllowed: true, ...account },
      { connected: false, tradeAllowed: false, ...account },
    ]);
  });

  it('sends everything open and the deals since the last complete snapshot, with an overlap', async () => {
    const { broker, leases, terminal } = scene();
    const bridge = new Bridge(leases, terminal, { overlapMs: HOUR, lookBackMs: 24 * HOUR });
    broker.execute(market('SELL', 1, { comment: 'first' }));
    await bridge.reconcile();
    broker.advance(T0 + 3 * HOUR);
    broker.execute(market('SELL', 1, { comment: 'second' }));
    await bridge.reconcile();
    const told = leases.snapshots.map(({ takenAt, complete, positions, deals, dealsSince }) => ({
      takenAt,
      complete,
      open: positions.length,
      deals: deals.map(({ comment }) => comment),
      dealsSince,
    }));
    expect(told).toEqual([
      { takenAt: T0, complete: true, open: 2, deals: ['bot', 'first'], dealsSince: T0 - 24 * HOUR },
      {
        takenAt: T0 + 3 * HOUR,
        complete: true,
        open: 3,
        deals: ['bot', 'first', 'second'],
        dealsSince: T0 - HOUR,
      },
    ]);
  });

  it('asks from the last complete snapshot the leases took, whatever failed since', async () => {
    const { broker, leases, terminal } = scene();
    const bridge = new Bridge(leases, terminal, { overlapMs: HOUR });
    await bridge.reconcile();
    broker.advance(T0 + 5 * HOUR);
    leases.failures.reconcile = [new Error('down')];
    await expect(bridge.reconcile()).rejects.toThrow('down');
    broker.advance(T0 + 9 * HOUR);
    await bridge.reconcile();
    expect(leases.snapshots.map(({ dealsSince }) => dealsSince).at(-1)).toBe(T0 - HOUR);
  });

  it.each(['positions', 'deals'] as const)(
    'takes an incomplete answer of %s for an incomplete snapshot, and asks again from before it',
    async (query) => {
      const { broker, leases, terminal } = scene();
      let fails = false;
      const failing: Terminal = {
        order: (request) => terminal.order(request),
        account: () => terminal.account(),
        positions: async () => ({
          ...(await terminal.positions()),
          complete: !(fails && query === 'positions'),
        }),
        deals: async (since) => ({
          ...(await terminal.deals(since)),
          complete: !(fails && query === 'deals'),
        }),
      };
      const bridge = new Bridge(leases, failing, { overlapMs: HOUR });
      await bridge.reconcile();
      for (const [hours, isFailing] of [
        [5, true],
        [9, false],
        [13, false],
      ] as const) {
        broker.advance(T0 + hours * HOUR);
        fails = isFailing;
        await bridge.reconcile();
      }
      expect(leases.snapshots.map(({ complete, dealsSince }) => [complete, dealsSince]).slice(1)).toEqual([
        [false, T0 - HOUR],
        [true, T0 - HOUR],
        [true, T0 + 8 * HOUR],
      ]);
    },
  );

  it('looks a second time for what DTMS misses at the broker', async () => {
    const { bridge, leases } = scene();
    leases.probes.push([77n]);
    await bridge.reconcile();
    expect(leases.snapshots).toHaveLength(2);
    await bridge.reconcile();
    expect(leases.snapshots).toHaveLength(3);
  });

  it('tells closes by stop and target once each, before the snapshot, in order', async () => {
    const { broker, bridge, leases } = scene();
    broker.execute(market('SELL', 1, { stopLoss: 105 }));
    const leg = broker.positions()[1]?.identifier;
    broker.quote(SYMBOL, { bid: 121, ask: 121.5 }, T0 + 1);
    await bridge.reconcile();
    await bridge.drain();
    await bridge.reconcile();
    expect(leases.closes).toEqual([
      { ticket: 42n, reason: 'TAKE_PROFIT', price: 121, at: T0 + 1 },
      { ticket: leg, reason: 'STOP_LOSS', price: 121.5, at: T0 + 1 },
    ]);
    expect(leases.journal.slice(0, 3).map((line) => line.split(' ')[0])).toEqual([
      'closed',
      'closed',
      'reconcile',
    ]);
  });

  it('tells a close again when the leases did not take it', async () => {
    const { broker, bridge, leases } = scene();
    broker.quote(SYMBOL, { bid: 89, ask: 89.5 }, T0 + 1);
    leases.failures.closed = [new Error('down')];
    await expect(bridge.drain()).rejects.toThrow('down');
    await bridge.drain();
    expect(leases.closes).toMatchObject([{ ticket: 42n, reason: 'STOP_LOSS', price: 89 }]);
  });

  it('does not tell of closes somebody asked for', async () => {
    const { broker, bridge, leases } = scene();
    broker.execute(close(only(broker)));
    await bridge.reconcile();
    expect(leases.closes).toEqual([]);
  });

  it('sends nothing while the terminal is not connected', async () => {
    const { bridge, leases, terminal } = scene();
    terminal.disconnect();
    expect(await bridge.reconcile()).toBeNull();
    expect(leases.snapshots).toEqual([]);
  });

  it('moves a stop somebody else tightened no further back', async () => {
    const { broker, bridge, leases } = scene();
    broker.execute(stops(only(broker), 97));
    leases.plan(action('TIGHTEN_SL', { stopLoss: 95 }));
    await bridge.drain();
    expect(leases.entry('t:42:TIGHTEN_SL').result).toMatchObject({ code: 10025, stopLoss: 97 });
    expect(broker.ledger.loosened()).toEqual([]);
  });
});
