// Owns the numbers of exposure: what an account may hold together before nothing is added back, and which markets count as
// moving together; see money/exposure.ts.

export interface ExposureRules {
  /** Of one currency, and of symbols that move together, in multiples of the equity; 0 is no limit. */
  readonly currencyLimit: number;
  readonly correlatedLimit: number;
  /** The newest coarse bars that both symbols have: so many at most, and below so many it is not known. */
  readonly windowBars: number;
  readonly leastBars: number;
  /** Symbols with a correlation beyond this, either way, move together. */
  readonly correlationLeast: number;
}

export const DEFAULT_EXPOSURE: ExposureRules = {
  currencyLimit: 0,
  correlatedLimit: 0,
  windowBars: 480,
  leastBars: 96,
  correlationLeast: 0.7,
};
