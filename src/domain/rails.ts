// The rails of an account: how much may be lost in the broker's day and hour and how many stops may follow
// each other before nothing that adds risk is allowed for a while. They never forbid what reduces it.
// Money is in the account's currency; losses are shares of equity, 0.02 is 2%; times are broker times.
import type { Rules } from './rules.js';
import type { CloseReason } from './types.js';

export const RAILS = ['DAILY_LOSS', 'HOURLY_LOSS', 'STOP_STREAK'] as const;
export type Rail = (typeof RAILS)[number];

/** A day or an hour of the broker's clock, by its number since 1970, and the equity it began with. */
export interface Period {
  readonly key: number;
  readonly equity: number;
}

export interface TrippedRail {
  readonly rail: Rail;
  readonly trippedAt: number;
  /** From then on it does not hold any more. */
  readonly holdsUntil: number;
  /** Where it stood when it tripped: a share of equity, or a number of stops. */
  readonly value: number;
}

/** What the rails remember of an account. */
export interface RailBook {
  /** null before the first report. */
  readonly day: Period | null;
  readonly hour: Period | null;
  readonly stopStreak: number;
  /** At most one of each, in the order of RAILS. Those that do not hold any more are over. */
  readonly rails: readonly TrippedRail[];
}

export const EMPTY_RAIL_BOOK: RailBook = { day: null, hour: null, stopStreak: 0, rails: [] };

/** An account's equity as a bridge reported it. */
export interface EquityReport {
  readonly equity: number;
  /** Broker time. */
  readonly at: number;
  /** The broker's clock against UTC. */
  readonly utcOffsetMinutes: number;
}

type RailRules = Rules['rails'];

/** An account with less has nothing that a share could be lost of. */
const LEAST_EQUITY = 0.01;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The rails after a report. */
export function afterEquity(book: RailBook, report: EquityReport, rules: RailRules): RailBook {
  const { equity, at, utcOffsetMinutes } = report;
  const offset = utcOffsetMinutes * MINUTE_MS;
  const day = periodOf(book.day, Math.floor((at + offset) / DAY_MS), equity);
  const hour = periodOf(book.hour, Math.floor((at + offset) / HOUR_MS), equity);
  const dailyLoss = lossOf(day, equity);
  const hourlyLoss = lossOf(hour, equity);
  let { rails } = book;
  if (dailyLoss > 0 && dailyLoss >= rules.dailyLoss) {
    const nextDay = (Math.floor((at + offset) / DAY_MS) + 1) * DAY_MS - offset;
    rails = tripped(rails, { rail: 'DAILY_LOSS', trippedAt: at, holdsUntil: nextDay, value: dailyLoss });
  }
  if (hourlyLoss > 0 && hourlyLoss >= rules.hourlyLoss) {
    const holdsUntil = at + rules.hourlyCooldownMs;
    rails = tripped(rails, { rail: 'HOURLY_LOSS', trippedAt: at, holdsUntil, value: hourlyLoss });
  }
  return { ...book, day, hour, rails: holding(rails, at) };
}

/** How a trade of the account ended. */
export interface CloseReport {
  readonly reason: CloseReason;
  /** True when it is known to have closed at a better price than it was opened. */
  readonly profitable: boolean;
  /** Market time. */
  readonly at: number;
}

/** The rails after a trade closed: stops in a row count until a target or another profit is taken. */
export function afterClose(book: RailBook, close: CloseReport, rules: RailRules): RailBook {
  const { reason, profitable, at } = close;
  if (reason !== 'STOP_LOSS') {
    const ends = reason === 'TAKE_PROFIT' || profitable;
    return ends && book.stopStreak > 0 ? { ...book, stopStreak: 0 } : book;
  }
  const stopStreak = book.stopStreak + 1;
  if (stopStreak < rules.stopStreak) return { ...book, stopStreak };
  const holdsUntil = at + rules.streakCooldownMs;
  const rails = tripped(book.rails, { rail: 'STOP_STREAK', trippedAt: at, holdsUntil, value: stopStreak });
  return { ...book, stopStreak, rails };
}

/**
 * Lifts what holds. What was lost until now is forgiven: a lifted rail trips again only on new losses,
 * counted from `equity`, the newest known.
 */
export function lifted(book: RailBook, equity: number | null): RailBook {
  const forgiven = (rail: Rail, period: Period | null): Period | null =>
    period === null || equity === null || !isTripped(book, rail) ? period : { ...period, equity };
  return {
    day: forgiven('DAILY_LOSS', book.day),
    hour: forgiven('HOURLY_LOSS', book.hour),
    stopStreak: isTripped(book, 'STOP_STREAK') ? 0 : book.stopStreak,
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
  return equity === null ? 0 : lossOf(rail === 'DAILY_LOSS' ? book.day : book.hour, equity);
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
  }
}

/** A day or hour only ever moves on: an offset that changes does not begin an old one again. */
function periodOf(known: Period | null, key: number, equity: number): Period {
  return known !== null && key <= known.key ? known : { key, equity };
}

/** The share of the period's first equity that is lost; negative for a gain, 0 of nothing. */
function lossOf(period: Period | null, equity: number): number {
  return period === null || period.equity < LEAST_EQUITY ? 0 : (period.equity - equity) / period.equity;
}

function isTripped({ rails }: RailBook, rail: Rail): boolean {
  return rails.some((known) => known.rail === rail);
}

/** A rail that holds is not tripped again, except that each further stop begins its cooldown anew. */
function tripped(rails: readonly TrippedRail[], trip: TrippedRail): readonly TrippedRail[] {
  const known = rails.find(({ rail }) => rail === trip.rail);
  const holds = known !== undefined && trip.trippedAt < known.holdsUntil && trip.rail !== 'STOP_STREAK';
  if (holds) return rails;
  return RAILS.flatMap((rail) =>
    rail === trip.rail ? [trip] : rails.filter((other) => other.rail === rail),
  );
}
