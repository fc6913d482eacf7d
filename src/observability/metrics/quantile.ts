// Owns reading a quantile off a histogram, as PromQL's histogram_quantile does: by a straight line within
// the bucket it falls into.

/**
 * @param quantile - between 0 and 1
 * @param edges - upper edges, ascending
 * @param buckets - the count of each, and of what lies above the last edge
 * @returns a value in the edges' unit; the last edge for what lies above it; undefined when nothing was counted
 */
export function histogramQuantile(
  quantile: number,
  edges: readonly number[],
  buckets: ArrayLike<number>,
): number | undefined {
  let total = 0;
  for (let bucket = 0; bucket <= edges.length; bucket += 1) total += buckets[bucket] ?? 0;
  if (total === 0) return undefined;
  const rank = quantile * total;
  let below = 0;
  for (const [bucket, edge] of edges.entries()) {
    const count = buckets[bucket] ?? 0;
    if (count > 0 && below + count >= rank) {
      const floor = edges[bucket - 1] ?? 0;
      return floor + (edge - floor) * ((rank - below) / count);
    }
    below += count;
  }
  return edges.at(-1);
}
