// Owns what makes a price plausible at once, and what confirms one that is not: how far it lies outside the prices
// before it, against what the market itself moves in such a time. Pure; prices in quote currency, times UTC ms.

/** The prices of a moment: bid and ask of a quote, low and high of a bar. */
export interface PricesAt {
  /** When they are known: a bar's when it closed. */
  readonly at: number;
  readonly low: number;
  readonly high: number;
}

/** How far prices lie outside those before them, on the side where they lie further: 0 on the other. */
export interface Excursion {
  /** The lowest and the highest of those before. */
  readonly low: number;
  readonly high: number;
  /** Below the lowest. */
  readonly below: number;
  /** Above the highest. */
  readonly above: number;
}

/** What a market's own movement is told by. */
export interface Movement {
  /** Average true range of a bar. */
  readonly atr: number;
  /** The bar's length in ms. */
  readonly barMs: number;
}

/** So many prices before one it is held against. */
export const PRICES_BEFORE = 3;
/** The next price confirms an excursion when it goes at least this share of it. */
const CONFIRMING_SHARE = 1 / 3;
/** Prices closer in time than this, in ms, are judged as if they were this far apart. */
const LEAST_ELAPSED_MS = 1000;

/** How far prices lie outside all of those before; null when they do not. */
export function excursionOf(prices: PricesAt, before: readonly PricesAt[]): Excursion | null {
  if (before.length === 0) return null;
  const low = Math.min(...before.map((range) => range.low));
  const high = Math.max(...before.map((range) => range.high));
  const [below, above] = [Math.max(low - prices.low, 0), Math.max(prices.high - high, 0)];
  if (below === 0 && above === 0) return null;
  return { low, high, below: below >= above ? below : 0, above: above >= below ? above : 0 };
}

export function distanceOf({ below, above }: Excursion): number {
  return Math.max(below, above);
}

/**
 * How far outside prices may lie to be believed at once: `atrs` x ATR x sqrt(elapsed / length of the ATR's bar).
 *
 * The ATR (J. W. Wilder, New Concepts in Technical Trading Systems, 1978) is how far the market goes in a bar, and
 * the range of a random walk grows with the root of time (W. Feller, Annals of Mathematical Statistics 22, 1951), so
 * one number serves ticks, bars and weekends. Judging a price by its neighbours and a multiple of their own spread
 * is how C. T. Brownlees and G. M. Gallo clean quotes (Computational Statistics & Data Analysis 51, 2006); unlike
 * theirs, what fails here is not thrown away but waits for the next price.
 *
 * @param elapsedMs - since the last price; less than a second, or time that goes back, counts as a second
 */
export function believedDistance(atrs: number, { atr, barMs }: Movement, elapsedMs: number): number {
  return atrs * atr * Math.sqrt(Math.max(elapsedMs, LEAST_ELAPSED_MS) / barMs);
}

/** Whether prices that came later, or of another source, go at least a third of the way of an excursion. */
export function confirms(prices: PricesAt, { low, high, below, above }: Excursion): boolean {
  return (
    (above > 0 && prices.high - high >= above * CONFIRMING_SHARE) ||
    (below > 0 && low - prices.low >= below * CONFIRMING_SHARE)
  );
}
