// Owns the one rule for every time a caller gives: the database's clock judges it, never the caller's own or
// this machine's. What is ahead is refused or quarantined, never clamped. Times are UTC ms.
import { TIMEFRAME_MS } from './data.js';
import type { MarketItem } from './market-item.js';

/** How far a caller's clock may run before the database's. */
export function isAhead(given: number, now: number, allowanceMs: number): boolean {
  return given > now + allowanceMs;
}

/** When an item can be known at the earliest: a closed bar when it closed, a forming one when it opened. */
export function knownFrom(item: MarketItem): number {
  switch (item.kind) {
    case 'bar':
      return item.forming ? item.bar.time : item.bar.time + TIMEFRAME_MS[item.timeframe];
    case 'quote':
      return item.quote.time;
    case 'orderFlow':
      return item.flow.time;
  }
}

/** The field of an item that says so. */
export function timeFieldOf({ kind }: MarketItem): string {
  switch (kind) {
    case 'bar':
      return 'bar.open_time';
    case 'quote':
      return 'quote.time';
    case 'orderFlow':
      return 'order_flow.time';
  }
}
