// Owns what a study says: of each market the outcomes of all its sets and seeds, measured and decided on, and over all sets
// the pooled effects.
import { seededRandom } from '../broker/seeded-random.js';
import { TIMEFRAME_MS } from '../domain/market/data.js';
import { drawingOf, type Effect, effectsOf } from '../statistics/effects.js';
import { type ComparedFigures, compared, type Figures, figuresOf } from '../statistics/figures.js';
import type { Estimate } from '../statistics/intervals.js';
import { type PooledEffect, pooledEffect } from '../statistics/pooling.js';
import { tailDifference } from '../statistics/tails.js';
import { attributed, type GroupGain } from './attribution.js';
import { collected } from './collected.js';
import { decide, type MarketDecision } from './decision.js';
import { type Limit, limitOf } from './limit.js';
import { ALONE, type SetOutcome } from './parts.js';
import type { Study, StudySet } from './study-file.js';
import { isControl } from './variants.js';
import { type WalkForward, walkForward } from './walk-forward.js';
import type { DonePart } from './workers.js';

/** What a variant changed, and where its gain comes from. */
export interface VariantFigures extends ComparedFigures {
  readonly groups: readonly GroupGain[];
}

export interface SetFigures {
  readonly name: string;
  readonly facts: SetOutcome;
  readonly trades: number;
  readonly effects: readonly Effect[];
  readonly worst5: readonly Estimate[];
}

export interface MarketFigures {
  readonly market: string;
  readonly sets: readonly string[];
  readonly trades: number;
  readonly blocks: number;
  readonly decision: MarketDecision;
  /** What limits the worst 5% more than a smaller size does, whatever it gains; null for nothing that surely does. */
  readonly limit: Limit | null;
  readonly alone: Figures;
  readonly comparisons: readonly VariantFigures[];
  /** null where the trades are too few. */
  readonly walk: WalkForward | null;
}

export interface PooledVariant {
  readonly name: string;
  readonly gain: PooledEffect | null;
  readonly worst5: PooledEffect | null;
}

export interface StudyResult {
  readonly study: Study;
  readonly tries: number;
  readonly markets: readonly MarketFigures[];
  readonly sets: readonly SetFigures[];
  readonly pooled: readonly PooledVariant[];
}

export function analyse(study: Study, parts: readonly DonePart[]): StudyResult {
  const facts = new Map(
    parts.flatMap(({ part, outcome }) => ('power' in outcome ? [[part.set, outcome] as const] : [])),
  );
  const sets = study.sets.flatMap((set) => {
    const fact = facts.get(set.name);
    return fact === undefined ? [] : [setFigures(study, set, fact, parts)];
  });
  const markets = [...new Set(study.sets.map(({ market }) => market))];
  return {
    study,
    tries: study.variants.filter((variant) => !isControl(variant)).length,
    markets: markets.map((market) => marketFigures(study, market, facts, parts)),
    sets,
    pooled: study.variants.map(({ name }, index) => ({
      name,
      gain: pooledEffect(sets.flatMap(({ effects }) => effects[index]?.gain ?? [])),
      worst5: pooledEffect(
        sets.flatMap(({ worst5 }) => {
          const estimate = worst5[index];
          if (estimate === undefined) return [];
          // Of a normal distribution the interval is so many standard errors wide.
          return [{ value: estimate.value, standardError: (estimate.high - estimate.low) / (2 * 1.959964) }];
        }),
      ),
    })),
  };
}

function setFigures(study: Study, set: StudySet, facts: SetOutcome, parts: readonly DonePart[]): SetFigures {
  const { outcomes } = collected(study, [set], new Map([[set.name, facts]]), parts);
  const drawing = drawingOf(outcomes.places, study.draws, seededRandom(study.seed));
  return {
    name: set.name,
    facts,
    trades: outcomes.alone.length,
    effects: effectsOf(outcomes, drawing),
    worst5: outcomes.variants.map(({ results }) =>
      tailDifference(results, outcomes.alone, 0.05, 'whole', drawing),
    ),
  };
}

function marketFigures(
  study: Study,
  market: string,
  facts: ReadonlyMap<string, SetOutcome>,
  parts: readonly DonePart[],
): MarketFigures {
  const sets = study.sets.filter((set) => set.market === market);
  const { outcomes, facts: known, sums } = collected(study, sets, facts, parts);
  const drawing = drawingOf(outcomes.places, study.draws, seededRandom(study.seed));
  const effects = effectsOf(outcomes, drawing);
  const alone = figuresOf(ALONE, outcomes.alone, sums[ALONE] ?? [], drawing, seededRandom(study.seed));
  const groups = attributed(outcomes, known, drawing);
  const comparisons = outcomes.variants.flatMap(({ name, results }, index) => {
    const effect = effects[index];
    if (effect === undefined) return [];
    const figures = figuresOf(name, results, sums[name] ?? [], drawing, seededRandom(study.seed));
    return [
      { ...compared(figures, effect, results, outcomes.alone, alone, drawing), groups: groups[index] ?? [] },
    ];
  });
  const heldMs = study.trades.holdBars * TIMEFRAME_MS.M15;
  return {
    market,
    sets: sets.map(({ name }) => name),
    trades: outcomes.alone.length,
    blocks: drawing.blocks.count,
    decision: decide(effects, drawing.blocks.count, study.worthwhileR),
    limit: limitOf(study.worthwhileR, outcomes, effects, drawing),
    alone,
    comparisons,
    walk: walkForward(outcomes, known.entries, heldMs, study.draws, seededRandom(study.seed)),
  };
}
