// A rail that closes everything: every trade, whatever held or paused it, and only until a person lifts the rail.
import { beforeEach, describe, expect, test } from 'vitest';
import { letGo } from '../../../src/domain/changes/action-life.js';
import { planOutside } from '../../../src/domain/changes/commands.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import type { Action } from '../../../src/domain/trade/action.js';
import type { Trade } from '../../../src/domain/trade/trade.js';
import { closePosition } from '../../../src/engine/close-positions.js';
import { Engine } from '../../../src/engine/engine.js';
import { flattenTripped, takeBackOrders } from '../../../src/engine/flatten.js';
import { holdPlanned, restoreHeld } from '../../../src/engine/holds.js';
import { beginAction, leaseDue, reportAction } from '../../../src/engine/leases.js';
import { actionOf, resultOf } from '../../support/actions.js';
import { T0, tradeOf } from '../../support/trades.js';

const RULES = {
  ...DEFAULT_RULES,
  rails: { ...DEFAULT_RULES.rails, hourlyLoss: 1, onTrip: 'flatten' as const },
};
const TICKETS = [1n, 2n, 3n, 4n];

let engine: Engine;
let now: number;
beforeEach(() => {
  engine = new Engine(RULES);
  now = T0;
  for (const ticket of TICKETS) engine.restoreTrade(tradeOf({ state: 'WARNING_L2' }, { ticket }));
});

const at = () => T0;
const trade = (ticket: bigint): Trade => engine.get('demo', ticket) ?? expect.fail('it is settled');
const closeOf = (ticket: bigint): Action | undefined =>
  trade(ticket).actions.find(({ type }) => type === 'CLOSE_ALL');
const closes = () =>
  TICKETS.map(closeOf).map((close) => (close ? `${close.status} ${close.orderedBy}`.trim() : ''));

/** DTMS decides to close these, and the breaker looks at them together. */
function decide(tickets: readonly bigint[]): void {
  engine.drain();
  for (const ticket of tickets) {
    engine.act({ account: 'demo', ticket }, (current, context) =>
      planOutside(current, 'decided', ['CLOSE_ALL'], T0, context),
    );
  }
  holdPlanned(engine, engine.undrained, now);
  engine.drain();
}

function beat(equity: number): void {
  now += 10_000;
  const heartbeat = {
    ...{ bridgeId: 'b1', kind: 'REAL' as const, terminalAccount: '', connected: true, tradeAllowed: true },
    ...{ equity, balance: 10_000, operations: [], utcOffsetMinutes: 0, reportedAt: now },
  };
  engine.accounts.report('demo', heartbeat, now);
  flattenTripped(engine, at);
}

function lose(): void {
  for (const equity of [10_000, 9_700, 9_700, 9_700, 9_700]) beat(equity);
}

const lease = () =>
  leaseDue(engine, { account: 'demo', bridge: 'b1', maxLeases: 16, leaseMs: 60_000 }, { at: T0, now }).map(
    ({ trade: { spec }, action }) => ({ ticket: spec.ticket, action }),
  );

function lift(): void {
  engine.accounts.setTradingState('demo', { state: 'ACTIVE', by: 'ann', reason: '', at: now });
  takeBackOrders(engine, { account: 'demo', by: 'ann', now }, at);
}

describe('flatten', () => {
  test('orders every trade closed', () => {
    lose();
    expect(closes()).toEqual(TICKETS.map(() => 'PENDING rail DAILY_LOSS'));
    expect(lease().map(({ ticket }) => ticket)).toEqual(TICKETS);
  });

  test('lets go what the breaker holds, and the breaker holds nothing any more', () => {
    decide([1n, 2n, 3n]);
    expect(closes()).toEqual(['HELD', 'HELD', 'HELD', '']);
    lose();
    expect(lease().map(({ ticket }) => ticket)).toEqual(TICKETS);
    expect(engine.breaker.trips('demo')).toEqual([]);
  });

  test('what was planned before the breaker tripped is the order of the rail, planned or leased', () => {
    decide([1n]);
    lease();
    decide([2n]);
    decide([3n]);
    expect(closes()).toEqual(['LEASED', 'PENDING', 'HELD', '']);
    lose();
    expect(lease().map(({ ticket }) => ticket)).toEqual([2n, 3n, 4n]);
    const first = closeOf(1n);
    const begun = beginAction(engine, first?.actionId ?? '', first?.lease?.token ?? 0, '', { at: T0, now });
    expect(begun.outcome).toBe('ok');
  });

  test('closes what DTMS had ended by deciding to close it, held or refused, and gives it back', () => {
    const ended = { state: 'CLOSED', closeReason: 'DEFENSIVE' } as const;
    const close = (ticket: bigint, given: Partial<Action>) =>
      actionOf('CLOSE_ALL', { actionId: `demo:${ticket}:1:CLOSE_ALL`, volume: 1, ...given });
    const isHeld = { status: 'HELD', hold: 'MASS_EFFECT' } as const;
    const decided = [11n, 12n, 13n, 14n, 15n];
    for (const ticket of decided) {
      engine.restoreTrade(tradeOf({ ...ended, actions: [close(ticket, isHeld)] }, { ticket }));
    }
    const refused = [close(16n, { status: 'DEAD' })];
    engine.restoreTrade(tradeOf({ ...ended, deadLetters: refused }, { ticket: 16n }));
    restoreHeld(engine, now);
    lose();
    expect(lease().map(({ ticket }) => ticket)).toEqual(
      expect.arrayContaining([...TICKETS, ...decided, 16n]),
    );
    now += 3_600_000;
    lift();
    expect(closes()).toEqual(['', '', '', '']);
    for (const ticket of [...decided, 16n]) expect(closeOf(ticket)?.status).toBe('HELD');
  });

  test('passes a pause', () => {
    engine.pause({ account: 'demo', ticket: 1n }, 'by hand', T0);
    lose();
    const work = lease();
    expect(work.map(({ ticket }) => ticket)).toEqual(TICKETS);
    const [first] = work;
    const token = first?.action.lease?.token ?? 0;
    expect(beginAction(engine, first?.action.actionId ?? '', token, '', { at: T0, now }).outcome).toBe('ok');
  });
});

describe('a person who lifts the rail', () => {
  test('takes back what nobody began, leased or not, while nobody leases because of a halt before', () => {
    engine.accounts.setTradingState('demo', { state: 'HALTED', by: 'ann', reason: '', at: now });
    lose();
    expect(lease()).toEqual([]);
    expect(closes()).toEqual(TICKETS.map(() => 'PENDING rail DAILY_LOSS'));
    lift();
    expect(closes()).toEqual(['', '', '', '']);
    expect(lease()).toEqual([]);
  });

  test('leaves what was begun, and the hedge that goes with it', () => {
    const hedge = { ticket: 50n, volume: 1, entryPrice: 94, stopLoss: 100 };
    engine.restoreTrade(tradeOf({ state: 'WARNING_L2', hedge }, { ticket: 5n }));
    lose();
    for (const { ticket, action } of lease().filter((one) => one.ticket === 1n || one.ticket === 5n)) {
      if (action.type === 'CLOSE_HEDGE') continue;
      const token = action.lease?.token ?? 0;
      beginAction(engine, action.actionId, token, '', { at: T0, now });
      if (ticket === 1n)
        reportAction(engine, action.actionId, token, resultOf('DONE'), 'b1', { at: T0, now });
    }
    lift();
    expect(engine.get('demo', 1n)).toBeUndefined();
    expect([2n, 3n, 4n].map(closeOf)).toEqual([undefined, undefined, undefined]);
    expect(trade(5n).actions.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['CLOSE_ALL', 'CLOSE_HEDGE']),
    );
  });

  test('long after the rail was over by itself too', () => {
    lose();
    engine.accounts.tick(now + 48 * 3_600_000);
    lift();
    expect(closes()).toEqual(['', '', '', '']);
  });

  test('gives DTMS back what it had decided itself: the breaker looks at it anew', () => {
    decide([1n, 2n, 3n]);
    lose();
    now += 3_600_000;
    lift();
    expect(closes()).toEqual(['HELD', 'HELD', 'HELD', '']);
    expect(engine.breaker.trips('demo')).toHaveLength(1);
  });

  test('and one decision alone goes on as DTMS decided', () => {
    decide([1n]);
    lose();
    now += 3_600_000;
    lift();
    expect(closes()).toEqual(['PENDING', '', '', '']);
    expect(lease().map(({ ticket }) => ticket)).toEqual([1n]);
  });

  test('leaves what a person ordered closed as well, and its hedge', () => {
    const hedge = { ticket: 50n, volume: 1, entryPrice: 94, stopLoss: 100 };
    engine.restoreTrade(tradeOf({ state: 'WARNING_L2', hedge }, { ticket: 5n }));
    lose();
    closePosition(engine, { account: 'demo', ticket: 5n }, { by: 'bob', reason: '' }, T0);
    lift();
    expect(trade(5n).actions.map(({ type, orderedBy }) => [type, orderedBy])).toEqual([
      ['CLOSE_ALL', 'bob'],
      ['CLOSE_HEDGE', 'rail DAILY_LOSS'],
    ]);
    expect(closes()).toEqual(['', '', '', '']);
  });

  test("leaves a person's own order alone", () => {
    decide([1n, 2n, 3n]);
    const held = closeOf(1n);
    engine.act({ account: 'demo', ticket: 1n }, (current) =>
      held ? [letGo(current, held, 'bob', 'seen', T0)] : [],
    );
    lose();
    lift();
    expect(closes()[0]).toBe('PENDING bob');
  });
});
