// Attribution: the parts of a grouping add up to the whole gain, and each group has the trades it names.
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/broker/seeded-random.js';
import { drawingOf, effectsOf } from '../../../src/statistics/effects.js';
import { attributed, type TradeFacts } from '../../../src/study/attribution.js';
import type { TradeTrail } from '../../../src/study/trade-trails.js';
import { simulatedOutcomes } from '../../support/simulated-studies.js';

const HOUR = 3_600_000;

describe('attribution', () => {
  const outcomes = simulatedOutcomes({ seed: 8, weeks: 20, trades: 400, variants: 2, planted: 0.2 });
  const entries = outcomes.places.map(({ block }, index) => block * 7 * 24 * HOUR + (index % 24) * HOUR);
  const drawing = drawingOf(outcomes.places, 200, seededRandom(1));
  /** The first variant is a plan: half of each trade ended by a tightened stop, half by itself. */
  const halves = (results: readonly number[]): readonly TradeTrail[] =>
    results.map((r, index) => ({
      depth: index % 3 === 0 ? 'WARNING_L1' : 'HEALTHY',
      ends: [
        { action: 'TIGHTEN_SL', r: 0.25 * r, share: 0.5 },
        { action: 'NONE', r: 0.75 * r, share: 0.5 },
      ],
    }));
  const [plan] = outcomes.variants;
  const facts: TradeFacts = {
    entries,
    regimes: entries.map((_, index) => (index % 2 === 0 ? 'calm' : 'wild')),
    adverse: outcomes.alone.map((r) => Math.max(0, -r)),
    favourable: outcomes.alone.map((r) => Math.max(0, r)),
    trails: plan === undefined ? {} : { [plan.name]: halves(plan.results) },
  };
  const found = attributed(outcomes, facts, drawing);

  it('has parts that add up to the gain, of groups that have every trade once', () => {
    const effects = effectsOf(outcomes, drawing);
    for (const [index, groups] of found.entries()) {
      for (const grouping of new Set(groups.map((group) => group.grouping))) {
        const own = groups.filter((group) => group.grouping === grouping);
        expect(own.length).toBeGreaterThan(1);
        // A trade may have ended by several actions, each its part of it.
        const trades = own.reduce((sum, group) => sum + group.trades, 0);
        expect(trades).toBe(grouping === 'ended by' ? 800 : 400);
        const sum = own.reduce((all, { part }) => all + part.value, 0);
        expect(sum).toBeCloseTo(effects[index]?.gain.value ?? Number.NaN, 9);
      }
    }
  });

  it('groups by regime, by how far the price went, and of plans by worst state and by action', () => {
    const groupings = (of: number) => [...new Set(found[of]?.map(({ grouping }) => grouping))];
    const common = [
      'left alone',
      'entered in session',
      'entered in regime',
      'went against it (MAE)',
      'went for it (MFE)',
    ];
    expect(groupings(0)).toEqual([...common, 'worst state', 'ended by']);
    expect(groupings(1)).toEqual(common);
    const stopped = found[1]?.filter(({ grouping }) => grouping === 'went against it (MAE)');
    expect(stopped?.find(({ group }) => group === '1 to 1.5 R')?.trades).toBe(
      outcomes.alone.filter((r) => r <= -1).length,
    );
  });

  it('tells what is gained of those that would have been stopped from what is lost of those that win', () => {
    const saving = outcomes.alone.map((r) => (r <= -0.9 ? r + 0.5 : r > 0 ? r - 0.4 : r));
    const [variant] = outcomes.variants;
    if (variant === undefined) throw new Error('no variant');
    const saved = { ...outcomes, variants: [{ ...variant, results: saving }] };
    const [groups = []] = attributed(saved, facts, drawing);
    const partOf = (name: string) => groups.find(({ group }) => group === name);
    const share = (name: string) => (partOf(name)?.trades ?? 0) / 400;
    expect(partOf('stopped')?.part.value).toBeCloseTo(0.5 * share('stopped'), 9);
    expect(partOf('won')?.part.value).toBeCloseTo(-0.4 * share('won'), 9);
    expect(partOf('lost less')?.part).toMatchObject({ value: 0, p: 1 });
  });
});
