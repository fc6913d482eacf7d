// Owns what TradeService shows of trades and of their events.
import { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import {
  BatchGetTradesResponse,
  TradeFilter as TradeFilterCodec,
  type TradeFilter as TradeFilterMessage,
  type TradeServiceDefinition,
} from '../../gen/ts/dtms/v1/trade_service.js';
import type { ShownTrade } from '../domain/trade/reading.js';
import { invalidField } from '../errors/errors.js';
import type { Handlers } from '../interceptors/handlers.js';
import { MOST_PAGE_BYTES } from '../interceptors/pages.js';
import { checkAccount } from '../queries/known-account.js';
import { listTradeResults } from '../queries/results.js';
import type { Sources } from '../queries/sources.js';
import { listStateHistory } from '../queries/state-history.js';
import {
  explainPastTrade,
  explainTrade,
  getPastTrade,
  getTrade,
  getTrades,
  listTradeEvents,
  listTrades,
} from '../queries/trades.js';
import type { LogEvent, TradeKey } from '../store/types.js';
import { evaluationToProto } from '../wire/evaluation.js';
import { stateChangedToProto } from '../wire/event.js';
import { tradeResultToProto } from '../wire/results.js';
import { fromDate } from '../wire/time.js';
import { stateCountsToProto, tradeToProto } from '../wire/trade.js';
import { pageSizeOf, pageToken, parsePageToken, queryFingerprint } from './page-token.js';
import { filterFromProto } from './trade-watch.js';

type TradeReads = Pick<
  Handlers<TradeServiceDefinition>,
  | 'getTrade'
  | 'batchGetTrades'
  | 'listTrades'
  | 'listTradeResults'
  | 'listTradeEvents'
  | 'evaluateTrade'
  | 'listStateHistory'
>;

export function tradeReads(sources: Sources): TradeReads {
  return { ...tradeLists(sources), ...tradeViews(sources) };
}

/** What is listed a page at a time. */
function tradeLists(
  sources: Sources,
): Pick<TradeReads, 'listTrades' | 'listTradeResults' | 'listTradeEvents'> {
  return {
    listTrades: async (request, { method }) => {
      const { newestFirst } = request;
      const fingerprint = fingerprintOf(newestFirst ? `${method}?newestFirst` : method, request.filter);
      const after = parsePageToken(request.pageToken, fingerprint);
      const filter = filterFromProto(request.filter);
      const order = newestFirst ? 'NEWEST_FIRST' : 'OLDEST_FIRST';
      const { items, next } = await listTrades(sources, filter, order, after, pageSizeOf(request));
      return { trades: items.map(tradeToProto), nextPageToken: pageToken(fingerprint, next) };
    },

    listTradeResults: async (request, { method }) => {
      const { newestFirst } = request;
      const fingerprint = fingerprintOf(newestFirst ? `${method}?newestFirst` : method, request.filter);
      const after = parsePageToken(request.pageToken, fingerprint);
      const filter = filterFromProto(request.filter);
      const order = newestFirst ? 'NEWEST_FIRST' : 'OLDEST_FIRST';
      const { items, next } = await listTradeResults(sources, filter, order, after, pageSizeOf(request));
      return { results: items.map(tradeResultToProto), nextPageToken: pageToken(fingerprint, next) };
    },

    listTradeEvents: async (request, { method }) => {
      const fingerprint = fingerprintOf(`${method}?after=${request.afterRevision}`, request.filter);
      const given = numberOf(request.afterRevision);
      const after = parsePageToken(request.pageToken, fingerprint) || given;
      const filter = filterFromProto(request.filter);
      const { items, next } = await listTradeEvents(sources, filter, after, pageSizeOf(request));
      return {
        events: items.map(eventToProto),
        nextPageToken: pageToken(fingerprint, next),
      };
    },
  };
}

/** What is shown of a trade, or of all at once. */
function tradeViews(
  sources: Sources,
): Omit<TradeReads, 'listTrades' | 'listTradeResults' | 'listTradeEvents'> {
  return {
    getTrade: async (request, { signal }) => ({ trade: tradeToProto(await shown(sources, request, signal)) }),

    batchGetTrades: async ({ account, tickets }) => {
      const { trades, unknownTickets } = await getTrades(sources, account, tickets);
      const found = { trades: trades.map(tradeToProto), unknownTickets: [...unknownTickets] };
      if (BatchGetTradesResponse.encode(found).finish().length > MOST_PAGE_BYTES)
        throw invalidField('tickets', `their trades have more than ${MOST_PAGE_BYTES} bytes: ask for fewer`);
      return found;
    },

    evaluateTrade: async (request, { signal }) => {
      const { shown: trade, explanation } = await explained(sources, request, signal);
      const { evaluation, event, obstacle } = explanation;
      return {
        trade: tradeToProto(trade),
        evaluation: evaluation === null ? undefined : evaluationToProto(evaluation),
        transition:
          event?.change.kind === 'stateChanged' ? stateChangedToProto(event.trade, event.change) : undefined,
        obstacle,
      };
    },

    listStateHistory: async ({ account, startTime, endTime, stepSeconds }) => {
      const stepMs = stepSeconds === 0 ? null : stepSeconds * 1000;
      const range = { start: fromDate(startTime), end: fromDate(endTime), stepMs };
      if (account !== '') await checkAccount(sources, account);
      const points = await listStateHistory(sources, account === '' ? null : account, range);
      return {
        points: points.map(({ at, trades }) => ({
          time: new Date(at),
          tradesByState: stateCountsToProto((state) => trades.get(state) ?? 0),
        })),
      };
    },
  };
}

/** A trade now, or at a revision. */
type AskedTrade = TradeKey & { readonly atRevision?: bigint | undefined };

function shown(sources: Sources, asked: AskedTrade, signal: AbortSignal): Promise<ShownTrade> {
  const { atRevision } = asked;
  if (atRevision === undefined) return getTrade(sources, asked);
  return getPastTrade(sources, asked, numberOf(atRevision), signal);
}

function explained(sources: Sources, asked: AskedTrade, signal: AbortSignal) {
  const { atRevision } = asked;
  if (atRevision === undefined) return explainTrade(sources, asked);
  return explainPastTrade(sources, asked, numberOf(atRevision), signal);
}

/** A revision beyond what a number holds exactly would round up to one the database cannot hold at all. */
const numberOf = (revision: bigint): number => Math.min(Number(revision), Number.MAX_SAFE_INTEGER);

/** An event of the log on the wire, with its place in it. */
function eventToProto(event: LogEvent): TradeEvent {
  return {
    ...TradeEvent.decode(event.payload),
    revision: BigInt(event.revision),
    logEpoch: event.epoch,
    recordedAt: new Date(event.recordedAt),
  };
}

const fingerprintOf = (query: string, filter: TradeFilterMessage | undefined): string =>
  queryFingerprint(query, TradeFilterCodec.encode(filter ?? TradeFilterCodec.create()).finish());
