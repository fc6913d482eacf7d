// What goes wrong between programs and brokers in the field, each trap by its name: the broker can show
// it, and the bridge does not fall into it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bridge } from '../../../src/bridge/bridge.js';
import { orderOf } from '../../../src/bridge/order-of.js';
import { type Faults, NO_FAULTS } from '../../../src/broker/faults.js';
import { PaperTerminal } from '../../../src/broker/paper-terminal.js';
import { type TradeServerClock, UTC_CLOCK } from '../../../src/broker/server-clock.js';
import type { BrokerPosition } from '../../../src/domain/broker/snapshot.js';
import type { ActionType } from '../../../src/domain/trade/action-specs.js';
import {
  bar,
  close,
  market,
  only,
  type PaperParts,
  paperBroker,
  SYMBOL,
  stops,
  T0,
} from '../../support/paper.js';
import { runs } from '../../support/properties.js';
import { action, ScriptedLeaseClient } from '../../support/scripted-lease-client.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const BUY_42 = {
  identifier: 42n,
  symbol: SYMBOL,
  direction: 'BUY' as const,
  volume: 1,
  entryPrice: 100,
  stopLoss: 90,
  takeProfit: 120,
  magicNumber: 7n,
  comment: 'bot',
  openedAt: T0 - HOUR,
};

function scene(faults: Partial<Faults> = {}, parts: PaperParts = {}, clock: TradeServerClock = UTC_CLOCK) {
  const broker = paperBroker(parts);
  broker.adopt(BUY_42);
  const leases = new ScriptedLeaseClient(() => broker.now);
  const terminal = new PaperTerminal(broker, { faults: { ...NO_FAULTS, ...faults }, clock });
  return { broker, leases, terminal, bridge: new Bridge(leases, terminal) };
}

/** Leases an action again although its first attempt may have filled, as no leases should. */
function leaseAgain(leases: ScriptedLeaseClient, tag: string): void {
  leases.entry(tag).status = 'PENDING';
}

describe('a timeout is not a failure: the order may have filled', () => {
  const partial = action('PARTIAL_CLOSE', { volume: 0.4 });

  it.each([
    ['filled', { timeoutFilled: 1 }, 0.6],
    ['did not fill', { timeoutUnfilled: 1 }, 1],
    ['has not filled yet', { timeoutLate: 1 }, 1],
    ['filled as the connection broke', { disconnectAfter: 1 }, 0.6],
    ['did not arrive as the connection broke', { disconnectBefore: 1 }, 1],
    ['was in a terminal that restarted', { restart: 1 }, 1],
  ] as const)('the answer is unknown when it %s', async (_, orders, volume) => {
    const { broker, leases, bridge } = scene({ orders });
    leases.plan(partial);
    await bridge.drain();
    expect(leases.entry(partial.tag).status).toBe('IN_DOUBT');
    expect(only(broker).volume).toBe(volume);
  });

  it('a fill that nobody answered for is found among the deals, not sent again', async () => {
    const { broker, leases, bridge } = scene({ orders: { timeoutFilled: 1 } });
    leases.plan(partial);
    await bridge.drain();
    leaseAgain(leases, partial.tag);
    await bridge.drain();
    expect(leases.entry(partial.tag)).toMatchObject({
      status: 'DONE',
      result: { code: 10009, volume: 0.4, price: 100 },
    });
    expect(broker.ledger.executions(partial.tag)).toHaveLength(1);
  });

  it('without that look the ledger shows it twice', async () => {
    const { broker, terminal } = scene({ orders: { timeoutFilled: 1 } });
    const decision = orderOf(partial, { marginMode: 'hedging', positions: broker.positions() });
    if (decision.kind !== 'send') throw new Error('there is an order to send');
    await terminal.order(decision.request);
    await terminal.order(decision.request);
    expect(broker.ledger.repeated()).toEqual([partial.tag]);
  });

  it('a late fill is told by the next snapshot, with its comment', async () => {
    const { broker, leases, bridge } = scene({ orders: { timeoutLate: 1 } });
    const hedge = action('OPEN_HEDGE', { volume: 1, stopLoss: 104 });
    leases.plan(hedge);
    await bridge.drain();
    await bridge.reconcile();
    expect(leases.entry(hedge.tag).status).toBe('IN_DOUBT');
    broker.advance(T0 + MINUTE);
    await bridge.reconcile();
    const [, leg] = broker.positions();
    expect(leases.entry(hedge.tag)).toMatchObject({
      status: 'DONE',
      result: { openedTicket: leg?.identifier },
    });
  });
});

describe('duplicate ids after a restart', () => {
  it('a bridge that starts anew finds what the one before it has sent', async () => {
    const { broker, leases, bridge, terminal } = scene();
    const hedge = action('OPEN_HEDGE', { volume: 1, stopLoss: 104 });
    leases.plan(hedge);
    leases.failures.report = [new Error('killed')];
    await expect(bridge.drain()).rejects.toThrow('killed');
    leaseAgain(leases, hedge.tag);
    await new Bridge(leases, terminal).drain();
    const [, leg] = broker.positions();
    expect(leases.entry(hedge.tag)).toMatchObject({
      status: 'DONE',
      result: { openedTicket: leg?.identifier, stopLoss: 104 },
    });
    expect(broker.ledger.executions(hedge.tag)).toHaveLength(1);
  });

  it('a request delivered twice within a connection is carried out once', async () => {
    const { broker, leases, bridge, terminal } = scene({ orders: { duplicate: 1 } });
    leases.plan(action('PARTIAL_CLOSE', { volume: 0.4 }));
    await bridge.drain();
    expect(only(broker).volume).toBe(0.6);
    expect(terminal.happened.get('duplicate')).toBe(1);
    expect(broker.ledger.repeated()).toEqual([]);
  });
});

describe('protection re-created after the close', () => {
  it.each<[ActionType, Parameters<typeof action>[1]]>([
    ['TIGHTEN_SL', { stopLoss: 95 }],
    ['OPEN_HEDGE', { volume: 1, stopLoss: 104 }],
    ['RE_ADD', { volume: 0.5 }],
    ['PARTIAL_CLOSE', { volume: 0.5 }],
    ['CLOSE_ALL', {}],
  ])('%s of a position that is gone sends nothing', async (type, fields) => {
    const { broker, leases, bridge } = scene();
    broker.execute(close(only(broker)));
    const before = broker.deals(0).length;
    leases.plan(action(type, fields));
    await bridge.drain();
    expect(leases.entries[0]?.result?.code).toBe(10036);
    expect(broker.deals(0)).toHaveLength(before);
  });
});

describe('a fill of the previous trade attached to the next one', () => {
  it.each(['hedging', 'netting'] as const)(
    'a late close does not touch the next position (%s)',
    async (marginMode) => {
      const { broker, leases, bridge } = scene({ orders: { timeoutLate: 1 } }, { account: { marginMode } });
      leases.plan(action('CLOSE_ALL'));
      await bridge.drain();
      broker.quote(SYMBOL, { bid: 121, ask: 121.5 }, T0);
      const next = broker.execute(market('BUY', 1)).openedTicket;
      broker.advance(T0 + MINUTE);
      await bridge.reconcile();
      expect(only(broker)).toMatchObject({ identifier: next, volume: 1 });
      expect(leases.closes).toMatchObject([{ ticket: 42n, reason: 'TAKE_PROFIT' }]);
      expect(
        leases.snapshots[0]?.deals.filter(({ positionIdentifier }) => positionIdentifier === next),
      ).toHaveLength(1);
    },
  );
});

describe('a remainder below the minimum lot, closed forever in a loop', () => {
  it('is refused before it is made', async () => {
    const { broker, leases, bridge } = scene({}, { instrument: { volumeMin: 0.5 } });
    leases.plan(action('PARTIAL_CLOSE', { volume: 0.7 }));
    await bridge.drain();
    expect(leases.entries[0]).toMatchObject({ status: 'REJECTED', result: { code: 10014 } });
    expect(only(broker).volume).toBe(1);
  });

  it('closes as a whole where it is there all the same', async () => {
    const broker = paperBroker({ instrument: { volumeMin: 0.5 } });
    broker.adopt({ ...BUY_42, volume: 0.3 });
    const leases = new ScriptedLeaseClient();
    leases.plan(action('CLOSE_ALL'));
    await new Bridge(leases, new PaperTerminal(broker)).drain();
    expect(broker.positions()).toEqual([]);
  });
});

describe('a close without the position id opens a new order', () => {
  it('does so at the broker', () => {
    const { broker } = scene();
    broker.execute(market('SELL', 1));
    expect(broker.positions().map(({ direction }) => direction)).toEqual(['BUY', 'SELL']);
  });

  it('never leaves the bridge: every close names its position, whatever is open', () => {
    const position = fc.record({
      identifier: fc.bigInt({ min: 40n, max: 44n }),
      ticket: fc.bigInt({ min: 90n, max: 99n }),
      direction: fc.constantFrom('BUY' as const, 'SELL' as const),
      volume: fc.constantFrom(0.1, 0.5, 1),
    });
    const type = fc.constantFrom<ActionType>('PARTIAL_CLOSE', 'CLOSE_ALL', 'CLOSE_HEDGE');
    const volume = fc.option(fc.constantFrom(0.1, 0.7, 5), { nil: null });
    const hedgeTicket = fc.option(fc.bigInt({ min: 40n, max: 44n }), { nil: null });
    let sent = 0;
    fc.assert(
      fc.property(
        fc.uniqueArray(position, { selector: ({ ticket }) => ticket }),
        type,
        volume,
        hedgeTicket,
        (open, kind, lots, leg) => {
          const positions = open.map((fields): BrokerPosition => ({ ...BUY_42, ...fields }));
          const decision = orderOf(action(kind, { volume: lots, hedgeTicket: leg }), {
            marginMode: 'hedging',
            positions,
          });
          if (decision.kind === 'answer') return;
          sent += 1;
          const { request } = decision;
          const named = positions.find(({ ticket }) => ticket === request.position);
          expect(request.kind).toBe('deal');
          expect(named?.identifier).toBe(kind === 'CLOSE_HEDGE' ? leg : 42n);
          if (request.kind === 'deal') {
            expect(request.direction).not.toBe(named?.direction);
            expect(request.volume).toBeLessThanOrEqual(named?.volume ?? 0);
          }
        },
      ),
      { numRuns: runs(500), seed: 3 },
    );
    expect(sent).toBeGreaterThan(50);
  });
});

describe('netting turned a hedge into a close', () => {
  const netting: PaperParts = { account: { marginMode: 'netting' } };

  it('does so at the broker', () => {
    const { broker } = scene({}, netting);
    broker.execute(market('SELL', 1, { stopLoss: 104 }));
    expect(broker.positions()).toEqual([]);
  });

  it('is refused by the bridge', async () => {
    const { broker, leases, bridge } = scene({}, netting);
    leases.plan(action('OPEN_HEDGE', { volume: 1, stopLoss: 104 }));
    await bridge.drain();
    expect(leases.entries[0]?.result?.code).toBe(10046);
    expect(only(broker).volume).toBe(1);
  });

  it('and a position that was turned round is not taken for the trade', async () => {
    const { broker, leases, bridge } = scene({}, netting);
    broker.execute(market('SELL', 3));
    leases.plan(action('CLOSE_ALL'), action('TIGHTEN_SL', { stopLoss: 95 }));
    await bridge.drain();
    expect(leases.entries.map(({ result }) => result?.code)).toEqual([10036, 10036]);
    expect(only(broker)).toMatchObject({ direction: 'SELL', volume: 2, stopLoss: null });
  });
});

describe('volume or price not on the step', () => {
  it('is refused by the broker and reported as refused', async () => {
    const { broker, leases, bridge } = scene();
    leases.plan(action('PARTIAL_CLOSE', { volume: 0.25 }), action('TIGHTEN_SL', { stopLoss: 95.1 }));
    await bridge.drain();
    expect(leases.entries.map(({ status, result }) => [status, result?.code])).toEqual([
      ['REJECTED', 10014],
      ['REJECTED', 10016],
    ]);
    expect(only(broker)).toMatchObject({ volume: 1, stopLoss: 90 });
  });
});

describe('175 modifications in 14 minutes', () => {
  it('a stop that is there already is not sent again', async () => {
    const { broker, leases, bridge } = scene({}, { account: { requestsPerMinute: 1 } });
    for (let n = 0; n < 175; n++) leases.plan(action('TRAIL_SL', { stopLoss: 95, tag: `m${n}` }));
    await bridge.drain();
    expect(leases.entries.every(({ status }) => status === 'DONE')).toBe(true);
    expect(broker.ledger.tags).toBe(1);
  });

  it('too many of them are refused by the broker', () => {
    const { broker } = scene({}, { account: { requestsPerMinute: 5 } });
    const codes = Array.from({ length: 7 }, (_, n) => broker.execute(stops(only(broker), 91 + n)).code);
    expect(codes).toEqual([10009, 10009, 10009, 10009, 10009, 10024, 10024]);
  });
});

describe('spread spikes at rollover', () => {
  it('stop a SELL on the ask although no bid came near it', async () => {
    const { broker, leases, bridge } = scene();
    const leg = broker.execute(market('SELL', 1, { stopLoss: 105 })).openedTicket;
    broker.bar(SYMBOL, bar(T0, 100, 100.5, 99.5, 100, 6), T0 + MINUTE);
    await bridge.drain();
    expect(leases.closes).toEqual([{ ticket: leg, reason: 'STOP_LOSS', price: 106, at: T0 }]);
    expect(only(broker).identifier).toBe(42n);
  });
});

describe('server time that stands still at weekends, and whose offset changes', () => {
  const server: TradeServerClock = { zone: 'new_york_close', errorMs: 0, shows: 'newest_price' };
  const sameUtc = async (clock: TradeServerClock, moments: readonly number[]) => {
    const { broker, leases, bridge } = scene({}, {}, clock);
    for (const at of moments) {
      broker.quote(SYMBOL, { bid: 100, ask: 100.5 }, at);
      broker.execute(market('BUY', 1));
      await bridge.reconcile();
    }
    const last = leases.snapshots.at(-1);
    return { leases, broker, opened: last?.positions.map(({ openedAt }) => openedAt), last };
  };

  it('times are UTC whatever the server’s zone', async () => {
    const moments = [T0 + HOUR, T0 + 2 * HOUR];
    const { opened, last, leases } = await sameUtc({ ...server, shows: 'time' }, moments);
    expect(opened).toEqual([BUY_42.openedAt, ...moments]);
    expect(last?.takenAt).toBe(moments[1]);
    await new Bridge(leases, new PaperTerminal(paperBroker(), { clock: server })).heartbeat();
    expect(leases.beats[0]?.utcOffsetMinutes).toBe(120);
  });

  it('a close is told with its time in UTC', async () => {
    const { broker, leases, bridge } = scene({}, {}, { ...server, shows: 'time' });
    broker.quote(SYMBOL, { bid: 89, ask: 89.5 }, T0 + 1);
    await bridge.drain();
    expect(leases.closes).toEqual([{ ticket: 42n, reason: 'STOP_LOSS', price: 89, at: T0 + 1 }]);
  });

  it('no deal is lost when the clocks change', async () => {
    // In New York they go forward on 2025-03-09 at 07:00 UTC.
    const change = Date.UTC(2025, 2, 9, 7);
    const moments = [-90, -10, 10, 90].map((minutes) => change + minutes * MINUTE);
    const { leases, broker } = await sameUtc({ ...server, shows: 'time' }, moments);
    for (const [index, snapshot] of leases.snapshots.entries()) {
      const made = broker
        .deals(0)
        .filter(({ time }) => time <= (moments[index] ?? 0) && time >= snapshot.dealsSince + HOUR);
      expect(snapshot.deals.map(({ deal }) => deal)).toEqual(
        expect.arrayContaining(made.map(({ deal }) => deal)),
      );
    }
    expect(leases.snapshots.map(({ takenAt }) => takenAt)).toEqual(moments);
  });

  it('a clock that stands still hides no close', async () => {
    const { broker, leases, bridge } = scene({}, {}, server);
    broker.quote(SYMBOL, { bid: 100, ask: 100.5 }, T0 + HOUR);
    await bridge.reconcile();
    broker.execute(close(only(broker), 0.5, { comment: 'by hand' }));
    broker.advance(T0 + 40 * HOUR);
    await bridge.reconcile();
    expect(leases.snapshots.map(({ takenAt }) => takenAt)).toEqual([T0 + HOUR, T0 + HOUR]);
    expect(leases.snapshots[1]?.deals.map(({ comment }) => comment)).toContain('by hand');
  });

  it('a clock that is wrong hides no deal of an order either', async () => {
    const clock = { ...UTC_CLOCK, errorMs: -40 * MINUTE };
    const { broker, leases, bridge } = scene({ orders: { timeoutFilled: 1 } }, {}, clock);
    const partial = action('PARTIAL_CLOSE', { volume: 0.4 });
    await bridge.reconcile();
    leases.plan(partial);
    await bridge.drain();
    leaseAgain(leases, partial.tag);
    await bridge.drain();
    expect(broker.ledger.executions(partial.tag)).toHaveLength(1);
  });
});

describe('a failed or partial query is never "flat"', () => {
  it.each([
    ['failed', { failedQuery: 1 }],
    ['partial', { partialQuery: 1 }],
  ] as const)('a %s one is asked again, and then told as incomplete', async (_, queries) => {
    const { leases, bridge, terminal } = scene({ queries });
    await bridge.reconcile();
    expect(leases.snapshots).toMatchObject([{ complete: false }]);
    expect([...terminal.happened.values()]).toEqual([6]);
  });

  it('one that succeeds in the end is complete', async () => {
    const { leases, terminal } = scene({ seed: 4, queries: { failedQuery: 0.5 } });
    const bridge = new Bridge(leases, terminal, { queryAttempts: 40 });
    await bridge.reconcile();
    expect(leases.snapshots).toMatchObject([{ complete: true, positions: [{ identifier: 42n }] }]);
    expect(terminal.happened.get('failedQuery')).toBeGreaterThan(0);
  });
});
