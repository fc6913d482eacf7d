// Owns what a feed is told of a recorded bar, for the engine and for a server.
import type { MarketDataItem } from '../../gen/ts/dtms/v1/market_data_service.js';
import { TIMEFRAME_MS, type Timeframe } from '../domain/market/data.js';
import type { MarketItem } from '../domain/market/market-item.js';
import { barToProto } from '../wire/market.js';
import type { ReplayBar } from './importer.js';

/**
 * The closed bar, after the quote at its close where the ask is known: a bar is judged by the spread it closed
 * with, not by the one before. Order flow comes first: it is of before the close.
 */
export function marketItems(
  { bar, ask, within }: ReplayBar,
  symbol: string,
  timeframe: Timeframe,
): MarketItem[] {
  const flows = (within?.flows ?? []).map((flow): MarketItem => ({ kind: 'orderFlow', symbol, flow }));
  const closed: MarketItem = { kind: 'bar', symbol, timeframe, bar, forming: false };
  if (ask === null) return [...flows, closed];
  const time = bar.time + TIMEFRAME_MS[timeframe];
  const quote: MarketItem = { kind: 'quote', symbol, quote: { time, bid: bar.close, ask: ask.close } };
  return [...flows, quote, closed];
}

export function itemToProto(item: MarketItem): MarketDataItem {
  const { symbol } = item;
  switch (item.kind) {
    case 'bar':
      return { data: { $case: 'bar', value: barToProto(symbol, item, item.forming) } };
    case 'quote': {
      const { time, bid, ask } = item.quote;
      return { data: { $case: 'quote', value: { symbol, time: new Date(time), bid, ask } } };
    }
    case 'orderFlow': {
      const { time, buyVolume, sellVolume } = item.flow;
      return { data: { $case: 'orderFlow', value: { symbol, time: new Date(time), buyVolume, sellVolume } } };
    }
  }
}
