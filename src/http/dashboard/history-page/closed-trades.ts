// Owns what closed trades sum up to: by day, symbol, account, policy of closing, and over time. Pure.

import type { TradeJson } from '../data/json.js';
import { keyOf } from '../data/trade-key.js';
import { resultOf } from '../pages/fleet-rows.js';
import { type MoneySums, sumsOf, type TradeResultJson } from '../ui/money.js';

/** A closed trade with its result. */
export interface ClosedTrade {
  readonly trade: TradeJson;
  /** UTC ms, market time. */
  readonly closedAt: number;
  /** Per lot, in price and in units of R; undefined where it is not known. */
  readonly gain: number | undefined;
  readonly resultR: number | undefined;
  /** In money, partial closes and hedges included; undefined while it is not told. */
  readonly money: TradeResultJson | undefined;
}

export interface ResultSum {
  readonly name: string;
  readonly trades: number;
  readonly won: number;
  readonly lost: number;
  /** Those whose result in R is not known: they are in no sum. */
  readonly unknown: number;
  readonly sumR: number;
  /** Undefined while no result is known. */
  readonly bestR: number | undefined;
  readonly worstR: number | undefined;
  /** By currency; never added up over two. */
  readonly money: MoneySums;
}

/** Results nearer to nothing than this were neither won nor lost. */
const EVEN_R = 0.005;

/** The newest first; those that are not closed are left out. */
export function closedTrades(
  trades: readonly TradeJson[],
  money: ReadonlyMap<string, TradeResultJson> = new Map(),
): readonly ClosedTrade[] {
  return trades
    .flatMap((trade) => {
      const closedAt = Date.parse(trade.closedAt ?? '');
      if (Number.isNaN(closedAt)) return [];
      const told = money.get(keyOf(trade.account, trade.ticket));
      return [{ trade, closedAt, money: told, ...resultOf(trade, trade.closePrice) }];
    })
    .sort((one, other) => other.closedAt - one.closedAt);
}

/** One sum for each name, in the order in which the names come. */
export function sumsBy(
  all: readonly ClosedTrade[],
  nameOf: (closed: ClosedTrade) => string,
): readonly ResultSum[] {
  const groups = new Map<string, ClosedTrade[]>();
  for (const closed of all) {
    const name = nameOf(closed);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [closed]);
    else group.push(closed);
  }
  return [...groups].map(([name, group]) => sumOf(name, group));
}

export function sumOf(name: string, all: readonly ClosedTrade[]): ResultSum {
  const results = all.flatMap(({ resultR }) => (resultR === undefined ? [] : [resultR]));
  const [best, worst] = [Math.max(...results), Math.min(...results)];
  return {
    name,
    trades: all.length,
    won: results.filter((result) => result >= EVEN_R).length,
    lost: results.filter((result) => result <= -EVEN_R).length,
    unknown: all.length - results.length,
    sumR: results.reduce((sum, result) => sum + result, 0),
    bestR: results.length === 0 ? undefined : best,
    worstR: results.length === 0 ? undefined : worst,
    money: sumsOf(all.map(({ money }) => ({ part: money?.realised, currency: money?.currency ?? '' }))),
  };
}

/** What the results summed up to after each close, oldest first; times rise, as charts want them. */
export function runningR(
  all: readonly ClosedTrade[],
): readonly { readonly at: number; readonly sumR: number }[] {
  const points: { at: number; sumR: number }[] = [];
  let sumR = 0;
  for (const { closedAt, resultR } of [...all].sort((one, other) => one.closedAt - other.closedAt)) {
    if (resultR === undefined) continue;
    sumR += resultR;
    const last = points.at(-1);
    if (last?.at === closedAt) last.sumR = sumR;
    else points.push({ at: closedAt, sumR });
  }
  return points;
}

/** Whether a trade has each of the words somewhere. */
export function hasWords(
  { account, ticket, symbol, label, direction, closeReason }: TradeJson,
  text: string,
): boolean {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return true;
  const said =
    `${account} ${ticket} ${symbol} ${label} ${direction.replace('DIRECTION_', '')} ${closeReason.replace('CLOSE_REASON_', '').replaceAll('_', ' ')}`.toLowerCase();
  return wanted.split(/\s+/).every((word) => said.includes(word));
}
