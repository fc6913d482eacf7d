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
 * The results that are what the broker booked from now on: of the deals that closed a result's very lots at its very price, and of
 * those it is of already, where the broker corrected them since.
 *
 * @param results - of the positions of these deals, in the order they were recorded, those that are booked already among them.
 * @param currency - the account's now, which the deals are in; null where nobody told it.
 */
export function newlyBooked<Result extends RealisedResult>(
  results: readonly Result[],
  deals: readonly BrokerDeal[],
  currency: string | null,
): Result[] {
  const told = bookedDeals(deals);
  const byNumber = new Map(told.map((deal) => [deal.deal, deal]));
  const runOf = (result: Result): readonly BookedDeal[] => {
    const run = (result.deals ?? []).flatMap((deal) => byNumber.get(deal) ?? []);
    const isWhole = run.length === result.deals?.length || lotsOf(run) === unitsOf(result.volume);
    return isWhole && result.currency === currency ? run : [];
  };
  // Of other lots now: they, or others, may be what closed these.
  const moved = new Set(
    results.filter((result) => runOf(result).length > 0 && lotsOf(runOf(result)) !== unitsOf(result.volume)),
  );
  const open = results.filter((result) => moved.has(result) || isBookable(result, currency));
  const others = results.filter((result) => result.deals !== undefined && !moved.has(result));
  const found = matched(open, others, told);
  return results.flatMap((result) => {
    const run = runOf(result);
    const now = found.get(result) ?? (run.length === 0 ? result : booked(result, run));
    return isSameMoney(now, result) && !found.has(result) ? [] : [now];
  });
}

/** What closed results by the deals that no other one is of. */
function matched<Result extends RealisedResult>(
  open: readonly Result[],
  others: readonly Result[],
  deals: readonly BookedDeal[],
): ReadonlyMap<Result, Result> {
  const used = new Set(others.flatMap((result) => result.deals ?? []));
  const told = byPosition(deals, ({ positionIdentifier }) => positionIdentifier);
  const closes = byPosition(open, ({ position }) => position ?? NO_POSITION);
  const found = new Map<Result, Result>();
  for (const [position, its] of closes) {
    let left = (told.get(position) ?? []).filter(({ deal }) => !used.has(deal));
    for (const result of its) {
      const run = dealsOf(result, left, its.length === 1);
      if (run.length === 0) continue;
      const taken = new Set(run);
      left = left.filter((deal) => !taken.has(deal));
      found.set(result, booked(result, run));
    }
  }
  return found;
}

const lotsOf = (run: readonly BookedDeal[]): number =>
  run.reduce((sum, { volume }) => sum + unitsOf(volume), 0);

function isSameMoney(one: RealisedResult, other: RealisedResult): boolean {
  const { profit, commission, swap, exitPrice } = one;
  return (
    profit === other.profit &&
    commission === other.commission &&
    swap === other.swap &&
    exitPrice === other.exitPrice
  );
}

/** Results of before positions were recorded are of none that a deal names. */
const NO_POSITION = -1n;

function byPosition<Each>(all: readonly Each[], positionOf: (each: Each) => bigint): Map<bigint, Each[]> {
  const groups = new Map<bigint, Each[]>();
  for (const each of all) {
    const group = groups.get(positionOf(each));
    if (group === undefined) groups.set(positionOf(each), [each]);
    else group.push(each);
  }
  return groups;
}

/** What was taken back, and what is in another currency than the deals or in none, is no broker's figure. */
const isBookable = ({ deals, currency, volume }: RealisedResult, told: string | null): boolean =>
  deals === undefined && currency !== '' && currency === told && volume > 0;

/** Lots have eight places at most; in these units a sum of them is exact. */
const unitsOf = (lots: number): number => Math.round(lots * 1e8);

/**
 * The first deals one after the other that closed so much at such a price. Without a price those that are left, where nothing else
 * is asked about and together they closed just so much: others may be of lots that nobody recorded.
 */
function dealsOf(
  { volume, exitPrice }: RealisedResult,
  deals: readonly BookedDeal[],
  alone: boolean,
): readonly BookedDeal[] {
  const asked = unitsOf(volume);
  if (exitPrice === null) {
    const closed = deals.reduce((sum, deal) => sum + unitsOf(deal.volume), 0);
    return alone && closed === asked ? deals : [];
  }
  // Each deal enters the sum once and leaves it once: a position may have thousands.
  let [lots, value, from] = [0, 0, 0];
  for (const [at, deal] of deals.entries()) {
    lots += unitsOf(deal.volume);
    value += deal.price * deal.volume;
    for (let first = deals[from]; lots > asked && first !== undefined; first = deals[from]) {
      lots -= unitsOf(first.volume);
      value -= first.price * first.volume;
      from += 1;
    }
    // The running sum carries noise: it tells which deals are worth a closer look.
    if (lots !== asked || !isNear(value / volume, exitPrice, 1e-6)) continue;
    const run = deals.slice(from, at + 1);
    if (isNear(averageOf(run, volume), exitPrice, 1e-9)) return run;
  }
  return [];
}

const averageOf = (run: readonly BookedDeal[], volume: number): number =>
  run.reduce((sum, deal) => sum + deal.price * deal.volume, 0) / volume;

/** Averages are told with the digits of a double. */
const isNear = (average: number, price: number, share: number): boolean =>
  Math.abs(average - price) <= price * share;

function booked<Result extends RealisedResult>(result: Result, run: readonly BookedDeal[]): Result {
  const sum = (part: keyof DealMoney): ExactDecimal => total(run.map(({ money }) => decimal(money[part])));
  const text = (amount: ExactDecimal): string => decimalText(rounded(amount, placesOf(result.currency)));
  return {
    ...result,
    exitPrice: exitOf(result, run),
    profit: text(sum('profit')),
    commission: text(negated(plus(sum('commission'), sum('fee')))),
    swap: text(sum('swap')),
    obstacle: null,
    deals: run.map(({ deal }) => deal),
  };
}

/** The price that was recorded, but where nobody told it or the deals that closed these lots are at another one since. */
function exitOf({ exitPrice, volume }: RealisedResult, run: readonly BookedDeal[]): number | null {
  const [first, ...more] = run;
  if (lotsOf(run) !== unitsOf(volume)) return exitPrice;
  const average = first !== undefined && more.length === 0 ? first.price : averageOf(run, volume);
  return exitPrice !== null && isNear(average, exitPrice, 1e-9) ? exitPrice : average;
}
