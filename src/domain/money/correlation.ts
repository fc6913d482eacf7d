// Owns how two markets move together: the correlation (Pearson's) of the changes of their logarithms from bar to bar, over
// the newest bars that both have.
import type { ExposureRules } from '../market/exposure-rules.js';

/** A bar by its open time, UTC ms. */
export interface BarClose {
  readonly time: number;
  readonly close: number;
}

export interface Correlation {
  /** -1 to 1; null where the bars are too few, or one of them does not move. */
  readonly correlation: number | null;
  /** Bars that both have, of the window. */
  readonly bars: number;
}

type CorrelationWindow = Pick<ExposureRules, 'windowBars' | 'leastBars'>;

/** Both in order of time. A gap in one of them is a longer step of both. */
export function correlationOf(
  one: readonly BarClose[],
  other: readonly BarClose[],
  { windowBars, leastBars }: CorrelationWindow,
): Correlation {
  const common: (readonly [number, number])[] = [];
  let [a, b] = [one.length - 1, other.length - 1];
  while (a >= 0 && b >= 0 && common.length < windowBars) {
    const [left, right] = [one[a], other[b]];
    if (left === undefined || right === undefined) break;
    if (left.time === right.time) common.push([left.close, right.close]);
    if (left.time >= right.time) a -= 1;
    if (right.time >= left.time) b -= 1;
  }
  const bars = common.length;
  if (bars < leastBars) return { correlation: null, bars };
  const changes = common.slice(1).map(([left, right], index): readonly [number, number] => {
    const [nextLeft, nextRight] = common[index] ?? [left, right];
    return [Math.log(nextLeft / left), Math.log(nextRight / right)];
  });
  return { correlation: pearson(changes), bars };
}

function pearson(pairs: readonly (readonly [number, number])[]): number | null {
  const count = pairs.length;
  const [meanX, meanY] = [0, 1].map(
    (side) => pairs.reduce((sum, pair) => sum + (pair[side] ?? 0), 0) / count,
  );
  let [xx, yy, xy] = [0, 0, 0];
  for (const [x, y] of pairs) {
    const [dx, dy] = [x - (meanX ?? 0), y - (meanY ?? 0)];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  if (!(xx > 0 && yy > 0)) return null;
  return Math.max(-1, Math.min(1, Math.round((xy / Math.sqrt(xx * yy)) * 1e6) / 1e6));
}
