// The decision of a study: what it takes to defend, and how often it is wrong where the truth is known. DTMS_STUDIES=1000
// tries as many studies as docs/evidence.md tells of, and DTMS_STUDIES_OUT names the file of the result.
import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/broker/seeded-random.js';
import { drawingOf, type Effect, effectsOf, type Outcomes } from '../../../src/statistics/effects.js';
import { decide } from '../../../src/study/decision.js';
import { type SimulatedStudy, simulatedOutcomes } from '../../support/simulated-studies.js';

const STUDIES = Number(process.env.DTMS_STUDIES ?? 20);
const DRAWS = process.env.DTMS_STUDIES === undefined ? 500 : 2000;
const NONE: Omit<SimulatedStudy, 'seed'> = { weeks: 26, trades: 1000, variants: 7, planted: 0 };

const decided = (outcomes: Outcomes, seed: number) => {
  const drawing = drawingOf(outcomes.places, DRAWS, seededRandom(seed));
  return decide(effectsOf(outcomes, drawing), drawing.blocks.count, 0.05);
};
const shareDefended = (study: Omit<SimulatedStudy, 'seed'>, studies: number) => {
  const kinds = Array.from({ length: studies }, (_, seed) =>
    decided(simulatedOutcomes({ seed, ...study }), seed),
  );
  return kinds.filter(({ kind }) => kind === 'defend').length / studies;
};

describe('where the truth is known', () => {
  const shares: Record<string, { trades: number; share: number }> = {};
  afterAll(() => {
    const { weeks, variants } = NONE;
    const text = JSON.stringify({ studies: STUDIES, weeks, variants, ...shares }, null, 2);
    if (process.env.DTMS_STUDIES_OUT !== undefined) writeFileSync(process.env.DTMS_STUDIES_OUT, `${text}\n`);
  });

  it('nothing is found where nothing is, in 19 of 20 studies at the least', () => {
    const share = shareDefended(NONE, STUDIES);
    shares.none = { trades: NONE.trades, share };
    // Of few studies one may be wrong by chance, and a second one.
    expect(share).toBeLessThanOrEqual(STUDIES < 100 ? 0.1 : 0.05);
  });

  it('0.1 R a trade is found in 5,000 trades', () => {
    const studies = STUDIES < 100 ? 5 : STUDIES;
    const trades = 5000;
    const share = shareDefended({ ...NONE, trades, planted: 0.1 }, studies);
    shares.planted = { trades, share };
    expect(share).toBeGreaterThanOrEqual(STUDIES < 100 ? 0.8 : 0.9);
  });

  it('names the variant that gains', () => {
    expect(decided(simulatedOutcomes({ ...NONE, seed: 3, trades: 5000, planted: 0.2 }), 3).variant).toBe(
      'variant 0',
    );
  });
});

describe('the rule', () => {
  const test = (value: number, half: number) => ({
    value,
    low: value - half,
    high: value + half,
    standardError: half / 2,
    p: 0.001,
    halfWidth: () => half,
  });
  const effect = (over: Partial<Effect> = {}): Effect => ({
    name: 'one',
    role: 'candidate',
    gain: test(0.1, 0.05),
    corrected: 0.01,
    jointHalf: 0.06,
    differing: 26,
    size: 0.8,
    beyondSize: test(0.08, 0.05),
    beyondControl: null,
    ...over,
  });
  const kindOf = (effects: readonly Effect[], blocks = 26) => decide(effects, blocks, 0.05).kind;

  it('takes a gain over each thing that would have done as well', () => {
    expect(kindOf([effect()])).toBe('defend');
    expect(kindOf([effect({ corrected: 0.06 })])).toBe('not enough data');
    expect(kindOf([effect({ gain: test(-0.1, 0.05), jointHalf: 0.2 })])).toBe('not enough data');
    expect(kindOf([effect({ beyondSize: test(0.04, 0.05) })])).toBe('not enough data');
    expect(kindOf([effect({ beyondControl: test(0.04, 0.05) })])).toBe('not enough data');
    expect(kindOf([effect({ beyondControl: test(0.06, 0.05) })])).toBe('defend');
  });

  it('never recommends a control, and of several the one that gains most', () => {
    expect(kindOf([effect({ role: 'control', corrected: 1 })])).not.toBe('defend');
    const more = effect({ name: 'more', gain: test(0.2, 0.05) });
    expect(decide([effect(), more], 26, 0.05).variant).toBe('more');
  });

  it('advises against defending only where no gain worth having is left open', () => {
    const small = effect({ gain: test(0.01, 0.02), corrected: 0.5, jointHalf: 0.03 });
    expect(kindOf([small])).toBe('do not defend');
    expect(kindOf([small, effect({ gain: test(0.02, 0.02), corrected: 0.5, jointHalf: 0.04 })])).toBe(
      'not enough data',
    );
  });

  it('names no bound that comes of a few blocks, in which alone a variant did anything', () => {
    const rare = effect({ name: 'rare', gain: test(0.02, 0.5), corrected: 1, jointHalf: 1.7, differing: 3 });
    const wide = effect({ name: 'wide', gain: test(0.02, 0.05), corrected: 1, jointHalf: 0.1 });
    expect(decide([rare], 26, 0.05).because).toBe(
      'no gain is shown, and rare changed trades in 3 of 26 blocks: too few to say what it may gain',
    );
    expect(decide([rare, wide], 26, 0.05).because).toBe(
      'no gain is shown, and one of up to +0.120 R a trade (wide) is not excluded',
    );
  });

  it('says nothing of a few weeks', () => {
    expect(kindOf([effect()], 11)).toBe('not enough data');
  });
});
