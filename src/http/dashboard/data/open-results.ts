// Owns what open trades come to in money, asked for every so often while a page shows it: of every trade where one page
// of the list has them all, else of those in sight.
import type { ListTradeResultsResponse } from '../../../../gen/ts/dtms/v1/trade_service.js';
import type { AppContext } from '../app-context.js';
import { type Polled, polled } from '../pages/polled.js';
import type { TradeResultJson } from '../ui/money.js';
import type { TradeJson } from './json.js';
import { keyOf } from './trade-key.js';

const EVERY_MS = 5000;
/** The server's largest page. */
const PAGE_SIZE = 1000;
/** Tickets that fit into an address. */
const MOST_TICKETS = 100;

interface OpenResultsOptions {
  /** Empty for every account. */
  readonly account: string;
  /** The trades that a reader can see now. */
  inSight(): readonly TradeJson[];
  /** Whether money is to be seen at all. */
  isShown(): boolean;
  changed(): void;
}

export interface OpenResults extends Polled {
  of(trade: Pick<TradeJson, 'account' | 'ticket'>): TradeResultJson | undefined;
}

export function openResults(
  { api, fleet }: Pick<AppContext, 'api' | 'fleet'>,
  { account, inSight, isShown, changed }: OpenResultsOptions,
): OpenResults {
  let known: ReadonlyMap<string, TradeResultJson> = new Map();
  const openTrades = () => {
    let count = 0;
    for (const trade of fleet.all())
      if (trade.state !== 'TRADE_STATE_CLOSED' && (account === '' || trade.account === account)) count += 1;
    return count;
  };
  const poll = polled(EVERY_MS, async (signal) => {
    // What is no longer asked for, or not answered, is not known: what it was is of another moment.
    let told: ReadonlyMap<string, TradeResultJson> = new Map();
    try {
      told = await ask(signal);
    } finally {
      if (!signal.aborted) {
        known = told;
        changed();
      }
    }
  });
  async function ask(signal: AbortSignal): Promise<ReadonlyMap<string, TradeResultJson>> {
    const open = openTrades();
    if (!isShown() || open === 0) return new Map();
    const seen = inSight().map(({ ticket }) => ticket);
    const tickets = open > PAGE_SIZE ? [...new Set(seen)].slice(0, MOST_TICKETS) : [];
    if (open > PAGE_SIZE && tickets.length === 0) return new Map();
    const { results } = await api.get<ListTradeResultsResponse>(
      '/v1/dtms/trades:results',
      { 'filter.account': account, 'filter.tickets': tickets, pageSize: PAGE_SIZE },
      { signal },
    );
    return new Map(results.map((result) => [keyOf(result.account, result.ticket), result]));
  }
  const stop = fleet.onReset(() => poll.soon());
  return {
    ...poll,
    of: (trade) => known.get(keyOf(trade.account, trade.ticket)),
    end: () => {
      stop();
      poll.end();
    },
  };
}
