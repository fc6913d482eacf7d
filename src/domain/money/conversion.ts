// Owns turning an amount of one currency into another by rates that were fed: a pair of the two, the same turned round, or
// two pairs over the dollar or the euro. Who has the amount gets the worse side of each price, as at a broker.

import { decimal, divided, type ExactDecimal, times } from './decimal.js';

/** The price of a pair, such as EURUSD, when it was fed (UTC ms). */
export interface FedRate {
  readonly bid: number;
  readonly ask: number;
  readonly at: number;
}

/** The newest price of a pair by its name; null where none is fed. */
export type FedRates = (pair: string) => FedRate | null;

interface Leg extends FedRate {
  readonly pair: string;
  /** The pair is the other way round: an amount is divided by its price. */
  readonly isInverse: boolean;
}

export interface Conversion {
  readonly from: string;
  readonly to: string;
  /** None where both are the same currency. */
  readonly legs: readonly Leg[];
}

/** Currencies over which two others meet, where no pair of the two is fed. */
const OVER = ['USD', 'EUR'] as const;

/** How to turn one currency into another; null where the rates do not reach. */
export function conversionOf(from: string, to: string, rates: FedRates): Conversion | null {
  if (from === to) return { from, to, legs: [] };
  const straight = legOf(from, to, rates);
  if (straight !== null) return { from, to, legs: [straight] };
  for (const middle of OVER) {
    if (middle === from || middle === to) continue;
    const [first, second] = [legOf(from, middle, rates), legOf(middle, to, rates)];
    if (first !== null && second !== null) return { from, to, legs: [first, second] };
  }
  return null;
}

function legOf(from: string, to: string, rates: FedRates): Leg | null {
  for (const isInverse of [false, true]) {
    const pair = isInverse ? to + from : from + to;
    const rate = rates(pair);
    if (rate !== null && rate.bid > 0 && rate.ask > 0) return { ...rate, pair, isInverse };
  }
  return null;
}

/** An amount in the other currency, exactly until it is rounded to so many places. */
export function converted(amount: ExactDecimal, { legs }: Conversion, places: number): ExactDecimal {
  const isGain = amount.units > 0n;
  let [over, under] = [amount, decimal(1)];
  for (const { isInverse, bid, ask } of legs) {
    // A gain is sold at the bid, and buys the base of an inverse pair at the ask; of a loss it is the other way round.
    const price = decimal(isGain === isInverse ? ask : bid);
    if (isInverse) under = times(under, price);
    else over = times(over, price);
  }
  return divided(over, under, places);
}

/** When the oldest of its prices was fed, UTC ms; null where it needs none. */
export function ratedAt({ legs }: Conversion): number | null {
  return legs.length === 0 ? null : Math.min(...legs.map(({ at }) => at));
}

/** Its pairs for a person: "EURGBP", "1/USDJPY", "EURUSD, 1/USDJPY"; empty where it needs none. */
export function rateText({ legs }: Conversion): string {
  return legs.map(({ pair, isInverse }) => (isInverse ? `1/${pair}` : pair)).join(', ');
}
