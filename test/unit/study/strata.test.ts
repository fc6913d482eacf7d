// Which sets of a market are drawn together: what is said of two files of the same weeks is no surer than what one says.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/broker/seeded-random.js';
import { drawingOf, effectsOf } from '../../../src/statistics/effects.js';
import { collected } from '../../../src/study/collected.js';
import { type SetSpan, strataOf } from '../../../src/study/strata.js';
import { studyOf } from '../../../src/study/study-file.js';
import type { DonePart } from '../../../src/study/workers.js';
import { simulatedOutcomes } from '../../support/simulated-studies.js';
import '../../support/properties.js';

const WEEK = 7 * 86_400_000;
const MADE = simulatedOutcomes({ seed: 4, weeks: 20, trades: 300, variants: 1, planted: 0.1 });
const [VARIANT] = MADE.variants;

/** The gain of a market whose sets saw the made-up weeks, each so many weeks later. */
function gainOf(later: readonly number[]) {
  const sets = later.map((_, index) => ({ name: `set ${index}`, symbol: 'BTCUSD', bars: `${index}.csv` }));
  const trades = { count: 300, seeds: [1], entry: 'random', stopAtr: 4, targetAtr: 6, holdBars: 50 };
  const body = { name: 'made up', sets, trades: { ...trades, overlap: 'allowed' } };
  const study = studyOf(body, 'study.json', () => {
    throw new Error('no policy is named');
  });
  const runOf = (results: readonly number[]) => ({ results, stretches: [] });
  const parts = later.map((weeks, index): DonePart => {
    const runs = Object.fromEntries(study.variants.map(({ name }) => [name, runOf(VARIANT?.results ?? [])]));
    const entries = MADE.places.map(({ block }) => (block + weeks) * WEEK + WEEK / 2);
    return {
      part: { kind: 'rules', set: `set ${index}`, seed: 1 },
      outcome: { entries, blockLength: 'week', runs: { ...runs, 'left alone': runOf(MADE.alone) } },
    };
  });
  const { outcomes } = collected(study, study.sets, new Map(), parts);
  const drawing = drawingOf(outcomes.places, 1000, seededRandom(1));
  const gain = effectsOf(outcomes, drawing)[0]?.gain;
  return { blocks: drawing.blocks.count, value: gain?.value, error: gain?.standardError };
}

describe('sets of one market', () => {
  it('over the same weeks say together what one of them says', () => {
    const one = gainOf([0]);
    const both = gainOf([0, 0]);
    expect(both.blocks).toBe(one.blocks);
    expect(both.value).toBeCloseTo(one.value ?? Number.NaN, 9);
    expect(both.error).toBeCloseTo(one.error ?? Number.NaN, 9);
  });

  it('one after the other say more', () => {
    const one = gainOf([0]);
    const both = gainOf([0, 20]);
    expect(both.blocks).toBe(2 * one.blocks);
    expect(both.error).toBeCloseTo((one.error ?? Number.NaN) / Math.SQRT2, 9);
  });

  it('are one stratum where their times overlap, in whatever order, and else each its own', () => {
    const spans = fc.array(fc.tuple(fc.nat(60), fc.nat(15)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(spans, fc.nat(), (drawn, seed) => {
        const all = drawn.map(
          ([from, length], index): SetSpan => ({
            ...{ set: `${index}`, from, until: from + length },
            blockLength: index % 2 === 0 ? 'week' : 'day',
          }),
        );
        const strata = strataOf(all);
        for (const one of all)
          for (const other of all) {
            const overlap = one.from <= other.until && other.from <= one.until;
            if (overlap) expect(strata.get(one.set)).toEqual(strata.get(other.set));
          }
        const apart = all.filter((one) =>
          all.every((other) => one === other || one.from > other.until || other.from > one.until),
        );
        for (const { set, blockLength } of apart) expect(strata.get(set)).toEqual({ name: set, blockLength });
        const random = seededRandom(seed);
        const turned = strataOf(all.toSorted(() => random() - 0.5));
        const together = (of: typeof strata) =>
          all.map(({ set }) => all.filter((other) => of.get(other.set)?.name === of.get(set)?.name).length);
        expect(together(turned)).toEqual(together(strata));
      }),
    );
  });
});
