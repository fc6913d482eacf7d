// Lists of trades and events, and what a watch asks for.
import { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import {
  type ListTradeEventsRequest,
  type ListTradeEventsResponse,
  type ListTradesRequest,
  type ListTradesResponse,
  TradeFilter as TradeFilterCodec,
  type TradeFilter as TradeFilterMessage,
  type WatchTradesRequest,
} from '../../gen/ts/dtms/v1/trade_service.js';
import { TradeState } from '../../gen/ts/dtms/v1/types.js';
import type { State } from '../domain/types.js';
import type { Authority } from '../engine/authority.js';
import type { DurableTrade, Term } from '../engine/term.js';
import { invalidField } from '../errors/errors.js';
import type { Store } from '../store/store.js';
import type { LogEvent, TradeFilter } from '../store/types.js';
import type { WatchStart } from '../watch/watch.js';
import { pageToken, parsePageToken, queryFingerprint } from './page-token.js';

const DEFAULT_PAGE = 100;

export function filterFromProto(message: TradeFilterMessage | undefined): TradeFilter {
  const filter = message ?? TradeFilterCodec.create();
  return {
    account: filter.account === '' ? null : filter.account,
    symbols: filter.symbols,
    states: filter.states.map((state) => TradeState[state] as State),
    tickets: filter.tickets,
  };
}

export function startOf(request: WatchTradesRequest): WatchStart {
  const { resumeAfter, sendInitialState } = request;
  if (resumeAfter === undefined) return { from: sendInitialState ? 'initial-state' : 'now' };
  if (sendInitialState) {
    throw invalidField('send_initial_state', 'cannot be combined with resume_after');
  }
  return { from: 'revision', revision: resumeAfter.revision, epoch: resumeAfter.logEpoch };
}

export async function listTrades(
  authority: Authority,
  store: Store,
  method: string,
  request: ListTradesRequest,
): Promise<ListTradesResponse> {
  const fingerprint = fingerprintOf(method, request.filter);
  const filter = filterFromProto(request.filter);
  const size = request.pageSize || DEFAULT_PAGE;
  const term = authority.requireTerm();
  const after = parsePageToken(request.pageToken, fingerprint);
  const page = await matching(term, store, filter, after, size + 1);
  const shown = page.slice(0, size);
  const last = shown.at(-1);
  return {
    trades: shown.map((stored) => authority.show(stored, term)),
    nextPageToken:
      page.length > size && last !== undefined ? pageToken(fingerprint, last.registeredRevision) : '',
  };
}

/** Active trades from memory, closed ones from the store, in the order of registration. */
async function matching(
  term: Term,
  store: Store,
  filter: TradeFilter,
  after: number,
  limit: number,
): Promise<DurableTrade[]> {
  const active = [...term.list(filter, after, limit)];
  if (!filter.states.includes('CLOSED')) return active;
  const closed = await store.listTrades({ ...filter, states: ['CLOSED'] }, after, limit);
  // A trade that closed while the store was asked is in both; the store's is the newer.
  const merged = new Map([...active, ...closed].map((durable) => [durable.registeredRevision, durable]));
  return [...merged.values()].sort((a, b) => a.registeredRevision - b.registeredRevision).slice(0, limit);
}

export async function listEvents(
  authority: Authority,
  store: Store,
  method: string,
  request: ListTradeEventsRequest,
): Promise<ListTradeEventsResponse> {
  const fingerprint = fingerprintOf(`${method}?after=${request.afterRevision}`, request.filter);
  const size = request.pageSize || DEFAULT_PAGE;
  authority.requireTerm();
  // A revision beyond what a number holds exactly would round up to one the database cannot hold at all.
  const given = Math.min(Number(request.afterRevision), Number.MAX_SAFE_INTEGER);
  const after = parsePageToken(request.pageToken, fingerprint) || given;
  const [{ epoch }, page] = await Promise.all([
    store.head(),
    store.listEvents(filterFromProto(request.filter), after, size + 1),
  ]);
  const shown = page.slice(0, size);
  const last = shown.at(-1);
  return {
    events: shown.map((event) => eventOf(event, epoch)),
    nextPageToken: page.length > size && last !== undefined ? pageToken(fingerprint, last.revision) : '',
  };
}

/** An event of the log on the wire, with its place in it. */
function eventOf(event: LogEvent, epoch: string): TradeEvent {
  return {
    ...TradeEvent.decode(event.payload),
    revision: BigInt(event.revision),
    logEpoch: epoch,
    recordedAt: new Date(event.recordedAt),
  };
}

const fingerprintOf = (query: string, filter: TradeFilterMessage | undefined): string =>
  queryFingerprint(query, TradeFilterCodec.encode(filter ?? TradeFilterCodec.create()).finish());
