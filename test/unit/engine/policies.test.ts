// What the engine does with trades of a policy: their rules reach the broker by the way of every action, their plan has the
// policy's numbers, and each trade keeps the version it has.
import { describe, expect, test } from 'vitest';
import { SuppressionReason } from '../../../gen/ts/dtms/v1/types.js';
import { NO_UPDATE } from '../../../src/domain/actions/broker-update.js';
import type { PolicyTerms } from '../../../src/domain/policy/policy.js';
import type { ProtectiveRule } from '../../../src/domain/policy/protective-rules.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import { Engine } from '../../../src/engine/engine.js';
import { assign, policyChange } from '../../../src/engine/policy-changes.js';
import { type FallOptions, fall } from '../../support/falling-market.js';
import { NO_PLAN, policyOf } from '../../support/policies.js';
import { NOTHING_WRONG, type Rig } from '../../support/rig.js';
import { barItem, flatBar, quoteItem, take } from '../../support/scripted-view.js';
import { specOf, T0, TERMS } from '../../support/trades.js';

/** The falling market with a policy for its trades. */
const under = (terms: PolicyTerms, options: FallOptions = {}) => {
  let isTold = false;
  const before = (rig: Rig) => {
    if (!isTold) rig.policy(terms);
    isTold = true;
  };
  return fall({ ...options, before });
};
const ruled = (...rules: ProtectiveRule[]) => policyOf({ plan: NO_PLAN, rules });
const rulesOf = (rig: Rig) => rig.planned().map(({ rule }) => rule);

describe('protective rules in a falling market', () => {
  test('a chandelier: its stop is moved at the broker, and ends the trade before the fall does', async () => {
    const rig = await under(ruled({ kind: 'chandelier', atrs: 2 }), { bars: 30 });
    const done = rig.told().filter(({ type, status }) => type === 'TRAIL_SL' && status === 'DONE');
    expect(done.length).toBeGreaterThan(0);
    expect(new Set(rulesOf(rig))).toEqual(new Set(['chandelier']));
    expect(rig.planned()[0]?.note).toMatch(/^chandelier, 2 ATR behind the best price, at \d/);
    expect(rig.broker.position(1n)).toBeUndefined();
    expect(rig.state()).toBe('CLOSED');
    const policies = new Set(rig.events.map(({ policy }) => `${policy?.name} ${policy?.version}`));
    expect(policies).toEqual(new Set(['tried 1']));
    await rig.settle();
    expect(rig.judged()).toMatchObject(NOTHING_WRONG);
  });

  test('a SELL is protected as the BUY it mirrors', async () => {
    const decided = (rig: Rig) => rig.planned().map(({ type, rule, stopLoss }) => ({ type, rule, stopLoss }));
    const rules = ruled(
      { kind: 'chandelier', atrs: 8 },
      { kind: 'targets', targets: [{ atR: 0.1, share: 0.5 }] },
    );
    const legs = [
      { bars: 30, to: 108 },
      { bars: 40, to: 95 },
    ];
    const buy = decided(await under(rules, { bars: 60, legs }));
    const sell = decided(await under(rules, { bars: 60, legs, direction: 'SELL' }));
    expect(buy.length, JSON.stringify(buy)).toBeGreaterThan(2);
    const mirror = (stop: number | undefined) =>
      stop === undefined ? undefined : Math.round((200 - stop) * 100) / 100;
    expect(sell.map(({ stopLoss, ...rest }) => ({ ...rest, stopLoss: mirror(stopLoss) }))).toEqual(buy);
  });

  test('a loss stop is set when the trade is first looked at, not a bar later', async () => {
    const rig = await under(ruled({ kind: 'loss_stop', atR: 0.5 }), { bars: 2 });
    const [first] = rig.told();
    expect(first).toMatchObject({ type: 'TIGHTEN_SL', status: 'DONE', executions: 1 });
  });

  test('a time stop closes the position, and the trade is over when it is', async () => {
    const rig = await under(ruled({ kind: 'time_stop', bars: 2, when: 'always' }), { bars: 12 });
    expect(rig.told()).toEqual([{ type: 'CLOSE_ALL', status: 'DONE', executions: 1 }]);
    expect(rig.state()).toBe('CLOSED');
    expect(rig.broker.position(1n)).toBeUndefined();
  });

  test('size down closes a part of a HEALTHY trade, once, and the plan does not add it again', async () => {
    const rig = await under(ruled({ kind: 'size_down', bars: 1, keep: 0.5 }), { bars: 20 });
    expect(rig.told()).toEqual([{ type: 'PARTIAL_CLOSE', status: 'DONE', executions: 1 }]);
    expect(rig.state()).toBe('HEALTHY');
    expect(rig.broker.position(1n)?.volume).toBe(0.5);
    const changed = rig.events.flatMap(({ change }) =>
      change?.$case === 'actionChanged' ? change.value.changedFields : [],
    );
    expect(changed).toContain('volume');
    expect(changed).not.toContain('closed_volume');
  });

  test('a close goes before a part and a stop, and takes back what was planned', async () => {
    const rig = await under(
      ruled(
        { kind: 'chandelier', atrs: 2 },
        { kind: 'size_down', bars: 2, keep: 0.5 },
        { kind: 'time_stop', bars: 2, when: 'always' },
      ),
      { bars: 12, bridge: 'is away' },
    );
    const open = new Set(rig.planned().map(({ actionId }) => actionId));
    for (const { change } of rig.events)
      if (change?.$case === 'actionPlanned')
        for (const gone of change.value.withdrawnActionIds) open.delete(gone);
    expect([...open].map((id) => id.split(':').at(-1))).toEqual(['CLOSE_ALL']);
    expect(rulesOf(rig)).not.toContain('size_down');
  });

  test('observe: the same is decided and told, once for each stop, and nothing is done', async () => {
    const rules: ProtectiveRule[] = [{ kind: 'chandelier', atrs: 2 }];
    const rig = await under(policyOf({ plan: NO_PLAN, rules, mode: 'observe' }), { bars: 12 });
    expect(rig.planned()).toEqual([]);
    expect(new Set(rig.suppressed())).toEqual(new Set([`TRAIL_SL ${SuppressionReason.OBSERVE}`]));
    expect(rig.broker.position(1n)?.stopLoss).toBe(80);
  });
});

describe('the plan of a policy', () => {
  test('its numbers decide, and what it leaves out is told and not planned', async () => {
    const usual = await fall({ rules: DEFAULT_RULES, bars: 24 });
    const leftOut = ['TIGHTEN_SL', 'PARTIAL_CLOSE'] as const;
    const eager = { l1Score: -0.1, l2Score: -0.2, l1ClearScore: 50, l2ClearScore: 50 };
    const plan = { states: 'on', leftOut, numbers: { states: eager, actions: {} } } as const;
    const rig = await under(policyOf({ plan }), { rules: DEFAULT_RULES, bars: 9 });
    const reached = (each: Rig) => each.events.map(({ state }) => state);
    expect(new Set(reached(rig)).size).toBeGreaterThan(1);
    expect(reached(usual)).not.toEqual(reached(rig));
    expect(rig.told().map(({ type }) => type)).not.toContain('PARTIAL_CLOSE');
    expect(rig.suppressed().length).toBeGreaterThanOrEqual(2);
  });

  test('off: the trade stays HEALTHY while the market falls', async () => {
    const rig = await under(policyOf({ plan: NO_PLAN }), { bars: 9 });
    expect(rig.state()).toBe('HEALTHY');
    expect(rig.planned()).toEqual([]);
  });

  test('R of a policy is of the market, whatever the stop is', async () => {
    const rig = await under(policyOf({ riskAtrs: 2 }), { bars: 3 });
    const [risk] = rig.events.flatMap(({ change }) =>
      change?.$case === 'riskEstimated' ? [change.value.riskDistance] : [],
    );
    expect(risk).toBeGreaterThan(0);
    expect(risk).not.toBe(23);
  });
});

describe('which policy a trade has', () => {
  const engineWith = (...policies: PolicyTerms[]) => {
    const engine = new Engine(DEFAULT_RULES);
    engine.upsertInstrument(TERMS);
    for (const terms of policies) engine.policies.upsert(terms, () => true);
    return engine;
  };
  const registered = (engine: Engine, ticket: bigint, spec = {}) =>
    engine.register(specOf({ ticket, ...spec }), T0).trade;

  test('the one that is for it with the highest priority, and by name among equals', () => {
    const engine = engineWith(
      policyOf({ name: 'all' }),
      policyOf({ name: 'b-sells', priority: 1, scope: { directions: ['SELL'] } }),
      policyOf({ name: 'a-scalps', priority: 1, scope: { labels: ['scalp*'] } }),
    );
    const names = [
      registered(engine, 1n),
      registered(engine, 2n, { direction: 'SELL' }),
      registered(engine, 3n, { direction: 'SELL', label: 'scalp 5' }),
    ].map(({ policy }) => policy?.name);
    expect(names).toEqual(['all', 'b-sells', 'a-scalps']);
    expect(registered(engineWith(policyOf({ scope: { accounts: ['other'] } })), 1n).policy).toBeNull();
  });

  test('a changed policy is for new trades alone; one that says nothing new is the same version', () => {
    const engine = engineWith(policyOf());
    const before = registered(engine, 1n);
    engine.policies.upsert(policyOf(), () => true);
    const same = registered(engine, 2n);
    engine.policies.upsert(policyOf({ priority: 5 }), () => true);
    const after = registered(engine, 3n);
    expect([before, same, after].map(({ policy }) => policy?.version)).toEqual([1, 1, 2]);
    expect(engine.get('demo', 1n)?.policy).toEqual({ name: 'tried', version: 1 });
    engine.policies.delete('tried', () => true);
    expect(registered(engine, 4n).policy).toBeNull();
    engine.policies.upsert(policyOf(), () => true);
    expect(registered(engine, 5n).policy).toEqual({ name: 'tried', version: 3 });
  });

  test('an assignment does what its preview said, takes back what rules wished for, and is told as an event', () => {
    const engine = engineWith(policyOf({ plan: NO_PLAN, rules: [{ kind: 'loss_stop', atR: 0.5 }] }));
    const { spec } = registered(engine, 1n);
    take(engine, spec.feed, barItem(flatBar(T0 - 900_000, 100)));
    take(engine, spec.feed, barItem(flatBar(T0, 100)));
    const trade = engine.get('demo', 1n);
    if (trade === undefined) throw new Error('the trade is gone');
    expect(trade.actions.map(({ rule }) => rule)).toEqual(['loss_stop']);
    const tighter = engine.policies.upsert(
      policyOf({ name: 'tighter', plan: NO_PLAN, rules: [{ kind: 'loss_stop', atR: 0.25 }] }),
      () => true,
    );
    const previewed = policyChange(engine, trade, tighter, 'a test', T0);
    expect(engine.get('demo', 1n)).toBe(trade);
    const assigned = assign(engine, trade, tighter, 'a test', T0);
    expect(assigned).toEqual(previewed);
    expect(assigned?.planned.map(({ rule }) => rule)).toEqual(['loss_stop']);
    expect(assigned?.withdrawn.map(({ status }) => status)).toEqual(['EXPIRED']);
    expect(engine.get(spec.account, spec.ticket)?.policy).toEqual({ name: 'tighter', version: 1 });
    expect(assign(engine, engine.get('demo', 1n) ?? trade, tighter, 'again', T0)).toBeNull();
  });

  // Before: TOO_SOON, until the next bar of M15 closed, because of a stop that no bridge had seen.
  test('a second assignment within seconds has its stop asked for at once, as the first one had', () => {
    const lossStop = (name: string, atR: number) =>
      policyOf({ name, plan: NO_PLAN, rules: [{ kind: 'loss_stop', atR }] });
    const engine = engineWith(lossStop('first', 0.5));
    const { spec } = registered(engine, 1n);
    take(engine, spec.feed, barItem(flatBar(T0 - 900_000, 100)));
    take(engine, spec.feed, barItem(flatBar(T0, 100)));
    for (const [name, atR] of [
      ['second', 0.25],
      ['third', 0.4],
    ] as const) {
      const policy = engine.policies.upsert(lossStop(name, atR), () => true);
      const trade = engine.get(spec.account, spec.ticket);
      if (trade === undefined) throw new Error('the trade is gone');
      const assigned = assign(engine, trade, policy, 'a test', T0);
      expect(assigned?.planned.map(({ rule }) => rule)).toEqual(['loss_stop']);
      expect(assigned?.suppressed).toEqual([]);
      expect(engine.get(spec.account, spec.ticket)?.actions).toHaveLength(1);
    }
  });
});

// Before: a stop wished for within 30 s of the last change of it waited for the next close of M15.
describe('a stop that is wished for too soon', () => {
  const LOCKS: ProtectiveRule = {
    kind: 'step_locks',
    steps: [
      { atR: 0.2, lockR: 0 },
      { atR: 0.6, lockR: 0.3 },
    ],
  };
  const MINUTE = 60_000;
  const stopsOf = (engine: Engine) =>
    engine
      .drain()
      .events.flatMap(({ change, at }) =>
        change.kind === 'actionPlanned' ? change.planned.map(({ stopLoss }) => [at - T0, stopLoss]) : [],
      );
  /** Its stop was moved by hand 5 s before a bar closes that reaches the second step. */
  const tooSoon = () => {
    const engine = new Engine(DEFAULT_RULES);
    engine.upsertInstrument(TERMS);
    engine.policies.upsert(ruled(LOCKS), () => true);
    const { feed } = specOf({});
    for (const bar of [-2, -1]) take(engine, feed, barItem(flatBar(T0 + bar * 15 * MINUTE, 100)));
    const { trade } = engine.register(specOf({ ticket: 1n, stopLoss: 90, openedAt: T0 }), T0);
    take(engine, feed, barItem(flatBar(T0, 100)));
    const moved = T0 + 30 * MINUTE - 5000;
    engine.update(trade.spec, { ...NO_UPDATE, stopLoss: 91 }, moved);
    take(engine, feed, quoteItem(moved, 107));
    take(engine, feed, barItem({ ...flatBar(T0 + 15 * MINUTE, 107), high: 107 }));
    return { engine, feed, spec: trade.spec, closed: T0 + 30 * MINUTE };
  };

  test.each([
    ['a quote', (at: number) => quoteItem(at, 107)],
    ['a minute', (at: number) => barItem(flatBar(at - MINUTE, 107), 'M1')],
  ])('is planned by %s when the interval is over, once', (_, item) => {
    const { engine, feed, closed } = tooSoon();
    expect(engine.get('demo', 1n)?.unmetWishes).toBe('TIGHTEN_SL TOO_SOON');
    expect(stopsOf(engine)).toEqual([]);
    take(engine, feed, quoteItem(closed + 10_000, 107));
    expect(stopsOf(engine)).toEqual([]);
    for (let minute = 1; minute < 15; minute += 1) take(engine, feed, item(closed + minute * MINUTE));
    expect(stopsOf(engine)).toEqual([[closed + MINUTE - T0, 103]]);
    expect(engine.get('demo', 1n)?.unmetWishes).toBe('');
  });

  test('what was wished for before a bar closed is no reason to act within the next one', () => {
    const { engine, feed, spec, closed } = tooSoon();
    engine.update(spec, { ...NO_UPDATE, stopLoss: 103 }, closed + 1000);
    take(engine, feed, barItem(flatBar(closed, 107)));
    engine.update(spec, { ...NO_UPDATE, stopLoss: 92 }, closed + 15 * MINUTE - 60_000);
    stopsOf(engine);
    for (let minute = 16; minute < 30; minute += 1)
      take(engine, feed, quoteItem(closed + minute * MINUTE, 107));
    expect(stopsOf(engine)).toEqual([]);
  });

  test('a stop that nobody has begun is overtaken at once, as it was no change', () => {
    const engine = new Engine(DEFAULT_RULES);
    engine.upsertInstrument(TERMS);
    engine.policies.upsert(ruled(LOCKS), () => true);
    const { feed } = specOf({});
    for (const bar of [-2, -1]) take(engine, feed, barItem(flatBar(T0 + bar * 15 * MINUTE, 100)));
    engine.register(specOf({ ticket: 1n, stopLoss: 90, openedAt: T0 }), T0);
    take(engine, feed, quoteItem(T0 + 15 * MINUTE, 104));
    take(engine, feed, barItem({ ...flatBar(T0, 104), high: 107 }));
    expect(stopsOf(engine).map(([, stop]) => stop)).toEqual([100, 103]);
    expect(engine.get('demo', 1n)?.actions).toHaveLength(1);
  });
});
