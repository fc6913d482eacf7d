// Owns what the axis of prices shows: the price and the entry in good size, and levels that are not too far
// off. Pure.

/** A price somebody waits for, such as the stop. */
export interface Level {
  readonly name: string;
  readonly price: number;
}

export interface PriceAxis {
  readonly from: number;
  readonly to: number;
  /** Levels beyond the ends, the nearest first. */
  readonly above: readonly Level[];
  readonly below: readonly Level[];
}

/** A level may be as far off as the price moved, on either side. */
const REACH = 1;
const MARGIN = 0.06;
/** Of a price that did not move. */
const LEAST_SHARE = 0.0005;

/** @param prices - what must be in sight: every bar's low and high, and the entry; at least one */
export function priceAxis(prices: readonly number[], levels: readonly Level[]): PriceAxis {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const price of prices) {
    low = Math.min(low, price);
    high = Math.max(high, price);
  }
  const moved = Math.max(high - low, high * LEAST_SHARE);
  const near = levels.filter(({ price }) => price <= high + moved * REACH && price >= low - moved * REACH);
  const lowest = Math.min(low, ...near.map(({ price }) => price));
  const highest = Math.max(high, ...near.map(({ price }) => price));
  const margin = Math.max(highest - lowest, moved) * MARGIN;
  const [from, to] = [lowest - margin, highest + margin];
  return {
    from,
    to,
    // Beyond the margin too: what it shows is not at an edge as well.
    above: levels.filter(({ price }) => price >= to).sort((a, b) => a.price - b.price),
    below: levels.filter(({ price }) => price <= from).sort((a, b) => b.price - a.price),
  };
}
