// Owns what silence makes of markets: of a server that does not answer nobody knows whether trades are watched. Pure.

/** A call that failed once or twice says nothing; in ms. */
const SILENT_MS = 15_000;

/** The markets as they are to be shown `ms` after the last answer: after a while none is fresh. */
export function unheard<Market extends { readonly stale: boolean }>(
  views: ReadonlyMap<string, Market>,
  ms: number,
): ReadonlyMap<string, Market> {
  if (ms < SILENT_MS) return views;
  return new Map([...views].map(([name, market]) => [name, { ...market, stale: true }]));
}
