// Owns market data, instruments, news and market views between the domain and the wire.

import * as pb from '../../gen/ts/dtms/v1/market_data_service.js';
import { Timeframe as TimeframeMessage } from '../../gen/ts/dtms/v1/types.js';
import type { Instrument, NewsEvent, Quote, Timeframe } from '../domain/market/data.js';
import type { Direction } from '../domain/market/direction.js';
import type { HoursSource } from '../domain/market/market-hours.js';
import type { MarketItem } from '../domain/market/market-item.js';
import type { InstrumentKind } from '../domain/market/symbols.js';
import type { WeekHours } from '../domain/market/week-hours.js';
import type { SwitchedOffSignals } from '../domain/signals/signal.js';
import type { MarketView } from '../domain/views/market-view.js';
import type { TimedBar } from '../domain/views/view-types.js';
import { evaluationToProto } from './evaluation.js';
import { orAbsent, toDate } from './time.js';

/** An item as the engine takes it. The field rules were checked before; the engine checks the rest. */
export function itemFromProto(item: pb.MarketDataItem): MarketItem {
  switch (item.data?.$case) {
    case 'bar': {
      const { symbol, timeframe, openTime, open, high, low, close, volume, forming } = item.data.value;
      const bar = { time: msOf(openTime), open, high, low, close, volume };
      return { kind: 'bar', symbol, timeframe: TimeframeMessage[timeframe] as Timeframe, bar, forming };
    }
    case 'quote': {
      const { symbol, time, bid, ask } = item.data.value;
      return { kind: 'quote', symbol, quote: { time: msOf(time), bid, ask } };
    }
    case 'orderFlow': {
      const { symbol, time, buyVolume, sellVolume } = item.data.value;
      return { kind: 'orderFlow', symbol, flow: { time: msOf(time), buyVolume, sellVolume } };
    }
    case undefined:
      throw new TypeError('an item without data passed the field rules');
  }
}

const msOf = (date: Date | undefined): number => date?.getTime() ?? 0;

export function instrumentFromProto(message: pb.Instrument): Instrument {
  const { kind, currencies, alias, swapLong, swapShort, tradingHours, ...more } = message;
  const { profitCurrency, tickValue, ...terms } = more;
  return {
    ...terms,
    ...(swapLong === 0 && swapShort === 0 ? {} : { swapLong, swapShort }),
    ...(kind === pb.InstrumentKind.UNSPECIFIED ? {} : { kind: pb.InstrumentKind[kind] as InstrumentKind }),
    ...(currencies.length === 0 ? {} : { currencies }),
    ...(alias === '' ? {} : { alias }),
    ...(profitCurrency === '' ? {} : { profitCurrency }),
    ...(tickValue === 0 ? {} : { tickValue }),
    ...(tradingHours === undefined ? {} : { tradingHours: hoursFromProto(tradingHours) }),
  };
}

function hoursFromProto({ zone, utcOffsetMinutes, sessions }: pb.TradingHours): WeekHours {
  return {
    zone: zone === '' ? utcOffsetMinutes : zone,
    sessions: sessions.map(({ opensMinute, closesMinute }) => ({ opens: opensMinute, closes: closesMinute })),
  };
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

export function barToProto(symbol: string, { timeframe, bar }: TimedBar, forming: boolean): pb.Bar {
  const { time, open, high, low, close, volume } = bar;
  return {
    symbol,
    timeframe: TimeframeMessage[timeframe],
    openTime: toDate(time),
    open,
    high,
    low,
    close,
    volume,
    forming,
  };
}

function quoteToProto(symbol: string, quote: Quote | null): pb.Quote | undefined {
  if (quote === null) return undefined;
  return { symbol, time: toDate(quote.time), bid: quote.bid, ask: quote.ask };
}

/** A market's view; `now` is what its data is fresh or old by, UTC ms; `skew` how far ahead it is dated, in ms. */
interface MarketNow {
  readonly feed: string;
  readonly view: MarketView;
  readonly now: number;
  readonly skew: number;
  readonly stale: boolean;
  readonly hoursSource: HoursSource;
  readonly off: SwitchedOffSignals;
}

/** A market in short. */
export function summaryToProto({
  feed,
  view,
  now,
  skew,
  stale,
  hoursSource,
  activeTrades,
}: MarketNow & { readonly activeTrades: number }): pb.MarketSummary {
  const [buy, sell] = [view.latest('BUY'), view.latest('SELL')];
  return {
    feed,
    instrument: view.instrument,
    quality: pb.DataQuality[view.quality],
    asOf: toDate(view.asOf),
    stale,
    hoursSource: pb.HoursSource[hoursSource],
    feedTime: toDate(now),
    skewMs: skew > 0 ? BigInt(skew) : undefined,
    quote: quoteToProto(view.symbol, view.quote),
    lastPrice: view.newestBar?.bar.close,
    medianSpread: orAbsent(view.medianSpread),
    buyScore: orAbsent(buy?.score ?? null),
    sellScore: orAbsent(sell?.score ?? null),
    evaluatedAt: toDate(buy?.at ?? null),
    activeTrades: BigInt(activeTrades),
  };
}

/** What DTMS sees of a symbol. */
export function viewToProto({ feed, view, now, skew, stale, hoursSource, off }: MarketNow): pb.MarketView {
  const { symbol, regime, macd, bollinger, quote, asOf } = view;
  const bar = (timed: TimedBar | null, forming: boolean) =>
    timed === null ? undefined : barToProto(symbol, timed, forming);
  const evaluation = (direction: Direction) =>
    asOf === null ? undefined : evaluationToProto(view.assess(direction, asOf, off));
  return {
    feed,
    symbol,
    instrument: view.instrument,
    quality: pb.DataQuality[view.quality],
    asOf: toDate(asOf),
    stale,
    hoursSource: pb.HoursSource[hoursSource],
    feedTime: toDate(now),
    skewMs: skew > 0 ? BigInt(skew) : undefined,
    fineBars: BigInt(view.fineBars),
    coarseBars: BigInt(view.coarseBars),
    lastFineBar: bar(view.lastFineBar, false),
    lastCoarseBar: bar(view.lastCoarseBar, false),
    formingBar: bar(view.formingBar, true),
    quote: quoteToProto(symbol, quote),
    medianSpread: orAbsent(view.medianSpread),
    rsi: orAbsent(view.rsi),
    atrFine: orAbsent(view.atrFine),
    atrCoarse: orAbsent(view.atrCoarse),
    ema50: orAbsent(view.ema50),
    ema200: orAbsent(view.ema200),
    macd: macd?.macd,
    macdSignal: macd?.signal,
    bollingerUpper: bollinger?.upper,
    bollingerMiddle: bollinger?.middle,
    bollingerLower: bollinger?.lower,
    vwap: orAbsent(view.vwap),
    vwapSlope: orAbsent(view.vwapSlope),
    vwapThreshold: regime?.vwapThreshold,
    swingHigh: orAbsent(view.swingHigh),
    swingLow: orAbsent(view.swingLow),
    deltaZ: orAbsent(view.deltaZ),
    session: pb.Session[regime?.session ?? 'UNSPECIFIED'],
    volatility: pb.Volatility[regime?.volatility ?? 'UNSPECIFIED'],
    structure: pb.MarketStructure[regime?.structure ?? 'UNSPECIFIED'],
    buy: evaluation('BUY'),
    sell: evaluation('SELL'),
    gaps: BigInt(view.gaps),
    corrections: BigInt(view.corrections),
  };
}
