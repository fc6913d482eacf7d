// Owns fitting: which candidate is chosen of the past by what is wanted of it, and what choosing so was worth in expanding
// folds of the past itself.
import { seededRandom } from '../../broker/seeded-random.js';
import { Blocks } from '../../statistics/blocks.js';
import { type Drawing, drawingOf, type Outcomes } from '../../statistics/effects.js';
import { type Estimate, type MeanTest, quantile } from '../../statistics/intervals.js';
import { ResultSample } from '../../statistics/sample.js';
import { tailFigure } from '../../statistics/tails.js';
import {
  type Choice,
  type Chooser,
  choiceOf,
  type Fold,
  foldsOf,
  gainOf,
  mostGain,
  overBefore,
  resultsOf,
} from '../walk-forward.js';

/** What is wanted: a better mean, or better worst results than a smaller size has, for less than what is worth having. */
export const GOALS = ['gain', 'limit'] as const;
export type Goal = (typeof GOALS)[number];

/** As many folds as stretches but one: the first is only learnt from. */
const STRETCHES = 6;

export interface Fitting {
  readonly goal: Goal;
  /** The longest a trade is held, ms. */
  readonly heldMs: number;
  /** Where the past ends, UTC ms: trades that may not be over by then are not learnt from. */
  readonly until: number;
  readonly worthwhileR: number;
  readonly draws: number;
  readonly seed: number;
}

/** What choosing was worth where it was not learnt from: over leaving trades alone, and over a smaller size. */
export interface FoldsTogether {
  readonly gain: MeanTest;
  /** The worst 5% less that of the trades left alone at the size of the same deviation. */
  readonly worst5: Estimate;
}

export interface Fit {
  readonly chosen: string;
  readonly folds: readonly Choice[];
  readonly together: FoldsTogether;
}

/** Why nothing was chosen. */
export interface NoFit {
  readonly chosen: null;
  readonly folds: readonly Choice[];
  readonly because: string;
}

/** @param entries - when each trade was entered, UTC ms; all before the hold-out. */
export function fitOn(outcomes: Outcomes, entries: readonly number[], fitting: Fitting): Fit | NoFit {
  const { goal, heldMs, until, draws, seed } = fitting;
  const choose = goal === 'gain' ? mostGain : mostLimit(fitting.worthwhileR);
  const found = foldsOf(outcomes, entries, { heldMs, stretches: STRETCHES, choose });
  const random = seededRandom(seed);
  const folds = found.map((fold) => choiceOf(outcomes, entries, fold, { draws, random }));
  const none = (because: string): NoFit => ({ chosen: null, folds, because });
  if (found.length === 0) return none('the trades of the past are too few for folds');
  const chosen = choose(outcomes, overBefore([...entries.keys()], entries, until, heldMs));
  if (chosen === null)
    return none(`no candidate ${goal === 'gain' ? 'gained' : 'limited'} anything in the past`);
  const together = worthOf(outcomes, found, { draws, random: seededRandom(seed) });
  const worth = goal === 'gain' ? together.gain.value : together.worst5.value;
  if (!(worth > 0)) return none('choosing so would not have been worth anything in the folds of the past');
  return { chosen, folds, together };
}

/**
 * The candidate whose worst 5% is better by most than that of the trades left alone at the size of the same deviation, of
 * those that cost less than `worthwhileR`; null where none is better.
 */
function mostLimit(worthwhileR: number): Chooser {
  return ({ alone, variants }, places) => {
    if (places.length === 0) return null;
    const blocks = new Blocks(places.map(() => ({ stratum: '', block: 0 })));
    const sampleOf = (of: readonly number[]) =>
      new ResultSample(
        places.map((place) => of[place] ?? 0),
        blocks,
      );
    const left = sampleOf(alone);
    let best: string | null = null;
    let most = 0;
    for (const { name, role, results } of variants) {
      if (role === 'control') continue;
      const own = sampleOf(results);
      if (own.mean() - left.mean() <= -worthwhileR) continue;
      const size = Math.min(1, own.deviation() / (left.deviation() || 1));
      const limit = own.tail(0.05) - size * left.tail(0.05);
      if (limit > most) [best, most] = [name, limit];
    }
    return best;
  };
}

/** Over all folds together; of the worst results the mean over the folds, by their trades: folds chose differently. */
function worthOf(
  outcomes: Outcomes,
  folds: readonly Fold[],
  sampling: { readonly draws: number; readonly random: () => number },
): FoldsTogether {
  const trades = folds.reduce((sum, { places }) => sum + places.length, 0);
  const each = folds.map((fold) => {
    const { places, chosen } = fold;
    const own = resultsOf(outcomes, chosen);
    const drawing = drawingOf(
      places.map((place) => outcomes.places[place] ?? { stratum: '', block: 0 }),
      sampling.draws,
      sampling.random,
    );
    const limits = drawnLimits(
      places.map((place) => own[place] ?? 0),
      places.map((place) => outcomes.alone[place] ?? 0),
      drawing,
    );
    return limits.map((limit) => (limit * places.length) / trades);
  });
  // The first is of the trades as they are.
  const [value = 0, ...drawn] = (each[0] ?? []).map((_, draw) =>
    each.reduce((sum, limits) => sum + (limits[draw] ?? 0), 0),
  );
  const ascending = Float64Array.from(drawn).sort();
  const worst5 = { value, low: quantile(ascending, 0.025), high: quantile(ascending, 0.975) };
  return { gain: gainOf(outcomes, folds, sampling), worst5 };
}

/** The worst 5% less that at the size of the same deviation: as they are, then of each sample drawn. */
function drawnLimits(
  results: readonly number[],
  alone: readonly number[],
  { blocks, draws }: Drawing,
): number[] {
  const figure = tailFigure(results, alone, 0.05, 'same deviation', blocks);
  return [null, ...draws].map(figure);
}
