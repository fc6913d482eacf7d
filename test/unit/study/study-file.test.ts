// The study file: everything wrong with it is told at once, with its path, and what is right is read as it is meant.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EVERY_TRADE, type PolicyTerms } from '../../../src/domain/policy/policy.js';
import { SIGNALS } from '../../../src/domain/signals/signal.js';
import { readStudy, StudyFileError, studyOf } from '../../../src/study/study-file.js';
import { BENCHMARKS, isControl } from '../../../src/study/variants.js';
import { NO_PLAN, policyOf } from '../../support/policies.js';

const WHOLE = {
  name: 'A study',
  sets: [{ name: 'one', symbol: 'BTCUSDm', bars: 'bars.csv', costs: { spread: 5 } }],
  trades: {
    count: 10,
    seeds: [1, 2],
    entry: 'random',
    stopAtr: 4,
    targetAtr: 6,
    holdBars: 200,
    overlap: 'allowed',
  },
};

const POLICIES: Readonly<Record<string, PolicyTerms>> = {
  '/somewhere/trail.json': policyOf({
    name: 'trail',
    plan: NO_PLAN,
    rules: [{ kind: 'chandelier', atrs: 3 }],
    riskAtrs: 1.5,
    mode: 'observe',
    scope: { magicNumbers: [7n] },
  }),
  '/somewhere/both.json': policyOf({
    name: 'both',
    rules: [{ kind: 'close_before', what: 'news', minutes: 30, when: 'always' }],
    scope: { magicNumbers: [7n] },
  }),
  '/somewhere/nothing.json': policyOf({ name: 'nothing', plan: NO_PLAN }),
};

const readPolicy = (file: string): PolicyTerms => {
  const policy = POLICIES[file];
  if (policy === undefined) throw new Error(`${file}: is no policy:\n  name: is missing`);
  return policy;
};

function problemsOf(body: unknown): readonly string[] {
  try {
    studyOf(body, '/somewhere/study.json', readPolicy);
    return [];
  } catch (error) {
    if (error instanceof StudyFileError) return error.problems;
    throw error;
  }
}

describe('a study file', () => {
  it('is read with what it leaves out, and the benchmarks are in every study', () => {
    const study = studyOf(WHOLE, '/somewhere/study.json', readPolicy);
    expect(study.variants).toEqual(BENCHMARKS);
    expect(study.sets[0]).toMatchObject({ market: 'BTCUSD', bars: '/somewhere/bars.csv' });
    expect(study).toMatchObject({ draws: 2000, seed: 1, worthwhileR: 0.05 });
  });

  it('takes every kind of rule', () => {
    const rules = [
      { kind: 'chandelier', atrs: 2 },
      { kind: 'atr_trail', atrs: 2 },
      { kind: 'step_locks', steps: [{ atR: 1, lockR: 0.5 }] },
      { kind: 'breakeven', atR: 1, bufferR: 0.1 },
      { kind: 'loss_stop', atR: 0.5 },
      { kind: 'time_stop', bars: 4, when: 'winning' },
      { kind: 'close_before', what: 'weekend', minutes: 60, when: 'winning' },
      { kind: 'size_down', bars: 1, keep: 0.5 },
      { kind: 'targets', targets: [{ atR: 1, share: 0.5 }] },
    ];
    expect(problemsOf({ ...WHOLE, variants: [{ name: 'all', rules }] })).toEqual([]);
  });

  it('takes policy files: of rules alone those, of a plan with a control; for every trade, and enforced', () => {
    const sets = [{ ...WHOLE.sets[0], news: 'news.json' }];
    const variants = [{ policy: 'trail.json' }, { name: 'with the plan', policy: 'both.json' }];
    const study = studyOf({ ...WHOLE, sets, variants }, '/somewhere/study.json', readPolicy);
    expect(study.policyFiles).toEqual({
      trail: '/somewhere/trail.json',
      'with the plan': '/somewhere/both.json',
    });
    const [trail, whole, control] = study.variants.slice(BENCHMARKS.length);
    expect(trail).toEqual({ name: 'trail', rules: [{ kind: 'chandelier', atrs: 3 }], riskAtrs: 1.5 });
    expect(whole).toMatchObject({ control: 'with the plan, old score', policy: { scope: EVERY_TRADE } });
    expect(control).toMatchObject({ scoreDelayHours: 24, policy: { mode: 'enforce', scope: EVERY_TRADE } });
    // Parts are kept by it, and other processes are told it.
    expect(JSON.parse(JSON.stringify(study))).toMatchObject({ name: WHOLE.name });
  });

  it('refuses a policy that cannot be read, defends nothing, or waits for news nobody tells', () => {
    const variants = ['none.json', 'nothing.json', 'both.json'].map((policy) => ({ policy }));
    expect(problemsOf({ ...WHOLE, variants })).toEqual([
      'variants[0].policy: /somewhere/none.json: is no policy:',
      'variants[0].policy: name: is missing',
      'variants[1].policy: /somewhere/nothing.json: it has neither the plan nor rules',
      'variants[2]: closes before news, and sets[0] names no file of news',
    ]);
  });

  it('gives every changed plan a control of its own', () => {
    const plan = { states: { l2Score: -5 }, actions: { hedgeRatio: 0 } };
    const { variants } = studyOf(
      { ...WHOLE, variants: [{ name: 'later', plan }] },
      '/somewhere/study.json',
      readPolicy,
    );
    expect(variants.slice(BENCHMARKS.length)).toEqual([
      { name: 'later', plan, off: [], scoreDelayHours: 0, control: 'later, old score' },
      { name: 'later, old score', plan, off: [], scoreDelayHours: 24, control: null },
    ]);
    expect(
      problemsOf({ ...WHOLE, variants: [{ name: 'odd', plan: { actions: { reAdd: 2 } } }] }),
    ).not.toEqual([]);
  });

  it('ablates the plan where it is asked to: each action out, each alone, each signal out, none of them a candidate', () => {
    const { variants } = studyOf({ ...WHOLE, ablation: true }, '/somewhere/study.json', readPolicy);
    const added = variants.slice(BENCHMARKS.length);
    const actions = ['tighten', 'trail', 'breakeven', 'partial close', 'hedge', 'close all', 're-add'];
    expect(added.map(({ name }) => name)).toEqual([
      ...actions.map((name) => `dtms without ${name}`),
      ...actions.map((name) => `dtms with ${name} only`),
      ...SIGNALS.map((signal) => `dtms without ${signal.toLowerCase().replaceAll('_', ' ')}`),
    ]);
    expect(added.every(isControl)).toBe(true);
    expect(added[4]).toMatchObject({ off: ['action.OPEN_HEDGE'] });
    const alone = added[11];
    expect(alone).toMatchObject({
      name: 'dtms with hedge only',
      off: expect.not.arrayContaining(['action.OPEN_HEDGE']),
    });
  });

  it('sweeps one or two numbers of a variant over all their values', () => {
    const sweeps = [
      { name: 'trail', rules: [{ kind: 'chandelier', atrs: { each: [1, 2, 3] } }] },
      {
        name: 'locks',
        rules: [{ kind: 'step_locks', steps: [{ atR: { each: [0.5, 1] }, lockR: { each: [0, 0.25] } }] }],
      },
      { name: 'later', plan: { states: { l2Score: { each: [-4, -5] } } } },
    ];
    const study = studyOf({ ...WHOLE, sweeps }, '/somewhere/study.json', readPolicy);
    expect(study.sweeps.map(({ name, axes, points }) => [name, axes.length, points.length])).toEqual([
      ['trail', 1, 3],
      ['locks', 2, 4],
      ['later', 1, 2],
    ]);
    const names = study.variants.slice(BENCHMARKS.length).map(({ name }) => name);
    expect(names).toContain('locks: atR 1, lockR 0.25');
    expect(names).toContain('later: l2Score -5, old score');
    const point = study.sweeps[1]?.points.find(({ at }) => at[0] === 1 && at[1] === 0.25);
    expect(study.variants.find(({ name }) => name === point?.variant)).toMatchObject({
      rules: [{ kind: 'step_locks', steps: [{ atR: 1, lockR: 0.25 }] }],
    });
  });

  it('says what is wrong with a sweep', () => {
    const trail = (atrs: unknown) => ({ name: 'trail', rules: [{ kind: 'chandelier', atrs }] });
    const problems = problemsOf({
      ...WHOLE,
      sweeps: [
        trail(2),
        trail({ each: [1, -2] }),
        { ...trail({ each: [1, 2] }), colour: 'blue' },
        {
          name: 'three',
          plan: {
            states: { l1Score: { each: [1, 2] }, l2Score: { each: [1, 2] }, hedgeScore: { each: [1, 2] } },
          },
        },
        'text',
      ],
    });
    expect(problems[0]).toBe('sweeps[0]: no number in it is { "each": [...] }');
    expect(problems.some((problem) => problem.startsWith('sweeps[1].rules.0'))).toBe(true);
    expect(problems.some((problem) => problem.startsWith('sweeps[2]'))).toBe(true);
    expect(problems).toContain('sweeps[3]: at most 2 numbers can be varied together');
    expect(problems).toContain('sweeps[4].name: must be a text');
  });

  it('cuts a set at moments, and refuses what are none', () => {
    const [set] = WHOLE.sets;
    const cut = { ...set, from: '2025-03-01', until: '2025-04-01T12:00:00+02:00' };
    expect(studyOf({ ...WHOLE, sets: [cut] }, '/somewhere/study.json', readPolicy).sets[0]).toMatchObject({
      from: Date.UTC(2025, 2, 1),
      until: Date.UTC(2025, 3, 1, 10),
    });
    expect(problemsOf({ ...WHOLE, sets: [{ ...set, from: '2025-03-01T12:00' }] })).toHaveLength(1);
    expect(problemsOf({ ...WHOLE, sets: [{ ...set, from: '2025-02-30x' }] })).toHaveLength(1);
    expect(problemsOf({ ...WHOLE, sets: [{ ...cut, until: '2025-01-01' }] })).toEqual([
      'sets[0].until: it is not after from',
    ]);
  });

  it('has all its problems told at once, each with its path', () => {
    const body = {
      ...WHOLE,
      sets: [{ ...WHOLE.sets[0], costs: { spread: -1 } }, { symbol: 'X' }],
      trades: { ...WHOLE.trades, entry: 'sometimes', count: 0 },
      colour: 'blue',
    };
    const problems = problemsOf(body).join('\n');
    for (const path of ['sets[0].costs.spread', 'sets[1]', 'trades.entry', 'trades.count', 'colour']) {
      expect(problems).toContain(path);
    }
  });

  it('names its data once, its sets and variants apart, and closes no more than all', () => {
    const [set] = WHOLE.sets;
    const rules = [
      {
        kind: 'targets',
        targets: [
          { atR: 1, share: 0.7 },
          { atR: 2, share: 0.7 },
        ],
      },
    ];
    const problems = problemsOf({
      ...WHOLE,
      sets: [set, { ...set, bid: 'bid.csv', timeZone: 'Mars/Base' }],
      variants: [{ name: 'dtms', rules }],
    });
    expect(problems).toEqual([
      'sets[1]: name either bars, or bid and ask, or ticks',
      expect.stringMatching(/^sets\[1\]\.timeZone: .*Mars\/Base/),
      'sets[1].name: "one" is taken',
      'variants[0].name: "dtms" is taken',
      'variants[0].rules[0].targets: their shares add up to 1.4',
    ]);
  });

  it('counts no data twice, whatever its sets are named; other trades on the same bars are other data', () => {
    const [set] = WHOLE.sets;
    const again = { ...set, name: 'two', market: 'other', bars: './sub/../bars.csv' };
    expect(problemsOf({ ...WHOLE, sets: [set, again] })).toEqual([
      'sets[1]: the data of sets[0] would count twice',
    ]);
    expect(problemsOf({ ...WHOLE, sets: [set, { ...again, trades: 'trades.csv' }] })).toEqual([]);
  });

  it.each([null, [], 'text', 3])('%j is none', (body) => {
    expect(problemsOf(body)).toHaveLength(1);
  });

  it('is the same in YAML, and what is no YAML is told with its place', () => {
    const folder = mkdtempSync(join(tmpdir(), 'dtms-study-'));
    try {
      writeFileSync(join(folder, 'bars.csv'), '');
      const file = join(folder, 'study.yaml');
      const json = join(folder, 'study.json');
      writeFileSync(json, JSON.stringify(WHOLE));
      const { sets, trades, name } = WHOLE;
      writeFileSync(
        file,
        [
          `name: ${name} # the name`,
          'sets:',
          `  - { name: one, symbol: ${sets[0]?.symbol}, bars: bars.csv, costs: { spread: 5 } }`,
          'trades:',
          ...Object.entries(trades).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`),
        ].join('\n'),
      );
      expect(readStudy(file, readPolicy)).toEqual(readStudy(json, readPolicy));
      writeFileSync(file, 'name: one\nname: two\nsets: [\n');
      const refused = () => readStudy(file, readPolicy);
      expect(refused).toThrow(StudyFileError);
      expect(refused).toThrow(/it is not YAML: .* line 2/);
      // Each name stands for ten of the one before.
      const ten = (name: string) => `[${Array(10).fill(name).join(', ')}]`;
      writeFileSync(file, `a: &a ${ten('x')}\nb: &b ${ten('*a')}\nc: &c ${ten('*b')}\nd: ${ten('*c')}\n`);
      expect(refused).toThrow(StudyFileError);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
