// Calibration: it learns from the past alone, opens a hold-out once and counts it, and recommends what is not there in at
// most 5% of the cases. DTMS_STUDIES=1000 tries as many as docs/evidence.md tells of, DTMS_STUDIES_OUT names the result's file.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policyOf as parsePolicy, policyText } from '../../../src/cli/policy-files.js';
import { DEFAULT_SYMBOLS } from '../../../src/domain/market/symbols.js';
import type { Outcomes } from '../../../src/statistics/effects.js';
import { type Fitting, fitOn, GOALS, type Goal } from '../../../src/study/calibration/fit.js';
import { LedgerError, noteOpening } from '../../../src/study/calibration/ledger.js';
import { recommendedPolicy } from '../../../src/study/calibration/recommended.js';
import { judge } from '../../../src/study/calibration/verdict.js';
import { policyVariants } from '../../../src/study/variants.js';
import { policyFromProto } from '../../../src/wire/policy.js';
import { anyPolicy } from '../../support/policies.js';
import { runs } from '../../support/properties.js';
import { type SimulatedStudy, simulatedOutcomes } from '../../support/simulated-studies.js';

const STUDIES = Number(process.env.DTMS_STUDIES ?? 40);
const DRAWS = process.env.DTMS_STUDIES === undefined ? 300 : 1000;
const WEEK = 7 * 86_400_000;
const WEEKEND = 3 * 86_400_000;
const PAST_WEEKS = 30;

const entriesOf = ({ places }: Outcomes) => places.map(({ block }, index) => block * WEEK + index * 1000);
const FITTING: Omit<Fitting, 'goal'> = {
  heldMs: WEEK / 4,
  until: PAST_WEEKS * WEEK,
  worthwhileR: 0.05,
  draws: DRAWS,
  seed: 1,
};
const pastOf = (study: Omit<SimulatedStudy, 'weeks'>) => simulatedOutcomes({ ...study, weeks: PAST_WEEKS });
const fitted = (outcomes: Outcomes, goal: Goal = 'gain', over: Partial<Fitting> = {}) =>
  fitOn(outcomes, entriesOf(outcomes), { ...FITTING, goal, ...over });

describe('a fit', () => {
  it('chooses what gained, and says what choosing so was worth where it was not learnt from', () => {
    const found = fitted(pastOf({ seed: 2, trades: 2000, variants: 5, planted: 0.3 }));
    expect(found.chosen).toBe('variant 0');
    expect(found.folds).toHaveLength(5);
    if (found.chosen !== null) expect(found.together.gain.low).toBeGreaterThan(0.1);
  });

  it('chooses nothing where no candidate gained', () => {
    const outcomes = pastOf({ seed: 2, trades: 500, variants: 3, planted: 0 });
    const worse = outcomes.variants.map((variant) => ({
      ...variant,
      results: outcomes.alone.map((r) => r - 0.1),
    }));
    for (const goal of GOALS) expect(fitted({ ...outcomes, variants: worse }, goal).chosen).toBeNull();
    expect(fitted(pastOf({ seed: 1, trades: 4, variants: 1, planted: 0 }))).toMatchObject({
      chosen: null,
      because: 'the trades of the past are too few for folds',
    });
  });

  it('learns nothing from trades that may not be over when the hold-out begins', () => {
    const outcomes = pastOf({ seed: 2, trades: 2000, variants: 3, planted: 0.3 });
    const entries = entriesOf(outcomes);
    const until = 23.2 * WEEK;
    // Whatever is entered within its holding time and a weekend before the end speaks for another one.
    const late = until - FITTING.heldMs - WEEKEND;
    const turned = outcomes.variants.map((variant, index) => ({
      ...variant,
      results: variant.results.map((r, place) => (index === 1 && (entries[place] ?? 0) > late ? r + 50 : r)),
    }));
    const chosen = (over: Partial<Fitting>) =>
      fitOn({ ...outcomes, variants: turned }, entries, { ...FITTING, goal: 'gain', until, ...over }).chosen;
    expect(chosen({})).toBe('variant 0');
    // Were they learnt from, it would be chosen.
    expect(chosen({ heldMs: -WEEKEND })).toBe('variant 1');
  });

  it('limits the worst results only by what costs less than is worth having', () => {
    const made = pastOf({ seed: 2, trades: 1000, variants: 1, planted: 0 });
    // Left alone, one in twenty trades loses far more than its stop.
    const outcomes = { ...made, alone: made.alone.map((r, index) => (index % 20 === 0 ? -4 : r)) };
    const cut = (cost: number) => outcomes.alone.map((r) => Math.max(-1.1, r) - cost);
    const named = (name: string, results: readonly number[]) =>
      ({ name, role: 'candidate', against: null, results }) as const;
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const free = mean(cut(0)) - mean(outcomes.alone);
    const variants = [named('dear', cut(free + 0.06)), named('fair', cut(free + 0.04))];
    expect(fitted({ ...outcomes, variants }, 'limit').chosen).toBe('fair');
    expect(fitted({ ...outcomes, variants: variants.slice(0, 1) }, 'limit').chosen).toBeNull();
  });
});

describe('a verdict', () => {
  const JUDGING = { goal: 'gain', openings: 1, worthwhileR: 0.05, draws: DRAWS, seed: 1 } as const;
  const holdOut = (planted: number, weeks = 20) =>
    simulatedOutcomes({ seed: 9, weeks, trades: 2000, variants: 1, planted });

  it('supports what gains, and says so; what does not it refuses with the reason', () => {
    expect(judge(holdOut(0.3), JUDGING)).toMatchObject({ isSupported: true });
    const refused = judge(holdOut(0), JUDGING);
    expect(refused.isSupported).toBe(false);
    expect(refused.because).toMatch(/it does not surely gain: .* R, .* to .*, p 0\.\d+ for one opening/);
  });

  it('counts every fit the hold-out was opened for, and wants enough blocks', () => {
    const outcomes = holdOut(0.12);
    const least = judge(outcomes, JUDGING);
    expect(least.isSupported).toBe(true);
    const many = Math.ceil(0.06 / least.result.gain.p);
    expect(judge(outcomes, { ...JUDGING, openings: many }).isSupported).toBe(false);
    expect(judge(holdOut(0.5, 8), JUDGING).because).toBe('the hold-out has 8 blocks, and it takes 12');
  });

  it('of a plan wants more than the same plan with an old score', () => {
    const outcomes = holdOut(0.3);
    const [own] = outcomes.variants;
    if (own === undefined) throw new Error('no variant');
    const control = { ...own, name: 'old', role: 'control' } as const;
    const variants = [{ ...own, against: 'old' }, control];
    expect(judge({ ...outcomes, variants }, JUDGING).because).toMatch(/score a day old may do as well/);
  });
});

describe('what is recommended', () => {
  const study = {
    sets: [{ name: 'one', symbol: 'EURUSDm', market: 'euro', from: null, until: null }],
    trades: {
      count: 10,
      seeds: [1],
      entry: 'random',
      stopAtr: 4,
      targetAtr: 6,
      holdBars: 20,
      overlap: 'allowed',
      direction: 'BUY',
    },
  } as const;

  it('is a policy file that is read as what was tried, for what it was tried on, with its evidence inside', () => {
    const said = fc.record({ policy: anyPolicy(['own']), isFile: fc.boolean() });
    const holds = fc.property(said, ({ policy, isFile }) => {
      const [variant] = policyVariants('a <tried> one', policy);
      if (variant === undefined) throw new Error('no variant');
      const own = isFile ? policy : null;
      const terms = recommendedPolicy(variant, 'euro', study, DEFAULT_SYMBOLS, own);
      const text = policyText(terms, { tries: 7 }, 'made.json');
      expect(JSON.parse(text).evidence).toEqual({ tries: 7 });
      const read = policyFromProto(parsePolicy(text, 'made.json'));
      expect(read).toEqual(terms);
      expect(read.scope).toMatchObject({ symbols: ['EURUSD'], directions: ['BUY'] });
      expect(read.mode).toBe('enforce');
      if (isFile)
        expect(read).toMatchObject({ plan: policy.plan, rules: policy.rules, riskAtrs: policy.riskAtrs });
    });
    fc.assert(holds, { numRuns: runs(30) });
  });

  it('is refused where no policy can say it', () => {
    const rules = [{ kind: 'time_stop', bars: 5000, when: 'always' }] as const;
    const terms = recommendedPolicy({ name: 'long', rules }, 'euro', study, DEFAULT_SYMBOLS, null);
    expect(() => policyText(terms, {}, 'made.json')).toThrow(/bars/);
  });
});

describe('whole calibrations', () => {
  const shares: Record<string, number> = {};
  afterAll(() => {
    const out = process.env.DTMS_STUDIES_OUT;
    if (out !== undefined)
      writeFileSync(out, `${JSON.stringify({ studies: STUDIES, ...shares }, null, 2)}\n`);
  });

  /** Fits on the past, and judges what was chosen in other weeks of the same truth. */
  const recommended = (goal: Goal, planted: number, trades: number, seed: number): boolean => {
    const study = { trades, variants: 20, planted };
    const found = fitted(pastOf({ ...study, seed }), goal, { seed });
    if (found.chosen === null) return false;
    const later = simulatedOutcomes({ ...study, trades: trades / 2, weeks: 15, seed: seed + 1_000_000 });
    const variants = later.variants.filter(({ name }) => name === found.chosen);
    return judge({ ...later, variants }, { ...FITTING, goal, openings: 1, seed }).isSupported;
  };
  const shareOf = (goal: Goal, planted: number, trades: number, studies: number) =>
    Array.from({ length: studies }, (_, seed) => recommended(goal, planted, trades, seed)).filter(Boolean)
      .length / studies;

  it('recommend in at most one of 20 cases what gains nothing', () => {
    shares.none = shareOf('gain', 0, 1000, STUDIES);
    expect(shares.none).toBeLessThanOrEqual(STUDIES < 100 ? 0.13 : 0.05);
  });

  it('find what gains', () => {
    shares.planted = shareOf('gain', 0.2, 4000, STUDIES < 100 ? 8 : STUDIES);
    expect(shares.planted).toBeGreaterThanOrEqual(0.8);
  });
});

describe('the ledger', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'dtms-ledger-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const opening = { market: 'BTCUSD', from: 100, until: 200, fit: 'a' };

  it('counts each fit of a hold-out once, and each that overlaps with it', () => {
    const file = join(folder, 'once.jsonl');
    expect(noteOpening(file, opening)).toBe(1);
    expect(noteOpening(file, opening)).toBe(1);
    expect(noteOpening(file, { ...opening, fit: 'b' })).toBe(2);
    expect(noteOpening(file, { ...opening, fit: 'c', from: 150, until: 250 })).toBe(3);
    expect(noteOpening(file, { ...opening, fit: 'd', from: 200, until: 300 })).toBe(2);
    expect(noteOpening(file, { ...opening, market: 'EURUSD' })).toBe(1);
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(5);
  });

  it('is refused where a line of it is none: what that counted is not known', () => {
    const file = join(folder, 'broken.jsonl');
    noteOpening(file, opening);
    writeFileSync(file, `${readFileSync(file, 'utf8')}{"market":"BTCUSD"\n`);
    expect(() => noteOpening(file, opening)).toThrow(LedgerError);
    expect(() => noteOpening(file, opening)).toThrow(/broken\.jsonl:2/);
  });
});
