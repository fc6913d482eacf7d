// Owns the deepest fall of a running sum from a peak, also of a sum whose weeks come in another order.

/** A stretch of a running sum, from 0 at its beginning. */
export interface Stretch {
  readonly total: number;
  /** The highest and the lowest it reaches, the beginning included. */
  readonly top: number;
  readonly bottom: number;
  /** The deepest fall within it, 0 or more. */
  readonly fall: number;
}

export const NO_STRETCH: Stretch = { total: 0, top: 0, bottom: 0, fall: 0 };

/** One stretch after another. */
export function joined(first: Stretch, second: Stretch): Stretch {
  return {
    total: first.total + second.total,
    top: Math.max(first.top, first.total + second.top),
    bottom: Math.min(first.bottom, first.total + second.bottom),
    fall: Math.max(first.fall, second.fall, first.top - (first.total + second.bottom)),
  };
}

/** A stretch and one step more. */
export function stepped(stretch: Stretch, step: number): Stretch {
  return joined(stretch, {
    total: step,
    top: Math.max(0, step),
    bottom: Math.min(0, step),
    fall: Math.max(0, -step),
  });
}

/** The deepest fall of stretches one after another, 0 or more. */
export function deepestFall(stretches: readonly Stretch[]): number {
  return stretches.reduce(joined, NO_STRETCH).fall;
}

/** The deepest falls of `count` sums, each made of as many stretches, drawn with replacement; ascending. */
export function drawnFalls(stretches: readonly Stretch[], count: number, random: () => number): Float64Array {
  return Float64Array.from({ length: count }, () => {
    const drawn = stretches.map(() => stretches[Math.floor(random() * stretches.length)] ?? NO_STRETCH);
    return deepestFall(drawn);
  }).sort();
}
