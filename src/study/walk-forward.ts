// Owns what choosing would have gained: in each stretch of time the variant that had gained most in all trades that were over
// before, and its gain in the stretch. What was chosen with hindsight always looks good; this was not.
import { Blocks } from '../statistics/blocks.js';
import { type MeanTest, meanTest } from '../statistics/intervals.js';
import { ResultSample } from '../statistics/sample.js';
import type { Outcomes } from './effects.js';

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

/**
 * @param entries - when each trade was entered, UTC ms.
 * @param heldMs - the longest a trade is held; what may not be over when a stretch begins is not learnt from.
 * @returns null where the trades are too few to be divided.
 */
export function walkForward(
  outcomes: Outcomes,
  entries: readonly number[],
  heldMs: number,
  draws: number,
  random: () => number,
): WalkForward | null {
  const order = [...entries.keys()].sort((a, b) => (entries[a] ?? 0) - (entries[b] ?? 0));
  const size = Math.floor(order.length / STRETCHES);
  if (size === 0) return null;
  const at = (place: number | undefined) => entries[place ?? -1] ?? Number.NaN;
  const stretches = Array.from({ length: STRETCHES - 1 }, (_, number) => {
    const first = (number + 1) * size;
    const last = number + 2 === STRETCHES ? order.length : first + size;
    return order.slice(first, last);
  });
  const learnt = stretches.map((stretch) => {
    const over = at(stretch[0]) - heldMs - WEEKEND;
    return bestOf(
      outcomes,
      order.filter((place) => at(place) <= over),
    );
  });
  const gains = stretches.map((stretch, index) => gainsOf(outcomes, learnt[index] ?? null, stretch));
  const test = (places: readonly number[], values: readonly number[]) => {
    const blocks = new Blocks(places.map((place) => outcomes.places[place] ?? { stratum: '', block: 0 }));
    return meanTest(new ResultSample(values, blocks), blocks.draws(draws, random));
  };
  const choices = stretches.map(
    (stretch, index): Choice => ({
      from: at(stretch[0]),
      to: at(stretch.at(-1)),
      trades: stretch.length,
      chosen: learnt[index] ?? null,
      gain: test(stretch, gains[index] ?? []),
    }),
  );
  const holdOut = choices.at(-1);
  if (holdOut === undefined) return null;
  const gain = test(stretches.slice(0, -1).flat(), gains.slice(0, -1).flat());
  return { choices: choices.slice(0, -1), gain, holdOut };
}

/** The candidate that gained most in these trades; null where none gained anything. */
function bestOf({ alone, variants }: Outcomes, places: readonly number[]): string | null {
  let best: string | null = null;
  let most = 0;
  for (const { name, role, results } of variants) {
    if (role === 'control') continue;
    const gain = places.reduce((sum, place) => sum + (results[place] ?? 0) - (alone[place] ?? 0), 0);
    if (gain > most) [best, most] = [name, gain];
  }
  return best;
}

function gainsOf({ alone, variants }: Outcomes, name: string | null, places: readonly number[]): number[] {
  const results = variants.find((variant) => variant.name === name)?.results ?? alone;
  return places.map((place) => (results[place] ?? 0) - (alone[place] ?? 0));
}
