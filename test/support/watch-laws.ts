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

/**
 * Follows a stream message by message; fails at the first that breaks a law.
 *
 * @param start the revision the stream continues after; null when its first bookmark or snapshot end tells
 */
export function checkStream(
  log: readonly LogEvent[],
  epoch: string,
  filter: TradeFilter,
  start: number | null,
  messages: readonly WatchMessage[],
): Followed {
  let at = start;
  let live = false;
  let previous = 0;
  let events = 0;
  let fellBehind = 0;
  const nextMatch = (after: number) => log.slice(after).find((event) => admits(filter, event))?.revision;
  for (const message of messages) {
    switch (message.$case) {
      case 'snapshotItem':
        expect(at, 'items come before everything else').toBeNull();
        break;
      case 'snapshotEnd':
        expect(at).toBeNull();
        at = Number(message.value.revision);
        expect(message.value.logEpoch).toBe(epoch);
        break;
      case 'events':
        for (const event of message.value.events) {
          const revision = Number(event.revision);
          // Ordered, unique, exact under the filter and without a gap, all in one.
          expect(revision).toBe(nextMatch(at ?? Number.NaN));
          expect(Number(event.previousRevision)).toBe(previous);
          expectSame(event, log[revision - 1], epoch);
          previous = revision;
          at = revision;
          events += 1;
        }
        expect(message.value.events.length).toBeGreaterThan(0);
        expect(Number(message.value.revision)).toBe(previous);
        break;
      case 'bookmark': {
        const revision = Number(message.value.revision);
        expect(message.value.logEpoch).toBe(epoch);
        expect(revision).toBeGreaterThanOrEqual(at ?? 0);
        const missed = at === null ? undefined : nextMatch(at);
        expect(missed ?? Number.POSITIVE_INFINITY, 'a bookmark is true').toBeGreaterThan(revision);
        at = revision;
        break;
      }
      case 'caughtUp':
        expect(live, 'caught up once').toBe(false);
        expect(Number(message.value.revision)).toBe(at);
        live = true;
        break;
      case 'fellBehind':
        expect(live, 'only who was there can fall behind').toBe(true);
        expect(Number(message.value.revision)).toBeGreaterThanOrEqual(at ?? 0);
        expect(message.value.headRevision).toBeGreaterThan(message.value.revision);
        live = false;
        fellBehind += 1;
        break;
    }
  }
  return { revision: at ?? 0, live, events, fellBehind };
}

type WireEvent = Extract<WatchMessage, { $case: 'events' }>['value']['events'][number];

function expectSame(event: WireEvent, written: LogEvent | undefined, epoch: string): void {
  expect({
    account: event.account,
    ticket: event.ticket,
    symbol: event.symbol,
    state: tradeStateToJSON(event.state),
    tradeVersion: Number(event.tradeVersion),
    occurredAt: event.occurredAt?.getTime(),
    recordedAt: event.recordedAt?.getTime(),
    epoch: event.logEpoch,
    change: event.change,
  }).toEqual({
    account: written?.account,
    ticket: written?.ticket,
    symbol: written?.symbol,
    state: `TRADE_STATE_${written?.state}`,
    tradeVersion: written?.tradeVersion,
    occurredAt: written?.occurredAt,
    recordedAt: written?.recordedAt,
    epoch,
    change: { $case: 'paused', value: { reason: `event ${written?.revision}` } },
  });
}
