// Owns the rails of an account: how much may be lost, or earned, in the broker's day and hour and how many stops may
// follow each other before nothing that adds risk is allowed for a while. A loss that is sure may also close everything,
// or halt: what a client tells, or one wrong heartbeat shows, never does.
// Money is in the account's currency; losses are shares of equity, 0.02 is 2%; times are of the
// database's clock, so that no date a caller gives lifts or lengthens anything.
import type { Rules } from '../rules.js';

export const RAILS = ['DAILY_LOSS', 'HOURLY_LOSS', 'STOP_STREAK', 'DAILY_PROFIT'] as const;
export type Rail = (typeof RAILS)[number];

/** What a rail does: forbid what adds risk, close everything beside that, or forbid everything. */
export const RAIL_ACTIONS = ['reduce', 'flatten', 'halt'] as const;
export type RailAction = (typeof RAIL_ACTIONS)[number];

/** The rails that money measures, and those of them that may do more than reduce. */
const MEASURED = ['DAILY_LOSS', 'HOURLY_LOSS', 'DAILY_PROFIT'] as const;
const LOSSES: ReadonlySet<Rail> = new Set<Rail>(['DAILY_LOSS', 'HOURLY_LOSS']);

/** What an account may have of its own; the rest is as configured. */
export type RailLimits = Partial<
  Pick<Rules['rails'], 'dailyLoss' | 'hourlyLoss' | 'stopStreak' | 'dailyProfit' | 'onTrip'>
>;

/** A day or an hour of the broker's clock, as that was when it began: another offset counts from the next one on. */
export interface Period {
  /** The next one begins with the first report from then on; database time. */
  readonly endsAt: number;
  /** The equity it began with: what losses are shares of. It shrinks with what is paid out. */
  readonly equity: number;
  /** What was paid in since: it is not earned, and does not make a loss a smaller share. */
  readonly paidIn: number;
}

export interface TrippedRail {
  readonly rail: Rail;
  readonly trippedAt: number;
  /** From then on it does not hold any more. */
  readonly holdsUntil: number;
  /** Where it stood when it tripped: a share of equity, or a number of stops. */
  readonly value: number;
  /** What it does once it is sure; until then it reduces. As the account was set when it tripped. */
  readonly onTrip: RailAction;
  /** Since when every proven heartbeat has shown it beyond its limit; null after one that did not. */
  readonly overSince: number | null;
  /** When it was sure, and ordered everything closed or halted; null before, and where it only reduces. */
  readonly actedAt: number | null;
}

/** What the rails remember of an account. */
export interface RailBook {
  /** null before the first report. */
  readonly day: Period | null;
  readonly hour: Period | null;
  readonly stopStreak: number;
  /** Closes since the last profit that the broker's deals have not shown yet, oldest first. */
  readonly toldCloses: readonly ToldClose[];
  /** At most one of each, in the order of RAILS. Those that do not hold any more are over. */
  readonly rails: readonly TrippedRail[];
}

/** A close of a position that no snapshot had shown. */
export interface ToldClose {
  readonly ticket: bigint;
  /** Database time. */
  readonly at: number;
  /** Whether it counted as a stop. */
  readonly isStop: boolean;
  /** The stops that counted after it: where the streak stands if it was a profit. */
  readonly stopsSince: number;
}

export const EMPTY_RAIL_BOOK: RailBook = {
  day: null,
  hour: null,
  stopStreak: 0,
  toldCloses: [],
  rails: [],
};

/** An account's equity as a bridge reported it. */
export interface EquityReport {
  readonly equity: number;
  /** What was paid in since the report before, below 0 paid out: no result, and so no loss and no gain. */
  readonly paidIn: number;
  /** Database time. */
  readonly at: number;
  /** The broker's clock against UTC. */
  readonly utcOffsetMinutes: number;
  readonly proof: Proof;
}

/**
 * How far an equity proves a loss: not at all where nobody tells what was paid in or out; `first` where no heartbeat came
 * shortly before; `next` where one did.
 */
export type Proof = 'none' | 'first' | 'next';

export type RailRules = Rules['rails'];

/** An account with less has nothing that a share could be lost of. */
const LEAST_EQUITY = 0.01;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long periods are, and how short another offset makes one at most: a day by the hour of a summer's beginning. */
const LENGTHS = {
  day: { whole: DAY_MS, least: DAY_MS - HOUR_MS },
  hour: { whole: HOUR_MS, least: HOUR_MS },
} as const;

type PeriodName = keyof typeof LENGTHS;

/** The broker's day at a database time, by its number since 1970. */
export function dayOf(at: number, utcOffsetMinutes: number): number {
  return Math.floor((at + utcOffsetMinutes * MINUTE_MS) / DAY_MS);
}

/** The rails after a report. */
export function afterEquity(book: RailBook, report: EquityReport, rules: RailRules): RailBook {
  const { equity, at } = report;
  const day = periodOf('day', paid(book.day, report), report);
  const hour = periodOf('hour', paid(book.hour, report), report);
  const measured = { ...book, day, hour };
  // A day that another offset makes longer trips it again.
  const nextDay = Math.min(endOf('day', day, report), at + DAY_MS);
  const ends = { DAILY_LOSS: nextDay, HOURLY_LOSS: at + rules.hourlyCooldownMs, DAILY_PROFIT: nextDay };
  let { rails } = book;
  for (const rail of MEASURED) {
    const value = railValue(measured, rail, equity);
    const isOn = isWatched(rail, rules) && !isNever(rail, rules);
    const isOver = isOn && isReached(value, railLimit(rail, rules));
    const known = holding(rails, at).find((one) => one.rail === rail);
    if (known !== undefined) rails = replaced(rails, isOver ? stillOver(known, report, rules) : below(known));
    else if (isOver) rails = replaced(rails, newTrip(rail, ends[rail], value, report, rules));
  }
  return { ...measured, rails: holding(rails, at) };
}

/** Shares carry the noise of doubles: a loss of just the limit reaches it, and no loss reaches none. */
const NOISE = 1e-12;
const isReached = (value: number, limit: number): boolean => value > NOISE && value >= limit - NOISE;

export function newTrip(
  rail: Rail,
  holdsUntil: number,
  value: number,
  { at, proof }: Pick<EquityReport, 'at' | 'proof'>,
  { onTrip }: RailRules,
): TrippedRail {
  const does = LOSSES.has(rail) ? onTrip : 'reduce';
  const overSince = does === 'reduce' || proof === 'none' ? null : at;
  return { rail, trippedAt: at, holdsUntil, value, onTrip: does, overSince, actedAt: null };
}

/** A rail that holds is not tripped again. It is sure once heartbeats without a gap have shown the same for long enough. */
function stillOver(known: TrippedRail, { at, proof }: EquityReport, { sureAfterMs }: RailRules): TrippedRail {
  if (known.onTrip === 'reduce' || known.actedAt !== null || proof === 'none') return known;
  const overSince = proof === 'next' ? (known.overSince ?? at) : at;
  const isSure = at > overSince && at - overSince >= sureAfterMs;
  return { ...known, overSince, actedAt: isSure ? at : null };
}

/** What was beyond the limit for a moment only may have been one wrong heartbeat: it must be shown anew. */
function below(known: TrippedRail): TrippedRail {
  return known.overSince === null || known.actedAt !== null ? known : { ...known, overSince: null };
}

/** Whether an account has the rail at all: a profit target of 0 is none. */
export function isWatched(rail: Rail, rules: RailRules): boolean {
  return rail !== 'DAILY_PROFIT' || rules.dailyProfit > 0;
}

/** A loss of everything is no limit, however far below 0 an account falls. */
function isNever(rail: Rail, rules: RailRules): boolean {
  return LOSSES.has(rail) && railLimit(rail, rules) >= 1;
}

/**
 * Lifts what holds. What was lost until now is forgiven: a lifted rail trips again only on new losses,
 * counted from `equity`, the newest known.
 */
export function lifted(book: RailBook, equity: number | null): RailBook {
  const forgiven = (rail: Rail, period: Period | null): Period | null =>
    period === null || equity === null || !isTripped(book, rail) ? period : { ...period, equity, paidIn: 0 };
  return {
    day: forgiven('DAILY_PROFIT', forgiven('DAILY_LOSS', book.day)),
    hour: forgiven('HOURLY_LOSS', book.hour),
    stopStreak: isTripped(book, 'STOP_STREAK') ? 0 : book.stopStreak,
    toldCloses: isTripped(book, 'STOP_STREAK') ? [] : book.toldCloses,
    rails: [],
  };
}

/** The rails that hold at a broker time. */
export function holding(rails: readonly TrippedRail[], at: number): readonly TrippedRail[] {
  return rails.every(({ holdsUntil }) => at < holdsUntil)
    ? rails
    : rails.filter(({ holdsUntil }) => at < holdsUntil);
}

/** Where a rail stands with this equity: a share of equity, or a number of stops. */
export function railValue(book: RailBook, rail: Rail, equity: number | null): number {
  if (rail === 'STOP_STREAK') return book.stopStreak;
  if (equity === null) return 0;
  if (rail === 'DAILY_PROFIT') return 0 - lossOf(book.day, equity);
  return lossOf(rail === 'DAILY_LOSS' ? book.day : book.hour, equity);
}

/** Where a rail trips. */
export function railLimit(rail: Rail, rules: RailRules): number {
  switch (rail) {
    case 'DAILY_LOSS':
      return rules.dailyLoss;
    case 'HOURLY_LOSS':
      return rules.hourlyLoss;
    case 'STOP_STREAK':
      return rules.stopStreak;
    case 'DAILY_PROFIT':
      return rules.dailyProfit;
  }
}

const percent = (share: number): string => `${Number((share * 100).toFixed(2))}%`;

const TEXTS: Readonly<Record<Rail, (value: number, limit: number) => string>> = {
  DAILY_LOSS: (value, limit) => `${percent(value)} lost in the broker's day, of ${percent(limit)} allowed`,
  HOURLY_LOSS: (value, limit) => `${percent(value)} lost in the hour, of ${percent(limit)} allowed`,
  STOP_STREAK: (value, limit) => `${value} stops in a row, of ${limit} allowed`,
  DAILY_PROFIT: (value, limit) => `${percent(value)} earned in the broker's day, of ${percent(limit)} wanted`,
};

/** Where a rail stands, for a person. */
export function railText(rail: Rail, value: number, limit: number): string {
  return TEXTS[rail](value, limit);
}

/** When the period of a report ends: the running one as it was to end, else by the offset of the report. */
export function endOf(
  name: PeriodName,
  known: Period | null,
  { at, utcOffsetMinutes }: Pick<EquityReport, 'at' | 'utcOffsetMinutes'>,
): number {
  if (known !== null && at < known.endsAt) return known.endsAt;
  const { whole, least } = LENGTHS[name];
  const offset = utcOffsetMinutes * MINUTE_MS;
  const end = (Math.floor((at + offset) / whole) + 1) * whole - offset;
  // What was lost counts as long as ever, whatever the offset becomes.
  return known !== null && end - known.endsAt < least ? end + whole : end;
}

function periodOf(name: PeriodName, known: Period | null, report: EquityReport): Period | null {
  const { at, equity } = report;
  if (known !== null && at < known.endsAt) return known;
  // Nothing can be measured from what nobody can lose: a terminal that is starting reports 0.
  return equity < LEAST_EQUITY ? null : { endsAt: endOf(name, known, report), equity, paidIn: 0 };
}

/** When a period of this number since 1970 ends, as older programs told them. */
export function endOfNumbered(name: PeriodName, number: number, utcOffsetMinutes: number): number {
  return (number + 1) * LENGTHS[name].whole - utcOffsetMinutes * MINUTE_MS;
}

/** The number by which older programs know a period. */
export function numberOf(name: PeriodName, endsAt: number, utcOffsetMinutes: number): number {
  return Math.ceil((endsAt + utcOffsetMinutes * MINUTE_MS) / LENGTHS[name].whole) - 1;
}

/**
 * A period after a payment. A deposit is set against what is there later; what was lost before stays. A withdrawal takes its share of all that
 * is measured, so that a loss before it stays the share it was, and one after it is a share of what was left.
 */
function paid(period: Period | null, { paidIn, equity }: EquityReport): Period | null {
  if (period === null || paidIn === 0) return period;
  if (paidIn > 0) {
    const sum = period.paidIn + paidIn;
    // More than the period began with makes it another account: losses are shares of all of it then.
    return sum > period.equity
      ? { ...period, equity: period.equity + sum, paidIn: 0 }
      : { ...period, paidIn: sum };
  }
  const left = Math.max(0, equity) / (Math.max(0, equity) - paidIn);
  const first = period.equity * left;
  return first < LEAST_EQUITY ? null : { ...period, equity: first, paidIn: period.paidIn * left };
}

/** The share of the period's first equity that is lost; negative for a gain, 0 of nothing. */
function lossOf(period: Period | null, equity: number): number {
  if (period === null || period.equity < LEAST_EQUITY) return 0;
  return (period.equity + period.paidIn - equity) / period.equity;
}

function isTripped({ rails }: RailBook, rail: Rail): boolean {
  return rails.some((known) => known.rail === rail);
}

export function replaced(rails: readonly TrippedRail[], one: TrippedRail): readonly TrippedRail[] {
  if (rails.includes(one)) return rails;
  return RAILS.flatMap((rail) => (rail === one.rail ? [one] : rails.filter((other) => other.rail === rail)));
}
