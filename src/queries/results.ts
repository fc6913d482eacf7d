// Owns reading what trades and accounts earned or lost: what is open by the prices of now, what was realised by what the
// store recorded.

import { emptyAccount } from '../domain/account/account.js';
import { dayOf } from '../domain/account/rails.js';
import { opposite } from '../domain/market/direction.js';
import { dateText, monthStart, startOfDay, weekStart } from '../domain/money/periods.js';
import type { RealisedResult } from '../domain/money/realised.js';
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
import type { DaySum } from '../store/results.js';
import type { ListOrder, TradeFilter } from '../store/types.js';
import type { ListPage } from './page.js';
import type { LogState, Sources } from './sources.js';
import { listTrades } from './trades.js';

const DAY_MS = 86_400_000;
const MOST_DAYS = 366;
const MOST_SUMS = 10_000;
const DEFAULT_DAYS = 30;

/** The result of one trade; parts are null where there is nothing of it. */
export interface TradeResult {
  readonly trade: Trade;
  readonly worth: Worth;
  readonly open: ResultPart | null;
  readonly realised: ResultPart;
  readonly risk: ResultPart | null;
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

/** Results of trades registered after a revision, or before it where the newest come first. */
export async function listTradeResults(
  sources: Sources,
  filter: TradeFilter,
  order: ListOrder,
  after: number,
  size: number,
): Promise<ListPage<TradeResult, number>> {
  const { items, next } = await listTrades(sources, filter, order, after, size);
  const trades = items.map(({ trade }) => trade);
  const recorded = await sources.store.results.ofTrades(trades.map(({ spec }) => spec));
  const byTrade = new Map<string, RealisedResult[]>();
  for (const result of recorded) {
    const key = tradeKey(result.account, result.ticket);
    byTrade.set(key, [...(byTrade.get(key) ?? []), result]);
  }
  const state = sources.state();
  const results = trades.map((trade) => {
    const realised = byTrade.get(tradeKey(trade.spec.account, trade.spec.ticket)) ?? [];
    const { worth, open, risk } = openResult(state, trade);
    return { trade, worth, open, risk, realised: realisedPart(trade, realised, worth) };
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
  return { trade, worth, open: openPart(trade, worth, prices), risk: riskPart(trade, worth) };
}

/** The results of an account; of one nothing is known of they are empty. */
export async function getAccountResult(sources: Sources, name: string): Promise<AccountResult> {
  const state = sources.state();
  const { currency, money, utcOffsetMinutes } = state.engine.accounts.get(name) ?? emptyAccount(name);
  const today = dayOf(state.databaseNow(), utcOffsetMinutes);
  const [week, month] = [weekStart(today), monthStart(today)];
  const range = { account: name, fromDay: Math.min(week, month), beforeDay: today + 1, utcOffsetMinutes };
  const sums = await sources.store.results.sumsByDay(range, MOST_SUMS);
  const results = Array.from(state.engine.tradesOf(name), (trade) => openResult(state, trade));
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
  const symbols = new Set([
    ...results.map(({ trade }) => trade.spec.symbol),
    ...sums.map(({ symbol }) => symbol),
  ]);
  return {
    account: name,
    currency,
    balance: money?.balance ?? null,
    equity: money?.equity ?? null,
    open: sumOfParts(results.map(({ open }) => open)),
    risk: sumOfParts(results.map(({ risk }) => risk)),
    ...periods(sums),
    symbols: [...symbols].sort().map((symbol) => ({
      symbol,
      open: sumOfParts(results.filter(({ trade }) => trade.spec.symbol === symbol).map(({ open }) => open)),
      ...periods(sums.filter((sum) => sum.symbol === symbol)),
    })),
  };
}

/** The sum of what is open, of trades that have something open. */
function sumOfParts(parts: readonly (ResultPart | null)[]): MoneySum {
  const open = parts.filter((part) => part !== null);
  const known = open.flatMap(({ amounts }) => amounts ?? []);
  const amounts = known.length === 0 && open.length > 0 ? null : sumOf(known);
  return { amounts, trades: open.length, unknown: open.length - known.length, since: null };
}

/** The sum of days in the account's currency; what is in another one is not in it. */
function sumOfDays(days: readonly DaySum[], currency: string | null): Omit<MoneySum, 'since'> {
  const known = days.flatMap((day) => (currency === null ? null : amountsOf(day, currency)) ?? []);
  const others = days.filter((day) => currency === null || amountsOf(day, currency) === null);
  const inOthers = others.reduce((sum, { trades }) => sum + trades, 0);
  const inKnown = days.reduce((sum, day) => sum + (others.includes(day) ? 0 : day.unknown), 0);
  const trades = days.reduce((sum, day) => sum + day.trades, 0);
  const isNone = currency === null || (known.length === 0 && days.length > 0);
  return { amounts: isNone ? null : sumOf([NOTHING, ...known]), trades, unknown: inOthers + inKnown };
}

/**
 * What was realised on each of the broker's days, oldest first.
 *
 * @param range - UTC ms; null means 30 days before the end, and now.
 * @throws DtmsError INVALID_FIELD for a start after the end, for more than 366 days, and for too many results.
 */
export async function listDailyResults(
  sources: Sources,
  account: string,
  range: { readonly start: number | null; readonly end: number | null },
): Promise<readonly DailyResult[]> {
  const state = sources.state();
  const { utcOffsetMinutes } = state.engine.accounts.get(account) ?? emptyAccount(account);
  const end = Math.min(range.end ?? state.databaseNow(), state.databaseNow());
  const start = range.start ?? end - DEFAULT_DAYS * DAY_MS;
  if (start > end) throw invalidField('start_time', 'lies after the end');
  const [fromDay, beforeDay] = [dayOf(start, utcOffsetMinutes), dayOf(end, utcOffsetMinutes) + 1];
  if (beforeDay - fromDay > MOST_DAYS)
    throw invalidField('start_time', `more than ${MOST_DAYS} days are asked for`);
  const asked = { account, fromDay, beforeDay, utcOffsetMinutes };
  const sums = await sources.store.results.sumsByDay(asked, MOST_SUMS + 1);
  if (sums.length > MOST_SUMS) throw invalidField('start_time', `there are more than ${MOST_SUMS} results`);
  return sums.map((sum) => ({
    date: dateText(sum.day),
    symbol: sum.symbol,
    currency: sum.currency,
    result: { ...sumOfDays([sum], sum.currency), since: startOfDay(sum.day, utcOffsetMinutes) },
  }));
}
