// Medians, percentiles and spread of what was measured.

/** What repeated measurements of one thing gave. */
export interface Series {
  /** In the order they were taken. */
  readonly samples: readonly number[];
  readonly median: number;
  /** (largest - smallest) / median: 0.1 means the samples lie within 10%. */
  readonly spread: number;
}

/** The value below which the share `q` (0 to 1) of the values lies, by nearest rank. */
export function quantile(values: readonly number[] | Float64Array, q: number): number {
  if (values.length === 0) throw new Error('no values to take a quantile of');
  const sorted = Float64Array.from(values).sort();
  const rank = Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1));
  return sorted[rank] ?? Number.NaN;
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('no values to take a median of');
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

export function series(samples: readonly number[]): Series {
  const middle = median(samples);
  return { samples, median: middle, spread: (Math.max(...samples) - Math.min(...samples)) / middle };
}
