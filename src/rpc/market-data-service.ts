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
import type { MarketItem } from '../engine/engine.js';
import type { Receipt } from '../engine/group-commit.js';
import type { Term } from '../engine/term.js';
import { noMarketData } from '../errors/errors.js';
import type { CallContext } from '../observability/context.js';
import type { Store } from '../store/store.js';
import { instrumentFromProto, itemFromProto, newsFromProto, viewToProto } from '../wire/market.js';
import { DEFAULT_FEED } from '../wire/trade.js';
import type { Handlers } from './adapters.js';
import { marketReads } from './market-reads.js';

/** Requests of one stream that may be unacknowledged. */
const STREAM_WINDOW = 64;
/**
 * Data dated further ahead of this server's clock is refused, in ms: market time never runs back, so one
 * wrong date would end every timer. Wide enough for any zone and for a clock that is a day slow.
 */
const MOST_AHEAD_MS = 48 * 3_600_000;
/** The engine works this long at most, in ms, before other calls get a turn. */
const SLICE_MS = 5;

interface Pushed {
  readonly result: PushMarketDataResponse;
  readonly durable: Promise<void>;
}

type Counts = Omit<PushMarketDataResponse, 'revision'>;

/** Whoever wants to know how long the engine took. */
export interface CheckObserver {
  /** A piece of market data led to a check of its market's trades, which took this many ms. */
  checked(ms: number): void;
}

export function marketDataHandlers(
  authority: Authority,
  store: Pick<Store, 'listEvaluations'>,
  observer: CheckObserver,
): Handlers<typeof MarketDataServiceService> {
  /** Applies the items in order; `durable` resolves when all they caused is. */
  async function push(feed: string, items: readonly MarketDataItem[], call: CallContext): Promise<Pushed> {
    const term = authority.requireTerm();
    authority.admit(term);
    const counts: Counts = { accepted: 0, duplicates: 0, corrections: 0, rejected: [], events: 0 };
    let receipt: Receipt = { revision: term.head, events: 0, durable: term.settled() };
    for (let index = 0; index < items.length; ) {
      const until = performance.now() + SLICE_MS;
      authority.traced(call, () => {
        while (index < items.length && performance.now() < until) {
          const item = items[index];
          if (item !== undefined) applyItem(term, feed, item, index, counts, observer);
          index += 1;
        }
      });
      receipt = term.record({ cause: call });
      counts.events += receipt.events;
      if (index < items.length) await turn();
    }
    return { result: { ...counts, revision: BigInt(receipt.revision) }, durable: receipt.durable };
  }

  return {
    ...marketReads(authority, store),

    pushMarketData: async ({ feed, items }, call) => {
      const { result, durable } = await push(feed || DEFAULT_FEED, items, call);
      await authority.untilDurable(call, durable);
      return result;
    },

    streamMarketData: async function* (requests, call) {
      yield { sequence: 0n, result: undefined, window: STREAM_WINDOW };
      yield* acknowledged(requests, ({ feed, items }) => push(feed || DEFAULT_FEED, items, call));
    },

    getMarketView: ({ feed: asked, symbol }) => {
      const feed = asked || DEFAULT_FEED;
      const term = authority.requireTerm();
      const view = term.engine.view(feed, symbol);
      if (view === undefined) throw noMarketData(feed, symbol);
      return { view: viewToProto(feed, view, term.clock.now(feed)) };
    },

    upsertInstruments: (request, call) => {
      const instruments = request.instruments.map(instrumentFromProto);
      return authority.write(
        identify(call, request, UpsertInstrumentsRequest, UpsertInstrumentsResponse),
        () => undefined,
        (term) => {
          const changed = instruments.filter((instrument) => term.engine.upsertInstrument(instrument));
          return { work: { instruments: changed }, respond: () => ({ changed: changed.length }) };
        },
      );
    },

    upsertNewsEvents: (request, call) => {
      const news = request.events.map(newsFromProto);
      return authority.write(
        identify(call, request, UpsertNewsEventsRequest, UpsertNewsEventsResponse),
        () => undefined,
        (term) => {
          const changed = news.filter((event) => term.engine.upsertNews(event));
          return { work: { news: changed }, respond: () => ({ changed: changed.length }) };
        },
      );
    },
  };
}

function applyItem(
  term: Term,
  feed: string,
  message: MarketDataItem,
  index: number,
  counts: Counts,
  observer: CheckObserver,
): void {
  const item = itemFromProto(message);
  const { field: timeField, time } = datedBy(item);
  if (time > Date.now() + MOST_AHEAD_MS) {
    counts.rejected.push({ index, field: timeField, description: 'lies more than 48 hours in the future' });
    return;
  }
  const before = term.engine.evaluations;
  const began = performance.now();
  const { status, field, reason } = term.engine.apply(feed, item);
  if (term.engine.evaluations > before) observer.checked(performance.now() - began);
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

/** The moment an item is of, and the field that says so. */
function datedBy(item: MarketItem): { field: string; time: number } {
  switch (item.kind) {
    case 'bar':
      return { field: 'bar.open_time', time: item.bar.time };
    case 'quote':
      return { field: 'quote.time', time: item.quote.time };
    case 'orderFlow':
      return { field: 'order_flow.time', time: item.flow.time };
  }
}

/**
 * Applies requests as they come, up to the window ahead of what is durable, and acknowledges each, in
 * order, when it is. A reader that does not take its acknowledgements stops being read.
 */
async function* acknowledged(
  requests: AsyncIterable<StreamMarketDataRequest>,
  push: (request: StreamMarketDataRequest) => Promise<Pushed>,
): AsyncGenerator<StreamMarketDataResponse> {
  const source = requests[Symbol.asyncIterator]();
  const read = async (): Promise<Step> => ({ kind: 'request', ...(await source.next()) });
  const applied: Applied[] = [];
  let next: Promise<Step> | null = read();
  while (next !== null || applied.length > 0) {
    const oldest = applied[0];
    const step: Step = await Promise.race([
      ...(next !== null && applied.length < STREAM_WINDOW ? [next] : []),
      ...(oldest === undefined ? [] : [oldest.durable]),
    ]);
    if (step.kind === 'durable') {
      applied.shift();
      if (oldest !== undefined) yield oldest.acknowledgement;
    } else if (step.done === true) {
      next = null;
    } else {
      next = read();
      next.catch(() => undefined);
      const { result, durable } = await push(step.value);
      const acknowledgement = { sequence: step.value.sequence, result, window: STREAM_WINDOW };
      const settled = durable.then(() => DURABLE);
      // The caller may be gone before it is awaited.
      settled.catch(() => undefined);
      applied.push({ acknowledgement, durable: settled });
    }
  }
}

/** What a stream waits for: the next request, or the oldest applied one to become durable. */
type Step = ({ readonly kind: 'request' } & IteratorResult<StreamMarketDataRequest>) | typeof DURABLE;
const DURABLE = { kind: 'durable' } as const;

interface Applied {
  readonly acknowledgement: StreamMarketDataResponse;
  readonly durable: Promise<typeof DURABLE>;
}
