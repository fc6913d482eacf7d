// Owns what a study says: of each market the outcomes of all its sets and seeds, measured and decided on, and over all sets
// the pooled effects.
import { seededRandom } from '../broker/seeded-random.js';
import { TIMEFRAME_MS } from '../domain/market/data.js';
import { blockAt, type Place } from '../statistics/blocks.js';
import { deepestFall, drawnFalls } from '../statistics/drawdown.js';
import {
  type Estimate,
  LEVEL,
  type MeanTest,
  meanTest,
  percentileEstimate,
  quantile,
} from '../statistics/intervals.js';
import { type PooledEffect, pooledEffect } from '../statistics/pooling.js';
import { ResultSample, type Weights } from '../statistics/sample.js';
import { attributed, type GroupGain } from './attribution.js';
import { decide, LEAST_BLOCKS, type MarketDecision } from './decision.js';
import { type Drawing, drawingOf, type Effect, effectsOf, type Outcomes } from './effects.js';
import { ALONE, type SetOutcome, seedsOf, type TradesOutcome } from './parts.js';
import type { VariantRun } from './rule-run.js';
import type { Study, StudySet } from './study-file.js';
import { isControl, isPlan } from './variants.js';
import { type WalkForward, walkForward } from './walk-forward.js';
import type { DonePart } from './workers.js';

/** A difference of this much or less, in R, is none. */
const SAME = 0.005;
/** Orders of its blocks in which a set's running sum is looked at. */
const FALLS = 200;

/** What is measured of one variant's results, and of the trades left alone. */
export interface Figures {
  readonly name: string;
  readonly mean: number;
  readonly median: number;
  readonly deviation: number;
  readonly downside: number;
  /** Means of the worst 5% and 20%. */
  readonly worst5: number;
  readonly worst20: number;
  /** Of a seed's trades, what is open at the prices of the moment: the mean over sets and seeds, and over drawn orders. */
  readonly drawdown: number;
  readonly drawnDrawdown: { readonly median: number; readonly high: number };
}

/** What a variant changed. Differences are the variant's less those of the trades left alone. */
export interface VariantFigures extends Figures {
  readonly effect: Effect;
  readonly medianDifference: Estimate;
  readonly worst5Difference: Estimate;
  readonly worst20Difference: Estimate;
  /** Its worst 5% less that of the trades left alone at the size that deviates as little. */
  readonly worst5BeyondSize: Estimate;
  /** The size at which the trades left alone have the same worst 5%, and its mean less theirs at that size. */
  readonly tailSize: number;
  readonly beyondTailSize: MeanTest;
  /** Where its gain comes from. */
  readonly groups: readonly GroupGain[];
  readonly helped: number;
  readonly hurt: number;
}

export interface SetFigures {
  readonly name: string;
  readonly facts: SetOutcome;
  readonly trades: number;
  readonly effects: readonly Effect[];
  readonly worst5: readonly Estimate[];
}

export interface Limit {
  readonly variant: string;
  /** Its worst 5% less that of the trades left alone at the size that deviates as little; for all candidates at once. */
  readonly worst5: Estimate;
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

/** The outcomes of one set or of several, and their running sums by variant. */
interface Collected {
  readonly outcomes: Outcomes;
  /** When each trade was entered, UTC ms. */
  readonly entries: readonly number[];
  readonly sums: Readonly<Record<string, readonly VariantRun['stretches'][]>>;
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
  const { outcomes, entries, sums } = collected(study, sets, facts, parts);
  const drawing = drawingOf(outcomes.places, study.draws, seededRandom(study.seed));
  const effects = effectsOf(outcomes, drawing);
  const alone = figuresOf(ALONE, outcomes.alone, sums[ALONE] ?? [], drawing, study.seed);
  const groups = attributed(outcomes, entries, drawing);
  const comparisons = outcomes.variants.flatMap(({ name, results }, index) => {
    const effect = effects[index];
    if (effect === undefined) return [];
    const figures = figuresOf(name, results, sums[name] ?? [], drawing, study.seed);
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
    limit: limitOf(study, outcomes, effects, drawing),
    alone,
    comparisons,
    walk: walkForward(outcomes, entries, heldMs, study.draws, seededRandom(study.seed)),
  };
}

/** Of the candidates that surely cost less than what is worth having, the one that surely limits most. */
function limitOf(
  study: Study,
  outcomes: Outcomes,
  effects: readonly Effect[],
  drawing: Drawing,
): Limit | null {
  if (drawing.blocks.count < LEAST_BLOCKS) return null;
  const candidates = effects.filter(({ role }) => role === 'candidate');
  const level = 1 - 0.05 / Math.max(1, candidates.length);
  const limits = candidates.flatMap(({ name, gain, jointHalf }): Limit[] => {
    const results = outcomes.variants.find((variant) => variant.name === name)?.results;
    if (results === undefined || gain.value - jointHalf <= -study.worthwhileR) return [];
    const worst5 = tailDifference(results, outcomes.alone, 0.05, 'same deviation', drawing, level);
    return worst5.low > 0 ? [{ variant: name, worst5 }] : [];
  });
  return limits.sort((a, b) => b.worst5.value - a.worst5.value)[0] ?? null;
}

function compared(
  figures: Figures,
  effect: Effect,
  results: readonly number[],
  alone: readonly number[],
  aloneFigures: Figures,
  drawing: Drawing,
): Omit<VariantFigures, 'groups'> {
  const { blocks, draws } = drawing;
  const [own, left] = [new ResultSample(results, blocks), new ResultSample(alone, blocks)];
  const differences = results.map((result, index) => result - (alone[index] ?? 0));
  const shareOf = (isMeant: (difference: number) => boolean) =>
    differences.filter(isMeant).length / differences.length;
  const tailSize = Math.min(1, Math.max(0, figures.worst5 / aloneFigures.worst5));
  const beyond = results.map((result, index) => result - tailSize * (alone[index] ?? 0));
  return {
    ...figures,
    effect,
    medianDifference: percentileEstimate((weights) => own.median(weights) - left.median(weights), draws),
    worst5Difference: tailDifference(results, alone, 0.05, 'whole', drawing),
    worst20Difference: tailDifference(results, alone, 0.2, 'whole', drawing),
    worst5BeyondSize: tailDifference(results, alone, 0.05, 'same deviation', drawing),
    tailSize,
    beyondTailSize: meanTest(new ResultSample(beyond, blocks), draws),
    helped: shareOf((difference) => difference > SAME),
    hurt: shareOf((difference) => difference < -SAME),
  };
}

/**
 * The mean of the worst `share`, less that of the trades left alone, as they are or at the size, at most 1, at which they
 * deviate as little; that size is drawn again with them.
 */
function tailDifference(
  results: readonly number[],
  alone: readonly number[],
  share: number,
  size: 'whole' | 'same deviation',
  { blocks, draws }: Drawing,
  level = LEVEL,
): Estimate {
  const [own, left] = [new ResultSample(results, blocks), new ResultSample(alone, blocks)];
  const sizeOf = (weights: Weights) =>
    size === 'whole' ? 1 : Math.min(1, own.deviation(weights) / (left.deviation(weights) || 1));
  const difference = (weights: Weights) =>
    own.tail(share, weights) - sizeOf(weights) * left.tail(share, weights);
  return percentileEstimate(difference, draws, level);
}

function figuresOf(
  name: string,
  results: readonly number[],
  sums: readonly VariantRun['stretches'][],
  { blocks }: Drawing,
  seed: number,
): Figures {
  const sample = new ResultSample(results, blocks);
  const random = seededRandom(seed);
  const falls = Float64Array.from(
    sums.flatMap((stretches) => [...drawnFalls(stretches, FALLS, random)]),
  ).sort();
  return {
    name,
    mean: sample.mean(),
    median: sample.median(),
    deviation: sample.deviation(),
    downside: sample.downside(),
    worst5: sample.tail(0.05),
    worst20: sample.tail(0.2),
    drawdown: sums.reduce((sum, stretches) => sum + deepestFall(stretches), 0) / Math.max(1, sums.length),
    drawnDrawdown: { median: quantile(falls, 0.5), high: quantile(falls, 0.95) },
  };
}

/** The trades of sets, seed by seed, with what every variant made of each. */
function collected(
  study: Study,
  sets: readonly StudySet[],
  facts: ReadonlyMap<string, SetOutcome>,
  parts: readonly DonePart[],
): Collected {
  const { variants } = study;
  const places: Place[] = [];
  const entries: number[] = [];
  const names = [ALONE, ...variants.map(({ name }) => name)];
  const results = new Map(names.map((name): [string, number[]] => [name, []]));
  const sums = new Map(names.map((name): [string, VariantRun['stretches'][]] => [name, []]));
  for (const each of sets) {
    const set = each.name;
    const length = facts.get(set)?.blockLength ?? 'week';
    for (const seed of seedsOf(study, each)) {
      const outcomes = outcomesOf(parts, set, seed);
      for (const at of outcomes[0]?.entries ?? []) {
        entries.push(at);
        places.push({ stratum: set, block: blockAt(at, length) });
      }
      const runs = Object.assign({}, ...outcomes.map(({ runs: some }) => some)) as TradesOutcome['runs'];
      for (const name of names) {
        const run = runs[name];
        if (run === undefined) throw new Error(`${set}, seed ${seed}: nothing of ${name}`);
        results.get(name)?.push(...run.results);
        sums.get(name)?.push(run.stretches);
      }
    }
  }
  const outcomes: Outcomes = {
    places,
    alone: results.get(ALONE) ?? [],
    variants: variants.map((variant) => ({
      name: variant.name,
      role: isControl(variant) ? 'control' : 'candidate',
      against: isPlan(variant) ? variant.control : null,
      results: results.get(variant.name) ?? [],
    })),
  };
  return { outcomes, entries, sums: Object.fromEntries(sums) };
}

function outcomesOf(parts: readonly DonePart[], set: string, seed: number): readonly TradesOutcome[] {
  return parts.flatMap(({ part, outcome }) =>
    part.kind !== 'score' && part.set === set && part.seed === seed && 'runs' in outcome ? [outcome] : [],
  );
}
