// Leases over a real engine: which actions a bridge gets, how many, and what an executed action brings
// about beside its own trade.

import { beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import type { Action } from '../../../src/domain/trade/action.js';
import { tradeOfAction } from '../../../src/domain/trade/action-id.js';
import type { Trade } from '../../../src/domain/trade/trade.js';
import { Engine } from '../../../src/engine/engine.js';
import {
  type ActionOf,
  beginAction,
  actionOf as findAction,
  heldBy,
  lateReport,
  leaseDue,
  reportAction,
} from '../../../src/engine/leases.js';
import { actionOf, resultOf, stepsOf } from '../../support/actions.js';
import { barItem, flatBar, quoteItem, take } from '../../support/scripted-view.js';
import { T0, TERMS, tradeOf } from '../../support/trades.js';

let engine: Engine;
beforeEach(() => {
  engine = new Engine(DEFAULT_RULES);
  engine.upsertInstrument(TERMS);
  take(engine, 'default', barItem(flatBar(T0 - 900_000, 100)));
  take(engine, 'default', quoteItem(T0, 100));
  engine.drain();
});

const AT = { at: T0, now: 1000 };

/** A trade with these actions, whose ids are its own. */
function holds(
  ticket: bigint,
  actions: readonly Action[],
  trade: Partial<Trade> = {},
  account = 'demo',
): void {
  const own = actions.map((action) => ({ ...action, actionId: `${account}:${ticket}:1:${action.type}` }));
  engine.restoreTrade(tradeOf({ state: 'WARNING_L2', ...trade, actions: own }, { ticket, account }));
}

const ask = (maxLeases = 16, bridge = 'b1', account = 'demo', now = AT.now) =>
  leaseDue(engine, { account, bridge, maxLeases, leaseMs: 30_000 }, { at: T0, now });

function execute({ action }: ActionOf, result = resultOf('DONE'), now = AT.now): string {
  const token = action.lease?.token ?? 0;
  beginAction(engine, action.actionId, token, 'call', { at: T0, now });
  return reportAction(engine, action.actionId, token, result, 'b1', { at: T0, now }).outcome;
}

const STOP = actionOf('TIGHTEN_SL', { stopLoss: 95 });
const PART = actionOf('PARTIAL_CLOSE', { volume: 0.5 });

describe('leasing', () => {
  it('gives what is due, over all trades of the account and of no other', () => {
    holds(1n, [STOP, PART]);
    holds(2n, [STOP]);
    holds(3n, [STOP], {}, 'other');
    const leased = ask();
    expect(leased.map(({ action }) => action.actionId)).toEqual([
      ...['demo:1:1:TIGHTEN_SL', 'demo:1:1:PARTIAL_CLOSE', 'demo:2:1:TIGHTEN_SL'],
    ]);
    expect(ask()).toEqual([]);
    expect(ask(16, 'b2')).toEqual([]);
    expect(heldBy(engine, { account: 'demo', bridge: 'b1' }, AT.now)).toHaveLength(3);
    expect(heldBy(engine, { account: 'demo', bridge: 'b2' }, AT.now)).toEqual([]);
  });

  it('counts what the bridge holds already, executing or not', () => {
    for (let ticket = 1n; ticket <= 5n; ticket += 1n) holds(ticket, [STOP]);
    const [first] = ask(2);
    if (first === undefined) throw new Error('nothing was leased');
    beginAction(engine, first.action.actionId, first.action.lease?.token ?? 0, 'call', AT);
    expect(ask(2)).toEqual([]);
    expect(ask(3)).toHaveLength(1);
    expect(ask(2, 'b2')).toHaveLength(2);
  });

  it('ends on the way what makes no sense any more, and goes on', () => {
    holds(1n, [{ ...STOP, stopLoss: 89 }, PART]);
    const leased = ask(1);
    expect(leased.map(({ action }) => action.type)).toEqual(['PARTIAL_CLOSE']);
    expect(stepsOf(engine.drain().events)).toEqual([
      ...['PENDING>EXPIRED TIGHTEN_SL', 'PENDING>LEASED PARTIAL_CLOSE'],
    ]);
  });

  it('is not for ids that are none', () => {
    expect(tradeOfAction('demo:1:2:RE_ADD')).toEqual({ account: 'demo', ticket: 1n });
    expect(tradeOfAction('a:b:1:2:RE_ADD')).toEqual({ account: 'a:b', ticket: 1n });
    for (const text of ['', 'demo:1:RE_ADD', 'demo:x:2:RE_ADD', 'demo:1:2:', "demo:1:2:RE_ADD'"]) {
      expect(tradeOfAction(text)).toBeNull();
      expect(beginAction(engine, text, 1, '', AT)).toEqual({ outcome: 'settled' });
    }
  });
});

describe('a volume that is added again', () => {
  const AGAIN = actionOf('RE_ADD', { volume: 0.25, reduceOnly: false });
  const state = { state: 'HEALTHY', volume: 0.5, closedVolume: 0.5 } as const;

  it('on a hedging account is a trade of its own, with its parent’s stop', () => {
    holds(1n, [AGAIN], state);
    const [leased] = ask();
    if (leased === undefined) throw new Error('nothing was leased');
    execute(leased, resultOf('DONE', { openedTicket: 77n, price: 101, volume: 0.2 }));
    expect(engine.get('demo', 77n)).toMatchObject({
      ...{ origin: 'RE_ADD', parentTicket: 1n, state: 'HEALTHY', volume: 0.2, stopLoss: 90, openedAt: T0 },
      spec: { entryPrice: 101, direction: 'BUY', feed: 'default', positionTicket: 77n },
    });
    expect(engine.get('demo', 1n)).toMatchObject({ volume: 0.5, closedVolume: 0.3 });
    expect(stepsOf(engine.drain().events).slice(-2)).toEqual(['EXECUTING>DONE RE_ADD', 'registered']);
  });

  it('that changed nothing opened nothing, whatever ticket is told with it', () => {
    holds(1n, [AGAIN], state);
    const [leased] = ask();
    if (leased === undefined) throw new Error('nothing was leased');
    execute(leased, resultOf('NO_CHANGE', { openedTicket: 77n, price: 101 }));
    expect([...engine.trades()]).toHaveLength(1);
  });

  it('on a netting account makes the position larger', () => {
    holds(1n, [AGAIN], state);
    const [leased] = ask();
    if (leased === undefined) throw new Error('nothing was leased');
    execute(leased, resultOf('DONE', { openedTicket: 1n, price: 101 }));
    expect(engine.get('demo', 1n)).toMatchObject({ volume: 0.75, closedVolume: 0.25 });
    expect([...engine.trades()]).toHaveLength(1);
  });
});

describe('a closed trade', () => {
  const CLOSED = { state: 'CLOSED', closeReason: 'DEFENSIVE', closedAt: T0 } as const;
  const CLOSE = actionOf('CLOSE_ALL', { volume: 1 });

  it('stays until its actions are done', () => {
    const hedge = { ticket: 9n, volume: 1, entryPrice: 100, stopLoss: null };
    holds(1n, [CLOSE, actionOf('CLOSE_HEDGE', { volume: 1 })], { ...CLOSED, hedge });
    const [all] = ask();
    if (all === undefined) throw new Error('nothing was leased');
    expect(all.action.type).toBe('CLOSE_ALL');
    execute(all, resultOf('DONE', { price: 98 }));
    expect(engine.get('demo', 1n)).toMatchObject({ state: 'CLOSED', closePrice: 98 });
    const [leg] = ask();
    if (leg === undefined) throw new Error('nothing was leased');
    execute(leg);
    expect(engine.get('demo', 1n)).toBeUndefined();
    expect([engine.acting.accounts(), engine.counters.byState.CLOSED]).toEqual([[], 0]);
  });

  it('stays for the rest of a close that was filled in part, however often', () => {
    holds(1n, [CLOSE], CLOSED);
    for (const left of [0.5, 0.25, 0.12]) {
      const [leased] = ask();
      if (leased === undefined) throw new Error('nothing was leased');
      const volume = Math.round(((leased.action.volume ?? 0) - left) * 100) / 100;
      expect(execute(leased, resultOf('DONE', { code: 10010, volume }))).toBe('ok');
      expect(engine.get('demo', 1n)).toMatchObject({ state: 'CLOSED', volume: left });
      expect(engine.acting.trades('demo')).toHaveLength(1);
      expect(engine.counters).toMatchObject({ active: 0, byState: { CLOSED: 1 } });
    }
    const [last] = ask();
    if (last === undefined) throw new Error('nothing was leased');
    execute(last);
    expect(engine.get('demo', 1n)).toBeUndefined();
    expect(engine.counters).toMatchObject({ active: 0, byState: { CLOSED: 0 } });
  });

  it('stays for a person when the broker refuses its close for good', () => {
    holds(1n, [CLOSE], CLOSED);
    const [leased] = ask();
    if (leased === undefined) throw new Error('nothing was leased');
    execute(leased, resultOf('REJECTED', { code: 10017 }));
    expect(engine.get('demo', 1n)?.deadLetters).toMatchObject([{ type: 'CLOSE_ALL', status: 'REJECTED' }]);
    expect(findAction(engine, leased.action.actionId)?.action.status).toBe('REJECTED');
  });
});

describe('a report that comes when the action is settled', () => {
  it('is kept while the trade is known, when it tells of an execution', () => {
    holds(1n, [STOP]);
    const [leased] = ask();
    if (leased === undefined) throw new Error('nothing was leased');
    execute(leased);
    engine.drain();
    const settled: Action = { ...leased.action, status: 'DONE' };
    lateReport(engine, settled, resultOf('REJECTED'), 'b2', AT);
    expect(engine.drain().events).toEqual([]);
    lateReport(engine, settled, resultOf('DONE'), 'b2', AT);
    const [event] = engine.drain().events;
    expect(event?.change).toMatchObject({
      kind: 'actionChanged',
      evidence: true,
      action: { status: 'DONE' },
    });
    expect(event?.trade.actions).toEqual([]);
    lateReport(engine, { ...settled, actionId: 'demo:99:1:RE_ADD' }, resultOf('DONE'), 'b2', AT);
    expect(engine.drain().events).toEqual([]);
  });
});
