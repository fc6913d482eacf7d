// Owns telling the server's feed: the bars before the first played one at once, then each as it closes.

import { ErrorReason } from '../../../gen/ts/dtms/v1/error_reason.js';
import { MarketDataFault } from '../../../gen/ts/dtms/v1/market_data_service.js';
import { Timeframe } from '../../../gen/ts/dtms/v1/types.js';
import type { DtmsClient } from '../../client/client.js';
import { hasReason } from '../../client/errors.js';
import type { Bar, Timeframe as TimeframeName } from '../../domain/market/data.js';
import type { ReplayBar } from '../../replay/importer.js';
import { itemToProto, marketItems } from '../../replay/market-items.js';
import { CommandError } from '../exit.js';

/** Bars of one request; each is two items at most. */
const BARS_AT_ONCE = 500;

/**
 * Tells of closed bars, with the quote at each close where the ask is known. Throws when one is refused.
 * @returns how many events they caused.
 */
export async function push(
  client: DtmsClient,
  feed: string,
  { symbol, timeframe }: { readonly symbol: string; readonly timeframe: TimeframeName },
  bars: readonly ReplayBar[],
): Promise<number> {
  let caused = 0;
  for (let from = 0; from < bars.length; from += BARS_AT_ONCE) {
    const items = bars
      .slice(from, from + BARS_AT_ONCE)
      .flatMap((bar) => marketItems(bar, symbol, timeframe).map(itemToProto));
    const { rejected, events } = await client.pushMarketData({ feed, items });
    caused += events;
    // What nothing confirmed is not believed here either: the others go on.
    const fault = rejected.find((item) => item.fault !== MarketDataFault.UNCONFIRMED);
    if (fault !== undefined) {
      const isLive =
        fault.fault === MarketDataFault.AHEAD ? ` (the feed ${feed} is live: use another --feed)` : '';
      throw new CommandError(`market data was refused: ${fault.field}: ${fault.description}${isLive}`);
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
