// Market data, instruments, news and market views between the domain and the wire.
import * as pb from '../../gen/ts/dtms/v1/market_data_service.js';
import { Timeframe as TimeframeMessage } from '../../gen/ts/dtms/v1/types.js';
import type { MarketView } from '../domain/market-view.js';
import type { Bar, Evaluation, Instrument, NewsEvent, Timeframe } from '../domain/types.js';
import { TIMEFRAME_MS } from '../domain/types.js';
import type { MarketItem } from '../engine/engine.js';
import { evaluationToProto } from './evaluation.js';
import { orAbsent, toDate } from './time.js';

/** What is wrong with an item, beyond the field rules. */
export interface ItemFault {
  readonly field: string;
  readonly description: string;
}

/** An item as the engine takes it, or what is wrong with it. The field rules were checked before. */
export function itemFromProto(item: pb.MarketDataItem): MarketItem | ItemFault {
  switch (item.data?.$case) {
    case 'bar':
      return barItem(item.data.value);
    case 'quote':
      return quoteItem(item.data.value);
    case 'orderFlow': {
      const { symbol, time, buyVolume, sellVolume } = item.data.value;
      return { kind: 'orderFlow', symbol, flow: { time: msOf(time), buyVolume, sellVolume } };
    }
    case undefined:
      return { field: 'data', description: 'is required' };
  }
}

function barItem(message: pb.Bar): MarketItem | ItemFault {
  const timeframe = TimeframeMessage[message.timeframe] as Timeframe;
  const { symbol, open, high, low, close, volume, forming } = message;
  const time = msOf(message.openTime);
  if (time % TIMEFRAME_MS[timeframe] !== 0) {
    return { field: 'bar.open_time', description: `is not a multiple of ${timeframe}` };
  }
  if (high < Math.max(open, close, low)) {
    return { field: 'bar.high', description: 'is below another price of the bar' };
  }
  if (low > Math.min(open, close)) return { field: 'bar.low', description: 'is above another price of the bar' };
  return { kind: 'bar', symbol, timeframe, bar: { time, open, high, low, close, volume }, forming };
}

function quoteItem(message: pb.Quote): MarketItem | ItemFault {
  const { symbol, bid, ask } = message;
  if (ask < bid) return { field: 'quote.ask', description: 'is below the bid' };
  return { kind: 'quote', symbol, quote: { time: msOf(message.time), bid, ask } };
}

const msOf = (date: Date | undefined): number => date?.getTime() ?? 0;

export function instrumentFromProto(message: pb.Instrument): Instrument {
  return { ...message };
}

export function newsFromProto(message: pb.NewsEvent): NewsEvent {
  return {
    eventId: message.eventId,
    currency: message.currency,
    time: msOf(message.time),
    impact: pb.NewsImpact[message.impact] as NewsEvent['impact'],
    title: message.title,
  };
}

function barToProto(symbol: string, timeframe: Timeframe, bar: Bar, forming: boolean): pb.Bar {
  const { time, open, high, low, close, volume } = bar;
  return { symbol, timeframe: TimeframeMessage[timeframe], openTime: toDate(time), open, high, low, close, volume, forming };
}

export interface MarketViewParts {
  readonly feed: string;
  readonly view: MarketView;
  readonly stale: boolean;
  readonly buy: Evaluation | null;
  readonly sell: Evaluation | null;
}
