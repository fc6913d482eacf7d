// Owns the old routes as a table: what each answers with, by which procedures, and what takes its place. The
// OpenAPI document describes them from it.
import { GetOwnershipRequest } from '../../../gen/ts/dtms/v1/ownership_service.js';
import { GetStatusRequest } from '../../../gen/ts/dtms/v1/system_service.js';
import { ListTradesRequest } from '../../../gen/ts/dtms/v1/trade_service.js';
import { TradeField } from '../../../gen/ts/dtms/v1/types.js';
import type { LegacyCaller } from './caller.js';
import { enable } from './enable.js';
import { notReady } from './failures.js';
import { findTrade } from './find-trade.js';
import { actionHistory, actionsOf } from './history.js';
import { GET_OWNERSHIP, GET_STATUS, LIST_TRADES } from './procedures.js';
import { dtmsHealth, engineInfo, health, isReady, systemStatus } from './system-answers.js';
import { atBreakeven, stateName, tradeInfo } from './trade-answers.js';
import { ticketValue } from './values.js';

/** One old request. */
export interface LegacyRequest {
  /** Of routes with a ticket in their path; 0 of others. */
  readonly ticket: bigint;
  /** The account the caller named with ?account=. */
  readonly account: string | undefined;
  /** The JSON of a POST. Throws DtmsError. */
  readonly json: () => unknown;
  readonly now: Date;
  /** The account of registrations that name none. */
  readonly defaultAccount: string;
  /** Whether this server evaluates and answers now. */
  readonly ready: boolean;
}

export interface LegacyAnswer {
  readonly status: 200 | 503;
  readonly body: Readonly<Record<string, unknown>>;
  /** The account of the trade it is about, where there is one. */
  readonly account?: string;
}

export interface LegacyRoute {
  readonly method: 'GET' | 'POST';
  /** As OpenAPI writes paths. */
  readonly path: string;
  readonly summary: string;
  /** The path that answers instead, with variables as OpenAPI writes them. */
  readonly successor: string;
  /** Throws CallFailure. */
  readonly answer: (caller: LegacyCaller, request: LegacyRequest) => Promise<LegacyAnswer>;
}

const ok = (body: LegacyAnswer['body']): LegacyAnswer => ({ status: 200, body });

const statusOf = (caller: LegacyCaller) => caller.call(GET_STATUS, () => GetStatusRequest.fromPartial({}));

/** A trade that is not known was answered so with status 200: callers tell it from a failure by that. */
function unknownTrade(ticket: bigint): LegacyAnswer {
  const error = 'Trade not found in DTMS';
  return ok({ success: false, summary: `No DTMS trade has ticket ${ticket}`, trade_info: null, error });
}

export const LEGACY_ROUTES: readonly LegacyRoute[] = [
  {
    method: 'GET',
    path: '/health',
    summary: 'Whether the service answers',
    successor: '/v1/dtms/status',
    // No call: who watches over servers has no key, as with gRPC's health service.
    answer: (_caller, { now, ready }) =>
      Promise.resolve({ status: ready ? 200 : 503, body: health(ready ? 'ready' : 'not ready', now) }),
  },
  {
    method: 'GET',
    path: '/dtms/health',
    summary: 'Whether the service answers, and how many trades it watches',
    successor: '/v1/dtms/status',
    answer: async (caller, { now }) => {
      const status = await statusOf(caller);
      return { status: isReady(status) ? 200 : 503, body: dtmsHealth(status, now) };
    },
  },
  {
    method: 'GET',
    path: '/dtms/status',
    summary: 'What the service does',
    successor: '/v1/dtms/status',
    answer: async (caller, { now }) => {
      const status = await statusOf(caller);
      if (!isReady(status)) throw notReady();
      return ok(systemStatus(status, now));
    },
  },
  {
    method: 'GET',
    path: '/dtms/trade/{ticket}',
    summary: 'A trade by its ticket',
    successor: '/v1/dtms/accounts/{account}/trades/{ticket}',
    answer: async (caller, request) => {
      const { ticket } = request;
      const trade = await findTrade(caller, request);
      if (trade === undefined) return unknownTrade(ticket);
      const info = tradeInfo(trade, await actionsOf(caller, trade));
      const score = info.current_score === null ? 'without a score yet' : `with score ${info.current_score}`;
      const summary = `Trade ${ticket} is in state ${info.state} ${score}`;
      const body = { success: true, summary, trade_info: info, error: null };
      return { status: 200, body, account: trade.account };
    },
  },
  {
    method: 'GET',
    path: '/dtms/actions',
    summary: 'What the service did lately',
    successor: '/v1/dtms/actions',
    answer: async (caller, { account }) => ok(await actionHistory(caller, account)),
  },
  {
    method: 'GET',
    path: '/dtms/engine',
    summary: 'When trades were last evaluated',
    successor: '/v1/dtms/trades',
    answer: async (caller, { account }) => {
      const status = await statusOf(caller);
      const request = ListTradesRequest.fromPartial({ filter: { account: account ?? '' }, pageSize: 1000 });
      const { trades } = await caller.call(LIST_TRADES, () => request);
      return ok(engineInfo(status, trades));
    },
  },
  {
    method: 'GET',
    path: '/trade-registry/{ticket}',
    summary: "Who manages a trade's stop",
    successor: '/v1/dtms/accounts/{account}/trades/{ticket}/ownership',
    answer: async (caller, request) => {
      const { ticket } = request;
      const trade = await findTrade(caller, request);
      if (trade === undefined) {
        const entry = { ticket: ticketValue(ticket), managed_by: '', breakeven_triggered: false };
        return ok({ ...entry, success: false, summary: `No DTMS trade has ticket ${ticket}` });
      }
      const asked = GetOwnershipRequest.fromPartial({ account: trade.account, ticket });
      const { ownership } = await caller.call(GET_OWNERSHIP, () => asked);
      const owner = ownership?.owners.find(({ field }) => field === TradeField.STOP_LOSS)?.manager ?? '';
      const body = {
        ticket: ticketValue(ticket),
        managed_by: owner,
        breakeven_triggered: atBreakeven(trade),
        success: true,
        summary:
          owner === '' ? `Nobody manages the stop of ${ticket}` : `${owner} manages the stop of ${ticket}`,
        state: stateName(trade),
        account: trade.account,
      };
      return { status: 200, body, account: trade.account };
    },
  },
  {
    method: 'POST',
    path: '/dtms/trade/enable',
    summary: 'Registers a trade',
    successor: '/v1/dtms/trades',
    answer: async (caller, { json, account, defaultAccount }) => ({
      status: 200,
      ...(await enable(caller, json, account ?? defaultAccount)),
    }),
  },
];
