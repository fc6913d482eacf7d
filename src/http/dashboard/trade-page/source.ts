// Owns what a trade's page asks the server for.
import type {
  GetMarketViewResponse,
  ListBarsResponse,
  ListEvaluationsResponse,
} from '../../../../gen/ts/dtms/v1/market_data_service.js';
import type { GetTradeResponse, ListTradeEventsResponse } from '../../../../gen/ts/dtms/v1/trade_service.js';
import { type Api, ApiError, path } from '../data/api.js';
import type { EvaluationJson, Json, TradeEventJson, TradeJson } from '../data/json.js';
import type { BarJson } from './charts.js';

/** The market of a trade, as far as its page shows it. */
export interface TradeMarket {
  /** Oldest first. */
  readonly bars: readonly BarJson[];
  /** Of the trade's direction, oldest first. */
  readonly evaluations: readonly EvaluationJson[];
  readonly swingHigh: number | undefined;
  readonly swingLow: number | undefined;
}

const EVENT_PAGE = 1000;
/** What the server keeps of each length. */
const BARS = 1000;
const FINE_MS = 5 * 60_000;
const EVALUATIONS = 1000;
/** Before the trade was opened. */
const LEAD_MS = 2 * 3_600_000;

export async function fetchTrade(
  api: Api,
  account: string,
  ticket: string,
  signal: AbortSignal,
): Promise<TradeJson | undefined> {
  const { trade } = await api.get<GetTradeResponse>(
    path`/v1/dtms/accounts/${account}/trades/${ticket}`,
    {},
    { signal },
  );
  return trade;
}

/** Every event the log still has of the trade. */
export async function fetchEvents(
  api: Api,
  account: string,
  ticket: string,
  signal: AbortSignal,
): Promise<TradeEventJson[]> {
  const events: TradeEventJson[] = [];
  const query = { 'filter.account': account, 'filter.tickets': ticket, pageSize: EVENT_PAGE };
  for await (const page of api.pages<ListTradeEventsResponse>('/v1/dtms/events', query, { signal }))
    events.push(...page.events);
  return events;
}

/** Of a symbol without data only the evaluations that are stored. */
export async function fetchMarket(api: Api, trade: TradeJson, signal: AbortSignal): Promise<TradeMarket> {
  const { symbol, feed, openedAt, closedAt } = trade;
  const startTime = new Date(Date.parse(openedAt ?? '') - LEAD_MS).toISOString();
  const endTime =
    closedAt === undefined ? undefined : new Date(Date.parse(closedAt) + LEAD_MS / 2).toISOString();
  const span = { feed, startTime, endTime };
  const [bars, evaluated, market] = await Promise.all([
    known(barsOf(api, symbol, span, signal)),
    known(
      api.get<ListEvaluationsResponse>(
        path`/v1/dtms/marketdata/${symbol}/evaluations`,
        { ...span, pageSize: EVALUATIONS },
        { signal },
      ),
    ),
    known(api.get<GetMarketViewResponse>(path`/v1/dtms/marketdata/${symbol}`, { feed }, { signal })),
  ]);
  // What is known now says nothing of a market that has moved on.
  const view = closedAt === undefined ? market?.view : undefined;
  return {
    bars: bars ?? [],
    evaluations: (evaluated?.evaluations ?? []).flatMap((each) => directed(each, trade)).reverse(),
    swingHigh: view?.swingHigh,
    swingLow: view?.swingLow,
  };
}

/** Undefined while the server has no data of the symbol. */
async function known<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'NO_MARKET_DATA') return undefined;
    throw error;
  }
}

/** Fine bars; coarse ones where only those are fed, or the fine ones do not reach back far enough. */
async function barsOf(
  api: Api,
  symbol: string,
  span: { readonly feed: string; readonly startTime: string; readonly endTime: string | undefined },
  signal: AbortSignal,
): Promise<readonly BarJson[]> {
  const long =
    Date.parse(span.endTime ?? new Date().toISOString()) - Date.parse(span.startTime) > BARS * FINE_MS;
  const timeframes = ['TIMEFRAME_M5', 'TIMEFRAME_M15'];
  for (const timeframe of long ? timeframes.reverse() : timeframes) {
    const query = { ...span, timeframe, limit: BARS };
    const { bars, formingBar } = await api.get<ListBarsResponse>(
      path`/v1/dtms/marketdata/${symbol}/bars`,
      query,
      { signal },
    );
    if (bars.length > 0) return formingBar === undefined ? bars : [...bars, formingBar];
  }
  return [];
}

function directed(
  each: Json<ListEvaluationsResponse>['evaluations'][number],
  { direction }: TradeJson,
): readonly EvaluationJson[] {
  const evaluation = direction === 'DIRECTION_SELL' ? each.sell : each.buy;
  return evaluation === undefined ? [] : [{ ...evaluation, evaluatedAt: each.evaluatedAt }];
}
