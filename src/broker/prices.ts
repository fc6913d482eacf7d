// Owns which side of the market counts for what, and when prices touch a stop or target.

import type { Bar } from '../domain/market/data.js';
import { type Direction, favourable, opposite } from '../domain/market/direction.js';

/** Both sides of the market at a moment. */
export interface Prices {
  readonly bid: number;
  readonly ask: number;
}

/** The prices one side of the market went through. */
export interface PriceRange {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/** A bar of bid prices with its ask side, as far as the spread is known. */
export interface TwoSidedBar {
  readonly bar: Bar;
  readonly ask: PriceRange | null;
}

export interface Touch {
  readonly reason: 'STOP_LOSS' | 'TAKE_PROFIT';
  readonly price: number;
}

/** An order to BUY fills on the ask, to SELL on the bid. */
export function orderPrice(direction: Direction, prices: Prices): number {
  return direction === 'BUY' ? prices.ask : prices.bid;
}

/** A position that is BUY exits on the bid, SELL on the ask. */
export function exitPrice(direction: Direction, prices: Prices): number {
  return orderPrice(opposite(direction), prices);
}

/** The range a position exits in; `spread` stands in for a missing ask side. */
export function exitRange(direction: Direction, { bar, ask }: TwoSidedBar, spread: number): PriceRange {
  if (direction === 'BUY') return bar;
  if (ask !== null) return ask;
  const { open, high, low, close } = bar;
  return { open: open + spread, high: high + spread, low: low + spread, close: close + spread };
}

/** A range that is one price. */
export function momentary(price: number): PriceRange {
  return { open: price, high: price, low: price, close: price };
}

/**
 * Where a stop or target fills within a range of exit prices; null when neither is touched. A gap through
 * a level fills at the open. With both touched the stop counts, because which came first is not known.
 */
export function touchWithin(
  direction: Direction,
  stopLoss: number | null,
  takeProfit: number | null,
  range: PriceRange,
): Touch | null {
  const side = favourable(direction);
  const worst = side > 0 ? range.low : range.high;
  const best = side > 0 ? range.high : range.low;
  const reached = (price: number, level: number) => (level - price) * side >= 0;
  if (stopLoss !== null && reached(range.open, stopLoss)) return { reason: 'STOP_LOSS', price: range.open };
  if (takeProfit !== null && reached(takeProfit, range.open)) {
    return { reason: 'TAKE_PROFIT', price: range.open };
  }
  if (stopLoss !== null && reached(worst, stopLoss)) return { reason: 'STOP_LOSS', price: stopLoss };
  if (takeProfit !== null && reached(takeProfit, best)) return { reason: 'TAKE_PROFIT', price: takeProfit };
  return null;
}
