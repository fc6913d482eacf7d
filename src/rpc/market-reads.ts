// What MarketDataService shows of markets: all of them in short, one's bars, and how it treated trades.
import type {
  ListBarsRequest,
  ListBarsResponse,
  ListEvaluationsRequest,
  ListEvaluationsResponse,
  ListMarketViewsRequest,
  ListMarketViewsResponse,
  MarketDataServiceService,
} from '../../gen/ts/dtms/v1/market_data_service.js';
import { Timeframe as TimeframeMessage } from '../../gen/ts/dtms/v1/types.js';
import type { MarketView } from '../domain/market-view.js';
import type { Timeframe } from '../domain/types.js';
import type { Authority } from '../engine/authority.js';
import type { Term } from '../engine/term.js';
import { noMarketData } from '../errors/errors.js';
import type { Principal } from '../interceptors/principal.js';
import type { Store } from '../store/store.js';
import { barToProto, summaryToProto } from '../wire/market.js';
import { decodeMarketEvaluation } from '../wire/market-evaluation.js';
import { fromDate } from '../wire/time.js';
import { DEFAULT_FEED } from '../wire/trade.js';
import type { Handlers } from './adapters.js';
import { pageByName } from './name-pages.js';
import { parsePlaceToken, placeToken, queryFingerprint } from './page-token.js';

const DEFAULT_PAGE = 100;
const DEFAULT_BARS = 200;

/** What is told of a call's caller. */
interface Asked {
  readonly method: string;
  readonly principal: Principal;
}

export function marketReads(
  authority: Authority,
  store: Pick<Store, 'listEvaluations'>,
): Pick<Handlers<typeof MarketDataServiceService>, 'listMarketViews' | 'listBars' | 'listEvaluations'> {
  return {
    listMarketViews: (request, call) => listMarketViews(authority.requireTerm(), request, call),
    listBars: (request) => listBars(authority.requireTerm(), request),
    listEvaluations: (request, { method }) =>
      listEvaluations(authority.requireTerm(), store, method, request),
  };
}

/** Neither a feed nor an instrument has a space in it, which sorts before whatever they have. */
const nameOf = (feed: string, instrument: string): string => `${feed} ${instrument}`;

function listMarketViews(
  term: Term,
  request: ListMarketViewsRequest,
  { method, principal }: Asked,
): ListMarketViewsResponse {
  const markets = new Map<string, { readonly feed: string; readonly view: MarketView }>();
  for (const { feed, view } of term.engine.watched()) {
    if (request.feed === '' || feed === request.feed)
      markets.set(nameOf(feed, view.instrument), { feed, view });
  }
  const fingerprint = queryFingerprint(method, Buffer.from(request.feed));
  const { items, nextPageToken } = pageByName(markets, fingerprint, request);
  const trades = activeTrades(term, principal);
  return {
    markets: items.map(({ feed, view }) =>
      summaryToProto(feed, view, term.clock.now(feed), trades.get(nameOf(feed, view.instrument)) ?? 0),
    ),
    nextPageToken,
  };
}

/** Trades that are not closed, by market, of the accounts the caller may see. */
function activeTrades({ engine }: Term, { accounts }: Principal): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { spec, instrument, state } of engine.trades()) {
    if (state === 'CLOSED' || !(accounts?.has(spec.account) ?? true)) continue;
    const name = nameOf(spec.feed, instrument);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** Throws NO_MARKET_DATA when nothing is known of the symbol. */
function viewOf({ engine }: Term, feed: string, symbol: string): MarketView {
  const view = engine.view(feed, symbol);
  if (view === undefined) throw noMarketData(feed, symbol);
  return view;
}

function listBars(term: Term, request: ListBarsRequest): ListBarsResponse {
  const view = viewOf(term, request.feed || DEFAULT_FEED, request.symbol);
  const timeframe = TimeframeMessage[request.timeframe] as Timeframe;
  const from = fromDate(request.startTime) ?? Number.NEGATIVE_INFINITY;
  const until = fromDate(request.endTime) ?? Number.POSITIVE_INFINITY;
  const asked = ({ time }: { readonly time: number }): boolean => time >= from && time < until;
  const forming = view.formingBar;
  return {
    bars: view
      .bars(timeframe)
      .filter(asked)
      .slice(-(request.limit || DEFAULT_BARS))
      .map((bar) => barToProto(view.symbol, { timeframe, bar }, false)),
    formingBar:
      forming?.timeframe === timeframe && asked(forming.bar)
        ? barToProto(view.symbol, forming, true)
        : undefined,
  };
}

async function listEvaluations(
  term: Term,
  store: Pick<Store, 'listEvaluations'>,
  method: string,
  request: ListEvaluationsRequest,
): Promise<ListEvaluationsResponse> {
  const feed = request.feed || DEFAULT_FEED;
  const { instrument } = viewOf(term, feed, request.symbol);
  const range = { feed, instrument, from: fromDate(request.startTime), until: fromDate(request.endTime) };
  const fingerprint = queryFingerprint(method, Buffer.from(JSON.stringify(range)));
  const size = request.pageSize || DEFAULT_PAGE;
  const before = parsePlaceToken(request.pageToken, fingerprint);
  const page = await store.listEvaluations(range, before, size + 1);
  const shown = page.slice(0, size);
  const last = shown.at(-1);
  return {
    evaluations: shown.map(({ body }) => decodeMarketEvaluation(body)),
    nextPageToken: page.length > size && last !== undefined ? placeToken(fingerprint, last) : '',
  };
}
