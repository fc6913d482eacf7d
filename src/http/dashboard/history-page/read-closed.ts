// Owns reading the closed trades of an account, or of all: those that were registered last come first.
import type { ListTradesResponse } from '../../../../gen/ts/dtms/v1/trade_service.js';
import type { Api } from '../data/api.js';
import type { TradeJson } from '../data/json.js';

const PAGE_SIZE = 1000;
/** Reading more than this many pages would be no look at a page any more. */
const MOST_PAGES = 20;

export interface ClosedRead {
  readonly trades: readonly TradeJson[];
  /** Whether there are no others. */
  readonly isWhole: boolean;
}

/**
 * What was read so far, page after page.
 *
 * @param account - empty for every account
 */
export async function* readClosed(
  api: Api,
  account: string,
  signal: AbortSignal,
): AsyncGenerator<ClosedRead> {
  const trades: TradeJson[] = [];
  const query = {
    ...{ 'filter.states': 'TRADE_STATE_CLOSED', 'filter.account': account },
    ...{ pageSize: PAGE_SIZE, newestFirst: true },
  };
  const options = { signal, most: MOST_PAGES };
  for await (const page of api.pages<ListTradesResponse>('/v1/dtms/trades', query, options)) {
    trades.push(...page.trades);
    yield { trades, isWhole: page.nextPageToken === '' };
  }
}
