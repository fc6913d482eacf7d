// What a bridge is told beside an action: the symbol as its broker spells it, what a partial close is to leave whoever decided it,
// and the volumes that are traded. In this process and over the wire it is the same.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LeasedAction as LeasedMessage } from '../../../gen/ts/dtms/v1/action_service.js';
import { leasedOf } from '../../../src/bridge/engine-lease-client.js';
import { orderOf } from '../../../src/bridge/order-of.js';
import { leasedFromProto } from '../../../src/bridge/server-lease-client.js';
import { leasedWork } from '../../../src/domain/actions/leased-work.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import type { Action } from '../../../src/domain/trade/action.js';
import type { ActionType } from '../../../src/domain/trade/action-specs.js';
import type { Hedge } from '../../../src/domain/trade/trade.js';
import { Engine } from '../../../src/engine/engine.js';
import { leaseDue } from '../../../src/engine/leases.js';
import { reconcileAccount } from '../../../src/engine/reconcile.js';
import { leasedToProto } from '../../../src/wire/action.js';
import { actionOf } from '../../support/actions.js';
import { legOf, positionOf, snapshotOf } from '../../support/broker-snapshots.js';
import { quoteItem, take } from '../../support/scripted-view.js';
import { T0, TERMS, tradeOf } from '../../support/trades.js';

const HEDGE: Hedge = { ticket: 30n, volume: 1, entryPrice: 100, stopLoss: 110 };
const NO_FINDINGS = {
  asked: new Set<bigint>(),
  openings: new Set<bigint>(),
  settled: new Map(),
  openers: new Map(),
};
const REQUEST = { account: 'demo', bridge: 'b1', maxLeases: 5, leaseMs: 30_000 };

function leasedAt(symbol: string, action: Action, isOver: boolean) {
  const engine = new Engine(DEFAULT_RULES);
  engine.upsertInstrument({ ...TERMS, volumeMin: 0.1, volumeStep: 0.05 });
  const state = isOver ? 'CLOSED' : 'WARNING_L2';
  const over = isOver ? ({ closedAt: T0, closeReason: 'STOP_LOSS' } as const) : {};
  const trade = tradeOf({ state, ...over, hedge: HEDGE, actions: [action] });
  engine.restoreTrade(trade);
  engine.accounts.setMode('demo', { mode: 'enforce', by: 'ann', reason: '', at: T0 });
  const own = positionOf(trade, { symbol });
  const leg = legOf(trade, HEDGE, { symbol });
  const positions = isOver ? [leg] : [own, leg];
  take(engine, 'default', quoteItem(T0 + 1000, 100));
  reconcileAccount(engine, 'demo', snapshotOf(positions, { takenAt: T0 + 1000 }), NO_FINDINGS, T0 + 1000);
  const moment = { at: T0 + 2000, now: T0 + 2000 };
  const [found] = leaseDue(engine, REQUEST, moment);
  if (found === undefined) throw new Error('nothing is due');
  const work = leasedWork(found, engine);
  const wired = leasedFromProto(LeasedMessage.decode(LeasedMessage.encode(leasedToProto(work)).finish()));
  return { positions, wired, own: leasedOf(work) };
}

it('a bridge can carry out what its broker spells otherwise, and leaves what was decided', () => {
  const action = fc.constantFrom<readonly [ActionType, Partial<Action>]>(
    ['PARTIAL_CLOSE', { volume: 0.5, leaves: 0.5 }],
    ['PARTIAL_CLOSE', { volume: 0.25, leaves: 0.75, rule: 'size_down' }],
    ['PARTIAL_CLOSE', { volume: 0.5, leaves: 0.5, orderedBy: 'ann' }],
    ['PARTIAL_CLOSE', { volume: 0.5, leaves: null }],
    ['CLOSE_ALL', { volume: 1 }],
    ['CLOSE_HEDGE', { volume: 1 }],
    ['TIGHTEN_SL', { stopLoss: 95 }],
  );
  const symbol = fc.constantFrom('BTCUSD', 'BTCUSDm', 'BTCUSD.r', '#BTCUSD');
  fc.assert(
    fc.property(symbol, action, fc.boolean(), (spelled, [type, fields], closes) => {
      const isOver = closes && type === 'CLOSE_HEDGE';
      const { positions, wired, own } = leasedAt(spelled, actionOf(type, fields), isOver);
      expect(wired).toEqual(own);
      expect(own).toMatchObject({ symbol: spelled, volumeMin: 0.1, volumeStep: 0.05 });
      expect(own.leaves).toBe(fields.leaves ?? undefined);
      const decision = orderOf(own, { marginMode: 'hedging', positions });
      expect(decision).toMatchObject({ kind: 'send', request: { symbol: spelled } });
    }),
  );
});

it.each(['ann', 'rail DAILY_LOSS'])(
  'a ticket that another instrument has by now is left alone, whoever orders: %s',
  (orderedBy) => {
    const ordered = actionOf('CLOSE_ALL', { volume: 1, orderedBy });
    const { positions, own } = leasedAt('EURUSD', ordered, false);
    expect(own.symbol).toBe('BTCUSD');
    const decision = orderOf(own, { marginMode: 'hedging', positions });
    expect(decision).toMatchObject({ kind: 'answer', result: { code: 10013 } });
  },
);
