// Owns what the broker itself booked for closed lots: deals that tell their money take the place of what was computed.

import type { BrokerDeal, DealMoney } from '../broker/snapshot.js';
import { placesOf } from './currency.js';
import { averageOf, type BookedDeal, DealRuns, isNear, lotsOf, unitsOf } from './deal-runs.js';
import { decimal, decimalText, type ExactDecimal, negated, plus, rounded, total } from './decimal.js';
import type { RealisedResult } from './realised.js';

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
  const told = groupsOf(bookedDeals(deals), ({ positionIdentifier }) => positionIdentifier);
  const found = new Map<Result, Booked<Result>>();
  for (const [position, its] of groupsOf(results, (result) => result.position ?? NO_POSITION)) {
    const of = told.get(position) ?? [];
    const inResults = new Map(
      its.flatMap((result) => (result.deals ?? []).map((deal) => [deal, result.currency] as const)),
    );
    const currencyOf = ({ deal }: BookedDeal): string =>
      inResults.get(deal) ?? recorded?.currencies.get(deal) ?? currency ?? '';
    const now = bookedOf(its, { deals: of, currencyOf }, recorded);
    for (const [result, change] of now) if (!isSame(change, result)) found.set(result, change);
  }
  return results.flatMap((result) => found.get(result) ?? []);
}

/** Whether the deals that are told of a result closed just its lots. */
export function isSettled(
  { deals = [], volume }: RealisedResult,
  told: ReadonlyMap<bigint, BookedDeal>,
): boolean {
  return isOf(
    volume,
    deals.flatMap((deal) => told.get(deal) ?? []),
  );
}

const isOf = (volume: number, run: readonly BookedDeal[]): boolean =>
  run.length > 0 && lotsOf(run) === unitsOf(volume);

/** The deals of a position that are told, and their currency. */
interface Told {
  readonly deals: readonly BookedDeal[];
  currencyOf(deal: BookedDeal): string;
}

/** Of the deals that each result is of, those that are told; one that is in an earlier result as well is of that one. */
function runsOf<Result extends RealisedResult>(its: readonly Result[], deals: readonly BookedDeal[]) {
  const told = new Map(deals.map((deal) => [deal.deal, deal]));
  const claimed = new Set<bigint>();
  return its.map((result) => {
    const own = (result.deals ?? []).filter((deal) => !claimed.has(deal));
    for (const deal of own) claimed.add(deal);
    const run = own.flatMap((deal) => told.get(deal) ?? []);
    return { result, run, isTold: run.length === own.length };
  });
}

/** A result and those of its deals that are told. */
type Run<Result> = readonly [Result, readonly BookedDeal[]];

/** What the results of one position are by the deals of it. */
function bookedOf<Result extends RealisedResult>(
  its: readonly Result[],
  told: Told,
  recorded: Recorded | null,
): ReadonlyMap<Result, Booked<Result>> {
  const found = new Map<Result, Booked<Result>>();
  const open: Run<Result>[] = [];
  const openOrGone: Run<Result>[] = [];
  for (const { result, run, isTold } of runsOf(its, told.deals)) {
    const { volume, at } = result;
    if (isOf(volume, run)) {
      found.set(result, booked(result, run));
      continue;
    }
    // Of other lots now, or of none yet.
    const isOpen = volume > 0 && isTold;
    if (isOpen) open.push([result, run]);
    if (isOpen || at >= (recorded?.since ?? Number.POSITIVE_INFINITY)) openOrGone.push([result, run]);
  }
  const leftFor = (those: readonly Run<Result>[]): readonly BookedDeal[] => {
    const ours = new Set(those.map(([result]) => result));
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
  open: readonly Run<Result>[],
  deals: readonly BookedDeal[],
  { currencyOf }: Told,
): ReadonlyMap<Result, Result> {
  const found = new Map<Result, Result>();
  const left = new Map([...groupsOf(deals, currencyOf)].map(([name, its]) => [name, new DealRuns(its)]));
  for (const [result] of open) {
    const its = result.currency === '' ? undefined : left.get(result.currency);
    // Without a price, where nothing else is asked about: others may be of lots that nobody recorded.
    const isAny = result.exitPrice === null && open.length === 1;
    const run = (isAny ? its?.takeAll(result) : its?.take(result)) ?? [];
    if (run.length > 0) found.set(result, booked(result, run));
  }
  return found;
}

/**
 * Each deal in one of these results, which are of as many lots together: in the one it was in, in the one it closed the very lots of,
 * else where it comes in the order of time.
 */
function allotted<Result extends RealisedResult>(
  those: readonly Run<Result>[],
  deals: readonly BookedDeal[],
  { currencyOf }: Told,
): ReadonlyMap<Result, Booked<Result>> {
  const taken = new Set(those.flatMap(([, run]) => run));
  const left = new DealRuns(deals.filter((deal) => !taken.has(deal)));
  const parts = those.map(([result, run]) => ({
    result,
    run: run.length > 0 ? [...run] : [...left.take(result)],
  }));
  const needs = parts.map(({ result, run }) => Math.max(0, unitsOf(result.volume) - lotsOf(run)));
  let [at, end, lots] = [0, needs[0] ?? 0, 0];
  for (const deal of left.left) {
    const middle = lots + unitsOf(deal.volume) / 2;
    for (; at < parts.length - 1 && end <= middle; end += needs[at] ?? 0) at += 1;
    parts[at]?.run.push(deal);
    lots += unitsOf(deal.volume);
  }
  return new Map(
    parts.map(({ result, run }) => {
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

const closedLots = (those: readonly Run<RealisedResult>[]): number =>
  those.reduce((sum, [{ volume }]) => sum + unitsOf(volume), 0);

function isSame(one: RealisedResult, other: RealisedResult): boolean {
  return SAID.every((name) => String(one[name]) === String(other[name]));
}

const SAID = ['volume', 'exitPrice', 'currency', 'profit', 'commission', 'swap', 'deals'] as const;

/** Results of before positions were recorded are of none that a deal names. */
const NO_POSITION = -1n;

function groupsOf<Each, Key>(all: readonly Each[], keyOf: (each: Each) => Key): Map<Key, Each[]> {
  const groups = new Map<Key, Each[]>();
  for (const each of all) {
    const group = groups.get(keyOf(each));
    if (group === undefined) groups.set(keyOf(each), [each]);
    else group.push(each);
  }
  return groups;
}

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
