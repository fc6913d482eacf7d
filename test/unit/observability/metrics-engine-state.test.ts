// What a scrape shows of the engine: open actions, doubts and dead letters as the trades have them.
import { describe, expect, it } from 'vitest';
import type { BrokerPosition } from '../../../src/domain/broker/snapshot.js';
import { indexSnapshot } from '../../../src/domain/broker/snapshot-index.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import { Engine } from '../../../src/engine/engine.js';
import { FeedClock } from '../../../src/engine/feed-clock.js';
import { Market } from '../../../src/engine/market.js';
import { TradeIndex } from '../../../src/engine/trade-index.js';
import { type EngineStanding, engineFamilies } from '../../../src/metrics/engine-state.js';
import { actionOf } from '../../support/actions.js';
import { positionOf, snapshotOf } from '../../support/broker-snapshots.js';
import { T0, tradeOf } from '../../support/trades.js';

const NOW = T0 + 600_000;

function shown(term: EngineStanding | null, name: string): Record<string, number> {
  const family = engineFamilies(term).find((each) => each.name === name);
  return Object.fromEntries(
    (family?.samples ?? []).map(({ labels, value }) => [Object.values(labels).join(' '), value]),
  );
}

describe('engineFamilies', () => {
  const engine = new Engine(DEFAULT_RULES);
  const term = {
    engine,
    clock: new FeedClock({ database: () => NOW, process: () => NOW, kindOf: () => 'LIVE' }),
    pending: 3,
    databaseNow: () => NOW,
  };
  const executing = actionOf('TIGHTEN_SL', { status: 'EXECUTING', plannedAt: T0, begunAt: NOW - 40_000 });
  const doubt = { status: 'IN_DOUBT', plannedAt: T0 + 60_000, begunAt: NOW - 90_000 } as const;
  engine.restoreTrade(
    tradeOf({
      state: 'WARNING_L2',
      actions: [executing, actionOf('PARTIAL_CLOSE', { ...doubt, settleBy: NOW - 1 })],
      deadLetters: [
        actionOf('OPEN_HEDGE', { status: 'DEAD' }),
        actionOf('OPEN_HEDGE', { status: 'REJECTED' }),
      ],
    }),
  );
  engine.restoreTrade(
    tradeOf({ actions: [actionOf('PARTIAL_CLOSE', { ...doubt, settleBy: NOW + 1 })] }, { ticket: 2n }),
  );
  engine.accounts.setTradingState('demo', { state: 'HALTED', reason: '', by: 'ann', at: T0 });

  it('counts actions by type and status, and how old the oldest is', () => {
    expect(shown(term, 'dtms_actions_open')).toEqual({
      'TIGHTEN_SL EXECUTING': 1,
      'PARTIAL_CLOSE IN_DOUBT': 2,
    });
    expect(shown(term, 'dtms_action_oldest_age_seconds')).toEqual({
      PENDING: 0,
      HELD: 0,
      LEASED: 0,
      EXECUTING: 600,
      IN_DOUBT: 540,
    });
    expect(shown(term, 'dtms_lease_oldest_age_seconds')).toEqual({ '': 40 });
    expect(shown(term, 'dtms_actions_in_doubt_overdue')).toEqual({ '': 1 });
    expect(shown(term, 'dtms_dead_letters')).toEqual({ '': 2 });
  });

  it('counts what waits until the broker shows a position', () => {
    const waiting = new Engine(DEFAULT_RULES);
    const beat = {
      kind: 'REAL',
      bridgeId: 'b1',
      terminalAccount: '',
      connected: true,
      tradeAllowed: true,
    } as const;
    const money = { equity: 1000, balance: 1000, utcOffsetMinutes: 0, reportedAt: NOW, operations: null };
    waiting.accounts.report('demo', { ...beat, ...money }, NOW);
    const actions = [actionOf('OPEN_HEDGE', {}), actionOf('TIGHTEN_SL', { stopLoss: 95 })];
    const trade = tradeOf({ state: 'HEDGED', actions });
    waiting.restoreTrade(trade);
    const take = (positions: readonly BrokerPosition[], complete: boolean, at: number) =>
      waiting.accounts.reconciled('demo', indexSnapshot(snapshotOf(positions, { complete })), at);
    const unshown = () => shown({ ...term, engine: waiting }, 'dtms_actions_unshown');
    // Where no bridge ever showed positions, nothing waits for them.
    expect(unshown()).toEqual({ '': 0 });
    take([], false, NOW);
    expect(unshown()).toEqual({ '': 1 });
    take([positionOf(trade)], false, NOW);
    expect(unshown()).toEqual({ '': 0 });
    // A database that was restored knows nothing of what its brokers did since.
    waiting.accounts.restoredLog(NOW);
    take([], false, NOW + 1);
    expect(unshown()).toEqual({ '': 2 });
    take([positionOf(trade)], true, NOW + 2);
    expect(unshown()).toEqual({ '': 0 });
  });

  it('counts positions that nobody defends, by why, and payments that did not count', () => {
    const own = new Engine(DEFAULT_RULES);
    const counts = () => shown({ ...term, engine: own }, 'dtms_positions_undefended');
    const told = { not_registered: 0, unexplained: 0, surplus_hedge: 0, trade_closed: 0, unreadable: 0 };
    const none = { ...told, switched_off: 0 };
    expect(counts()).toEqual(none);
    const odd = { identifier: 7n, symbol: 'X', direction: null, volume: 0, note: 'odd' };
    const snapshot = snapshotOf([], { complete: false, unreadable: [odd, { ...odd, identifier: 8n }] });
    own.accounts.reconciled('demo', indexSnapshot(snapshot), NOW);
    expect(counts()).toEqual({ ...none, unreadable: 2 });
    own.restoreTrade(tradeOf({}, { ticket: 8n }));
    expect(counts()).toEqual({ ...none, unreadable: 1 });
    expect(shown({ ...term, engine: own }, 'dtms_payments_unproven_total')).toEqual({ '': 0 });
  });

  it('counts trades by state and accounts by what may be done on them', () => {
    expect(shown(term, 'dtms_active_trades')).toMatchObject({ HEALTHY: 1, WARNING_L2: 1 });
    expect(shown(term, 'dtms_accounts')).toEqual({ ACTIVE: 0, REDUCING: 0, HALTED: 1 });
    expect(shown(term, 'dtms_pending_writes')).toEqual({ '': 3 });
  });

  it('shows the same metrics on a server that does not lead, at nothing', () => {
    expect(engineFamilies(null).map(({ name }) => name)).toEqual(
      engineFamilies(term).map(({ name }) => name),
    );
    const values = engineFamilies(null).flatMap(({ samples }) => samples.map(({ value }) => value));
    expect(values.every((value) => value === 0)).toBe(true);
  });
});

describe('dead letters', () => {
  it('are counted as trades come, change and go', () => {
    const book = new TradeIndex();
    const market = new Market('default', 'BTCUSD');
    const slot = market.add(tradeOf({ deadLetters: [actionOf('OPEN_HEDGE')] }));
    book.add(slot);
    expect(book.deadLetters).toBe(1);
    const before = slot.trade;
    market.replace(slot, { ...before, deadLetters: [...before.deadLetters, actionOf('CLOSE_ALL')] });
    book.replaced(slot, before);
    expect(book.deadLetters).toBe(2);
    book.remove(slot);
    book.remove(slot);
    expect(book.deadLetters).toBe(0);
  });
});
