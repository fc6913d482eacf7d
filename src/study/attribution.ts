// Owns where a variant's gain comes from: the groups of trades it was made in, each with its part of the whole gain.
import { sessionAt } from '../domain/market/sessions.js';
import type { Blocks } from '../statistics/blocks.js';
import { type MeanTest, meanTest } from '../statistics/intervals.js';
import { ResultSample } from '../statistics/sample.js';
import type { Drawing, Outcomes } from './effects.js';

/** Left alone, a trade within this of its stop has lost, in R. */
const LOST = -0.9;

export interface GroupGain {
  readonly grouping: string;
  readonly group: string;
  readonly trades: number;
  /** What the group adds to the gain of the mean over all trades; the parts of a grouping add up to it. R a trade. */
  readonly part: MeanTest;
}

interface Grouping {
  readonly name: string;
  readonly groupOf: (place: number) => string;
}

/** Of each variant, in their order, the parts of its gain. */
export function attributed(
  outcomes: Outcomes,
  entries: readonly number[],
  { blocks, draws }: Drawing,
): readonly (readonly GroupGain[])[] {
  const { alone, variants } = outcomes;
  const groupings: readonly Grouping[] = [
    { name: 'left alone', groupOf: (place) => endOf(alone[place] ?? 0) },
    { name: 'entered in session', groupOf: (place) => sessionAt(entries[place] ?? 0) },
  ];
  const groups = groupings.flatMap(({ name, groupOf }) => {
    const names = alone.map((_, place) => groupOf(place));
    return [...new Set(names)]
      .sort()
      .map((group) => ({ name, group, isIn: names.map((each) => each === group) }));
  });
  return variants.map(({ results }) =>
    groups.map(({ name, group, isIn }): GroupGain => {
      const gains = results.map((result, place) => (isIn[place] === true ? result - (alone[place] ?? 0) : 0));
      const trades = isIn.filter((each) => each).length;
      return { grouping: name, group, trades, part: partOf(gains, blocks, draws) };
    }),
  );
}

function partOf(gains: readonly number[], blocks: Blocks, draws: readonly Uint16Array[]): MeanTest {
  return meanTest(new ResultSample(gains, blocks), draws);
}

/** How a trade ended that nobody defended. */
function endOf(r: number): string {
  if (r <= LOST) return 'stopped';
  return r < 0 ? 'lost less' : 'won';
}
