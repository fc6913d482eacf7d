// Owns one piece of market data as the engine takes it, what may be wrong with it, and what became of it.
import type { Bar, OrderFlow, Quote, Timeframe } from './data.js';

export interface BarItem {
  readonly kind: 'bar';
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly bar: Bar;
  readonly forming: boolean;
}

export interface QuoteItem {
  readonly kind: 'quote';
  readonly symbol: string;
  readonly quote: Quote;
}

export type MarketItem =
  | BarItem
  | QuoteItem
  | { readonly kind: 'orderFlow'; readonly symbol: string; readonly flow: OrderFlow };

/**
 * Why an item is refused. INVALID: a field is no price, volume or time. AHEAD: dated ahead of the database's
 * clock. LATE: newer data is known. UNUSABLE: the market's bars or spelling do not admit it. LIMIT: as many
 * symbols have data as may have. UNCONFIRMED: its price or time is far from the data before it, and nothing
 * confirms it.
 */
const MARKET_DATA_FAULTS = ['INVALID', 'AHEAD', 'LATE', 'UNUSABLE', 'LIMIT', 'UNCONFIRMED'] as const;
export type MarketDataFault = (typeof MARKET_DATA_FAULTS)[number];

/** What became of an item; `field` is within the item, by its proto name. */
export type ItemOutcome = (
  | { readonly status: 'accepted' | 'duplicate' | 'corrected' }
  | RefusedItem
  | WaitingItem
) & { readonly settled?: SettledItems };

/** It waits to be confirmed. */
export interface WaitingItem extends Omit<RefusedItem, 'status'> {
  readonly status: 'held';
}

/** What became of items that were held before it. */
export interface SettledItems {
  /** Taken now. */
  readonly confirmed: readonly MarketItem[];
  /** Nothing confirmed them. */
  readonly dropped: readonly MarketItem[];
}

export interface RefusedItem {
  readonly status: 'rejected';
  readonly fault: MarketDataFault;
  readonly field: string;
  readonly reason: string;
}

export const ACCEPTED: ItemOutcome = { status: 'accepted' };
export const DUPLICATE: ItemOutcome = { status: 'duplicate' };
export const CORRECTED: ItemOutcome = { status: 'corrected' };

export function rejected(fault: MarketDataFault, field: string, reason: string): RefusedItem {
  return { status: 'rejected', fault, field, reason };
}

/** The field that holds what an item is worth; of order flow, whose volumes nobody doubts, its time. */
export function priceFieldOf({ kind }: MarketItem): string {
  if (kind === 'quote') return 'quote.bid';
  return kind === 'bar' ? 'bar.close' : 'order_flow.time';
}

const invalid = (field: string, reason: string): RefusedItem => rejected('INVALID', field, reason);

const isPrice = (value: number): boolean => value > 0 && Number.isFinite(value);
const isVolume = (value: number): boolean => value >= 0 && Number.isFinite(value);

/** What makes an item unusable whatever the market's state; null when nothing does. */
export function faultOf(item: MarketItem): RefusedItem | null {
  switch (item.kind) {
    case 'bar':
      return faultOfBar(item.bar);
    case 'quote': {
      const { time, bid, ask } = item.quote;
      if (!Number.isSafeInteger(time)) return invalid('quote.time', 'is not a time');
      if (!isPrice(bid)) return invalid('quote.bid', 'must be a positive number');
      if (!isPrice(ask)) return invalid('quote.ask', 'must be a positive number');
      return ask < bid ? invalid('quote.ask', `ask ${ask} is below the bid ${bid}`) : null;
    }
    case 'orderFlow': {
      const { time, buyVolume, sellVolume } = item.flow;
      if (!Number.isSafeInteger(time)) return invalid('order_flow.time', 'is not a time');
      if (!isVolume(buyVolume)) return invalid('order_flow.buy_volume', 'must not be negative');
      return isVolume(sellVolume) ? null : invalid('order_flow.sell_volume', 'must not be negative');
    }
  }
}

function faultOfBar(bar: Bar): RefusedItem | null {
  if (!Number.isSafeInteger(bar.time)) return invalid('bar.open_time', 'is not a time');
  for (const name of ['open', 'high', 'low', 'close'] as const) {
    if (!isPrice(bar[name])) return invalid(`bar.${name}`, 'must be a positive number');
  }
  if (!isVolume(bar.volume)) return invalid('bar.volume', 'must not be negative');
  if (bar.high < Math.max(bar.open, bar.close, bar.low)) {
    return invalid('bar.high', `high ${bar.high} is below another price of the bar`);
  }
  return bar.low > Math.min(bar.open, bar.close)
    ? invalid('bar.low', `low ${bar.low} is above another price of the bar`)
    : null;
}
