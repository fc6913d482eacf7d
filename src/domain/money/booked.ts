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

/** What is known of the closes of a position beside the deals that are told. */
export interface Recorded {
  /** UTC ms; from when on every deal is told. */
  readonly since: number;
  /** By deal, its account's currency when it was told first; of others it is the one of now. */
  readonly currencies: ReadonlyMap<bigint, string>;
  /** Whether all lots that are closed of a result's position are in results: what is known to be open is what the broker shows. */
  isWhole(result: RealisedResult): boolean;
}

/** A result with what the broker booked for it; of 0 lots where the deals leave it none. */
export type Booked<Result> = Result & {
  /** The lots it was of, where the deals are of others. */
  readonly was?: number;
};

/**
 * The results that are what the broker booked from now on: of the deals that closed a result's very lots at its very price, and of
 * those it is of already, where the broker corrected them since. Those stay in their currency. Where the deals and the results of a
 * position are of as many lots, each deal is in one, whatever was recorded of its lots, price and currency.
 *
 * @param results - of the positions of these deals, in the order they were recorded, those that are booked already among them.
 * @param currency - the account's now, which new deals are in; null where nobody told it.
 */
export function newlyBooked<Result extends RealisedResult>(
  results: readonly Result[],
  deals: readonly BrokerDeal[],
  currency: string | null,
  recorded: Recorded | null = null,
): Booked<Result>[] {
  const told = byPosition(bookedDeals(deals), ({ positionIdentifier }) => positionIdentifier);
  const found = new Map<Result, Booked<Result>>();
  for (const [position, its] of byPosition(results, (result) => result.position ?? NO_POSITION)) {
    const of = told.get(position) ?? [];
    const inResults = new Map(
      its.flatMap((result) => (result.deals ?? []).map((deal) => [deal, result.currency] as const)),
    );
    const currencyOf = ({ deal }: BookedDeal): string =>
      inResults.get(deal) ?? recorded?.currencies.get(deal) ?? currency ?? '';
    const byNumber = new Map(of.map((deal) => [deal.deal, deal]));
    const now = bookedOf(its, { deals: of, byNumber, currencyOf }, recorded);
    for (const [result, change] of now) if (!isSame(change, result)) found.set(result, change);
  }
  return results.flatMap((result) => found.get(result) ?? []);
}

/** Whether the deals that are told of a result closed just its lots. */
export function isSettled(result: RealisedResult, told: ReadonlyMap<bigint, BookedDeal>): boolean {
  const own = ownOf(result, told);
  return own.length > 0 && lotsOf(own) === unitsOf(result.volume);
}

/** Of the deals a result is of, those that are told. */
function ownOf({ deals = [] }: RealisedResult, told: ReadonlyMap<bigint, BookedDeal>): readonly BookedDeal[] {
  return deals.flatMap((deal) => told.get(deal) ?? []);
}

/** The deals of a position that are told, and their currency. */
interface Told {
  readonly deals: readonly BookedDeal[];
  readonly byNumber: ReadonlyMap<bigint, BookedDeal>;
  currencyOf(deal: BookedDeal): string;
}

/** What the results of one position are by the deals of it. */
function bookedOf<Result extends RealisedResult>(
  its: readonly Result[],
  told: Told,
  recorded: Recorded | null,
): ReadonlyMap<Result, Booked<Result>> {
  const found = new Map<Result, Booked<Result>>();
  const open: Result[] = [];
  const openOrGone: Result[] = [];
  for (const result of its) {
    const own = ownOf(result, told.byNumber);
    const { deals = [], volume, at } = result;
    if (isSettled(result, told.byNumber)) found.set(result, booked(result, own));
    // Of other lots now, or of none yet.
    else if (volume > 0 && own.length === deals.length) open.push(result);
    else if (at < (recorded?.since ?? Number.POSITIVE_INFINITY)) continue;
    if (!found.has(result)) openOrGone.push(result);
  }
  const leftFor = (those: readonly Result[]): readonly BookedDeal[] => {
    const ours = new Set(those);
    const used = new Set(its.flatMap((result) => (ours.has(result) ? [] : (result.deals ?? []))));
    return told.deals.filter(({ deal }) => !used.has(deal));
  };
  const isWhole = recorded !== null && its.every((result) => recorded.isWhole(result));
  const whole = [open, openOrGone].find(
    (those) => isWhole && those.length > 0 && closedLots(those) === lotsOf(leftFor(those)),
  );
  const more =
    whole === undefined ? matched(open, leftFor(open), told) : allotted(whole, leftFor(whole), told);
  return new Map([...found, ...more]);
}

/** What closed results by the deals that no other one is of. */
function matched<Result extends RealisedResult>(
  results: readonly Result[],
  deals: readonly BookedDeal[],
  { currencyOf }: Told,
): ReadonlyMap<Result, Result> {
  const found = new Map<Result, Result>();
  let left = deals;
  for (const result of results) {
    const its = left.filter((deal) => result.currency !== '' && currencyOf(deal) === result.currency);
    const run = dealsOf(result, its, results.length === 1);
    if (run.length === 0) continue;
    const taken = new Set(run);
    left = left.filter((deal) => !taken.has(deal));
    found.set(result, booked(result, run));
  }
  return found;
}

/**
 * Each deal in one of these results, which are of as many lots together: in the one it was in, in the one it closed the very lots of,
 * else where it comes in the order of time.
 */
function allotted<Result extends RealisedResult>(
  results: readonly Result[],
  deals: readonly BookedDeal[],
  { byNumber, currencyOf }: Told,
): ReadonlyMap<Result, Booked<Result>> {
  const runs = new Map(results.map((result) => [result, ownOf(result, byNumber)]));
  const runOf = (result: Result): readonly BookedDeal[] => runs.get(result) ?? [];
  const taken = new Set(results.flatMap(runOf));
  const left = (): readonly BookedDeal[] => deals.filter((deal) => !taken.has(deal));
  for (const result of results) {
    const run = runOf(result).length === 0 ? dealsOf(result, left(), false) : [];
    for (const deal of run) taken.add(deal);
    if (run.length > 0) runs.set(result, run);
  }
  const needs = results.map((result) => Math.max(0, unitsOf(result.volume) - lotsOf(runOf(result))));
  let [at, end, lots] = [0, needs[0] ?? 0, 0];
  for (const deal of left()) {
    const middle = lots + unitsOf(deal.volume) / 2;
    for (; at < results.length - 1 && end <= middle; end += needs[at] ?? 0) at += 1;
    const result = results[at];
    if (result !== undefined) runs.set(result, [...runOf(result), deal]);
    lots += unitsOf(deal.volume);
  }
  return new Map(
    results.map((result) => {
      const run = runOf(result);
      const currency = run[0] === undefined ? result.currency : currencyOf(run[0]);
      return [result, currency === '' ? result : resized({ ...result, currency }, run)];
    }),
  );
}

/** A result of the lots that these deals closed. */
function resized<Result extends RealisedResult>(result: Result, run: readonly BookedDeal[]): Booked<Result> {
  const volume = lotsOf(run) / 1e8;
  if (volume === result.volume) return booked(result, run);
  const other = { ...result, volume, was: result.volume };
  return run.length === 0 ? other : booked(other, run);
}

const lotsOf = (run: readonly BookedDeal[]): number =>
  run.reduce((sum, { volume }) => sum + unitsOf(volume), 0);
const closedLots = (results: readonly RealisedResult[]): number =>
  results.reduce((sum, { volume }) => sum + unitsOf(volume), 0);

function isSame(one: RealisedResult, other: RealisedResult): boolean {
  return SAID.every((name) => String(one[name]) === String(other[name]));
}

const SAID = ['volume', 'exitPrice', 'currency', 'profit', 'commission', 'swap', 'deals'] as const;

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
function exitOf({ exitPrice, volume }: RealisedResult, run: readonly BookedDeal[]): number {
  const [first, ...more] = run;
  const average = first !== undefined && more.length === 0 ? first.price : averageOf(run, volume);
  return exitPrice !== null && isNear(average, exitPrice, 1e-9) ? exitPrice : average;
}
