// The plan of a rollout: the one that comes with the package is right, and of a wrong one every problem is told at once.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../../src/package-files.js';
import { planOf, RolloutPlanError, readPlan } from '../../../src/rollout/plan.js';

const WHOLE = readPlan(join(packageRoot(), 'config', 'rollout.json'));

function problemsOf(body: unknown): readonly string[] {
  try {
    planOf(body, 'plan.json');
    return [];
  } catch (error) {
    if (error instanceof RolloutPlanError) return error.problems;
    throw error;
  }
}

describe('the plan of the package', () => {
  test('goes by 1, 5, 25, 50 and 100 percent, after verification and shadow, then the lead and a bake', () => {
    expect(WHOLE.steps.map((step) => ('percent' in step ? step.percent : step.kind))).toEqual([
      ...['verify', 'shadow', 1, 5, 25, 50, 100, 'leader', 'bake'],
    ]);
  });

  test('judges as the requirements say: 5% over 5 min, p95 of 1 s over 10 min, 95% of registrations over 5 min', () => {
    expect(WHOLE.rules).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'errors', above: 0.05, windowMs: 300_000, whenQuiet: 'hold' }),
        expect.objectContaining({ kind: 'latency', quantile: 0.95, aboveMs: 1000, windowMs: 600_000 }),
        expect.objectContaining({ kind: 'registrations', below: 0.95, windowMs: 300_000 }),
      ]),
    );
    expect(WHOLE.rules.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['unready', 'restarts', 'newErrors']),
    );
  });
});

describe('a wrong plan', () => {
  test('tells all problems at once, each with its place', () => {
    const problems = problemsOf({
      ...WHOLE,
      sampleMs: 1,
      more: true,
      steps: [{ kind: 'verify' }, { kind: 'calls', percent: 101, forMs: 1 }, { kind: 'wait' }],
      rules: [{ kind: 'unready' }],
    });
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual(
      ['more', 'rules[0]', 'sampleMs', 'steps[1].percent', 'steps[2].kind'].sort(),
    );
  });

  test('tells what was meant, and what may be', () => {
    const { sampleMs: _, ...plan } = WHOLE;
    const [first = {}, ...others] = WHOLE.rules;
    expect(
      problemsOf({
        ...plan,
        sampelMs: 1000,
        steps: [...WHOLE.steps, { kind: 'call', percent: 3 }],
        rules: [{ ...first, windowsMs: 1 }, ...others],
        flags: [{ flag: 'enforce', state: 'of' }],
      }),
    ).toEqual([
      'the plan: must have required properties sampleMs',
      'sampelMs: is no key of a plan; did you mean sampleMs?',
      'flags[0].state: must be equal to one of the allowed values: one of on, off',
      'steps[9].kind: must be one of verify, shadow, calls, leader, bake; did you mean calls?',
      'rules[0].windowsMs: is no key of a plan; did you mean windowMs?',
    ]);
  });

  test('judges by something', () => {
    expect(problemsOf({ ...WHOLE, rules: [] })[0]).toMatch(/^rules: /);
  });

  test('names a flag that is none, and whom one cannot be set for', () => {
    const flags = [{ flag: 'rest', state: 'off', account: 'demo' }];
    expect(problemsOf({ ...WHOLE, flags })).toEqual([
      'flags[0].account: flag rest is the same for every account',
    ]);
    expect(problemsOf({ ...WHOLE, flags: [{ flag: 'rests', state: 'gone' }] }).length).toBeGreaterThan(1);
  });

  test.each([
    [
      'falling percentages',
      { steps: [50, 25, 100].map((percent) => ({ kind: 'calls', percent, forMs: 1 })) },
      'steps[1].percent',
    ],
    ['no end', { steps: [{ kind: 'calls', percent: 50, forMs: 1 }] }, 'steps:'],
    ['two leaders', { steps: [...WHOLE.steps, { kind: 'leader', forMs: 1 }] }, 'steps: one leader'],
    [
      'a socket that others reach',
      { traffic: { ...WHOLE.traffic, socket: '10.0.0.1:9999' } },
      'traffic.socket',
    ],
    ['a window of one sample', { sampleMs: 200_000 }, 'rules[0].windowMs'],
  ])('%s', (_name, change, place) => {
    expect(problemsOf({ ...WHOLE, ...change }).join('\n')).toContain(place);
  });

  test.each(['127.0.0.1:9999', 'localhost:9999', '[::1]:9999', '/run/a.sock'])(
    '%s is of this machine',
    (socket) => {
      expect(problemsOf({ ...WHOLE, traffic: { ...WHOLE.traffic, socket } })).toEqual([]);
    },
  );
});
