// Owns what MarketDataService shows of markets.
import type { MarketDataServiceDefinition } from '../../gen/ts/dtms/v1/market_data_service.js';
import { Timeframe as TimeframeMessage } from '../../gen/ts/dtms/v1/types.js';
import type { Principal } from '../access/principal.js';
import type { Timeframe } from '../domain/market/data.js';
import { DEFAULT_FEED } from '../domain/market/data.js';
import { resolveInstrument } from '../domain/market/symbols.js';
import type { Handlers } from '../interceptors/handlers.js';
import {
  getMarket,
  listBars,
  listEvaluations,
  listMarkets,
  type MarketAsked,
  type TimeRange,
} from '../queries/markets.js';
import type { Sources } from '../queries/sources.js';
import { barToProto, summaryToProto, viewToProto } from '../wire/market.js';
import { decodeMarketEvaluation } from '../wire/market-evaluation.js';
import { fromDate } from '../wire/time.js';
import {
  nameToken,
  pageSizeOf,
  parseNamedPageToken,
  parsePlaceToken,
  placeToken,
  queryFingerprint,
} from './page-token.js';

const DEFAULT_BARS = 200;

type MarketReads = Pick<
  Handlers<MarketDataServiceDefinition>,
  'getMarketView' | 'listMarketViews' | 'listBars' | 'listEvaluations'
>;

export function marketReads(sources: Sources): MarketReads {
  return {
    getMarketView: (request, { principal }) => ({
      view: viewToProto(getMarket(sources, marketOf(request, principal))),
    }),

    listMarketViews: (request, { method, principal }) => {
      const { feed, pageToken } = request;
      const fingerprint = queryFingerprint(method, feed);
      const { name } = parseNamedPageToken(pageToken, fingerprint);
      const page = listMarkets(sources, feed, principal.accounts, name, pageSizeOf(request));
      return {
        markets: page.items.map(summaryToProto),
        nextPageToken: nameToken(fingerprint, page.next),
      };
    },

    listBars: (request, { principal }) => {
      const timeframe = TimeframeMessage[request.timeframe] as Timeframe;
      const limit = request.limit || DEFAULT_BARS;
      const { symbol, bars, formingBar } = listBars(
        sources,
        marketOf(request, principal),
        timeframe,
        rangeOf(request),
        limit,
      );
      return {
        bars: bars.map((bar) => barToProto(symbol, bar, false)),
        formingBar: formingBar === null ? undefined : barToProto(symbol, formingBar, true),
      };
    },

    listEvaluations: async (request, { method, principal }) => {
      const market = {
        feed: request.feed || DEFAULT_FEED,
        instrument: resolveInstrument(request.symbol, sources.rules.symbols),
      };
      const range = { ...market, ...rangeOf(request) };
      const fingerprint = queryFingerprint(method, JSON.stringify(range));
      const before = parsePlaceToken(request.pageToken, fingerprint);
      const page = await listEvaluations(sources, range, principal.accounts, before, pageSizeOf(request));
      return {
        evaluations: page.items.map(({ body }) => decodeMarketEvaluation(body)),
        nextPageToken: placeToken(fingerprint, page.next),
      };
    },
  };
}

function marketOf(
  { feed, symbol }: { readonly feed: string; readonly symbol: string },
  { accounts }: Pick<Principal, 'accounts'>,
): MarketAsked {
  return { feed: feed || DEFAULT_FEED, symbol, accounts };
}

function rangeOf({
  startTime,
  endTime,
}: {
  readonly startTime: Date | undefined;
  readonly endTime: Date | undefined;
}): TimeRange {
  return { from: fromDate(startTime), until: fromDate(endTime) };
}
