// What the engine does where a flag is off: it decides and records, names the flag in the event, and touches nothing; what a
// person orders goes out all the same.
import { beforeEach, describe, expect, test } from 'vitest';
import { TradeState, TransitionCause } from '../../../gen/ts/dtms/v1/types.js';
import { orderClose } from '../../../src/domain/changes/order-close.js';
import { ON } from '../../../src/domain/flags/definition.js';
import { FLAG_NAMES, type FlagName } from '../../../src/domain/flags/flag.js';
import type { FlagSetting } from '../../../src/domain/flags/flag-book.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import { SIGNALS } from '../../../src/domain/signals/signal.js';
import type { Action } from '../../../src/domain/trade/action.js';
import { ACTION_TYPES, type ActionType } from '../../../src/domain/trade/action-specs.js';
import type { Trade } from '../../../src/domain/trade/trade.js';
import { Engine } from '../../../src/engine/engine.js';
import { beginAction, leaseDue } from '../../../src/engine/leases.js';
import { actionOf } from '../../support/actions.js';
import { positionOf, snapshotOf } from '../../support/broker-snapshots.js';
import { EAGER, fall } from '../../support/falling-market.js';
import { Reconciling } from '../../support/reconciling.js';
import { barItem, flatBar, quoteItem, take } from '../../support/scripted-view.js';
import { T0, TERMS, tradeOf } from '../../support/trades.js';

const LEASE = { account: 'demo', bridge: 'b1', maxLeases: 16, leaseMs: 30_000 };
const MOMENT = { at: T0, now: 1000 };

function off(flag: FlagName, target: Partial<FlagSetting> = {}): FlagSetting {
  return {
    ...{ flag, value: false, account: '', symbol: '', percent: 100, by: 'ann', reason: 'a test' },
    ...{ at: 0, endsAt: null, ...target },
  };
}

test('each type of action and each signal has its flag', () => {
  const needed = [
    ...ACTION_TYPES.map((type) => `action.${type}`),
    ...SIGNALS.map((signal) => `signal.${signal}`),
  ];
  expect(FLAG_NAMES.filter((name) => name.includes('.')).sort()).toEqual(needed.sort());
});

describe('a falling market', () => {
  const planned = (rig: Awaited<ReturnType<typeof fall>>) =>
    rig.events.flatMap(({ change }) => (change?.$case === 'stateChanged' ? change.value.planned : []));
  const suppressed = (rig: Awaited<ReturnType<typeof fall>>) =>
    rig.events.flatMap(({ change }) => (change?.$case === 'stateChanged' ? change.value.suppressed : []));

  test('enforce off: the same transitions, nothing planned, and each event names the flag', async () => {
    const acting = await fall();
    const observing = await fall({ before: (rig) => rig.flag(off('enforce')) });
    expect(planned(acting).length).toBeGreaterThan(0);
    expect(planned(observing)).toEqual([]);
    const decision = { flag: 'enforce', variant: 'off', reason: 'STATIC', note: 'set by ann: a test' };
    const named = suppressed(observing).filter(({ flag }) => flag !== undefined);
    expect(named.length).toBeGreaterThan(0);
    expect(named.map(({ flag }) => flag)).toEqual(named.map(() => decision));
  });

  test('enforce off for another account changes nothing', async () => {
    const other = await fall({ before: (rig) => rig.flag(off('enforce', { account: 'another' })) });
    expect(other.events).toEqual((await fall()).events);
  });

  test('a type of action off: it alone is not planned', async () => {
    const rig = await fall({ before: (each) => each.flag(off('action.PARTIAL_CLOSE')) });
    const types = (all: readonly { readonly type: number }[]) => new Set(all.map(({ type }) => type));
    const usual = types(planned(await fall()));
    const [partialClose = 0] = suppressed(rig)
      .filter(({ flag }) => flag !== undefined)
      .map(({ type }) => type);
    expect(usual.has(partialClose)).toBe(true);
    expect(types(planned(rig)).has(partialClose)).toBe(false);
    expect(planned(rig).length).toBeGreaterThan(0);
  });

  test('closing off: the trade goes on where it is, and is not over with its position open', async () => {
    const long = { bars: 60, rules: { ...EAGER, states: { ...EAGER.states, flatTimerMs: 600_000 } } };
    const closing = await fall(long);
    const staying = await fall({ ...long, before: (rig) => rig.flag(off('action.CLOSE_ALL')) });
    const decided = (rig: Awaited<ReturnType<typeof fall>>) =>
      rig.events.some(
        ({ change }) =>
          change?.$case === 'stateChanged' &&
          change.value.to === TradeState.CLOSED &&
          change.value.cause !== TransitionCause.BROKER_CLOSED,
      );
    expect([decided(closing), decided(staying)]).toEqual([true, false]);
    expect(staying.told().filter(({ type }) => type === 'CLOSE_ALL')).toEqual([]);
  });

  test.each(SIGNALS)('%s off: it contributes nothing and is named, and no other is', async (signal) => {
    const rig = await fall({ before: (each) => each.flag(off(`signal.${signal}`)) });
    const signals = rig.latest('BUY')?.signals ?? [];
    expect(signals.filter(({ switchedOff }) => switchedOff !== undefined && switchedOff !== null)).toEqual([
      expect.objectContaining({ signal, contribution: 0 }),
    ]);
  });

  test('every signal off: no score, and the evaluation names each as switched off', async () => {
    const rig = await fall({
      before: (each) => {
        for (const signal of SIGNALS) each.flag(off(`signal.${signal}`));
      },
    });
    expect(planned(rig)).toEqual([]);
    const evaluation = rig.latest('BUY');
    expect(evaluation?.score).toBeNull();
    expect(evaluation?.signals.map(({ switchedOff }) => switchedOff?.flag)).toEqual(
      SIGNALS.map((signal) => `signal.${signal}`),
    );
    expect(evaluation?.signals.every(({ contribution }) => contribution === 0)).toBe(true);
  });
});

describe('a position that nobody registered', () => {
  const position = positionOf(tradeOf());
  const adopted = (flag?: FlagSetting) => {
    const account = new Reconciling();
    if (flag !== undefined) account.engine.flags.set(flag);
    account.reconcile(snapshotOf([position]));
    const undefended = account.engine.accounts.get('demo')?.undefended ?? [];
    return [account.trades().length, ...undefended.map(({ reason, note }) => `${reason}: ${note}`)];
  };

  test('becomes a trade; while adoption is off for its account or symbol it stays undefended, and why', () => {
    expect(adopted()).toEqual([1]);
    const flag = 'adopt-external';
    const left = 'SWITCHED_OFF: nobody registered it, and flag adopt-external is off';
    for (const target of [{}, { account: 'demo' }, { symbol: position.symbol }])
      expect(adopted(off(flag, target))).toEqual([0, expect.stringContaining(left)]);
    for (const target of [{ account: 'another' }, { symbol: 'ANOTHER' }])
      expect(adopted(off(flag, target))).toEqual([1]);
  });
});

describe('who acts by its build', () => {
  test('the share of accounts in which a new build acts is a rule of enforce, and every other build acts in all', () => {
    const rule =
      '{"if": [{"==": [{"var": "build"}, "1.2.0"]}, {"fractional": [["on", 10], ["off", 90]]}, "on"]}';
    const definitions = { enforce: { ...ON, targeting: JSON.parse(rule) } };
    const acting = (build: string) => {
      const engine = new Engine(DEFAULT_RULES);
      engine.flags.define(definitions, build);
      return Array.from({ length: 1000 }, (_, number) => `account-${number}`).filter(
        (account) => engine.flags.off('enforce', account, 'BTCUSD') === null,
      );
    };
    const share = acting('1.2.0').length;
    expect([share > 60, share < 140]).toEqual([true, true]);
    expect([acting('1.1.0').length, acting('1.2.1').length]).toEqual([1000, 1000]);
  });
});

describe('what was planned before', () => {
  let engine: Engine;
  beforeEach(() => {
    engine = new Engine(DEFAULT_RULES);
    engine.upsertInstrument(TERMS);
    take(engine, 'default', barItem(flatBar(T0 - 900_000, 100)));
    take(engine, 'default', quoteItem(T0, 100));
    const close = actionOf('CLOSE_ALL', { volume: 1 });
    engine.restoreTrade(tradeOf({ state: 'WARNING_L2', actions: [close] }));
  });
  const KEY = { account: 'demo', ticket: 1n };

  test('waits while its type is off, and is leased once it is on again', () => {
    engine.flags.set(off('action.CLOSE_ALL', { account: 'demo' }));
    expect(leaseDue(engine, LEASE, MOMENT)).toEqual([]);
    engine.flags.clear('action.CLOSE_ALL', null);
    expect(leaseDue(engine, LEASE, MOMENT)).toHaveLength(1);
  });

  /** An action of each type that can be leased, and the trade it is of. */
  const WORK: Readonly<Record<ActionType, readonly [Partial<Action>, Partial<Trade>]>> = {
    TIGHTEN_SL: [{ stopLoss: 95 }, { state: 'WARNING_L1' }],
    TRAIL_SL: [{ stopLoss: 95 }, { state: 'HEALTHY' }],
    MOVE_SL_BREAKEVEN: [{ stopLoss: 99 }, { state: 'WARNING_L2' }],
    PARTIAL_CLOSE: [{ volume: 0.5 }, { state: 'WARNING_L2' }],
    OPEN_HEDGE: [{ volume: 1, reduceOnly: false }, { state: 'HEDGED' }],
    CLOSE_HEDGE: [
      { volume: 1 },
      { state: 'RECOVERING', hedge: { ticket: 9n, volume: 1, entryPrice: 100, stopLoss: null } },
    ],
    CLOSE_ALL: [{ volume: 1 }, { state: 'WARNING_L2' }],
    RE_ADD: [
      { volume: 0.5, reduceOnly: false },
      { state: 'HEALTHY', volume: 0.5, closedVolume: 0.5 },
    ],
  };

  test.each(ACTION_TYPES)('law: %s waits while its flag is off, and only that flag holds it', (type) => {
    const [given, trade] = WORK[type];
    const lease = (flags: readonly FlagName[]) => {
      const own = new Engine(DEFAULT_RULES);
      own.upsertInstrument(TERMS);
      take(own, 'default', barItem(flatBar(T0 - 900_000, 100)));
      take(own, 'default', quoteItem(T0, 100));
      own.restoreTrade(tradeOf({ ...trade, actions: [actionOf(type, given)] }));
      for (const flag of flags) own.flags.set(off(flag));
      return leaseDue(own, LEASE, MOMENT).map(({ action }) => action.type);
    };
    const others = ACTION_TYPES.filter((other) => other !== type).map((other) => `action.${other}` as const);
    expect(lease([`action.${type}`])).toEqual([]);
    expect(lease(others)).toEqual([type]);
  });

  test('is not begun where it was leased before the flag', () => {
    const [work] = leaseDue(engine, LEASE, MOMENT);
    engine.flags.set(off('action.CLOSE_ALL'));
    const token = work?.action.lease?.token ?? 0;
    const step = beginAction(engine, work?.action.actionId ?? '', token, 'call', MOMENT);
    expect(step).toMatchObject({ outcome: 'refused', obstacle: 'SWITCHED_OFF', status: 'PENDING' });
  });

  test('goes out once a person orders it, and so does what a person orders anew', () => {
    engine.flags.set(off('action.CLOSE_ALL'));
    engine.flags.set(off('enforce'));
    engine.act(KEY, (trade, context) => orderClose(trade, 'ann', 'now', T0, context));
    expect(leaseDue(engine, LEASE, MOMENT).map(({ action }) => action.orderedBy)).toEqual(['ann']);
  });
});
