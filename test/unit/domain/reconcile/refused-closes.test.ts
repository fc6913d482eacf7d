// A close that the broker refused for good waits for a person while there is something to close: once a snapshot shows that it is
// gone, whoever closed it, the trade is settled and its result is told.
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { BrokerSnapshot } from '../../../../src/domain/broker/snapshot.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import type { Trade } from '../../../../src/domain/trade/trade.js';
import { Engine } from '../../../../src/engine/engine.js';
import { reconcileAccount } from '../../../../src/engine/reconcile.js';
import { actionOf, resultOf } from '../../../support/actions.js';
import { dealOf, positionOf, snapshotOf } from '../../../support/broker-snapshots.js';
import { runs } from '../../../support/properties.js';
import { barItem, flatBar, quoteItem, take } from '../../../support/scripted-view.js';
import { MINUTE, T0, TERMS, tradeOf } from '../../../support/trades.js';

const NOTHING = {
  asked: new Set<bigint>(),
  openings: new Set<bigint>(),
  settled: new Map(),
  openers: new Map(),
};
const refusal = { status: 'REJECTED', result: resultOf('REJECTED', { code: 10006 }) } as const;
const REFUSED = actionOf('CLOSE_ALL', { volume: 1, ...refusal });
const CLOSED = { state: 'CLOSED', closeReason: 'DEFENSIVE', closedAt: T0, closePrice: null } as const;
const POSITION = positionOf(tradeOf());

let engine: Engine;
let now: number;
beforeEach(() => {
  engine = new Engine(DEFAULT_RULES);
  engine.upsertInstrument(TERMS);
  engine.accounts.setMode('demo', { mode: 'enforce', by: 'ann', reason: '', at: T0 });
  now = T0 + MINUTE;
});

const holds = (trade: Partial<Trade>): void => {
  engine.restoreTrade(tradeOf({ ...CLOSED, deadLetters: [REFUSED], ...trade }));
};

function show(more: Partial<BrokerSnapshot> = {}, afterMs = 30_000): void {
  now += afterMs;
  const untold = { takenAt: now, deals: [], dealsSince: Number.POSITIVE_INFINITY };
  reconcileAccount(engine, 'demo', snapshotOf([], { ...untold, ...more }), NOTHING, now);
}

const isSettled = (): boolean => engine.get('demo', 1n) === undefined;

const results = () =>
  engine
    .drain()
    .realised.flatMap(({ results: told }) => told.map(({ volume, exitPrice }) => [volume, exitPrice]));

describe('a refused close is over', () => {
  it('at once where deals tell that somebody closed the position, by their price', () => {
    holds({});
    show({ positions: [POSITION] });
    expect(isSettled()).toBe(false);
    show({ deals: [dealOf({ time: now + 10_000, price: 97 })], dealsSince: T0 });
    expect(isSettled()).toBe(true);
    expect(results()).toEqual([[1, 97]]);
  });

  it('where the position was stopped out while its close was refused, by all deals that closed it', () => {
    holds({ state: 'WARNING_L2', closeReason: null, closedAt: null });
    show({ positions: [POSITION] });
    const part = dealOf({ deal: 1n, time: now + 5000, volume: 0.5, price: 96 });
    const rest = dealOf({ deal: 2n, time: now + 6000, volume: 0.5, price: 90, reason: 'STOP_LOSS' });
    show({ deals: [part, rest], dealsSince: T0 });
    expect(isSettled()).toBe(true);
    expect(results()).toEqual([[1, 93]]);
  });

  it('by the price that was told with the close, where no deal tells', () => {
    holds({ closeReason: 'STOP_LOSS', closePrice: 90 });
    show();
    expect(isSettled()).toBe(false);
    show();
    expect(results()).toEqual([[1, 90]]);
  });

  it('where the hedge it was to close is gone', () => {
    holds({ deadLetters: [actionOf('CLOSE_HEDGE', { volume: 1, ...refusal })] });
    show();
    expect(isSettled()).toBe(true);
  });

  it('not while its hedge, or its position, is there', () => {
    const letters = [REFUSED, actionOf('CLOSE_HEDGE', { volume: 1, ...refusal })];
    holds({ deadLetters: letters, hedge: { ticket: 30n, volume: 1, entryPrice: 100, stopLoss: 110 } });
    const leg = positionOf(tradeOf(), { identifier: 30n, ticket: 30n, direction: 'SELL', stopLoss: 110 });
    for (let time = 0; time < 4; time += 1) show({ positions: [POSITION, leg] });
    expect(engine.get('demo', 1n)?.deadLetters).toEqual(letters);
  });
});

it('of a position no deal tells of, only complete snapshots one after the other, some seconds apart, end it', () => {
  const step = fc.record({
    what: fc.constantFrom('gone', 'gone', 'shown', 'partial'),
    afterMs: fc.constantFrom(500, 2000, 10_000),
  });
  let [settled, open] = [0, 0];
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
      engine = new Engine(DEFAULT_RULES);
      engine.upsertInstrument(TERMS);
      engine.accounts.setMode('demo', { mode: 'enforce', by: 'ann', reason: '', at: T0 });
      holds({});
      let gone: number | null = null;
      let isOver = false;
      for (const { what, afterMs } of steps) {
        show({ complete: what !== 'partial', positions: what === 'shown' ? [POSITION] : [] }, afterMs);
        if (what === 'gone' && gone !== null && now - gone >= DEFAULT_RULES.reconciliation.goneAfterMs)
          isOver = true;
        if (what === 'shown') gone = null;
        if (what === 'gone') gone = now;
        expect(isSettled()).toBe(isOver);
        if (isOver) break;
      }
      if (isOver) settled += 1;
      else open += 1;
    }),
    { numRuns: runs(300), seed: 11 },
  );
  expect(settled).toBeGreaterThan(20);
  expect(open).toBeGreaterThan(20);
});

it('a close that a timer decides takes the place of one that was refused before', () => {
  holds({ state: 'HEDGED', closeReason: null, closedAt: null, flatTimerEndsAt: T0 + MINUTE });
  take(engine, 'default', barItem(flatBar(T0 - 15 * MINUTE, 100)));
  take(engine, 'default', quoteItem(T0 + 2 * MINUTE, 100));
  const { state, actions, deadLetters } = engine.get('demo', 1n) ?? tradeOf();
  expect([state, actions.map(({ type }) => type), deadLetters]).toEqual(['CLOSED', ['CLOSE_ALL'], []]);
});
