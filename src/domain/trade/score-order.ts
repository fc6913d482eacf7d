// Owns the order the plan's scores must have: a trade that is let go to the next state is not called back by the same score.
import type { Rules } from '../rules.js';

type Scores = Pick<Rules['states'], 'l1Score' | 'l1ClearScore' | 'l2Score' | 'l2ClearScore' | 'hedgeScore'>;

/** Of each two scores the first must not be above the second. */
const ORDER = [
  ['l1Score', 'l1ClearScore'],
  ['l2Score', 'l2ClearScore'],
  ['hedgeScore', 'l2Score'],
  ['l2Score', 'l1Score'],
] as const satisfies readonly (readonly [keyof Scores, keyof Scores])[];

/** What is wrong with the order of the scores, for a person; empty when nothing is. */
export function scoreFaults(scores: Scores): readonly string[] {
  return ORDER.flatMap(([low, high]) =>
    scores[low] > scores[high]
      ? [`${low} above ${high}: ${scores[low]} must not be above ${scores[high]}`]
      : [],
  );
}
