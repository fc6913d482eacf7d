// Telling the server's feed: the bars before the first played one at once, then each as it closes.

import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import type { MarketDataItem } from '../../gen/ts/dtms/v1/market_data_service.js';
import { Timeframe } from '../../gen/ts/dtms/v1/types.js';
import type { DtmsClient } from '../client/client.js';
import { hasReason } from '../client/errors.js';
import type { Bar, Timeframe as TimeframeName } from '../domain/types.js';
import type { ReplayBar } from '../replay/importer.js';
import { CommandError } from './exit.js';
import type { PaperMarket } from './paper-market.js';

/** Bars of one request; each is two items at most. */
const BARS_AT_ONCE = 500;

/**
 * Tells of closed bars, with the quote at each close where the ask is known. Throws when one is refused.
 * @returns how many events they caused.
 */
export async function push(
  client: DtmsClient,
  feed: string,
  market: Pick<PaperMarket, 'symbol' | 'timeframe' | 'barMs'>,
  bars: readonly ReplayBar[],
): Promise<number> {
  let caused = 0;
  for (let from = 0; from < bars.length; from += BARS_AT_ONCE) {
    const items = bars.slice(from, from + BARS_AT_ONCE).flatMap((bar) => itemsOf(bar, market));
    const { rejected, events } = await client.pushMarketData({ feed, items });
    caused += events;
    const [fault] = rejected;
    if (fault !== undefined) {
      throw new CommandError(`market data was refused: ${fault.field}: ${fault.description}`);
    }
  }
  return caused;
}

/** What a feed has of a symbol. Times are UTC ms. */
export interface KnownMarket {
  /** The time of the newest data. */
  readonly until: number;
  /** The last closed bar of the length that was asked for; null when there is none. */
  readonly last: Bar | null;
}

/** What the feed has of the symbol; null when that is nothing. */
export async function knownMarket(
  client: DtmsClient,
  feed: string,
  symbol: string,
  timeframe: TimeframeName,
): Promise<KnownMarket | null> {
  try {
    const { view } = await client.getMarketView({ feed, symbol });
    if (view?.asOf === undefined) return null;
    const closed = [view.lastFineBar, view.lastCoarseBar];
    const found = closed.find((bar) => bar?.timeframe === Timeframe[timeframe]);
    const time = found?.openTime?.getTime();
    const last = found === undefined || time === undefined ? null : { ...found, time };
    return { until: view.asOf.getTime(), last };
  } catch (error) {
    if (hasReason(error, ErrorReason.NO_MARKET_DATA)) return null;
    throw error;
  }
}

function itemsOf({ bar, ask }: ReplayBar, market: Pick<PaperMarket, 'symbol' | 'timeframe' | 'barMs'>) {
  const { symbol, barMs } = market;
  const { time, ...prices } = bar;
  const timeframe = Timeframe[market.timeframe];
  const closed = { symbol, timeframe, openTime: new Date(time), ...prices, forming: false };
  const items: MarketDataItem[] = [{ data: { $case: 'bar', value: closed } }];
  if (ask !== null) {
    const quote = { symbol, time: new Date(time + barMs), bid: bar.close, ask: ask.close };
    items.push({ data: { $case: 'quote', value: quote } });
  }
  return items;
}
