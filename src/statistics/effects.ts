// Owns what each variant did to the mean result of the same trades, tested against what else would have done: leaving them
// alone, trading them smaller, and the same plan with an old score.

import { Blocks, type Place } from './blocks.js';
import { type MeanTest, meanTest } from './intervals.js';
import { holm } from './pooling.js';
import { ResultSample } from './sample.js';

/** The same trades, in the same order, left alone and under each variant. Results in R. */
export interface Outcomes {
  readonly places: readonly Place[];
  readonly alone: readonly number[];
  readonly variants: readonly VariantOutcomes[];
}

export interface VariantOutcomes {
  readonly name: string;
  /** `control`: compared with, never recommended. */
  readonly role: 'candidate' | 'control';
  /** The control it must beat; null for none. */
  readonly against: string | null;
  readonly results: readonly number[];
}

export interface Effect {
  readonly name: string;
  readonly role: VariantOutcomes['role'];
  /** Its mean less that of the trades left alone. */
  readonly gain: MeanTest;
  /** p of the gain after Holm's correction over all candidates; 1 for a control. */
  readonly corrected: number;
  /** The half width of the gain's interval that holds for all candidates at once (Bonferroni). */
  readonly jointHalf: number;
  /** In how many blocks any trade ended otherwise than left alone. */
  readonly differing: number;
  /** The size, at most 1, at which the trades left alone deviate no more than these. */
  readonly size: number;
  /** Its mean less that of the trades left alone at this size. */
  readonly beyondSize: MeanTest;
  /** Its mean less that of its control; null where it has none. */
  readonly beyondControl: MeanTest | null;
}

/** Blocks of these outcomes, and the samples that are drawn of them. */
export interface Drawing {
  readonly blocks: Blocks;
  readonly draws: readonly Uint16Array[];
}

export function drawingOf(places: readonly Place[], count: number, random: () => number): Drawing {
  const blocks = new Blocks(places);
  return { blocks, draws: blocks.draws(count, random) };
}

export function effectsOf({ alone, variants }: Outcomes, { blocks, draws }: Drawing): readonly Effect[] {
  const deviation = new ResultSample(alone, blocks).deviation();
  const test = (results: readonly number[], other: (index: number) => number) =>
    meanTest(
      new ResultSample(
        results.map((result, index) => result - other(index)),
        blocks,
      ),
      draws,
    );
  const left = (index: number) => alone[index] ?? 0;
  const gains = variants.map(({ results }) => test(results, left));
  const candidates = variants.flatMap(({ role }, index) => (role === 'candidate' ? [index] : []));
  const corrected = holm(candidates.map((index) => gains[index]?.p ?? 1));
  const joint = 1 - 0.05 / Math.max(1, candidates.length);
  return variants.flatMap(({ name, role, against, results }, index) => {
    const gain = gains[index];
    if (gain === undefined) return [];
    const own = new ResultSample(results, blocks).deviation();
    const size = deviation === 0 ? 1 : Math.min(1, own / deviation);
    const control = variants.find((other) => other.name === against)?.results;
    return [
      {
        name,
        role,
        gain,
        corrected: role === 'control' ? 1 : (corrected[candidates.indexOf(index)] ?? 1),
        jointHalf: gain.halfWidth(joint),
        differing: new Set(
          results.flatMap((result, place) => (result === left(place) ? [] : [blocks.of[place]])),
        ).size,
        size,
        beyondSize: test(results, (place) => size * left(place)),
        beyondControl: control === undefined ? null : test(results, (place) => control[place] ?? 0),
      },
    ];
  });
}
