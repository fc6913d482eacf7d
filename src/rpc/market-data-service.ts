// MarketDataService: takes market data in order and answers when all it caused is durable.
import { setImmediate as turn } from 'node:timers/promises';
import type {
  MarketDataItem,
  MarketDataServiceService,
  PushMarketDataResponse,
  StreamMarketDataRequest,
  StreamMarketDataResponse,
} from '../../gen/ts/dtms/v1/market_data_service.js';
import {
  UpsertInstrumentsRequest,
  UpsertInstrumentsResponse,
  UpsertNewsEventsRequest,
  UpsertNewsEventsResponse,
} from '../../gen/ts/dtms/v1/market_data_service.js';
import { identify } from '../engine/answers.js';
import type { Authority } from '../engine/authority.js';
import type { Receipt } from '../engine/group-commit.js';
import type { Term } from '../engine/term.js';
import { noMarketData } from '../errors/errors.js';
import { instrumentFromProto, itemFromProto, newsFromProto, viewToProto } from '../wire/market.js';
import { DEFAULT_FEED } from '../wire/trade.js';
import type { Handlers } from './adapters.js';

/** Requests of one stream that may be unacknowledged. */
const STREAM_WINDOW = 64;
/** The engine works this long at most, in ms, before other calls get a turn. */
const SLICE_MS = 5;

type Counts = Omit<PushMarketDataResponse, 'revision'>;

export function marketDataHandlers(authority: Authority): Handlers<typeof MarketDataServiceService> {
  /** Applies the items in order; `durable` resolves when all they caused is. */
  async function push(
    feed: string,
    items: readonly MarketDataItem[],
  ): Promise<{ result: PushMarketDataResponse; durable: Promise<void> }> {
    const term = authority.requireTerm();
    authority.admit(term);
    const counts: Counts = { accepted: 0, duplicates: 0, corrections: 0, rejected: [], events: 0 };
    let receipt: Receipt = { revision: term.head, events: 0, durable: term.settled() };
    for (let index = 0; index < items.length; ) {
      const until = performance.now() + SLICE_MS;
      while (index < items.length && performance.now() < until) {
        const item = items[index];
        if (item !== undefined) applyItem(term, feed, item, index, counts);
        index += 1;
      }
      receipt = term.record();
      counts.events += receipt.events;
      if (index < items.length) await turn();
    }
    return { result: { ...counts, revision: BigInt(receipt.revision) }, durable: receipt.durable };
  }

  return {
    pushMarketData: async ({ feed, items }) => {
      const { result, durable } = await push(feed || DEFAULT_FEED, items);
      await durable;
      return result;
    },

    streamMarketData: async function* (requests) {
      yield { sequence: 0n, result: undefined, window: STREAM_WINDOW };
      yield* acknowledged(requests, ({ feed, items }) => push(feed || DEFAULT_FEED, items));
    },

    getMarketView: ({ feed: asked, symbol }) => {
      const feed = asked || DEFAULT_FEED;
      const term = authority.requireTerm();
      const view = term.engine.view(feed, symbol);
      if (view === undefined) throw noMarketData(feed, symbol);
      return { view: viewToProto(feed, view, term.clock.now(feed)) };
    },

    upsertInstruments: (request, { method }) => {
      const instruments = request.instruments.map(instrumentFromProto);
      return authority.write(
        identify(method, request, UpsertInstrumentsRequest, UpsertInstrumentsResponse),
        () => undefined,
        (term) => {
          const changed = instruments.filter((instrument) => term.engine.upsertInstrument(instrument));
          return { work: { instruments: changed }, respond: () => ({ changed: changed.length }) };
        },
      );
    },

    upsertNewsEvents: (request, { method }) => {
      const news = request.events.map(newsFromProto);
      return authority.write(
        identify(method, request, UpsertNewsEventsRequest, UpsertNewsEventsResponse),
        () => undefined,
        (term) => {
          const changed = news.filter((event) => term.engine.upsertNews(event));
          return { work: { news: changed }, respond: () => ({ changed: changed.length }) };
        },
      );
    },
  };
}

function applyItem(term: Term, feed: string, message: MarketDataItem, index: number, counts: Counts): void {
  const item = itemFromProto(message);
  if ('description' in item) {
    counts.rejected.push({ index, ...item });
    return;
  }
  const { status, field, reason } = term.engine.apply(feed, item);
  if (status === 'rejected') {
    counts.rejected.push({ index, field, description: reason });
    return;
  }
  if (status === 'duplicate') counts.duplicates += 1;
  else counts.accepted += 1;
  if (status === 'corrected') counts.corrections += 1;
  const view = term.engine.view(feed, item.symbol);
  if (view?.asOf != null) term.clock.saw(feed, view.asOf);
}

/**
 * Applies requests as they come, up to the window ahead of what is durable, and acknowledges each, in
 * order, when it is. A reader that does not take its acknowledgements stops being read.
 */
async function* acknowledged(
  requests: AsyncIterable<StreamMarketDataRequest>,
  push: (request: StreamMarketDataRequest) => Promise<{ result: PushMarketDataResponse; durable: Promise<void> }>,
): AsyncGenerator<StreamMarketDataResponse> {
  const source = requests[Symbol.asyncIterator]();
  const waiting: Promise<StreamMarketDataResponse>[] = [];
  let next: Promise<IteratorResult<StreamMarketDataRequest>> | null = source.next();
  for (;;) {
    const oldest = waiting[0];
    if (next !== null && waiting.length < STREAM_WINDOW) {
      const arrived: IteratorResult<StreamMarketDataRequest> | 'acknowledge' = await Promise.race([
        next,
        ...(oldest === undefined ? [] : [oldest.then(() => 'acknowledge' as const)]),
      ]);
      if (arrived !== 'acknowledge') {
        next = arrived.done === true ? null : source.next();
        if (arrived.done !== true) {
          const request = arrived.value;
          const { result, durable } = await push(request);
          const answer = durable.then(() => ({ sequence: request.sequence, result, window: STREAM_WINDOW }));
          answer.catch(() => undefined);
          waiting.push(answer);
        }
        continue;
      }
    }
    if (oldest === undefined) return;
    waiting.shift();
    yield await oldest;
  }
}
