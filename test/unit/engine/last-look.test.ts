// What a bridge is about to do is looked at once more when it begins, or wants its lease longer: each thing that can
// have changed since the lease, what the bridge is told of it, and what becomes of the action.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Heartbeat } from '../../../src/domain/account/account.js';
import { NO_UPDATE } from '../../../src/domain/actions/broker-update.js';
import { indexSnapshot } from '../../../src/domain/broker/snapshot-index.js';
import { keepEvidence, openAction } from '../../../src/domain/changes/action-life.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import type { Action } from '../../../src/domain/trade/action.js';
import type { FieldOwner } from '../../../src/domain/trade/owner.js';
import type { Trade } from '../../../src/domain/trade/trade.js';
import { Engine } from '../../../src/engine/engine.js';
import { beginAction, extendLease, leaseDue } from '../../../src/engine/leases.js';
import { actionOf, resultOf } from '../../support/actions.js';
import { positionOf, snapshotOf } from '../../support/broker-snapshots.js';
import { barItem, flatBar, quoteItem, take } from '../../support/scripted-view.js';
import { MINUTE, T0, TERMS, tradeOf } from '../../support/trades.js';

const KEY = { account: 'demo', ticket: 1n };
const LEASE = { account: 'demo', bridge: 'b1', maxLeases: 16, leaseMs: 3_600_000 };

let engine: Engine;
/** Both clocks, in ms since the lease. */
let passed: number;
beforeEach(() => {
  engine = new Engine(DEFAULT_RULES);
  engine.upsertInstrument(TERMS);
  take(engine, 'default', barItem(flatBar(T0 - 900_000, 100)));
  passed = 0;
});

const moment = () => ({ at: T0 + passed, now: 1000 + passed });
const quote = (price: number) => take(engine, 'default', quoteItem(T0 + passed, price));
const trade = (): Trade => {
  const found = engine.get('demo', 1n);
  if (found === undefined) throw new Error('the trade is settled');
  return found;
};

/** A trade with one action that bridge b1 has on lease at a price of 100. */
function leased(type: Action['type'], action: Partial<Action>, given: Partial<Trade> = {}): Action {
  quote(100);
  const planned = actionOf(type, action);
  engine.restoreTrade(tradeOf({ state: 'WARNING_L2', ...given, actions: [planned] }));
  const [work] = leaseDue(engine, LEASE, moment());
  if (work === undefined) throw new Error('nothing was leased');
  return work.action;
}

const tokenOf = ({ lease }: Action): number => lease?.token ?? 0;
const begin = (action: Action) => beginAction(engine, action.actionId, tokenOf(action), 'call', moment());
const extend = (action: Action) => extendLease(engine, action.actionId, tokenOf(action), 7_200_000, moment());

const stop = (given: Partial<Trade> = {}) => leased('TIGHTEN_SL', { stopLoss: 95 }, given);
const part = () => leased('PARTIAL_CLOSE', { volume: 0.5 });
const whole = () => leased('CLOSE_ALL', { volume: 1 });
const hedge = () => leased('OPEN_HEDGE', { volume: 1, stopLoss: 102 }, { state: 'HEDGED', risk: 3 });
const again = () => leased('RE_ADD', { volume: 0.25 }, { state: 'HEALTHY', closedVolume: 0.5 });

const set = (state: 'ACTIVE' | 'REDUCING' | 'HALTED') =>
  engine.accounts.setTradingState('demo', { state, by: 'ann', reason: 'news', at: 0 });
const tell = (update: Partial<typeof NO_UPDATE>) => engine.update(KEY, { ...NO_UPDATE, ...update }, T0);

/** The state machine goes somewhere else, with nothing planned: the actions stay as they are. */
const moves = (to: Trade['state']) => {
  const now = trade();
  engine.act(KEY, () => [
    {
      ...{ trade: { ...now, state: to, version: now.version + 1 }, at: T0 },
      change: { kind: 'paused', reason: 'a stand-in for a transition' },
    },
  ]);
};
const owned = (owners: readonly FieldOwner[]) => {
  const now = trade();
  engine.act(KEY, () => [
    {
      ...{ trade: { ...now, owners, version: now.version + 1 }, at: T0 },
      change: { kind: 'paused', reason: 'a stand-in for a manager' },
    },
  ]);
};
/** The account's bridge shows the position with this volume. */
const shows = (volume: number) => {
  engine.accounts.report('demo', BEAT, moment().now);
  const snapshot = snapshotOf([positionOf(trade(), { volume })]);
  engine.accounts.reconciled('demo', indexSnapshot(snapshot), moment().now);
};
/** A bridge of a real account that tells positions cannot tell this one. */
const showsNothing = () => {
  engine.accounts.report('demo', BEAT, moment().now);
  engine.accounts.reconciled('demo', indexSnapshot(snapshotOf([], { complete: false })), moment().now);
};
const BEAT: Heartbeat = {
  kind: 'REAL',
  bridgeId: 'b1',
  terminalAccount: '',
  connected: true,
  tradeAllowed: true,
  equity: 1000,
  balance: 1000,
  utcOffsetMinutes: 0,
  reportedAt: 0,
  operations: null,
};

type Case = readonly [name: string, leased: () => Action, since: (action: Action) => void, told: object];
const PENDING = { status: 'PENDING' };
const EXPIRED = { status: 'EXPIRED' };
const HELD = { status: 'HELD' };

const CASES: readonly Case[] = [
  ['a halt', stop, () => set('HALTED'), { obstacle: 'TRADING_STATE', ...PENDING }],
  ['a halt, of a close', whole, () => set('HALTED'), { obstacle: 'TRADING_STATE', ...PENDING }],
  ['REDUCING, of an addition', again, () => set('REDUCING'), { obstacle: 'TRADING_STATE', ...EXPIRED }],
  [
    'a pause',
    stop,
    () => engine.pause(KEY, 'a look', T0),
    { obstacle: 'PAUSED', ...PENDING, reason: 'the trade is paused' },
  ],
  ['a price beyond the stop', stop, () => quote(94), { obstacle: 'NOT_LEGAL', ...PENDING }],
  ['a price beyond every tighter stop', stop, () => quote(90.005), { obstacle: 'NOT_LEGAL', ...EXPIRED }],
  [
    'stops level told since',
    stop,
    () => engine.upsertInstrument({ ...TERMS, stopsLevel: 6 }),
    { obstacle: 'NOT_LEGAL', ...PENDING },
  ],
  [
    'a smaller position, of a close',
    whole,
    () => tell({ volume: 0.4 }),
    { obstacle: 'VOLUME_CHANGED', ...PENDING },
  ],
  [
    'a smaller position, of a hedge',
    hedge,
    () => tell({ volume: 0.4 }),
    { obstacle: 'VOLUME_CHANGED', ...PENDING },
  ],
  [
    'a position that is too small for a part',
    part,
    () => tell({ volume: 0.505 }),
    { obstacle: 'BELOW_MINIMUM_VOLUME', ...EXPIRED },
  ],
  [
    'a smaller position at the broker than was told',
    hedge,
    () => shows(0.3),
    { obstacle: 'VOLUME_CHANGED', ...PENDING },
  ],
  [
    'a real account that has not shown the position',
    hedge,
    () => showsNothing(),
    { obstacle: 'NOT_SHOWN', ...PENDING },
  ],
  ['a price beyond the stop of the hedge', hedge, () => quote(105), { obstacle: 'NOT_LEGAL', ...PENDING }],
  [
    'a hedge that is there',
    hedge,
    () => tell({ hedge: { ticket: 9n, volume: 1, entryPrice: 100, stopLoss: null } }),
    { obstacle: 'NO_CHANGE', ...EXPIRED },
  ],
  ['a state that wants no part closed', part, () => moves('WARNING_L1'), { obstacle: 'STATE', ...EXPIRED }],
  ['a state that wants no hedge', hedge, () => moves('WARNING_L2'), { obstacle: 'STATE', ...EXPIRED }],
  [
    'an owner of higher priority, once DTMS does not defend any more',
    stop,
    () => {
      owned([{ field: 'STOP_LOSS', manager: 'universal_sl_tp_manager', lease: null }]);
      moves('WARNING_L1');
    },
    { obstacle: 'OWNED', ...EXPIRED },
  ],
  [
    'a modification under way',
    stop,
    () => {
      const lease = { token: 9, endsAt: 60_000, value: 96, committed: true, overridden: false };
      owned([{ field: 'STOP_LOSS', manager: 'universal_sl_tp_manager', lease }]);
    },
    { obstacle: 'OWNED', ...PENDING },
  ],
  [
    'age',
    again,
    () => {
      passed = 16 * MINUTE;
    },
    { obstacle: 'TOO_OLD', ...EXPIRED },
  ],
  [
    'a doubt about another volume',
    part,
    () => doubt(actionOf('CLOSE_ALL', { actionId: 'demo:1:1:CLOSE_ALL', volume: 1 })),
    { obstacle: 'UNDER_WAY', ...PENDING },
  ],
  ['a breaker that tripped, of a close', whole, () => trips('CLOSE'), { obstacle: 'MASS_EFFECT', ...HELD }],
  ['a breaker that tripped, of a hedge', hedge, () => trips('HEDGE'), { obstacle: 'MASS_EFFECT', ...HELD }],
];

const trips = (kind: 'CLOSE' | 'HEDGE') => engine.breaker.admit(kind, 'demo', [7n, 8n, 9n], moment().now);

/** A late report says that the broker may have been touched for another action. */
function doubt(other: Action): void {
  engine.act(KEY, (current, context) =>
    keepEvidence(
      { ...current, actions: [...current.actions, other] },
      other,
      resultOf('UNKNOWN'),
      'b2',
      moment(),
      context,
    ),
  );
}

describe('what was leased is looked at again', () => {
  it.each(CASES)('%s stops a begin', (_name, lease, since, told) => {
    const action = lease();
    since(action);
    const step = begin(action);
    expect(step).toMatchObject({ outcome: 'refused', ...told });
    const status = openAction(trade(), action.actionId)?.status;
    if (step.outcome === 'refused') expect(status ?? 'EXPIRED').toBe(step.status);
    // Whoever asks again under the same lease has lost it.
    expect(begin(action).outcome).toMatch(/lost|settled/);
  });

  it.each(CASES)('%s stops a longer lease', (_name, lease, since, told) => {
    const action = lease();
    since(action);
    expect(extend(action)).toMatchObject({ outcome: 'refused', ...told });
  });
});

describe('what stays as it is', () => {
  it.each([
    ['a stop', stop],
    ['a part', part],
    ['a close', whole],
    ['a hedge', hedge],
    ['an addition', again],
  ] as const)('%s is begun, and what is begun is not looked at again', (_name, lease) => {
    const action = lease();
    expect(extend(action).outcome).toBe('ok');
    expect(begin(action).outcome).toBe('ok');
    set('HALTED');
    quote(80);
    expect(extend(action).outcome).toBe('ok');
    expect(begin(action).outcome).toBe('ok');
  });

  it('a hedge keeps its stop while the price moves away from it', () => {
    const action = hedge();
    quote(99);
    expect(begin(action)).toMatchObject({ outcome: 'ok', action: { stopLoss: action.stopLoss } });
  });

  it('what a person let go on is not held again', () => {
    const action = leased('CLOSE_ALL', { volume: 1, orderedBy: 'ann' });
    trips('CLOSE');
    expect(begin(action).outcome).toBe('ok');
  });

  it('what was taken back is leased again, fitted to what is now', () => {
    const action = whole();
    tell({ volume: 0.4 });
    begin(action);
    const [work] = leaseDue(engine, LEASE, moment());
    expect(work?.action).toMatchObject({ actionId: action.actionId, volume: 0.4, attempts: 0 });
  });

  it('a hedge that is not opened leaves the trade as it is at the broker: not hedged', () => {
    const action = hedge();
    tell({ volume: 0.001 });
    expect(begin(action)).toMatchObject({ outcome: 'refused', obstacle: 'BELOW_MINIMUM_VOLUME' });
    expect(trade().state).toBe('WARNING_L2');
  });
});
