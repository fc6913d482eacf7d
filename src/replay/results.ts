// Owns what trades earned in units of R: mean, worst twentieth, and drawdown of the running sum.

/** A trade's result; `endedAt` orders the running sum (UTC ms). */
export interface TradeOutcome {
  readonly r: number;
  readonly endedAt: number;
}

export interface Performance {
  /** null without trades. */
  readonly mean_r: number | null;
  /** Mean of the worst 5% (at least one trade). */
  readonly worst_5pct_r: number | null;
  /** The deepest fall of the running sum of R from a peak, 0 or more. */
  readonly max_drawdown_r: number | null;
}

/** Enough places for any reading, and free of the noise of summing in another order. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Measures outcomes; their order does not matter. */
export function performanceOf(outcomes: readonly TradeOutcome[]): Performance {
  if (outcomes.length === 0) return { mean_r: null, worst_5pct_r: null, max_drawdown_r: null };
  const ordered = [...outcomes].sort((a, b) => a.endedAt - b.endedAt || a.r - b.r);
  let sum = 0;
  let peak = 0;
  let drawdown = 0;
  for (const { r } of ordered) {
    sum += r;
    peak = Math.max(peak, sum);
    drawdown = Math.max(drawdown, peak - sum);
  }
  const ascending = outcomes.map(({ r }) => r).sort((a, b) => a - b);
  return {
    mean_r: rounded(mean(ascending)),
    worst_5pct_r: rounded(mean(ascending.slice(0, Math.ceil(ascending.length / 20)))),
    max_drawdown_r: rounded(drawdown),
  };
}
