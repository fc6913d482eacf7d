// Owns how high an axis goes: for the usual values, so that few that stick out do not make the rest flat. Pure.

/** One sample of ten may be a peak; slowness that lasts for longer has the axis to itself. */
const USUAL_SHARE = 0.9;
/** So many times the usual is still in sight. */
const IN_SIGHT = 3;

/** The highest value that is to be in sight: all of them, unless few are far above the rest. */
export function usualTop(values: readonly number[]): number {
  const ascending = [...values].sort((a, b) => a - b);
  const usual = ascending[Math.ceil(ascending.length * USUAL_SHARE) - 1] ?? 0;
  const highest = ascending.at(-1) ?? 0;
  return usual === 0 ? highest : Math.min(highest, usual * IN_SIGHT);
}
