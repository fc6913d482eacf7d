// The alarm of data that are too old: there for every trade that waits for fresh data, also one that is to be closed.
import { expect, it } from 'vitest';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import type { Trade } from '../../../src/domain/trade/trade.js';
import { DurableTrades } from '../../../src/engine/durable-trades.js';
import { Engine } from '../../../src/engine/engine.js';
import { listAlarms } from '../../../src/queries/alarms.js';
import { actionOf } from '../../support/actions.js';
import { T0, tradeOf } from '../../support/trades.js';

function toldOf(trade: Partial<Trade>): string[] {
  const engine = new Engine(DEFAULT_RULES);
  engine.restoreTrade(tradeOf(trade));
  const unasked = (): never => expect.fail('alarms are of the engine alone');
  const clock = { now: () => T0, reference: () => T0 };
  const state = { engine, clock, head: 0, databaseNow: () => T0 };
  const log = { ...state, find: unasked, findAll: unasked, list: unasked, trades: new DurableTrades() };
  const { alarms } = listAlarms(log, DEFAULT_RULES, new Set(['demo']));
  return alarms.flatMap(({ kind, text }) => (kind === 'DATA_STALE' ? [text] : []));
}

const TEXT = 'feed default has no data, with 1 trade on it: a feed that was fresh before orders nothing now';
const closed = { state: 'CLOSED', closedAt: T0, closeReason: 'DEFENSIVE' } as const;

it.each<[string, Partial<Trade>, readonly string[]]>([
  ['an open trade', {}, [TEXT]],
  [
    'a trade that is closed and whose position is still to be',
    { ...closed, actions: [actionOf('CLOSE_ALL')] },
    [TEXT],
  ],
  [
    'one that is over but for a dead letter',
    { ...closed, deadLetters: [actionOf('CLOSE_ALL', { status: 'DEAD' })] },
    [],
  ],
])('is told of %s', (_what, trade, told) => {
  expect(toldOf(trade)).toEqual(told);
});
