// One piece of market data as the engine takes it, what may be wrong with it, and what became of it.
import type { Bar, OrderFlow, Quote, Timeframe } from '../domain/types.js';

export type MarketItem =
  | {
      readonly kind: 'bar';
      readonly symbol: string;
      readonly timeframe: Timeframe;
      readonly bar: Bar;
      readonly forming: boolean;
    }
  | { readonly kind: 'quote'; readonly symbol: string; readonly quote: Quote }
  | { readonly kind: 'orderFlow'; readonly symbol: string; readonly flow: OrderFlow };

/** `field` (within the item, proto names) and `reason` are empty unless the item was rejected. */
export interface ItemOutcome {
  readonly status: 'accepted' | 'duplicate' | 'corrected' | 'rejected';
  readonly field: string;
  readonly reason: string;
}

export const ACCEPTED: ItemOutcome = { status: 'accepted', field: '', reason: '' };
export const DUPLICATE: ItemOutcome = { status: 'duplicate', field: '', reason: '' };
export const CORRECTED: ItemOutcome = { status: 'corrected', field: '', reason: '' };

export function rejected(field: string, reason: string): ItemOutcome {
  return { status: 'rejected', field, reason };
}

const isPrice = (value: number): boolean => value > 0 && Number.isFinite(value);
const isVolume = (value: number): boolean => value >= 0 && Number.isFinite(value);

/** What makes an item unusable whatever the market's state; null when nothing does. */
export function faultOf(item: MarketItem): ItemOutcome | null {
  switch (item.kind) {
    case 'bar':
      return faultOfBar(item.bar);
    case 'quote': {
      const { time, bid, ask } = item.quote;
      if (!Number.isSafeInteger(time)) return rejected('quote.time', 'is not a time');
      if (!isPrice(bid)) return rejected('quote.bid', 'must be a positive number');
      if (!isPrice(ask)) return rejected('quote.ask', 'must be a positive number');
      return ask < bid ? rejected('quote.ask', `ask ${ask} is below the bid ${bid}`) : null;
    }
    case 'orderFlow': {
      const { time, buyVolume, sellVolume } = item.flow;
      if (!Number.isSafeInteger(time)) return rejected('order_flow.time', 'is not a time');
      if (!isVolume(buyVolume)) return rejected('order_flow.buy_volume', 'must not be negative');
      return isVolume(sellVolume) ? null : rejected('order_flow.sell_volume', 'must not be negative');
    }
  }
}

function faultOfBar(bar: Bar): ItemOutcome | null {
  if (!Number.isSafeInteger(bar.time)) return rejected('bar.open_time', 'is not a time');
  for (const name of ['open', 'high', 'low', 'close'] as const) {
    if (!isPrice(bar[name])) return rejected(`bar.${name}`, 'must be a positive number');
  }
  if (!isVolume(bar.volume)) return rejected('bar.volume', 'must not be negative');
  if (bar.high < Math.max(bar.open, bar.close, bar.low)) {
    return rejected('bar.high', `high ${bar.high} is below another price of the bar`);
  }
  return bar.low > Math.min(bar.open, bar.close)
    ? rejected('bar.low', `low ${bar.low} is above another price of the bar`)
    : null;
}
