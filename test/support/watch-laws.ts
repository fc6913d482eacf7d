// The laws of a watch (docs: WatchTrades), checked on what one stream received against the log.
import { expect } from 'vitest';
import { tradeStateToJSON } from '../../gen/ts/dtms/v1/types.js';
import type { LogEvent, TradeFilter } from '../../src/store/types.js';
import type { WatchMessage } from './scripted-sink.js';

export const EVERYTHING: TradeFilter = { account: null, symbols: [], states: [], tickets: [] };

/** Written anew, and simply: it is the oracle of src/watch/filter.ts. */
export function admits(filter: TradeFilter, event: LogEvent): boolean {
  if (filter.account !== null && filter.account !== event.account) return false;
  if (filter.symbols.length > 0 && !filter.symbols.includes(event.symbol)) return false;
  if (filter.states.length > 0 && !filter.states.includes(event.state)) return false;
  return filter.tickets.length === 0 || filter.tickets.includes(event.ticket);
}

export interface Followed {
  /** Everything that matches up to here was received. */
  readonly revision: number;
  readonly live: boolean;
  readonly events: number;
  readonly fellBehind: number;
}

/** Follows a stream message by message; fails at the first that breaks a law. */
export class StreamCheck {
  readonly #log: readonly LogEvent[];
  readonly #epoch: string;
  readonly #filter: TradeFilter;
  #at: number | null;
  #live = false;
  #previous = 0;
  #events = 0;
  #fellBehind = 0;
  #taken = 0;

  /** @param start the revision the stream continues after; null when its first bookmark or snapshot end tells */
  constructor(log: readonly LogEvent[], epoch: string, filter: TradeFilter, start: number | null) {
    this.#log = log;
    this.#epoch = epoch;
    this.#filter = filter;
    this.#at = start;
  }

  /** Takes the messages that are new since the last call. */
  follow(messages: readonly WatchMessage[]): Followed {
    for (; this.#taken < messages.length; this.#taken += 1) {
      const message = messages[this.#taken];
      if (message !== undefined) this.#take(message);
    }
    const [live, events, fellBehind] = [this.#live, this.#events, this.#fellBehind];
    return { revision: this.#at ?? 0, live, events, fellBehind };
  }

  /** The first event that matches after a revision; Infinity when there is none. */
  next(after: number): number {
    for (let index = after; index < this.#log.length; index += 1) {
      const event = this.#log[index];
      if (event !== undefined && admits(this.#filter, event)) return event.revision;
    }
    return Number.POSITIVE_INFINITY;
  }

  #take(message: WatchMessage): void {
    switch (message.$case) {
      case 'snapshotItem':
        expect(this.#at, 'items come before everything else').toBeNull();
        break;
      case 'snapshotEnd':
        expect(this.#at).toBeNull();
        this.#at = Number(message.value.revision);
        expect(message.value.logEpoch).toBe(this.#epoch);
        break;
      case 'events':
        for (const event of message.value.events) this.#event(event);
        expect(message.value.events.length).toBeGreaterThan(0);
        expect(Number(message.value.revision)).toBe(this.#previous);
        break;
      case 'bookmark': {
        const revision = Number(message.value.revision);
        expect(message.value.logEpoch).toBe(this.#epoch);
        expect(revision).toBeGreaterThanOrEqual(this.#at ?? 0);
        if (this.#at !== null) expect(this.next(this.#at), 'a bookmark is true').toBeGreaterThan(revision);
        this.#at = revision;
        break;
      }
      case 'caughtUp':
        expect(this.#live, 'caught up once').toBe(false);
        expect(Number(message.value.revision)).toBe(this.#at);
        this.#live = true;
        break;
      case 'fellBehind':
        expect(this.#live, 'only who was there can fall behind').toBe(true);
        expect(Number(message.value.revision)).toBeGreaterThanOrEqual(this.#at ?? 0);
        expect(message.value.headRevision).toBeGreaterThan(message.value.revision);
        this.#live = false;
        this.#fellBehind += 1;
        break;
    }
  }

  #event(event: WireEvent): void {
    const revision = Number(event.revision);
    // Ordered, unique, exact under the filter and without a gap, all in one.
    expect(revision).toBe(this.next(this.#at ?? Number.POSITIVE_INFINITY));
    expect(Number(event.previousRevision)).toBe(this.#previous);
    expectSame(event, this.#log[revision - 1], this.#epoch);
    this.#previous = revision;
    this.#at = revision;
    this.#events += 1;
  }
}

/** The whole of a stream at once. */
export function checkStream(
  log: readonly LogEvent[],
  epoch: string,
  filter: TradeFilter,
  start: number | null,
  messages: readonly WatchMessage[],
): Followed {
  return new StreamCheck(log, epoch, filter, start).follow(messages);
}

type WireEvent = Extract<WatchMessage, { $case: 'events' }>['value']['events'][number];

function expectSame(event: WireEvent, written: LogEvent | undefined, epoch: string): void {
  const { change } = event;
  const got = [
    ...[event.account, event.ticket, event.symbol, tradeStateToJSON(event.state), Number(event.tradeVersion)],
    ...[event.occurredAt?.getTime(), event.recordedAt?.getTime(), event.logEpoch],
    change?.$case === 'paused' ? change.value.reason : change,
  ];
  const want = [
    ...[
      written?.account,
      written?.ticket,
      written?.symbol,
      `TRADE_STATE_${written?.state}`,
      written?.tradeVersion,
    ],
    ...[written?.occurredAt, written?.recordedAt, epoch, `event ${written?.revision}`],
  ];
  // toEqual for its report, but only where there is something to report: it is slow.
  if (got.some((value, index) => value !== want[index])) expect(got).toEqual(want);
}
