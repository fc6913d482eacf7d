// Owns what a trade's page asks the server for.
import type { ListActionsResponse } from '../../../../gen/ts/dtms/v1/action_service.js';
import type {
  GetMarketViewResponse,
  ListBarsResponse,
  ListEvaluationsResponse,
} from '../../../../gen/ts/dtms/v1/market_data_service.js';
import type { GetTradeResponse, ListTradeEventsResponse } from '../../../../gen/ts/dtms/v1/trade_service.js';
import { type Api, path } from '../data/api.js';
import { ApiError } from '../data/api-error.js';
import type { EvaluationJson, Json, ListedActionJson, TradeEventJson, TradeJson } from '../data/json.js';
import type { BarJson } from './charts.js';
import { continued } from './continued.js';

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
const ACTION_PAGE = 1000;
/** What the server keeps of each length. */
const BARS = 1000;
const FINE_MS = 5 * 60_000;
const EVALUATIONS = 1000;
/** Before the trade was opened. */
const LEAD_MS = 2 * 3_600_000;
const NOTHING: TradeMarket = { bars: [], evaluations: [], swingHigh: undefined, swingLow: undefined };

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

/** Every action of the trade; the log forgets, and the list does not. */
export async function fetchActions(
  api: Api,
  account: string,
  ticket: string,
  signal: AbortSignal,
): Promise<ListedActionJson[]> {
  const actions: ListedActionJson[] = [];
  const query = { account, ticket, pageSize: ACTION_PAGE };
  for await (const page of api.pages<ListActionsResponse>('/v1/dtms/actions', query, { signal }))
    actions.push(...page.actions);
  return actions;
}

/**
 * What is known of a trade's market: the whole at first, then what came since. The newest that is known is
 * asked for again, because a bar may be corrected. One trade's, and one question at a time.
 */
export class MarketSource {
  readonly #api: Api;
  #known: TradeMarket = NOTHING;
  /** What the bars are of; undefined while there are none. */
  #timeframe: string | undefined;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Of a symbol without data only the evaluations that are stored. The same lists while they have nothing new. */
  async fetch(trade: TradeJson, signal: AbortSignal): Promise<TradeMarket> {
    const { symbol, feed, openedAt, closedAt } = trade;
    const api = this.#api;
    const startTime = new Date(Date.parse(openedAt ?? '') - LEAD_MS).toISOString();
    const endTime =
      closedAt === undefined ? undefined : new Date(Date.parse(closedAt) + LEAD_MS / 2).toISOString();
    const span = { feed, startTime, endTime };
    const { bars, evaluations } = this.#known;
    const evaluatedFrom = evaluations.at(-1)?.evaluatedAt ?? startTime;
    const [more, evaluated, market] = await Promise.all([
      known(this.#bars(symbol, span, signal)),
      known(
        api.get<ListEvaluationsResponse>(
          path`/v1/dtms/marketdata/${symbol}/evaluations`,
          { ...span, startTime: evaluatedFrom, pageSize: EVALUATIONS },
          { signal },
        ),
      ),
      known(api.get<GetMarketViewResponse>(path`/v1/dtms/marketdata/${symbol}`, { feed }, { signal })),
    ]);
    // What is known now says nothing of a market that has moved on.
    const view = closedAt === undefined ? market?.view : undefined;
    const newer = (evaluated?.evaluations ?? []).flatMap((each) => directed(each, trade)).reverse();
    this.#known = {
      bars: continued(bars, more ?? [], BARS, ({ openTime }) => openTime),
      evaluations: continued(evaluations, newer, EVALUATIONS, ({ evaluatedAt }) => evaluatedAt),
      swingHigh: view?.swingHigh,
      swingLow: view?.swingLow,
    };
    return this.#known;
  }

  /** Fine bars; coarse ones where only those are fed, or the fine ones do not reach back far enough. */
  async #bars(
    symbol: string,
    span: { readonly feed: string; readonly startTime: string; readonly endTime: string | undefined },
    signal: AbortSignal,
  ): Promise<readonly BarJson[]> {
    const until = Date.parse(span.endTime ?? new Date().toISOString());
    const long = until - Date.parse(span.startTime) > BARS * FINE_MS;
    const lengths = ['TIMEFRAME_M5', 'TIMEFRAME_M15'];
    const startTime = this.#known.bars.findLast(({ forming }) => !forming)?.openTime ?? span.startTime;
    const choices = this.#timeframe !== undefined ? [this.#timeframe] : long ? lengths.reverse() : lengths;
    for (const timeframe of choices) {
      const { bars, formingBar } = await this.#api.get<ListBarsResponse>(
        path`/v1/dtms/marketdata/${symbol}/bars`,
        { ...span, startTime, timeframe, limit: BARS },
        { signal },
      );
      if (bars.length === 0) continue;
      this.#timeframe = timeframe;
      return formingBar === undefined ? bars : [...bars, formingBar];
    }
    return [];
  }
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

function directed(
  each: Json<ListEvaluationsResponse>['evaluations'][number],
  { direction }: TradeJson,
): readonly EvaluationJson[] {
  const evaluation = direction === 'DIRECTION_SELL' ? each.sell : each.buy;
  return evaluation === undefined ? [] : [{ ...evaluation, evaluatedAt: each.evaluatedAt }];
}
