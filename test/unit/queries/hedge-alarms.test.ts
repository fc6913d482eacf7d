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

function toldOf(trade: Partial<Trade>, prepare: (engine: Engine) => void = () => {}): string[] {
  const engine = new Engine(DEFAULT_RULES);
  prepare(engine);
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

const NONE = 'demo 1 (BTCUSD) is HEDGED and has no hedge, and none is being opened';

it.each<[string, Partial<Trade>]>([
  ['nothing is on its way', {}],
  ['it is paused', { pausedAt: T0 }],
  [
    'only a stop is to move, or a part to be closed',
    { actions: [actionOf('TIGHTEN_SL'), actionOf('PARTIAL_CLOSE')] },
  ],
])('tells that there is none where %s', (_why, trade) => {
  expect(toldOf({ hedge: null, ...trade })).toEqual([NONE]);
});

it.each(['netting', 'observe'] as const)('says nothing of an account that has no hedges: %s', (which) => {
  const prepare = ({ accounts }: Engine): void => {
    if (which === 'netting')
      accounts.upsert('demo', { marginMode: 'netting', fifo: false, hedgeAddsMargin: false }, []);
    else accounts.setMode('demo', { mode: 'observe', by: 'ann', reason: 'x', at: T0 });
  };
  expect(toldOf({ hedge: null }, prepare)).toEqual([]);
});

it.each<[string, Partial<Trade>]>([
  ['it is whole', { hedge: { ...HEDGE, volume: 1 } }],
  ['one is being opened', { hedge: null, actions: [actionOf('OPEN_HEDGE', { volume: 1 })] }],
  ['all is being closed', { hedge: null, actions: [actionOf('CLOSE_ALL')] }],
  ['none is wanted', { hedge: null, state: 'WARNING_L2' }],
  ['it is not wanted', { state: 'RECOVERING' }],
  ['it is being closed', { actions: [actionOf('CLOSE_HEDGE', { volume: 0.4 })] }],
])('says nothing where %s', (_why, trade) => {
  expect(toldOf(trade)).toEqual([]);
});
