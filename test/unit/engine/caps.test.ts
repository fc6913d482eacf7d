// The caps of an account's orders. The law first: whatever bridges do and whenever, no minute has more orders than the
// account may have, closes and a person's own apart, and everything is carried out in the end.
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type OrderCaps, sizeCap } from '../../../src/domain/account/order-caps.js';
import { planOutside } from '../../../src/domain/changes/commands.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import type { Action } from '../../../src/domain/trade/action.js';
import type { ActionType } from '../../../src/domain/trade/action-specs.js';
import type { Trade } from '../../../src/domain/trade/trade.js';
import { goOnInTurn } from '../../../src/engine/caps.js';
import { Engine } from '../../../src/engine/engine.js';
import { holdPlanned, releaseHeld } from '../../../src/engine/holds.js';
import { beginAction, leaseDue, reportAction, sweepLeases } from '../../../src/engine/leases.js';
import { actionOf, resultOf } from '../../support/actions.js';
import { runs } from '../../support/properties.js';
import { barItem, flatBar, quoteItem, take } from '../../support/scripted-view.js';
import { T0, TERMS, tradeOf } from '../../support/trades.js';

const MINUTE = 60_000;

let engine: Engine;
let now: number;
beforeEach(() => {
  engine = engineWith({});
});

function engineWith(caps: Partial<OrderCaps>): Engine {
  now = 1000;
  const made = new Engine(DEFAULT_RULES);
  made.upsertInstrument(TERMS);
  take(made, 'default', barItem(flatBar(T0 - 900_000, 100)));
  take(made, 'default', quoteItem(T0, 100));
  made.accounts.setCaps('demo', caps);
  made.drain();
  return made;
}

const moment = () => ({ at: T0, now });
const market = () => T0;

/** A trade with these actions, whose ids are its own. */
function holds(ticket: bigint, types: readonly Partial<Action>[], trade: Partial<Trade> = {}): void {
  const actions = types.map(({ type = 'TIGHTEN_SL', ...given }) =>
    actionOf(type, { stopLoss: 95, volume: 1, ...given, actionId: `demo:${ticket}:1:${type}` }),
  );
  engine.restoreTrade(tradeOf({ state: 'WARNING_L2', ...trade, actions }, { ticket }));
}

const ask = (maxLeases = 100) =>
  leaseDue(engine, { account: 'demo', bridge: 'b1', maxLeases, leaseMs: 30_000 }, moment());
const begin = ({ actionId, lease }: Action) =>
  beginAction(engine, actionId, lease?.token ?? 0, 'call', moment());
const all = (): Action[] => [...engine.tradesOf('demo')].flatMap(({ actions }) => actions);
const held = () => all().filter(({ status }) => status === 'HELD');

describe('size', () => {
  const caps = fc.record({
    volume: fc.option(fc.integer({ min: 1, max: 100 })),
    notional: fc.option(fc.integer({ min: 1, max: 10_000 })),
    perMinute: fc.constant(null),
  });
  const size = fc.record({
    volume: fc.integer({ min: 1, max: 200 }),
    notional: fc.option(fc.integer({ min: 1, max: 20_000 })),
  });

  it('is beyond a cap if and only if it is larger, and where it cannot be reckoned', () => {
    fc.assert(
      fc.property(caps, size, (cap, order) => {
        const large = cap.volume !== null && order.volume > cap.volume;
        const dear = cap.notional !== null && (order.notional === null || order.notional > cap.notional);
        const found = sizeCap(cap, order);
        expect(found?.by ?? null).toBe(large ? 'ORDER_VOLUME' : dear ? 'ORDER_NOTIONAL' : null);
      }),
      { numRuns: runs(500) },
    );
  });

  /** What planning a hedge of one lot at 100 comes to under these caps. */
  function hedged(told: Partial<OrderCaps>, terms: 'told' | 'unknown' = 'told'): Action | undefined {
    engine = engineWith(told);
    if (terms === 'unknown') engine.reference.deleteInstruments('demo', ['BTCUSD']);
    engine.restoreTrade(tradeOf({ state: 'HEDGED', risk: 3 }, {}));
    engine.act({ account: 'demo', ticket: 1n }, (trade, context) =>
      planOutside(trade, 'test', ['OPEN_HEDGE'], T0, context),
    );
    holdPlanned(engine, engine.undrained, now);
    return all()[0];
  }

  it.each<[string, Partial<OrderCaps>, object]>([
    ['a volume within the cap', { volume: 1 }, { status: 'PENDING', hold: null }],
    [
      'a volume above it',
      { volume: 0.99 },
      { status: 'HELD', hold: 'ORDER_VOLUME', reason: "1 lots are above the account's cap of 0.99" },
    ],
    ['a notional within the cap', { notional: 100 }, { status: 'PENDING', hold: null }],
    [
      'a notional above it',
      { notional: 99 },
      {
        status: 'HELD',
        hold: 'ORDER_NOTIONAL',
        reason: "a notional of 100 is above the account's cap of 99",
      },
    ],
  ])('holds a hedge as it is planned: %s', (_name, told, is) => {
    expect(hedged(told)).toMatchObject(is);
  });

  it('says so where nobody told the contract, and holds', () => {
    take(engine, 'default', quoteItem(T0, 100));
    engine = engineWith({ notional: 1e9 });
    engine.reference.deleteInstruments('demo', ['BTCUSD']);
    holds(1n, [{ type: 'OPEN_HEDGE', stopLoss: 104 }], { state: 'HEDGED', risk: 3 });
    expect(ask()).toEqual([]);
    expect(all()[0]).toMatchObject({ status: 'HELD', hold: 'ORDER_NOTIONAL' });
    expect(all()[0]?.reason).toContain("nobody told the contract's size");
  });

  it('is looked at when a hedge is leased and begun, as a person may have set it since', () => {
    holds(1n, [{ type: 'OPEN_HEDGE', stopLoss: 104 }], { state: 'HEDGED', risk: 3 });
    const [work] = ask();
    engine.accounts.setCaps('demo', { volume: 0.5 });
    expect(work && begin(work.action)).toMatchObject({
      ...{ outcome: 'refused', obstacle: 'ORDER_VOLUME', status: 'HELD' },
    });
  });

  it.each<[ActionType, Partial<Trade>]>([
    ['CLOSE_ALL', {}],
    ['PARTIAL_CLOSE', { volume: 2 }],
    ['CLOSE_HEDGE', { hedge: { ticket: 9n, volume: 1, entryPrice: 100, stopLoss: null } }],
    ['TIGHTEN_SL', {}],
  ])('is no matter to what takes risk away: %s', (type, trade) => {
    engine = engineWith({ volume: 0.01, notional: 0.01 });
    holds(1n, [{ type }], trade);
    expect(ask().map(({ action }) => action.type)).toEqual([type]);
  });

  it('goes on by a word, and is not held again', () => {
    hedged({ volume: 0.5 });
    const word = { account: 'demo', actionIds: [], by: 'ann', reason: 'it is right' };
    expect(releaseHeld(engine, word, market)).toHaveLength(1);
    const [work] = ask();
    expect(work?.action).toMatchObject({ volume: 1, orderedBy: 'ann' });
    expect(work && begin(work.action)).toMatchObject({ outcome: 'ok' });
  });
});

describe('orders a minute', () => {
  type Step = readonly ['lease', number] | readonly ['begin', number] | readonly ['pass', number];
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.tuple(fc.constant('lease' as const), fc.integer({ min: 1, max: 8 })),
    fc.tuple(fc.constant('begin' as const), fc.nat(20)),
    fc.tuple(fc.constant('pass' as const), fc.constantFrom(500, 5_000, 20_000, 61_000)),
  );

  function take1(taken: Step, begun: number[], closes: string[]): void {
    const [what, much] = taken;
    if (what === 'lease') ask(much);
    if (what === 'pass') now += much;
    if (what === 'begin') {
      const leased = all().filter(({ status }) => status === 'LEASED');
      const action = leased[much % Math.max(1, leased.length)];
      if (action !== undefined && begin(action).outcome === 'ok') {
        if (action.type === 'CLOSE_ALL') closes.push(action.actionId);
        else begun.push(now);
        reportAction(engine, action.actionId, action.lease?.token ?? 0, resultOf('REJECTED'), 'b1', moment());
      }
    }
    sweepLeases(engine, now, market);
    goOnInTurn(engine, now, market);
  }

  it('are never more than the account may have, and none is lost', () => {
    let most = 0;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 80 }), (perMinute, steps) => {
        engine = engineWith({ perMinute });
        for (let ticket = 1n; ticket <= 8n; ticket += 1n)
          holds(ticket, ticket === 8n ? [{ type: 'CLOSE_ALL' }] : [{ type: 'PARTIAL_CLOSE', volume: 0.5 }]);
        const begun: number[] = [];
        const closes: string[] = [];
        for (const taken of steps) take1(taken, begun, closes);
        for (let round = 0; round < 60; round += 1) {
          take1(['lease', 8], begun, closes);
          for (let n = 0; n < 8; n += 1) take1(['begin', n], begun, closes);
          take1(['pass', 20_000], begun, closes);
        }
        for (const at of begun) {
          const within = begun.filter((other) => other > at - MINUTE && other <= at).length;
          most = Math.max(most, within);
          expect(within).toBeLessThanOrEqual(perMinute);
        }
        expect([begun.length, closes.length, all().length]).toEqual([7, 1, 0]);
      }),
      { numRuns: runs(200) },
    );
    expect(most).toBe(4);
  });

  it('beyond the cap an order is held with its reason, and goes on when the minute has room', () => {
    engine = engineWith({ perMinute: 2 });
    for (const ticket of [1n, 2n, 3n]) holds(ticket, [{}]);
    const leased = ask();
    expect(leased).toHaveLength(2);
    expect(held()).toMatchObject([
      { hold: 'ORDER_RATE', reason: '2 orders within a minute, of 2 that are allowed' },
    ]);
    for (const { action } of leased) expect(begin(action).outcome).toBe('ok');
    goOnInTurn(engine, now, market);
    expect(held()).toHaveLength(1);
    now += MINUTE;
    goOnInTurn(engine, now, market);
    expect(held()).toEqual([]);
    expect(ask()).toHaveLength(1);
  });

  it('never hold a close, and closes count', () => {
    engine = engineWith({ perMinute: 1 });
    for (const ticket of [1n, 2n, 3n]) holds(ticket, [{ type: 'CLOSE_ALL' }]);
    holds(4n, [{}]);
    const leased = ask();
    expect(leased.map(({ action }) => action.type)).toEqual(['CLOSE_ALL', 'CLOSE_ALL', 'CLOSE_ALL']);
    for (const { action } of leased) expect(begin(action).outcome).toBe('ok');
    expect(held()).toMatchObject([{ type: 'TIGHTEN_SL', hold: 'ORDER_RATE' }]);
  });

  it('are a matter of each account', () => {
    engine = engineWith({ perMinute: 1 });
    const action = actionOf('TIGHTEN_SL', { stopLoss: 95, actionId: 'other:1:1:TIGHTEN_SL' });
    engine.restoreTrade(tradeOf({ state: 'WARNING_L2', actions: [action] }, { account: 'other' }));
    holds(1n, [{}]);
    const [work] = ask();
    expect(work && begin(work.action)).toMatchObject({ outcome: 'ok' });
    const request = { account: 'other', bridge: 'b1', maxLeases: 9, leaseMs: 30_000 };
    expect(leaseDue(engine, request, moment())).toHaveLength(1);
  });
});
