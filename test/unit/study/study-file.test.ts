// The study file: everything wrong with it is told at once, with its path, and what is right is read as it is meant.
import { describe, expect, it } from 'vitest';
import { StudyFileError, studyOf } from '../../../src/study/study-file.js';
import { BENCHMARKS, isControl } from '../../../src/study/variants.js';

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

function problemsOf(body: unknown): readonly string[] {
  try {
    studyOf(body, '/somewhere/study.json');
    return [];
  } catch (error) {
    if (error instanceof StudyFileError) return error.problems;
    throw error;
  }
}

describe('a study file', () => {
  it('is read with what it leaves out, and the benchmarks are in every study', () => {
    const study = studyOf(WHOLE, '/somewhere/study.json');
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
      { kind: 'size_down', bars: 1, keep: 0.5 },
      { kind: 'targets', targets: [{ atR: 1, share: 0.5 }] },
    ];
    expect(problemsOf({ ...WHOLE, variants: [{ name: 'all', rules }] })).toEqual([]);
  });

  it('gives every changed plan a control of its own', () => {
    const plan = { states: { l2Score: -5 }, actions: { hedgeRatio: 0 } };
    const { variants } = studyOf({ ...WHOLE, variants: [{ name: 'later', plan }] }, '/somewhere/study.json');
    expect(variants.slice(BENCHMARKS.length)).toEqual([
      { name: 'later', plan, scoreDelayHours: 0, control: 'later, old score' },
      { name: 'later, old score', plan, scoreDelayHours: 24, control: null },
    ]);
    expect(
      problemsOf({ ...WHOLE, variants: [{ name: 'odd', plan: { actions: { reAdd: 2 } } }] }),
    ).not.toEqual([]);
  });

  it('ablates the plan where it is asked to: each action left out, and each alone, none of them a candidate', () => {
    const { variants } = studyOf({ ...WHOLE, ablation: true }, '/somewhere/study.json');
    const added = variants.slice(BENCHMARKS.length);
    expect(added.map(({ name }) => name)).toEqual([
      ...['tighten', 'partial close', 'hedge', 're-add'].map((name) => `dtms without ${name}`),
      ...['tighten', 'partial close', 'hedge', 're-add'].map((name) => `dtms with ${name} only`),
    ]);
    expect(added.every(isControl)).toBe(true);
    expect(added[7]).toMatchObject({ plan: { actions: { tightenR: 1e6, partialClose: 0, hedgeRatio: 0 } } });
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
      'sets[1]: name either bars, or bid and ask',
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
});
