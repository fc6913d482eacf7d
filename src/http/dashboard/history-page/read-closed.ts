// Owns reading the closed trades of an account, or of all: those that were registered last come first.
import type {
  ListTradeResultsResponse,
  ListTradesResponse,
} from '../../../../gen/ts/dtms/v1/trade_service.js';
import type { Api } from '../data/api.js';
import type { TradeJson } from '../data/json.js';
import { keyOf } from '../data/trade-key.js';
import type { TradeResultJson } from '../ui/money.js';

const PAGE_SIZE = 1000;
/** Reading more than this many pages would be no look at a page any more. */
const MOST_PAGES = 20;

export interface ClosedRead {
  readonly trades: readonly TradeJson[];
  /** What they come to in money, by their keys. */
  readonly money: ReadonlyMap<string, TradeResultJson>;
  /** Whether there are no others. */
  readonly isWhole: boolean;
}

/** Tickets that fit into an address. */
const MOST_TICKETS = 100;

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
  const money = new Map<string, TradeResultJson>();
  const query = {
    ...{ 'filter.states': 'TRADE_STATE_CLOSED', 'filter.account': account },
    ...{ pageSize: PAGE_SIZE, newestFirst: true },
  };
  const options = { signal, most: MOST_PAGES };
  // The two lists have the same order, but a page is as long as it has bytes for.
  const results = api.pages<ListTradeResultsResponse>('/v1/dtms/trades:results', query, options);
  for await (const page of api.pages<ListTradesResponse>('/v1/dtms/trades', query, options)) {
    trades.push(...page.trades);
    while (money.size < trades.length) {
      const told = await results.next();
      if (told.done === true) break;
      keep(money, told.value.results);
    }
    yield { trades, money, isWhole: page.nextPageToken === '' };
  }
}

/** What trades that closed lately come to. */
export async function readResults(
  api: Api,
  trades: readonly TradeJson[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, TradeResultJson>> {
  const tickets = [...new Set(trades.map(({ ticket }) => ticket))].slice(0, MOST_TICKETS);
  const query = { 'filter.states': 'TRADE_STATE_CLOSED', 'filter.tickets': tickets, pageSize: PAGE_SIZE };
  const { results } = await api.get<ListTradeResultsResponse>('/v1/dtms/trades:results', query, { signal });
  const money = new Map<string, TradeResultJson>();
  keep(money, results);
  return money;
}

function keep(money: Map<string, TradeResultJson>, results: readonly TradeResultJson[]): void {
  for (const result of results) money.set(keyOf(result.account, result.ticket), result);
}
