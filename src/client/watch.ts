// Owns a watch that outlives connections and servers: it resumes by itself from the last place it has seen,
// and only what a program must decide about (compaction, another history, refusal) ends it with an error.
import { type Metadata, status } from '@grpc/grpc-js';
import {
  type ResumeToken,
  TradeFilter,
  type TradeServiceClient,
  type WatchTradesRequest,
  type WatchTradesResponse,
} from '../../gen/ts/dtms/v1/trade_service.js';
import type { MessageInit, MessageType } from './call.js';
import { DtmsCallError, isTransient } from './errors.js';
import { type CallHeaders, metadataOf } from './headers.js';
import { type ClientInterceptor, throughStream } from './hooks.js';
import { Backoff, pause } from './retry.js';
import { streamMessages } from './stream-messages.js';

/** One message of a watch: `events`, `snapshotItem`, `snapshotEnd`, `bookmark`, `caughtUp` or `fellBehind`. */
export type WatchMessage = NonNullable<WatchTradesResponse['message']>;

/** What to watch and from where. */
export interface WatchOptions {
  readonly filter?: MessageInit<TradeFilter>;
  /** Continue after this place; without it the watch begins now, or with the state as it is now. */
  readonly resumeAfter?: MessageInit<ResumeToken>;
  readonly sendInitialState?: boolean;
  /** Ends the watch quietly. */
  readonly signal?: AbortSignal;
  /** How long the service may be away before the watch gives up, in ms; without it, for ever. */
  readonly retryMs?: number;
  /** Told of every break before the watch tries again, with its cause. */
  readonly onBreak?: (error: Error) => void;
  /** Metadata of this watch only. */
  readonly headers?: CallHeaders;
}

const WATCH_METHOD = '/dtms.v1.TradeService/WatchTrades';

/** Where a watch stands: enough to resume it. */
class Position {
  #token: ResumeToken;

  constructor({ logEpoch, revision, recordedAt }: ResumeToken) {
    this.#token = { logEpoch, revision, recordedAt };
  }

  get token(): ResumeToken {
    return this.#token;
  }

  /** What is new of a message, or null when all of it was seen before a break. */
  take(message: WatchMessage): WatchMessage | null {
    switch (message.$case) {
      case 'events': {
        const events = message.value.events.filter((event) => event.revision > this.#token.revision);
        this.#reach(events.at(-1));
        return events.length === 0 ? null : { $case: 'events', value: { ...message.value, events } };
      }
      case 'bookmark':
      case 'snapshotEnd':
        this.#reach(message.value);
        return message;
      default:
        return message;
    }
  }

  #reach(place: ResumeToken | undefined): void {
    if (place === undefined || place.revision < this.#token.revision) return;
    const { logEpoch, revision, recordedAt } = place;
    this.#token = { logEpoch, revision, recordedAt };
  }
}

/** Messages of one connection. */
async function* connection(
  stub: TradeServiceClient,
  request: WatchTradesRequest,
  metadata: Metadata,
  signal: AbortSignal | undefined,
): AsyncGenerator<WatchMessage, void, undefined> {
  const open = () => stub.watchTrades(request, metadata);
  for await (const { message } of streamMessages(WATCH_METHOD, open, signal)) {
    // A kind that a later version of the service has is not known here.
    if (message !== undefined) yield message;
  }
}

/**
 * Follows the log. Messages come with back pressure: nothing is read ahead of the consumer beyond the
 * transport's window. After a break it resumes after the last revision or bookmark, so no event is lost
 * and none comes twice; before the initial state is complete a break starts it anew.
 *
 * @throws DtmsCallError: isCompacted, isEpochChanged, or what the service refuses the watch for.
 */
export async function* watchTrades(
  stub: TradeServiceClient,
  start: () => Promise<ResumeToken>,
  options: WatchOptions,
  interceptors: readonly ClientInterceptor[] = [],
): AsyncGenerator<WatchMessage, void, undefined> {
  const { signal, retryMs = Number.POSITIVE_INFINITY } = options;
  const filterType: MessageType<TradeFilter> = TradeFilter;
  const filter = filterType.fromPartial(options.filter ?? {});
  const backoff = new Backoff();
  let position: Position | null = null;
  let brokenSince: number | null = null;
  while (!isAborted(signal)) {
    let cause: Error = new Error('the stream ended');
    try {
      if (position === null && options.sendInitialState !== true) position = new Position(await start());
      const request: WatchTradesRequest = {
        filter,
        resumeAfter: position?.token,
        sendInitialState: position === null,
      };
      const outgoing = { method: WATCH_METHOD, request, metadata: metadataOf(options.headers) };
      const messages = throughStream(interceptors, outgoing, ({ metadata }) =>
        connection(stub, request, metadata, signal),
      );
      for await (const message of messages) {
        backoff.reset();
        brokenSince = null;
        if (message.$case === 'snapshotEnd') position ??= new Position(message.value);
        const fresh = position === null ? message : position.take(message);
        if (fresh !== null) yield fresh;
      }
    } catch (error) {
      if (isAborted(signal)) return;
      if (!isBreak(error)) throw error;
      cause = error;
    }
    brokenSince ??= performance.now();
    const waitMs = backoff.next(cause);
    if (performance.now() - brokenSince + waitMs > retryMs) throw cause;
    options.onBreak?.(cause);
    await pause(waitMs, signal).catch(() => {});
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

/** True for what a watch survives; CANCELLED is our own end of a connection that fell silent. */
function isBreak(error: unknown): error is DtmsCallError {
  return isTransient(error) || (error instanceof DtmsCallError && error.code === status.CANCELLED);
}
