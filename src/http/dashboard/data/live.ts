// Owns the one watch of all trades: a snapshot, then every event, and going on where it broke off.
import { createParser } from 'eventsource-parser';
import { type Api, errorFrom, problemText } from './api.js';
import { ApiError } from './api-error.js';
import { steadyNow } from './clock.js';
import type { TradeEventJson, TradeJson, WatchJson } from './json.js';
import { Listeners, type Unsubscribe } from './listeners.js';
import { jsonOf, watchMessage } from './watch-message.js';

/** How the watch stands. */
export type LinkState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** Tries again at `until`, by `steadyNow`. */
  | {
      readonly kind: 'waiting';
      readonly until: number;
      readonly problem: string;
      readonly isRefused: boolean;
    }
  /** The server does not lead; another one should. */
  | { readonly kind: 'standby'; readonly until: number }
  | { readonly kind: 'key-needed' };

const WATCH = '/v1/dtms/trades:watch';
/** Bookmarks come every 5 s: after this long without a word the connection is dead. */
const SILENCE_MS = 12_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
/** The place that was reached is of no use any more: a new snapshot is. */
const LOST_PLACE = new Set(['REVISION_COMPACTED', 'REVISION_IN_FUTURE', 'LOG_EPOCH_CHANGED']);

export class Live {
  readonly #api: Api;
  readonly #events = new Listeners<readonly TradeEventJson[]>();
  readonly #snapshots = new Listeners<readonly TradeJson[]>();
  readonly #states = new Listeners<LinkState>();
  #state: LinkState = { kind: 'connecting' };
  #place: string | undefined;
  #snapshot: TradeJson[] = [];
  #attempts = 0;
  #current: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(api: Api) {
    this.#api = api;
  }

  get state(): LinkState {
    return this.#state;
  }

  onState(listener: (state: LinkState) => void): Unsubscribe {
    return this.#states.add(listener);
  }

  /** Every event of every trade, in the order of their revisions. */
  onEvents(listener: (events: readonly TradeEventJson[]) => void): Unsubscribe {
    return this.#events.add(listener);
  }

  /** All trades that are not closed, whenever they are told anew. */
  onSnapshot(listener: (trades: readonly TradeJson[]) => void): Unsubscribe {
    return this.#snapshots.add(listener);
  }

  /** A new snapshot was taken: what was fetched before may have missed events. */
  onReset(listener: () => void): Unsubscribe {
    return this.#snapshots.add(() => listener());
  }

  /** Begins anew, with a snapshot. */
  restart(): void {
    this.#place = undefined;
    this.#attempts = 0;
    this.#connect();
  }

  /** Does not wait any longer. */
  retryNow(): void {
    if (this.#state.kind === 'waiting' || this.#state.kind === 'standby') this.#connect();
  }

  #connect(): void {
    clearTimeout(this.#timer);
    this.#current?.abort();
    const controller = new AbortController();
    this.#current = controller;
    if (this.#state.kind !== 'waiting' && this.#state.kind !== 'standby') this.#enter({ kind: 'connecting' });
    this.#read(controller).then(
      () => this.#again(controller, new ApiError(0, 'the server ended the stream')),
      (error: unknown) => this.#again(controller, error),
    );
  }

  async #read(controller: AbortController): Promise<void> {
    const { signal } = controller;
    let watchdog = setTimeout(() => controller.abort(new ApiError(0, 'the server is silent')), SILENCE_MS);
    const query = this.#place === undefined ? '?sendInitialState=true' : '';
    const headers: Record<string, string> = { accept: 'text/event-stream' };
    if (this.#place !== undefined) headers['last-event-id'] = this.#place;
    this.#snapshot = [];
    try {
      const response = await this.#api.open(WATCH + query, { headers, signal });
      if (response.body === null) return;
      const parser = createParser({
        onEvent: ({ event, id, data }) => {
          if (event === 'error') throw errorFrom(503, jsonOf(data), null);
          this.#take(watchMessage(data));
          if (id !== undefined) this.#place = id;
        },
      });
      this.#enter({ kind: 'live' });
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        clearTimeout(watchdog);
        watchdog = setTimeout(() => controller.abort(new ApiError(0, 'the server is silent')), SILENCE_MS);
        parser.feed(chunk);
      }
    } finally {
      clearTimeout(watchdog);
    }
  }

  #take({ snapshotItem, snapshotEnd, events }: WatchJson): void {
    this.#attempts = 0;
    if (snapshotItem?.trade !== undefined) this.#snapshot.push(snapshotItem.trade);
    if (snapshotEnd !== undefined) {
      this.#snapshots.tell(this.#snapshot);
      this.#snapshot = [];
    }
    if (events !== undefined) this.#events.tell(events.events);
  }

  #again(controller: AbortController, thrown: unknown): void {
    // Another connection has taken its place.
    if (this.#current !== controller) return;
    const error: unknown = controller.signal.aborted ? controller.signal.reason : thrown;
    if (error instanceof ApiError && error.status === 401) {
      this.#enter({ kind: 'key-needed' });
      return;
    }
    const reason = error instanceof ApiError ? error.reason : '';
    if (LOST_PLACE.has(reason)) this.#place = undefined;
    const wait = waitOf(this.#attempts, error);
    this.#attempts += 1;
    const until = steadyNow() + wait;
    if (reason === 'LEADER_UNREACHABLE') this.#enter({ kind: 'standby', until });
    else {
      const isRefused = error instanceof ApiError && error.status === 403;
      this.#enter({ kind: 'waiting', until, problem: problemText(error), isRefused });
    }
    this.#timer = setTimeout(() => this.#connect(), wait);
  }

  #enter(state: LinkState): void {
    this.#state = state;
    this.#states.tell(state);
  }
}

/** Doubles with every attempt in vain, with jitter, so that many pages do not come back at once. */
function waitOf(attempts: number, error: unknown): number {
  const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
  const usual = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempts);
  return Math.max(asked, usual * (0.5 + Math.random() / 2));
}
