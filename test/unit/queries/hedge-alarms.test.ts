// The alarm of a hedge that is smaller than it should be: there for as long as it is.
import { expect, it } from 'vitest';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import type { Trade } from '../../../src/domain/trade/trade.js';
import { DurableTrades } from '../../../src/engine/durable-trades.js';
import { Engine } from '../../../src/engine/engine.js';
import { listAlarms } from '../../../src/queries/alarms.js';
import { actionOf } from '../../support/actions.js';
import { T0, tradeOf } from '../../support/trades.js';

const HEDGE = { ticket: 9n, volume: 0.4, entryPrice: 100, stopLoss: 101 };

function toldOf(trade: Partial<Trade>): string[] {
  const engine = new Engine(DEFAULT_RULES);
  engine.restoreTrade(tradeOf({ state: 'HEDGED', hedge: HEDGE, ...trade }));
  const unasked = (): never => expect.fail('alarms are of the engine alone');
  const clock = { now: () => T0, reference: () => T0 };
  const state = { engine, clock, head: 0, databaseNow: () => T0 };
  const log = { ...state, find: unasked, findAll: unasked, list: unasked, trades: new DurableTrades() };
  const { alarms } = listAlarms(log, DEFAULT_RULES, new Set(['demo']));
  return alarms.flatMap(({ kind, text }) => (kind === 'POSITIONS_UNDEFENDED' ? [text] : []));
}

it('tells how much is not hedged', () => {
  expect(toldOf({})).toEqual(['The hedge of demo 1 (BTCUSD) is 0.4 lots, 0.6 less than it should be']);
});

it.each<[string, Partial<Trade>]>([
  ['it is whole', { hedge: { ...HEDGE, volume: 1 } }],
  ['there is none', { hedge: null }],
  ['it is not wanted', { state: 'RECOVERING' }],
  ['it is being closed', { actions: [actionOf('CLOSE_HEDGE', { volume: 0.4 })] }],
])('says nothing where %s', (_why, trade) => {
  expect(toldOf(trade)).toEqual([]);
});
