// Owns what the broker itself booked for closed lots: deals that tell their money take the place of what was computed.

import type { BrokerDeal, DealMoney } from '../broker/snapshot.js';
import { placesOf } from './currency.js';
import { decimal, decimalText, type ExactDecimal, negated, plus, rounded, total } from './decimal.js';
import type { RealisedResult } from './realised.js';

/** A deal that closed lots and tells what it earned. */
export type BookedDeal = BrokerDeal & { readonly money: DealMoney };

/** Deals whose lots are all closed ones: one that turned a position round opened lots too, and its money is of both. */
export function bookedDeals(deals: readonly BrokerDeal[]): BookedDeal[] {
  const isBooked = (deal: BrokerDeal): deal is BookedDeal => deal.entry === 'OUT' && deal.money !== undefined;
  return deals.filter(isBooked).sort((a, b) => a.time - b.time || (a.deal < b.deal ? -1 : 1));
}

/**
 * The results that are what the broker booked from now on. A result is of the deals that closed its very lots at its very price.
 *
 * @param results - of the positions of these deals, in the order they were recorded, those that are booked already among them.
 */
export function newlyBooked<Result extends RealisedResult>(
  results: readonly Result[],
  deals: readonly BrokerDeal[],
): Result[] {
  const used = new Set(results.flatMap((result) => result.deals ?? []));
  const told = bookedDeals(deals);
  const open = results.filter((result) => isBookable(result));
  return open.flatMap((result) => {
    const { position } = result;
    const left = told.filter((deal) => deal.positionIdentifier === position && !used.has(deal.deal));
    const alone = open.filter((other) => other.position === position).length === 1;
    const run = dealsOf(result, left, alone);
    for (const { deal } of run) used.add(deal);
    return run.length === 0 ? [] : [booked(result, run)];
  });
}

/** What was taken back, and what is in no currency, is no broker's figure. */
const isBookable = ({ deals, currency, volume }: RealisedResult): boolean =>
  deals === undefined && currency !== '' && volume > 0;

/** The first deals one after the other that closed so much at such a price; without a price only where nothing else is asked about. */
function dealsOf(
  { volume, exitPrice }: RealisedResult,
  deals: readonly BookedDeal[],
  alone: boolean,
): readonly BookedDeal[] {
  for (let from = 0; from < deals.length; from += 1) {
    for (let to = from + 1; to <= deals.length; to += 1) {
      const run = deals.slice(from, to);
      const lots = total(run.map((deal) => decimal(deal.volume)));
      const over = plus(lots, negated(decimal(volume))).units;
      if (over < 0n) continue;
      if (over === 0n && (exitPrice === null ? alone : isPrice(exitPrice, run, volume))) return run;
      break;
    }
  }
  return [];
}

/** Averages are told with the digits of a double. */
function isPrice(price: number, run: readonly BookedDeal[], volume: number): boolean {
  const average = run.reduce((sum, deal) => sum + deal.price * deal.volume, 0) / volume;
  return Math.abs(average - price) <= price * 1e-9;
}

function booked<Result extends RealisedResult>(result: Result, run: readonly BookedDeal[]): Result {
  const sum = (part: keyof DealMoney): ExactDecimal => total(run.map(({ money }) => decimal(money[part])));
  const text = (amount: ExactDecimal): string => decimalText(rounded(amount, placesOf(result.currency)));
  const [first, ...more] = run;
  return {
    ...result,
    exitPrice: result.exitPrice ?? (more.length === 0 ? (first?.price ?? null) : null),
    profit: text(sum('profit')),
    commission: text(negated(plus(sum('commission'), sum('fee')))),
    swap: text(sum('swap')),
    obstacle: null,
    deals: run.map(({ deal }) => deal),
  };
}
