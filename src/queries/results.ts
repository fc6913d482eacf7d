// Owns reading what trades and accounts earned or lost: what is open by the prices of now, what was realised by what the
// store recorded.

import { setImmediate as turn } from 'node:timers/promises';
import { emptyAccount } from '../domain/account/account.js';
import { dayOf } from '../domain/account/rails.js';
import { opposite } from '../domain/market/direction.js';
import { dateText, monthStart, startOfDay, weekStart } from '../domain/money/periods.js';
import {
  type Amounts,
  amountsOf,
  NOTHING,
  openPart,
  type ResultPart,
  realisedPart,
  riskPart,
  sumOf,
} from '../domain/money/trade-result.js';
import type { Worth } from '../domain/money/worth.js';
import type { Trade } from '../domain/trade/trade.js';
import { tradeKey } from '../engine/results.js';
import { invalidField } from '../errors/errors.js';
import type { DaySum, GroupSum } from '../store/results.js';
import type { ListOrder, TradeFilter } from '../store/types.js';
import { checkAccount } from './known-account.js';
import type { ListPage } from './page.js';
import type { LogState, Sources } from './sources.js';
import { listTrades } from './trades.js';

const DAY_MS = 86_400_000;
const MOST_DAYS = 366;
const MOST_SUMS = 10_000;
/** More symbols times days of a month no account has. */
const EVERY_SUM = 1_000_000;
const DEFAULT_DAYS = 30;

/** The result of one trade; parts are null where there is nothing of it. */
export interface TradeResult {
  readonly trade: Trade;
  readonly worth: Worth;
  readonly open: ResultPart | null;
  readonly realised: ResultPart;
  readonly risk: ResultPart | null;
  /** What its position is valued at; null where nothing is open, or there is no data. */
  readonly exit: number | null;
}

/** A sum over trades, or over what was closed of them. */
export interface MoneySum {
  /** null where nothing of it is known. */
  readonly amounts: Amounts | null;
  readonly trades: number;
  /** How many are not in the amounts. */
  readonly unknown: number;
  /** UTC ms; null of what is open. */
  readonly since: number | null;
  /** How many closes it is of, and how many of them are what the broker booked. */
  readonly closes: number;
  readonly booked: number;
}

export interface SymbolResult {
  readonly symbol: string;
  readonly open: MoneySum;
  readonly day: MoneySum;
  readonly week: MoneySum;
  readonly month: MoneySum;
}

export interface AccountResult extends Omit<SymbolResult, 'symbol'> {
  readonly account: string;
  readonly currency: string | null;
  readonly balance: number | null;
  readonly equity: number | null;
  readonly risk: MoneySum;
  readonly symbols: readonly SymbolResult[];
}

/** What was realised of one symbol on one of the broker's days. */
export interface DailyResult {
  readonly date: string;
  readonly symbol: string;
  readonly currency: string;
  readonly result: MoneySum;
}

/** What was realised of one group, in one currency; what it is not grouped by is empty. */
export interface GroupResult extends Pick<GroupSum, 'account' | 'symbol' | 'policy' | 'date' | 'currency'> {
  readonly result: MoneySum;
}

/** By what results can be summed. */
export type ResultGroup = 'ACCOUNT' | 'SYMBOL' | 'POLICY' | 'DAY' | 'WEEK' | 'MONTH';

/** Trades that are valued before other calls get their turn. */
const AT_ONCE = 500;

const PERIODS = { DAY: 'day', WEEK: 'week', MONTH: 'month' } as const;

/** Results of trades registered after a revision, or before it where the newest come first. */
export async function listTradeResults(
  sources: Sources,
  filter: TradeFilter,
  order: ListOrder,
  after: number,
  size: number,
): Promise<ListPage<TradeResult, number>> {
  const { items, next } = await listTrades(sources, filter, order, after, size);
  const recorded = await sources.store.results.ofTrades(items.map(({ trade }) => trade.spec));
  const byTrade = grouped(recorded, ({ account, ticket }) => tradeKey(account, ticket));
  const state = sources.state();
  const results = items.map(({ trade, revision }) => {
    const its = byTrade.get(tradeKey(trade.spec.account, trade.spec.ticket)) ?? [];
    const result = openResult(state, trade);
    // What was closed since the trade was read is still open in it: it counts there.
    const realised = its.filter((each) => each.revision <= revision);
    return { ...result, realised: realisedPart(trade, realised, result.worth) };
  });
  return { items: results, next };
}

function openResult({ engine }: LogState, trade: Trade): Omit<TradeResult, 'realised'> {
  const { valuation } = engine;
  const { account, ticket, direction } = trade.spec;
  const worth = valuation.worthOf(trade);
  const view = engine.viewOf(trade);
  const prices = {
    exit: view?.exitPrice(direction) ?? null,
    hedgeExit: view?.exitPrice(opposite(direction)) ?? null,
    swap: valuation.swapOf(account, ticket),
    hedgeSwap: trade.hedge === null ? 0 : valuation.swapOf(account, trade.hedge.ticket),
  };
  const open = openPart(trade, worth, prices);
  return { trade, worth, open, risk: riskPart(trade, worth), exit: open === null ? null : prices.exit };
}

/** The results of an account. @throws DtmsError ACCOUNT_NOT_FOUND */
export async function getAccountResult(sources: Sources, name: string): Promise<AccountResult> {
  await checkAccount(sources, name);
  const state = sources.state();
  const { currency, money, utcOffsetMinutes } = state.engine.accounts.get(name) ?? emptyAccount(name);
  const today = dayOf(state.databaseNow(), utcOffsetMinutes);
  const [week, month] = [weekStart(today), monthStart(today)];
  // The trades of one revision, and what was realised up to it: lots that are closed meanwhile are still open here.
  const trades = [...state.trades.ofAccount(name)];
  const range = { account: name, fromDay: Math.min(week, month), beforeDay: today + 1, utcOffsetMinutes };
  const sums = await sources.store.results.sumsByDay({ ...range, revision: state.head }, EVERY_SUM);
  const results: Omit<TradeResult, 'realised'>[] = [];
  for (const [index, { trade }] of trades.entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) await turn();
    results.push(openResult(state, trade));
  }
  const since = (day: number, of: readonly DaySum[]): MoneySum => ({
    ...sumOfDays(
      of.filter((sum) => sum.day >= day),
      currency,
    ),
    since: startOfDay(day, utcOffsetMinutes),
  });
  const periods = (of: readonly DaySum[]) => ({
    day: since(today, of),
    week: since(week, of),
    month: since(month, of),
  });
  const openOf = grouped(results, ({ trade }) => trade.spec.symbol);
  const closedOf = grouped(sums, ({ symbol }) => symbol);
  const symbols = [...new Set([...openOf.keys(), ...closedOf.keys()])].sort();
  return {
    account: name,
    currency,
    balance: money?.balance ?? null,
    equity: money?.equity ?? null,
    open: sumOfParts(results.map(({ open }) => open)),
    risk: sumOfParts(results.map(({ risk }) => risk)),
    ...periods(sums),
    symbols: symbols.map((symbol) => ({
      symbol,
      open: sumOfParts((openOf.get(symbol) ?? []).map(({ open }) => open)),
      ...periods(closedOf.get(symbol) ?? []),
    })),
  };
}

function grouped<Each>(all: readonly Each[], nameOf: (each: Each) => string): Map<string, Each[]> {
  const groups = new Map<string, Each[]>();
  for (const each of all) {
    const group = groups.get(nameOf(each));
    if (group === undefined) groups.set(nameOf(each), [each]);
    else group.push(each);
  }
  return groups;
}

/** The sum of what is open, of trades that have something open. */
function sumOfParts(parts: readonly (ResultPart | null)[]): MoneySum {
  const open = parts.filter((part) => part !== null);
  const known = open.flatMap(({ amounts }) => amounts ?? []);
  const amounts = known.length === 0 && open.length > 0 ? null : sumOf(known);
  const unknown = open.length - known.length;
  return { amounts, trades: open.length, unknown, since: null, closes: 0, booked: 0 };
}

/** The sum of days in the account's currency; what is in another one is not in it. */
function sumOfDays(days: readonly Omit<DaySum, 'day'>[], currency: string | null): Omit<MoneySum, 'since'> {
  const known = days.flatMap((day) => (currency === null ? null : amountsOf(day, currency)) ?? []);
  const others = days.filter((day) => currency === null || amountsOf(day, currency) === null);
  const inOthers = others.reduce((sum, { closes }) => sum + closes, 0);
  const isOther = new Set(others);
  const inKnown = days.reduce((sum, day) => sum + (isOther.has(day) ? 0 : day.unknown), 0);
  const count = (of: 'trades' | 'closes' | 'booked'): number => days.reduce((sum, day) => sum + day[of], 0);
  const isNone = currency === null || (known.length === 0 && days.length > 0);
  return {
    amounts: isNone ? null : sumOf([NOTHING, ...known]),
    unknown: inOthers + inKnown,
    ...{ trades: count('trades'), closes: count('closes'), booked: count('booked') },
  };
}

/** UTC ms; null means 30 days before the end, and now. */
interface AskedRange {
  readonly start: number | null;
  readonly end: number | null;
}

function asked(state: LogState, range: AskedRange): { readonly start: number; readonly end: number } {
  const end = Math.min(range.end ?? state.databaseNow(), state.databaseNow());
  const start = range.start ?? end - DEFAULT_DAYS * DAY_MS;
  if (start > end) throw invalidField('start_time', 'lies after the end');
  if (end - start > (MOST_DAYS - 1) * DAY_MS)
    throw invalidField('start_time', `more than ${MOST_DAYS} days are asked for`);
  return { start, end };
}

/**
 * What was realised, by account, symbol, policy and time.
 *
 * @param account - null means everybody's.
 * @throws DtmsError ACCOUNT_NOT_FOUND; INVALID_FIELD for two periods, a start after the end, more than 366 days, and for too many groups.
 */
export async function sumResults(
  sources: Sources,
  account: string | null,
  by: readonly ResultGroup[],
  range: AskedRange,
): Promise<readonly GroupResult[]> {
  if (account !== null) await checkAccount(sources, account);
  const state = sources.state();
  const [period = null, ...others] = new Set(
    by.flatMap((each) => (each in PERIODS ? PERIODS[each as Period] : [])),
  );
  if (others.length > 0) throw invalidField('by', 'names more than one of day, week and month');
  const has = (each: ResultGroup): boolean => by.includes(each);
  const grouping = { account: has('ACCOUNT'), symbol: has('SYMBOL'), policy: has('POLICY'), period };
  const clocks = Array.from(
    state.engine.accounts.all(),
    (one) => [one.account, one.utcOffsetMinutes] as const,
  );
  const offsets = new Map(clocks.filter(([, minutes]) => minutes !== 0));
  const days = { account, offsets, revision: state.head, ...asked(state, range) };
  const sums = await sources.store.results.sums(grouping, days, MOST_SUMS + 1);
  if (sums.length > MOST_SUMS) throw invalidField('by', `there are more than ${MOST_SUMS} sums`);
  return sums.map((sum) => ({ ...sum, result: { ...sumOfDays([sum], sum.currency), since: null } }));
}

type Period = keyof typeof PERIODS;

/**
 * What was realised on each of the broker's days, oldest first.
 *
 * @param range - UTC ms; null means 30 days before the end, and now.
 * @throws DtmsError ACCOUNT_NOT_FOUND; INVALID_FIELD for a start after the end, for more than 366 days, and for too many results.
 */
export async function listDailyResults(
  sources: Sources,
  account: string,
  range: AskedRange,
): Promise<readonly DailyResult[]> {
  await checkAccount(sources, account);
  const state = sources.state();
  const { utcOffsetMinutes } = state.engine.accounts.get(account) ?? emptyAccount(account);
  const { start, end } = asked(state, range);
  const [fromDay, beforeDay] = [dayOf(start, utcOffsetMinutes), dayOf(end, utcOffsetMinutes) + 1];
  const days = { account, fromDay, beforeDay, utcOffsetMinutes, revision: state.head };
  const sums = await sources.store.results.sumsByDay(days, MOST_SUMS + 1);
  if (sums.length > MOST_SUMS) throw invalidField('start_time', `there are more than ${MOST_SUMS} results`);
  return sums.map((sum) => ({
    date: dateText(sum.day),
    symbol: sum.symbol,
    currency: sum.currency,
    result: { ...sumOfDays([sum], sum.currency), since: startOfDay(sum.day, utcOffsetMinutes) },
  }));
}
