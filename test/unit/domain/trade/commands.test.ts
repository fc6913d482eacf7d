// The broker's truth and people's commands: what they change, what they record, what they refuse.

import { describe, expect, it } from 'vitest';
import { type BrokerUpdate, NO_UPDATE } from '../../../../src/domain/actions/broker-update.js';
import {
  hedgeLost,
  pauseTrade,
  reopenTrade,
  resumeTrade,
  updateTrade,
} from '../../../../src/domain/changes/commands.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import { evaluationOf, evaluationsOf, warningsOf } from '../../../../src/domain/trade/monitoring.js';
import type { Trade } from '../../../../src/domain/trade/trade.js';
import { adopted, differingFields } from '../../../../src/domain/trade/version.js';
import { actionOf } from '../../../support/actions.js';
import { ScriptedFacts, scored } from '../../../support/facts.js';
import { MINUTE, referenceOf, specOf, T0, tradeOf } from '../../../support/trades.js';

const NOW = T0 + 20 * MINUTE;
const YEAR = 365 * 24 * 60 * MINUTE;

function update(trade: Trade, told: Partial<BrokerUpdate>) {
  const context = { facts: new ScriptedFacts(), rules: DEFAULT_RULES, reference: referenceOf() };
  return updateTrade(trade, { ...NO_UPDATE, ...told }, NOW, context);
}

describe('the broker is right', () => {
  it('even about a looser stop', () => {
    const [event] = update(tradeOf({ stopLoss: 95 }), { stopLoss: 80 });
    expect(event?.trade).toMatchObject({ stopLoss: 80, stopChangedAt: NOW, version: 2 });
    expect(event?.change).toEqual({
      kind: 'updated',
      changedFields: ['stop_loss'],
      withdrawn: [],
      manager: '',
    });
  });

  it('about a stop and a target that are gone', () => {
    const [event] = update(tradeOf({ takeProfit: 120 }), { stopLoss: 'removed', takeProfit: 'removed' });
    expect(event?.trade).toMatchObject({ stopLoss: null, takeProfit: null });
    expect(event?.change).toMatchObject({ changedFields: ['stop_loss', 'take_profit'] });
  });

  it('and names every field that changed', () => {
    const hedge = { ticket: 7n, volume: 1, entryPrice: 99, stopLoss: 100 };
    const told = { volume: 0.5, takeProfit: 130, positionTicket: 5n, hedge };
    const [event] = update(tradeOf({ state: 'HEDGED' }), told);
    expect(event?.change).toMatchObject({
      changedFields: ['volume', 'take_profit', 'position_ticket', 'hedge'],
    });
    expect(event?.trade).toMatchObject({
      volume: 0.5,
      takeProfit: 130,
      positionTicket: 5n,
      hedge,
      closedVolume: 0,
    });
  });

  it('and a report that changes nothing makes no event', () => {
    const hedge = { ticket: 7n, volume: 1, entryPrice: 99, stopLoss: 100 };
    const told = { volume: 1, stopLoss: 90, hedge: { ...hedge } };
    expect(update(tradeOf({ hedge }), told)).toEqual([]);
    expect(update(tradeOf(), { stopLoss: 90, takeProfit: 'removed', hedge: 'gone' })).toEqual([]);
  });

  it.each([
    [{ volume: Number.NaN }],
    [{ volume: 0 }],
    [{ volume: -1 }],
    [{ stopLoss: Number.POSITIVE_INFINITY }],
    [{ takeProfit: -3 }],
    [{ hedge: { ticket: 1n, volume: 1, entryPrice: Number.NaN, stopLoss: null } }],
  ])('but a number that is none is refused: %o', (told) => {
    expect(() => update(tradeOf(), told)).toThrow(RangeError);
  });
});

describe('actions under an update', () => {
  it('a volume that shrank for another reason is not ours', () => {
    const closing = actionOf('PARTIAL_CLOSE', { volume: 0.4 });
    expect(update(tradeOf({ actions: [closing] }), { volume: 0.6 })[0]?.trade).toMatchObject({
      closedVolume: 0,
      actions: [closing],
    });
  });

  it('a stop plan that would no longer tighten is withdrawn; others stay', () => {
    const stop = actionOf('TIGHTEN_SL', { stopLoss: 95 });
    const hedge = actionOf('OPEN_HEDGE', { stopLoss: 90 });
    const trade = tradeOf({ state: 'HEDGED', actions: [stop, hedge] });
    const [overtaken] = update(trade, { stopLoss: 96 });
    expect(overtaken?.trade.actions).toEqual([hedge]);
    expect(overtaken?.change).toMatchObject({
      withdrawn: [{ actionId: stop.actionId, status: 'EXPIRED', reason: 'the stop is as tight already' }],
    });
    expect(update(trade, { stopLoss: 94 })[0]?.trade.actions).toEqual([stop, hedge]);
    const sell = tradeOf({ actions: [stop] }, { direction: 'SELL' });
    expect(update(sell, { stopLoss: 94 })[0]?.trade.actions).toEqual([]);
    expect(update(sell, { stopLoss: 96 })[0]?.trade.actions).toEqual([stop]);
  });

  it.each(['EXECUTING', 'IN_DOUBT'] as const)('a stop plan that is %s stays: its report comes', (status) => {
    const stop = actionOf('TIGHTEN_SL', { stopLoss: 95, status });
    const [event] = update(tradeOf({ actions: [stop] }), { stopLoss: 96 });
    expect(event?.trade.actions).toEqual([stop]);
    expect(event?.change).toMatchObject({ withdrawn: [] });
  });

  it('names the manager that made it', () => {
    const context = { facts: null, rules: DEFAULT_RULES, reference: referenceOf() };
    const [event] = updateTrade(tradeOf(), { ...NO_UPDATE, stopLoss: 95 }, NOW, context, 'exit_manager');
    expect(event?.change).toMatchObject({ manager: 'exit_manager' });
  });
});

describe('a hedge that is gone', () => {
  const HEDGE = { ticket: 7n, volume: 1, entryPrice: 99, stopLoss: 100 };
  const kinds = (trade: Trade, told: Partial<BrokerUpdate>) =>
    update(trade, told).map(({ change }) => change.kind);

  it('only matters while HEDGED', () => {
    expect(kinds(tradeOf({ state: 'RECOVERING', hedge: HEDGE }), { hedge: 'gone' })).toEqual(['updated']);
    expect(kinds(tradeOf({ state: 'HEDGED', hedge: HEDGE }), { hedge: 'gone' })).toEqual([
      'updated',
      'stateChanged',
    ]);
  });

  it('is not one that was never reported', () => {
    expect(kinds(tradeOf({ state: 'HEDGED' }), { hedge: 'gone' })).toEqual([]);
    const opening = tradeOf({ state: 'HEDGED', actions: [actionOf('OPEN_HEDGE')] });
    expect(kinds(opening, { hedge: 'gone' })).toEqual([]);
  });
});

describe('pause and resume', () => {
  const before = new ScriptedFacts({ evaluationCount: 7, buy: scored(-3), buyWarnings: { MOMENTUM: 2 } });
  const after = new ScriptedFacts({ evaluationCount: 20, buy: scored(-5), buyWarnings: { STRUCTURE: 1 } });

  function paused(): Trade {
    const [event] = pauseTrade(tradeOf({ countedFrom: 2 }), 'holiday', before, NOW);
    expect(event?.change).toEqual({ kind: 'paused', reason: 'holiday' });
    return event?.trade ?? tradeOf();
  }

  it('keeps what the trade had seen, whatever the market does meanwhile', () => {
    const trade = paused();
    expect(trade).toMatchObject({ pausedAt: NOW, version: 2 });
    expect([evaluationOf(trade, after), evaluationsOf(trade, after), warningsOf(trade, after)]).toEqual([
      scored(-3),
      5,
      { MOMENTUM: 2 },
    ]);
  });

  it('counts on from there, and takes structure of meanwhile for old news', () => {
    const [event] = resumeTrade(paused(), 'back', after, NOW + MINUTE);
    const trade = event?.trade ?? tradeOf();
    expect(trade).toMatchObject({ pausedAt: null, structureSeenAt: NOW + MINUTE, version: 3 });
    expect([evaluationOf(trade, after), evaluationsOf(trade, after)]).toEqual([scored(-3), 5]);
    const next = new ScriptedFacts({ evaluationCount: 21, buy: scored(1), buyWarnings: {} });
    expect([evaluationOf(trade, next), evaluationsOf(trade, next), warningsOf(trade, next)]).toEqual([
      scored(1),
      6,
      {},
    ]);
  });

  it.each([
    ['of a market that was fresh once, until then by whatever clock', true, NOW + YEAR],
    ['of one that is played, until its newest data: what it does next is news', false, NOW],
  ])('takes for old news what structure did %s', (_what, wasFresh, until) => {
    const facts = new ScriptedFacts({ asOf: NOW, admission: { wasFresh } });
    const seen = { structureSeenAt: until };
    const [resumed] = resumeTrade(paused(), 'back', facts, NOW + YEAR);
    expect(resumed?.trade).toMatchObject({ ...seen, warnedFrom: resumed?.trade.monitoredSince && until });
    const context = { facts, rules: DEFAULT_RULES, reference: referenceOf() };
    const [back] = hedgeLost(tradeOf({ state: 'HEDGED' }), NOW + YEAR, context);
    expect(back?.trade).toMatchObject({ ...seen, state: 'WARNING_L2' });
    const closed = tradeOf({ state: 'CLOSED', closeReason: 'BROKER_GONE' });
    expect(reopenTrade(closed, NOW + YEAR, context).trade).toMatchObject(seen);
  });

  it('twice is once', () => {
    expect(pauseTrade(paused(), 'again', after, NOW)).toEqual([]);
    expect(resumeTrade(tradeOf(), 'again', after, NOW)).toEqual([]);
  });
});

describe('a second registration', () => {
  const TICK = 0.01;
  const HEDGING = { marginMode: 'hedging' } as const;

  it('may have another entry where the account nets: it is the average of what was added', () => {
    const averaged = specOf({ entryPrice: specOf().entryPrice + 5 });
    const netting = { marginMode: 'netting' } as const;
    expect(differingFields(specOf(), averaged, TICK, netting)).toEqual([]);
    expect(differingFields(specOf(), averaged, TICK, HEDGING)).toEqual(['entry_price']);
  });

  it('of what the broker showed first has the entry the broker shows, and R from there', () => {
    const known = tradeOf({ origin: 'EXTERNAL' }, { entryPrice: 101 });
    const trade = adopted(known, specOf({ entryPrice: 100, stopLoss: 90 }));
    expect([trade.spec.entryPrice, trade.risk]).toEqual([101, 11]);
  });

  it('is of the same position however that moved since, and within a tick of its entry', () => {
    const moved = specOf({
      stopLoss: null,
      takeProfit: null,
      volume: 0.1,
      openedAt: T0 + 1,
      entryPrice: specOf().entryPrice + TICK,
      label: 'x',
    });
    expect(differingFields(specOf(), specOf(), TICK, HEDGING)).toEqual([]);
    expect(differingFields(specOf(), moved, TICK, HEDGING)).toEqual([]);
  });

  it('names what says that it is another one by its proto names', () => {
    const other = specOf({
      symbol: 'ETHUSD',
      direction: 'SELL',
      entryPrice: specOf().entryPrice + 2.5 * TICK,
    });
    expect(differingFields(specOf(), other, TICK, HEDGING)).toEqual(['symbol', 'direction', 'entry_price']);
  });
});
