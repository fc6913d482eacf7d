// Owns putting together what was known and what came since. Pure.

/**
 * What was known with what came since, each moment once; the same list when nothing did. An answer that is
 * full may have left out what lies between, and stands alone.
 *
 * @param newer - from the newest that is known on, oldest first
 */
export function continued<T>(
  before: readonly T[],
  newer: readonly T[],
  full: number,
  timeOf: (each: T) => string | undefined,
): readonly T[] {
  const first = newer[0];
  if (first === undefined || newer.length >= full) return first === undefined ? before : newer;
  const from = Date.parse(timeOf(first) ?? '');
  const kept = before.filter((each) => Date.parse(timeOf(each) ?? '') < from);
  const replaced = before.slice(kept.length);
  const same = replaced.length === newer.length && JSON.stringify(replaced) === JSON.stringify(newer);
  return same ? before : [...kept, ...newer];
}
