// A person's order to close: which trades it means, what it makes of what is planned already, and that nothing DTMS
// decides afterwards works against it. That no position is closed twice is a law of the lease model.
import { beforeEach, describe, expect, it } from 'vitest';
import { indexSnapshot } from '../../../src/domain/broker/snapshot-index.js';
import { planOutside } from '../../../src/domain/changes/commands.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import type { Action } from '../../../src/domain/trade/action.js';
import type { Trade } from '../../../src/domain/trade/trade.js';
import {
  type CloseSelection,
  closePosition,
  positionsBesides,
  selectedTrades,
} from '../../../src/engine/close-positions.js';
import { Engine } from '../../../src/engine/engine.js';
import { holdPlanned } from '../../../src/engine/holds.js';
import {
  actionOf as actionOfId,
  beginAction,
  leaseDue,
  reportAction,
  resolveAction,
} from '../../../src/engine/leases.js';
import { actionOf, resultOf } from '../../support/actions.js';
import { positionOf, snapshotOf } from '../../support/broker-snapshots.js';
import { barItem, flatBar, quoteItem, take } from '../../support/scripted-view.js';
import { rulesWith, T0, TERMS, tradeOf } from '../../support/trades.js';

const KEY = { account: 'demo', ticket: 1n };
const ORDER = { by: 'ann', reason: 'out' };
const MOMENT = { at: T0, now: 1000 };
const HEDGE = { ticket: 9n, volume: 1, entryPrice: 100, stopLoss: null };

let engine: Engine;
beforeEach(() => {
  engine = engineOf(DEFAULT_RULES);
});

function engineOf(rules: typeof DEFAULT_RULES): Engine {
  const made = new Engine(rules);
  made.upsertInstrument(TERMS);
  take(made, 'default', barItem(flatBar(T0 - 900_000, 100)));
  take(made, 'default', quoteItem(T0, 100));
  return made;
}

const holds = (given: Partial<Trade> = {}) => engine.restoreTrade(tradeOf({ state: 'WARNING_L2', ...given }));
const close = (ticket = 1n) => closePosition(engine, { ...KEY, ticket }, ORDER, T0);
const openOnes = (): Action[] => [...(engine.get('demo', 1n)?.actions ?? [])];
const brief = () => openOnes().map(({ type, status, orderedBy }) => `${type} ${status} ${orderedBy}`.trim());
const ask = () => leaseDue(engine, { account: 'demo', bridge: 'b1', maxLeases: 9, leaseMs: 30_000 }, MOMENT);
const whole = (given: Partial<Action> = {}) =>
  actionOf('CLOSE_ALL', { volume: 1, actionId: 'demo:1:1:CLOSE_ALL', ...given });
const LEASE = { token: 1, bridge: 'b1', endsAt: 60_000 };

describe('an order to close', () => {
  it('plans one close under the name of the person, and takes back what makes no sense any more', () => {
    const stop = actionOf('TIGHTEN_SL', { stopLoss: 95, actionId: 'demo:1:1:TIGHTEN_SL' });
    holds({ actions: [stop] });
    expect(close()).toMatchObject({ ticket: 1n, outcome: 'PLANNED', actionId: 'demo:1:2:CLOSE_ALL' });
    expect(brief()).toEqual(['CLOSE_ALL PENDING ann']);
    const [event] = engine.drain().events.slice(-1);
    expect(event?.change).toMatchObject({ kind: 'actionPlanned', cause: 'ordered by ann: out' });
  });

  it('closes the hedge as well', () => {
    holds({ hedge: HEDGE, state: 'HEDGED' });
    close();
    expect(brief()).toEqual(['CLOSE_ALL PENDING ann', 'CLOSE_HEDGE PENDING ann']);
  });

  it.each<[string, Action, string]>([
    ['waits', whole(), 'CLOSE_ALL PENDING ann'],
    ['a bridge has', whole({ status: 'LEASED', lease: LEASE }), 'CLOSE_ALL LEASED ann'],
    ['is held', whole({ status: 'HELD', hold: 'MASS_EFFECT' }), 'CLOSE_ALL PENDING ann'],
    ['is being carried out', whole({ status: 'EXECUTING', lease: LEASE }), 'CLOSE_ALL EXECUTING'],
    ['is in doubt', whole({ status: 'IN_DOUBT', settleBy: 9e9 }), 'CLOSE_ALL IN_DOUBT'],
  ])('adopts a defensive close that %s: there is never a second one', (_name, action, after) => {
    holds({ actions: [action] });
    expect(close()).toMatchObject({ outcome: 'ON_ITS_WAY', actionId: 'demo:1:1:CLOSE_ALL' });
    expect(brief()).toEqual([after]);
    expect(close()).toMatchObject({ outcome: 'ON_ITS_WAY', actionId: 'demo:1:1:CLOSE_ALL' });
    expect(brief()).toEqual([after]);
  });

  it('begins again where the broker refused a close', () => {
    holds({ state: 'CLOSED', deadLetters: [whole({ status: 'REJECTED' })] });
    expect(close()).toMatchObject({ outcome: 'PLANNED' });
    expect(engine.get('demo', 1n)?.deadLetters).toEqual([]);
  });

  it('closes nothing of a trade that is over, or that nobody knows', () => {
    holds({ state: 'CLOSED', actions: [actionOf('CLOSE_HEDGE', { volume: 1 })], hedge: HEDGE });
    expect(close()).toEqual({ ticket: 1n, outcome: 'CLOSED', actionId: '' });
    expect(close(77n)).toEqual({ ticket: 77n, outcome: 'CLOSED', actionId: '' });
  });

  it('is carried out though the trade is paused and DTMS only observes', () => {
    engine = engineOf(rulesWith({ mode: 'observe' }));
    holds({ pausedAt: T0 });
    close();
    const [work] = ask();
    expect(work?.action).toMatchObject({ type: 'CLOSE_ALL', volume: 1 });
    const token = work?.action.lease?.token ?? 0;
    expect(beginAction(engine, 'demo:1:2:CLOSE_ALL', token, 'call', MOMENT).outcome).toBe('ok');
    reportAction(engine, 'demo:1:2:CLOSE_ALL', token, resultOf('DONE', { price: 99 }), 'b1', MOMENT);
    const [over] = engine.drain().events.slice(-1);
    expect(over?.trade).toMatchObject({ state: 'CLOSED', closeReason: 'REQUESTED', closePrice: 99 });
  });

  it('is not held by the breaker, and takes nothing from others', () => {
    for (const ticket of [2n, 3n, 4n]) engine.restoreTrade(tradeOf({ state: 'WARNING_L2' }, { ticket }));
    holds();
    for (const ticket of [1n, 2n, 3n, 4n]) close(ticket);
    holdPlanned(engine, engine.undrained, 1000);
    expect(ask()).toHaveLength(4);
  });

  it('is not worked against: nothing is opened for what is to be closed', () => {
    holds({ closedVolume: 0.5, risk: 3 });
    close();
    engine.drain();
    engine.act(KEY, (trade, context) =>
      planOutside(trade, 'test', ['OPEN_HEDGE', 'RE_ADD', 'PARTIAL_CLOSE'], T0, context),
    );
    expect(brief()).toEqual(['CLOSE_ALL PENDING ann']);
    const [event] = engine.drain().events;
    expect(event?.change).toMatchObject({
      suppressed: [{ reason: 'NOTHING_TO_DO' }, { reason: 'NOTHING_TO_DO' }, { reason: 'NOTHING_TO_DO' }],
    });
  });
});

describe('a close that a person gives up', () => {
  const resolve = () => {
    const found = actionOfId(engine, 'demo:1:1:CLOSE_ALL');
    if (found === null) throw new Error('the action is gone');
    resolveAction(engine, found, { how: 'give-up' }, 'ann', 'not now', { at: T0, now: 5000 });
    return engine.get('demo', 1n);
  };
  const decided = { state: 'CLOSED', closeReason: 'DEFENSIVE', closedAt: T0, closePrice: null } as const;
  const held = whole({ status: 'HELD', hold: 'MASS_EFFECT', reason: '3 of 4' });

  // Before: the trade stayed CLOSED with its position open, and the next snapshot planned the close again.
  it.each<[string, Partial<Trade>]>([
    ['held', { actions: [held] }],
    ['pending', { actions: [whole()] }],
    ['refused by the broker', { deadLetters: [whole({ status: 'REJECTED' })] }],
    ['in doubt', { actions: [whole({ status: 'IN_DOUBT', settleBy: 9e9 })] }],
  ])('%s: the trade goes on with its position', (_name, given) => {
    holds({ ...decided, ...given });
    expect(resolve()).toMatchObject({ state: 'HEALTHY', closeReason: null, closedAt: null, actions: [] });
    const [event] = engine.drain().events.slice(-1);
    expect(event?.change).toMatchObject({
      kind: 'reopened',
      note: 'closing it was given up by ann; the trade was closed (DEFENSIVE)',
    });
  });

  it('its hedge stays, and is not closed: the trade is HEDGED until its timer ends', () => {
    const closing = actionOf('CLOSE_HEDGE', { volume: 1, actionId: 'demo:1:1:CLOSE_HEDGE' });
    holds({ ...decided, hedge: HEDGE, actions: [held, closing] });
    const { flatTimerMs } = DEFAULT_RULES.states;
    expect(resolve()).toMatchObject({
      state: 'HEDGED',
      hedge: HEDGE,
      actions: [],
      flatTimerEndsAt: 5000 + flatTimerMs,
    });
  });

  it('is not reopened where the broker shows that the position is gone', () => {
    holds({ ...decided, actions: [held] });
    engine.accounts.reconciled('demo', indexSnapshot(snapshotOf([])), 1000);
    expect(resolve()).toBeUndefined();
  });

  it('leaves a trade that the broker closed, and one that is open, as they are', () => {
    holds({
      state: 'CLOSED',
      closeReason: 'STOP_LOSS',
      closedAt: T0,
      deadLetters: [whole({ status: 'DEAD' })],
    });
    expect(resolve()).toBeUndefined();
    engine = engineOf(DEFAULT_RULES);
    holds({ state: 'WARNING_L2', actions: [whole()] });
    expect(resolve()).toMatchObject({ state: 'WARNING_L2', actions: [] });
  });
});

describe('which trades are meant', () => {
  const ANY: CloseSelection = { tickets: [], symbols: [], direction: null, magicNumber: null };
  const which = (selection: Partial<CloseSelection>) =>
    selectedTrades(engine, 'demo', { ...ANY, ...selection }).map(({ spec }) => spec.ticket);

  beforeEach(() => {
    engine.restoreTrade(tradeOf({}, { ticket: 1n, magicNumber: 7n }));
    engine.restoreTrade(tradeOf({}, { ticket: 2n, direction: 'SELL' }));
    engine.restoreTrade(tradeOf({}, { ticket: 3n, symbol: 'EURUSD', magicNumber: 7n }));
    engine.restoreTrade(tradeOf({}, { ticket: 4n, account: 'other' }));
  });

  it.each<[Partial<CloseSelection>, readonly bigint[]]>([
    [{}, [1n, 2n, 3n]],
    [{ tickets: [3n, 1n, 4n] }, [1n, 3n]],
    [{ symbols: ['BTCUSD'] }, [1n, 2n]],
    [{ symbols: ['btcusd'] }, []],
    [{ direction: 'SELL' }, [2n]],
    [{ magicNumber: 7n }, [1n, 3n]],
    [{ magicNumber: 7n, symbols: ['BTCUSD'], direction: 'BUY', tickets: [1n, 2n] }, [1n]],
    [{ tickets: [2n], direction: 'BUY' }, []],
  ])('%o', (selection, tickets) => {
    expect(which(selection)).toEqual(tickets);
  });

  it('positions of nobody are told, hedges are not', () => {
    const [first] = selectedTrades(engine, 'demo', ANY);
    if (first === undefined) throw new Error('there is a trade');
    engine.update(KEY, { ...NOTHING, hedge: HEDGE }, T0);
    const shown = [1n, 9n, 55n].map((identifier) => positionOf(first, { identifier, ticket: identifier }));
    engine.accounts.reconciled('demo', indexSnapshot(snapshotOf(shown)), 1000);
    expect(positionsBesides(engine, 'demo')).toEqual([55n]);
  });
});

const NOTHING = {
  volume: null,
  stopLoss: null,
  takeProfit: null,
  hedge: null,
  positionTicket: null,
  entryPrice: null,
};
