// Owns which sets of one market are drawn together by the bootstrap: sets whose trades were entered over the same time saw the
// same market, and counted by themselves its weeks would count twice.
import type { BlockLength } from '../statistics/blocks.js';

/** When the trades of a set were entered, UTC ms, and its blocks. */
export interface SetSpan {
  readonly set: string;
  readonly from: number;
  readonly until: number;
  readonly blockLength: BlockLength;
}

export interface Stratum {
  readonly name: string;
  readonly blockLength: BlockLength;
}

/** The stratum of each set: its own, or one with all sets whose times overlap; by weeks where one of them is by weeks. */
export function strataOf(spans: readonly SetSpan[]): ReadonlyMap<string, Stratum> {
  const groups: SetSpan[][] = [];
  let until = Number.NEGATIVE_INFINITY;
  for (const span of spans.toSorted((one, other) => one.from - other.from)) {
    const group = groups.at(-1);
    if (group === undefined || span.from > until) groups.push([span]);
    else group.push(span);
    until = Math.max(until, span.until);
  }
  return new Map(
    groups.flatMap((group) => {
      const blockLength = group.some((span) => span.blockLength === 'week') ? 'week' : 'day';
      const stratum: Stratum = { name: group[0]?.set ?? '', blockLength };
      return group.map(({ set }) => [set, stratum] as const);
    }),
  );
}
