// Owns what a trade's page asks the server for.
import type { ListActionsResponse } from '../../../../gen/ts/dtms/v1/action_service.js';
import type {
  GetMarketViewResponse,
  ListBarsResponse,
  ListEvaluationsResponse,
} from '../../../../gen/ts/dtms/v1/market_data_service.js';
import type {
  GetTradeResponse,
  ListTradeEventsResponse,
  ListTradeResultsResponse,
} from '../../../../gen/ts/dtms/v1/trade_service.js';
import { TIMEFRAME_MS, type Timeframe } from '../../../domain/market/data.js';
import { type Api, path } from '../data/api.js';
import { ApiError } from '../data/api-error.js';
import type {
  BarJson,
  EvaluationJson,
  Json,
  ListedActionJson,
  TradeEventJson,
  TradeJson,
} from '../data/json.js';
import type { TradeResultJson } from '../ui/money.js';
import { STATES } from '../ui/states.js';
import { continued } from './continued.js';

/** The market of a trade, as far as its page shows it. */
export interface TradeMarket {
  /** Oldest first. */
  readonly bars: readonly BarJson[];
  /** How long each bar is. */
  readonly timeframe: Timeframe;
  /** Of the trade's direction, oldest first. */
  readonly evaluations: readonly EvaluationJson[];
  readonly swingHigh: number | undefined;
  readonly swingLow: number | undefined;
}

const EVERY_STATE = STATES.map(({ state }) => state);
const EVENT_PAGE = 1000;
const ACTION_PAGE = 1000;
/** What the server keeps of each length. */
const BARS = 1000;
const EVALUATIONS = 1000;
/** Bars before the trade was opened, and after it was closed. */
const BEFORE = 200;
const AFTER = 20;
const USUAL: Timeframe = 'M5';
/** Which lengths are tried while nobody chose one: the usual, then what there is. */
const TRIED: readonly Timeframe[] = [USUAL, 'M15', 'M1'];
const NOTHING: TradeMarket = {
  ...{ bars: [], evaluations: [], timeframe: USUAL },
  ...{ swingHigh: undefined, swingLow: undefined },
};

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

/** What it comes to in money, open or closed. */
export async function fetchResult(
  api: Api,
  account: string,
  ticket: string,
  signal: AbortSignal,
): Promise<TradeResultJson | undefined> {
  const query = { 'filter.account': account, 'filter.tickets': ticket, 'filter.states': EVERY_STATE };
  const { results } = await api.get<ListTradeResultsResponse>('/v1/dtms/trades:results', query, { signal });
  return results[0];
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
  /** What the bars are of; undefined while nobody chose, and there are none. */
  #timeframe: Timeframe | undefined;

  /** @param timeframe - the bars' length; undefined for the usual one, or what there is */
  constructor(api: Api, timeframe: Timeframe | undefined) {
    this.#api = api;
    this.#timeframe = timeframe;
  }

  /** Of a symbol without data only the evaluations that are stored. The same lists while they have nothing new. */
  async fetch(trade: TradeJson, signal: AbortSignal): Promise<TradeMarket> {
    const { symbol, feed, closedAt } = trade;
    const api = this.#api;
    const { startTime, endTime } = spanOf(trade, 'M15');
    const { bars, evaluations } = this.#known;
    const evaluatedFrom = evaluations.at(-1)?.evaluatedAt ?? startTime;
    const [more, evaluated, market] = await Promise.all([
      known(this.#bars(trade, signal)),
      known(
        api.get<ListEvaluationsResponse>(
          path`/v1/dtms/marketdata/${symbol}/evaluations`,
          { feed, endTime, startTime: evaluatedFrom, pageSize: EVALUATIONS },
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
      timeframe: this.#timeframe ?? USUAL,
      swingHigh: view?.swingHigh,
      swingLow: view?.swingLow,
    };
    return this.#known;
  }

  /** Bars of the length that was chosen; else the usual, or others where only those are fed or reach back to the trade. */
  async #bars(trade: TradeJson, signal: AbortSignal): Promise<readonly BarJson[]> {
    const { symbol, feed, openedAt, closedAt, evaluation } = trade;
    // Market time throughout: a recording's is not this machine's.
    const lasted =
      Date.parse(closedAt ?? evaluation?.evaluatedAt ?? openedAt ?? '') - Date.parse(openedAt ?? '');
    const isLong = lasted > (BARS - BEFORE) * TIMEFRAME_MS[USUAL];
    const tried = isLong ? [...TRIED].sort((one, other) => TIMEFRAME_MS[other] - TIMEFRAME_MS[one]) : TRIED;
    for (const timeframe of this.#timeframe === undefined ? tried : [this.#timeframe]) {
      const { startTime, endTime } = spanOf(trade, timeframe);
      const newest = this.#known.bars.findLast(({ forming }) => !forming)?.openTime;
      const { bars, formingBar } = await this.#api.get<ListBarsResponse>(
        path`/v1/dtms/marketdata/${symbol}/bars`,
        { feed, endTime, startTime: newest ?? startTime, timeframe: `TIMEFRAME_${timeframe}`, limit: BARS },
        { signal },
      );
      if (bars.length === 0) continue;
      this.#timeframe ??= timeframe;
      return formingBar === undefined ? bars : [...bars, formingBar];
    }
    return [];
  }
}

/** From some bars before a trade to some after it; open while it is. */
function spanOf(
  { openedAt, closedAt }: TradeJson,
  timeframe: Timeframe,
): { readonly startTime: string; readonly endTime: string | undefined } {
  const length = TIMEFRAME_MS[timeframe];
  return {
    startTime: new Date(Date.parse(openedAt ?? '') - BEFORE * length).toISOString(),
    endTime: closedAt && new Date(Date.parse(closedAt) + AFTER * length).toISOString(),
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

function directed(
  each: Json<ListEvaluationsResponse>['evaluations'][number],
  { direction }: TradeJson,
): readonly EvaluationJson[] {
  const evaluation = direction === 'DIRECTION_SELL' ? each.sell : each.buy;
  return evaluation === undefined ? [] : [{ ...evaluation, evaluatedAt: each.evaluatedAt }];
}
