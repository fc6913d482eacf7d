// Owns the stream of market data: what keeps it in order, and its caller from running ahead of what is
// durable.

import {
  MarketDataFault as FaultMessage,
  type PushMarketDataResponse,
  type StreamMarketDataRequest,
  type StreamMarketDataResponse,
} from '../../gen/ts/dtms/v1/market_data_service.js';
import type { Pushed } from '../commands/push-market-data.js';
import { toldElsewhere } from '../observability/background.js';

/** Requests of one stream that may be unacknowledged. */
const STREAM_WINDOW = 64;

export function pushedToProto(pushed: Pushed): PushMarketDataResponse {
  const { accepted, duplicates, corrections, confirmed, dropped, events } = pushed;
  const toProto = (items: Pushed['held']) =>
    items.map((item) => ({ ...item, fault: FaultMessage[item.fault] }));
  return {
    accepted,
    duplicates,
    corrections,
    confirmed,
    dropped,
    events,
    rejected: toProto(pushed.rejected),
    held: toProto(pushed.held),
    revision: BigInt(pushed.revision),
  };
}

/** A message that acknowledges nothing: the first grant, and a sign of life. */
const ALIVE: StreamMarketDataResponse = { sequence: 0n, result: undefined, window: STREAM_WINDOW };

/**
 * Applies requests as they come, up to the window ahead of what is durable, and acknowledges each, in
 * order, when it is. A reader that does not take its acknowledgements stops being read. Whatever the
 * requests do, the stream is never silent for longer than `silenceMs`: what carries it would end it.
 */
export async function* acknowledged(
  requests: AsyncIterable<StreamMarketDataRequest>,
  push: (request: StreamMarketDataRequest) => Promise<Pushed>,
  silenceMs: number,
): AsyncGenerator<StreamMarketDataResponse> {
  const silence = new Silence(silenceMs);
  try {
    for await (const message of answers(requests, push, silence)) {
      silence.broken();
      yield message;
    }
  } finally {
    silence.broken();
  }
}

async function* answers(
  requests: AsyncIterable<StreamMarketDataRequest>,
  push: (request: StreamMarketDataRequest) => Promise<Pushed>,
  silence: Silence,
): AsyncGenerator<StreamMarketDataResponse> {
  yield ALIVE;
  const source = requests[Symbol.asyncIterator]();
  const read = async (): Promise<Step> => ({ kind: 'request', ...(await source.next()) });
  const apply = async (request: StreamMarketDataRequest): Promise<Step> => {
    const pushed = await push(request);
    const { sequence } = request;
    const acknowledgement = { sequence, result: pushedToProto(pushed), window: STREAM_WINDOW };
    const durable = pushed.durable.then(() => DURABLE);
    // The caller may be gone before it is awaited.
    toldElsewhere(durable);
    return { kind: 'applied', pending: { acknowledgement, durable } };
  };
  const applied: Pending[] = [];
  /** One request at a time is read, then applied: their order is that of the market. */
  let next: Promise<Step> | null = read();
  while (next !== null || applied.length > 0) {
    const oldest = applied[0];
    const step: Step = await Promise.race([
      ...(next !== null && applied.length < STREAM_WINDOW ? [next] : []),
      ...(oldest === undefined ? [] : [oldest.durable]),
      silence.tooLong(),
    ]);
    if (step.kind === 'silent') {
      yield ALIVE;
    } else if (step.kind === 'durable') {
      applied.shift();
      if (oldest !== undefined) yield oldest.acknowledgement;
    } else if (step.kind === 'applied') {
      applied.push(step.pending);
      next = read();
    } else {
      next = step.done === true ? null : apply(step.value);
    }
    if (next !== null) toldElsewhere(next);
  }
}

/** What a stream waits for: the next request, that it is applied, the oldest to become durable, or that it was silent too long. */
type Step =
  | ({ readonly kind: 'request' } & IteratorResult<StreamMarketDataRequest>)
  | { readonly kind: 'applied'; readonly pending: Pending }
  | typeof DURABLE
  | typeof SILENT;
const DURABLE = { kind: 'durable' } as const;
const SILENT = { kind: 'silent' } as const;

/** Tells when nothing was said for too long. */
class Silence {
  readonly #ms: number;
  #waiting: Promise<typeof SILENT> | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number) {
    this.#ms = ms;
  }

  /** Resolves so long after something was said; the same until then. */
  tooLong(): Promise<typeof SILENT> {
    this.#waiting ??= new Promise((resolve) => {
      this.#timer = setTimeout(() => resolve(SILENT), this.#ms);
    });
    return this.#waiting;
  }

  /** Something is said now. */
  broken(): void {
    clearTimeout(this.#timer);
    this.#waiting = null;
  }
}

interface Pending {
  readonly acknowledgement: StreamMarketDataResponse;
  readonly durable: Promise<typeof DURABLE>;
}
