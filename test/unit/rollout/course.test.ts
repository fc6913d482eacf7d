// The course of a rollout on virtual time: a good green gets everything, a bad one is led back in time, too little traffic promotes
// nothing, and a tool that is killed at any of its calls is gone on with to the same end.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RolloutPlan } from '../../../src/rollout/plan.js';
import { planOf } from '../../../src/rollout/plan.js';
import type { Rollout } from '../../../src/rollout/record.js';
import { UNDO } from '../../../src/rollout/state.js';
import { runs } from '../../support/properties.js';
import { type Behaviour, RolloutSim, type SimSettings, WELL } from '../../support/rollout-sim.js';

const WINDOW_MS = 300_000;
const MINIMUM = 20;
const ofCalls = { windowMs: WINDOW_MS, minimumCalls: MINIMUM, whenQuiet: 'hold' } as const;
const PLAN: RolloutPlan = planOf(
  {
    traffic: { kind: 'haproxy', socket: '/run/haproxy.sock', backend: 'dtms' },
    sampleMs: 10_000,
    giveUpMs: 60_000,
    steps: [
      { kind: 'verify' },
      { kind: 'shadow', followMs: 0, leastDecisions: 1, most: { transition: 0, action: 0, event: 0 } },
      ...[1, 5, 25, 50, 100].map((percent) => ({ kind: 'calls', percent, forMs: 120_000 })),
      { kind: 'leader', forMs: 60_000 },
      { kind: 'bake', forMs: 300_000 },
    ],
    flags: [
      { flag: 'action.OPEN_HEDGE', state: 'off' },
      { flag: 'enforce', state: 'on', account: 'demo' },
    ],
    rules: [
      { kind: 'errors', above: 0.05, beyondBlue: 0.01, ...ofCalls },
      {
        kind: 'latency',
        quantile: 0.95,
        aboveMs: 1000,
        beyondBlue: 100,
        ...ofCalls,
        windowMs: 2 * WINDOW_MS,
      },
      { kind: 'registrations', below: 0.95, beyondBlue: 0.01, ...ofCalls },
      { kind: 'unready', forMs: 30_000 },
      { kind: 'restarts', above: 1, windowMs: WINDOW_MS },
      { kind: 'newErrors', above: 0, windowMs: WINDOW_MS, ignored: [] },
    ],
  },
  'plan',
);
const HOUR_MS = 3_600_000;
const LONG_MS = 2 * HOUR_MS;
const GOOD: SimSettings = { callsPerSecond: 100, green: WELL, afterMs: 0, blue: WELL, shadow: 'good' };

interface Killing {
  readonly killAt: number;
  readonly killed: 'before' | 'after';
}

async function course(settings: Partial<SimSettings>, mostMs = LONG_MS, killing?: Killing) {
  const sim = new RolloutSim({ ...GOOD, ...settings });
  sim.plan(PLAN);
  Object.assign(sim, killing);
  const rollout = await sim.run(mostMs);
  return { sim, rollout };
}

/** What a course came to. */
const endOf = ({ sim, rollout }: { sim: RolloutSim; rollout: Rollout }) => ({
  status: rollout.state.status,
  percent: Math.round(
    (100 * (sim.weights.green1 ?? 0)) / ((sim.weights.green1 ?? 0) + (sim.weights.blue1 ?? 0)),
  ),
  leader: sim.leader,
});
const GREEN = { status: 'DONE', percent: 100, leader: 'green' };
const BLUE = { status: 'ROLLED_BACK', percent: 0, leader: 'blue' };

/** By the rule that finds it, with the longest it may take. */
const BAD: readonly (readonly [string, Partial<Behaviour>, number])[] = [
  ['calls failed', { fails: 0.2 }, WINDOW_MS],
  ['at the quantile', { slow: 0.3 }, 2 * WINDOW_MS],
  ['registrations succeeded', { refuses: 0.3 }, WINDOW_MS],
  ['does not serve', { serves: false }, 30_000],
  ['restarted', { restarts: true }, WINDOW_MS],
  ['log errors', { errors: 'a new kind' }, WINDOW_MS],
];

test('a good green gets all calls and the lead, step by step, and every sample is kept', async () => {
  const { sim, rollout } = await course({});
  expect(endOf({ sim, rollout })).toEqual(GREEN);
  const texts = sim.steps.map(({ what }) => what);
  for (const percent of [1, 5, 25, 50, 100])
    expect(texts.join('\n')).toContain(`${percent}% of calls passed`);
  expect(sim.steps.map(({ number }) => number)).toEqual(texts.map((_, index) => index + 1));
  const spans = sim.kept.slice(1).map(({ at }, index) => at - (sim.kept[index]?.at ?? 0));
  expect(Math.max(...spans)).toBeLessThan(2 * PLAN.sampleMs);
  expect(Math.min(...spans)).toBeGreaterThanOrEqual(PLAN.sampleMs);
});

describe.each(BAD)('a green of which is found: %s', (found, behaviour, windowMs) => {
  test('is rolled back within the window and 30 s, whenever it began', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 900_000 }), async (afterMs) => {
        const { sim, rollout } = await course({ green: { ...WELL, ...behaviour }, afterMs });
        expect(endOf({ sim, rollout })).toEqual(BLUE);
        expect(rollout.state.reason).toContain(found);
        expect(sim.steps.filter(({ decider }) => decider === 'judge')).toHaveLength(1);
        // Until blue had everything back.
        const back = sim.steps.find(({ what }) => what.startsWith('rolled back, leader'));
        expect((back?.at ?? Number.POSITIVE_INFINITY) - (sim.badAt ?? 0)).toBeLessThanOrEqual(
          windowMs + 30_000,
        );
      }),
      { numRuns: runs(8) },
    );
  });
});

test('a clock that is put back holds no look off: a green that is bad then is rolled back as soon as ever', async () => {
  const afterMs = 1_200_000;
  const { sim } = await course({ green: { ...WELL, serves: false }, afterMs }, 600_000);
  expect(sim.kept.length).toBeGreaterThan(10);
  sim.at -= HOUR_MS;
  sim.servedAt = sim.at - afterMs;
  const from = sim.at;
  const rollout = await sim.run(LONG_MS);
  expect(endOf({ sim, rollout })).toEqual(BLUE);
  expect(rollout.state.reason).toContain('does not serve');
  const back = sim.steps.find(({ what }) => what.startsWith('rolled back, leader'));
  expect((back?.at ?? Number.POSITIVE_INFINITY) - from).toBeLessThanOrEqual(60_000);
});

test('the way back sets the flags of the plan, once blue leads and before it is verified', async () => {
  const { sim, rollout } = await course({ green: { ...WELL, serves: false }, afterMs: 1_000 });
  const told = { reason: `rollout 1: ${rollout.state.reason}`, leader: 'blue' };
  expect(sim.flags).toEqual([
    { flag: 'action.OPEN_HEDGE', state: 'off', ...told },
    { flag: 'enforce', state: 'on', ...told },
  ]);
  const back = sim.steps.flatMap(({ what }) => /^rolled back, (\w+)/.exec(what)?.[1] ?? []);
  expect(back).toEqual([...UNDO]);
  expect((await course({})).sim.flags).toEqual([]);
});

test.each<[string, RolloutSim['unverified'], typeof BLUE, RegExp]>([
  ['once', (_, number) => number === 1, GREEN, /^$/],
  ['while blue fails as well, and no longer', (_, number) => number <= 12, GREEN, /^$/],
  ['while blue passes', (group) => group === 'green', BLUE, /^verify: green fails$/],
  ['as long as blue, for good', () => true, BLUE, /could not be done: blue is no better/],
])('a verification of green that fails %s', async (_, unverified, end, reason) => {
  const sim = Object.assign(new RolloutSim(GOOD), { unverified });
  sim.plan(PLAN);
  const rollout = await sim.run(LONG_MS);
  expect(endOf({ sim, rollout })).toEqual(end);
  expect(rollout.state.reason).toMatch(reason);
});

test('a plan without flags sets none on the way back', async () => {
  const sim = new RolloutSim({ ...GOOD, shadow: 'bad' });
  const { flags: _, ...plan } = PLAN;
  sim.plan(plan);
  expect((await sim.run(LONG_MS)).state.status).toBe('ROLLED_BACK');
  expect(sim.steps.map(({ what }) => what).join('\n')).not.toContain('rolled back, flags');
  expect(sim.verified).toBe(2);
});

test('a green that decides otherwise gets no calls', async () => {
  const { sim, rollout } = await course({ shadow: 'bad' });
  expect(endOf({ sim, rollout })).toEqual(BLUE);
  expect(sim.greenCalls).toBe(0);
  expect(rollout.state.reason).toContain('shadow');
});

test('no step of calls passes on fewer calls than a verdict needs', async () => {
  await fc.assert(
    fc.asyncProperty(fc.double({ min: 0.05, max: 20, noNaN: true }), async (callsPerSecond) => {
      const { sim } = await course({ callsPerSecond }, HOUR_MS);
      const passed = sim.steps.filter(({ what }) => / of calls passed/.test(what));
      for (const { number } of passed) {
        const [begun = 0, over = 0] = [sim.callsAt[number - 1], sim.callsAt[number]];
        // A tenth of them are registrations.
        expect(over - begun).toBeGreaterThanOrEqual(10 * MINIMUM);
      }
      if (callsPerSecond < 5) expect(passed).toEqual([]);
    }),
    { numRuns: runs(10) },
  );
});

test('where blue is as bad, nobody is to blame: the step holds, and nothing is rolled back', async () => {
  const bad = { ...WELL, fails: 0.3 };
  const { rollout } = await course({ green: bad, blue: bad, afterMs: 0 }, HOUR_MS);
  expect(rollout.state).toMatchObject({ status: 'RUNNING', step: 2, phase: 'WATCH' });
});

describe('a tool that is killed at any of its calls', () => {
  test.each([
    ['a good green', {}, GREEN],
    ['a bad green', { green: { ...WELL, fails: 0.5 }, afterMs: 400_000 }, BLUE],
  ])('%s: goes on to the same end', async (_name, settings, end) => {
    const whole = await course(settings);
    expect(endOf(whole)).toEqual(end);
    const { calls } = whole.sim;
    const whats = whole.sim.steps.map(({ what }) => what.replaceAll(/\d+(\.\d+)?/g, 'n'));
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: calls }),
        fc.constantFrom('before' as const, 'after' as const),
        async (killAt, killed) => {
          const again = await course(settings, LONG_MS, { killAt, killed });
          expect(endOf(again)).toEqual(end);
          expect(again.sim.steps.map(({ what }) => what.replaceAll(/\d+(\.\d+)?/g, 'n'))).toEqual(whats);
        },
      ),
      { numRuns: runs(15) },
    );
  });

  test('on the way back, at each of its calls', async () => {
    const settings = { green: { ...WELL, serves: false }, afterMs: 1_000 };
    const whole = await course(settings);
    expect(endOf(whole)).toEqual(BLUE);
    const last = whole.sim.calls;
    for (let killAt = last - 25; killAt <= last; killAt += 1)
      for (const killed of ['before', 'after'] as const) {
        const again = await course(settings, LONG_MS, { killAt, killed });
        expect(endOf(again)).toEqual(BLUE);
        expect(again.sim.steps.filter(({ what }) => what.startsWith('rolled back'))).toHaveLength(
          UNDO.length,
        );
      }
  });
});
