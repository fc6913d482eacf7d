// Owns what choosing would have gained: in each stretch of time the variant that had gained most in all trades that were over
// before, and its gain in the stretch. What was chosen with hindsight always looks good; this was not.
import { Blocks } from '../statistics/blocks.js';
import type { Outcomes } from '../statistics/effects.js';
import { type MeanTest, meanTest } from '../statistics/intervals.js';
import { ResultSample } from '../statistics/sample.js';

/** Stretches of as many trades each: the first is only learnt from, the last one is the hold-out. */
const STRETCHES = 6;
const DAY = 86_400_000;
/** A trade held over a weekend is held so much longer than its bars say. */
const WEEKEND = 3 * DAY;

export interface Choice {
  /** Entries of the stretch, UTC ms. */
  readonly from: number;
  readonly to: number;
  readonly trades: number;
  /** null where nothing had gained: the trades are left alone. */
  readonly chosen: string | null;
  /** Mean of what was chosen less that of the trades left alone, R a trade. */
  readonly gain: MeanTest;
}

export interface WalkForward {
  readonly choices: readonly Choice[];
  /** Over all stretches but the hold-out, and in that; it is looked at once, when all choosing is done. */
  readonly gain: MeanTest;
  readonly holdOut: Choice;
}

/** Which candidate is chosen of what some trades showed; null for leaving trades alone. */
export type Chooser = (outcomes: Outcomes, places: readonly number[]) => string | null;

export interface Walking {
  /** The longest a trade is held, ms; what may not be over when a stretch begins is not learnt from. */
  readonly heldMs: number;
  readonly stretches: number;
  readonly choose: Chooser;
  readonly draws: number;
  readonly random: () => number;
}

/** A stretch of trades with what was chosen for them. */
export interface Fold {
  readonly chosen: string | null;
  /** Places of its trades, in order of entry. */
  readonly places: readonly number[];
}

/**
 * Expanding folds: for each stretch but the first, what is chosen of all trades that are surely over before it.
 *
 * @param entries - when each trade was entered, UTC ms.
 * @returns none where the trades are too few to be divided.
 */
export function foldsOf(
  outcomes: Outcomes,
  entries: readonly number[],
  { heldMs, stretches, choose }: Pick<Walking, 'heldMs' | 'stretches' | 'choose'>,
): readonly Fold[] {
  const order = [...entries.keys()].sort((a, b) => (entries[a] ?? 0) - (entries[b] ?? 0));
  const size = Math.floor(order.length / stretches);
  if (size === 0) return [];
  return Array.from({ length: stretches - 1 }, (_, number): Fold => {
    const first = (number + 1) * size;
    const last = number + 2 === stretches ? order.length : first + size;
    const places = order.slice(first, last);
    const from = entries[places[0] ?? -1] ?? Number.NaN;
    return { chosen: choose(outcomes, overBefore(order, entries, from, heldMs)), places };
  });
}

/** Of these places the trades that are surely over at a time. */
export function overBefore(
  places: readonly number[],
  entries: readonly number[],
  time: number,
  heldMs: number,
): readonly number[] {
  return places.filter((place) => (entries[place] ?? Number.NaN) <= time - heldMs - WEEKEND);
}

/** @returns null where the trades are too few to be divided. */
export function walkForward(
  outcomes: Outcomes,
  entries: readonly number[],
  heldMs: number,
  draws: number,
  random: () => number,
): WalkForward | null {
  const walking = { heldMs, stretches: STRETCHES, choose: mostGain, draws, random };
  const folds = foldsOf(outcomes, entries, walking);
  const choices = folds.map((fold) => choiceOf(outcomes, entries, fold, walking));
  const holdOut = choices.at(-1);
  if (holdOut === undefined) return null;
  return {
    choices: choices.slice(0, -1),
    gain: gainOf(outcomes, folds.slice(0, -1), walking),
    holdOut,
  };
}

export function choiceOf(
  outcomes: Outcomes,
  entries: readonly number[],
  fold: Fold,
  sampling: Pick<Walking, 'draws' | 'random'>,
): Choice {
  const { places, chosen } = fold;
  const at = (place: number | undefined) => entries[place ?? -1] ?? Number.NaN;
  return {
    from: at(places[0]),
    to: at(places.at(-1)),
    trades: places.length,
    chosen,
    gain: gainOf(outcomes, [fold], sampling),
  };
}

/** What the choices gained over leaving the trades alone, over all these folds together. */
export function gainOf(
  outcomes: Outcomes,
  folds: readonly Fold[],
  { draws, random }: Pick<Walking, 'draws' | 'random'>,
): MeanTest {
  const places = folds.flatMap((fold) => fold.places);
  const gains = folds.flatMap((fold) => {
    const results = resultsOf(outcomes, fold.chosen);
    return fold.places.map((place) => (results[place] ?? 0) - (outcomes.alone[place] ?? 0));
  });
  const blocks = new Blocks(places.map((place) => outcomes.places[place] ?? { stratum: '', block: 0 }));
  return meanTest(new ResultSample(gains, blocks), blocks.draws(draws, random));
}

/** The candidate that gained most in these trades; null where none gained anything. */
export const mostGain: Chooser = ({ alone, variants }, places) => {
  let best: string | null = null;
  let most = 0;
  for (const { name, role, results } of variants) {
    if (role === 'control') continue;
    const gain = places.reduce((sum, place) => sum + (results[place] ?? 0) - (alone[place] ?? 0), 0);
    if (gain > most) [best, most] = [name, gain];
  }
  return best;
};

/** Of all trades, as a variant made them; null leaves them alone. */
export function resultsOf({ alone, variants }: Outcomes, name: string | null): readonly number[] {
  return variants.find((variant) => variant.name === name)?.results ?? alone;
}
