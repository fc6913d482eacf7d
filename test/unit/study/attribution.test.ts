// Attribution: the parts of a grouping add up to the whole gain, and each group has the trades it names.
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/broker/seeded-random.js';
import { attributed } from '../../../src/study/attribution.js';
import { drawingOf, effectsOf } from '../../../src/study/effects.js';
import { simulatedOutcomes } from '../../support/simulated-studies.js';

const HOUR = 3_600_000;

describe('attribution', () => {
  const outcomes = simulatedOutcomes({ seed: 8, weeks: 20, trades: 400, variants: 2, planted: 0.2 });
  const entries = outcomes.places.map(({ block }, index) => block * 7 * 24 * HOUR + (index % 24) * HOUR);
  const drawing = drawingOf(outcomes.places, 200, seededRandom(1));
  const found = attributed(outcomes, entries, drawing);

  it('has parts that add up to the gain, of groups that have every trade once', () => {
    const effects = effectsOf(outcomes, drawing);
    for (const [index, groups] of found.entries()) {
      for (const grouping of new Set(groups.map((group) => group.grouping))) {
        const own = groups.filter((group) => group.grouping === grouping);
        expect(own.length).toBeGreaterThan(1);
        expect(own.reduce((sum, { trades }) => sum + trades, 0)).toBe(400);
        const sum = own.reduce((all, { part }) => all + part.value, 0);
        expect(sum).toBeCloseTo(effects[index]?.gain.value ?? Number.NaN, 9);
      }
    }
  });

  it('tells what is gained of those that would have been stopped from what is lost of those that win', () => {
    const saving = outcomes.alone.map((r) => (r <= -0.9 ? r + 0.5 : r > 0 ? r - 0.4 : r));
    const [variant] = outcomes.variants;
    if (variant === undefined) throw new Error('no variant');
    const saved = { ...outcomes, variants: [{ ...variant, results: saving }] };
    const [groups = []] = attributed(saved, entries, drawing);
    const partOf = (name: string) => groups.find(({ group }) => group === name);
    const share = (name: string) => (partOf(name)?.trades ?? 0) / 400;
    expect(partOf('stopped')?.part.value).toBeCloseTo(0.5 * share('stopped'), 9);
    expect(partOf('won')?.part.value).toBeCloseTo(-0.4 * share('won'), 9);
    expect(partOf('lost less')?.part).toMatchObject({ value: 0, p: 1 });
  });
});
