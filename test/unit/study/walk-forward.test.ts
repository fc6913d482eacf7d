// Walk-forward: what is chosen for a stretch is chosen from what was over before it.
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/broker/seeded-random.js';
import type { Outcomes } from '../../../src/statistics/effects.js';
import { walkForward } from '../../../src/study/walk-forward.js';
import { simulatedOutcomes } from '../../support/simulated-studies.js';

const WEEK = 7 * 86_400_000;
const HOUR = 3_600_000;
const simulated = (planted: number): Outcomes =>
  simulatedOutcomes({ seed: 5, weeks: 30, trades: 900, variants: 3, planted });
const entriesOf = ({ places }: Outcomes) => places.map(({ block }, index) => block * WEEK + index);
const walk = (outcomes: Outcomes, heldMs = 50 * HOUR) =>
  walkForward(outcomes, entriesOf(outcomes), heldMs, 200, seededRandom(1));

describe('walk-forward', () => {
  it('chooses what has gained, and tells what that gained afterwards', () => {
    const found = walk(simulated(0.4));
    expect(found?.choices.map(({ chosen }) => chosen)).toEqual(Array.from({ length: 4 }, () => 'variant 0'));
    expect(found?.gain.low).toBeGreaterThan(0.2);
    expect(found?.holdOut.chosen).toBe('variant 0');
    expect(found?.holdOut.gain.value).toBeGreaterThan(0.2);
  });

  it('divides all trades but the first stretch, in order of time', () => {
    const found = walk(simulated(0));
    const all = [...(found?.choices ?? []), ...(found === null ? [] : [found.holdOut])];
    expect(all.reduce((sum, { trades }) => sum + trades, 0)).toBe(900 - 150);
    for (const [index, { from, to }] of all.entries()) {
      expect(to).toBeGreaterThanOrEqual(from);
      expect(from).toBeGreaterThanOrEqual(all[index - 1]?.to ?? 0);
    }
  });

  it('learns nothing from later trades, nor from those that may not be over', () => {
    const outcomes = simulated(0.4);
    const entries = entriesOf(outcomes);
    const hold = [...entries].sort((a, b) => a - b)[750] ?? 0;
    const turned = {
      ...outcomes,
      variants: outcomes.variants.map((variant) => ({
        ...variant,
        results: variant.results.map((r, index) => ((entries[index] ?? 0) >= hold ? -9 : r)),
      })),
    };
    const chosen = (of: Outcomes) => {
      const found = walk(of);
      return [...(found?.choices ?? []), found?.holdOut].map((choice) => choice?.chosen);
    };
    expect(chosen(turned)).toEqual(chosen(outcomes));
    expect(chosen(outcomes)).toContain('variant 0');
    const never = walk(outcomes, 100 * WEEK);
    expect(never?.holdOut).toMatchObject({ chosen: null, gain: { value: 0, p: 1 } });
  });

  it('is none of a handful of trades', () => {
    const few = simulatedOutcomes({ seed: 1, weeks: 2, trades: 5, variants: 1, planted: 0 });
    expect(walk(few)).toBeNull();
  });
});
