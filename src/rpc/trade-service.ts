// TradeService: each handler reads its request, asks the authority, and answers.
import {
  BatchRegisterTradesRequest,
  BatchRegisterTradesResponse,
  type BatchRegisterTradesResult,
  CloseTradeRequest,
  CloseTradeResponse,
  PauseTradeRequest,
  PauseTradeResponse,
  RegisterTradeRequest,
  RegisterTradeResponse,
  ResumeTradeRequest,
  ResumeTradeResponse,
  type TradeServiceService,
  UpdateTradeRequest,
  UpdateTradeResponse,
} from '../../gen/ts/dtms/v1/trade_service.js';
import { CloseReason as CloseReasonMessage } from '../../gen/ts/dtms/v1/types.js';
import { differingFields } from '../domain/trade.js';
import type { CloseReason, Trade, TradeSpec } from '../domain/types.js';
import { type Identity, identify } from '../engine/answers.js';
import type { Applied, Authority } from '../engine/authority.js';
import { tradeKey } from '../engine/results.js';
import type { DurableTrade, Term } from '../engine/term.js';
import { DtmsError, reasonName, tradeClosed, tradeDiffers, tradeNotFound } from '../errors/errors.js';
import type { Store } from '../store/store.js';
import type { TradeKey } from '../store/types.js';
import type { WatchHub } from '../watch/watch.js';
import { evaluationToProto } from '../wire/evaluation.js';
import { stateChangedToProto } from '../wire/event.js';
import { fromDate, orNull } from '../wire/time.js';
import { specFromProto, tradeToProto } from '../wire/trade.js';
import { updateFromProto } from '../wire/update.js';
import { encodedStream, type Handlers } from './adapters.js';
import { checkSpec, requireSpec } from './spec-rules.js';
import { listStateHistory } from './state-history.js';
import { filterFromProto, listEvents, listTrades, startOf } from './trade-queries.js';

/** A registration's outcome, however it came about. */
interface Registration {
  readonly shown: Trade;
  readonly alreadyRegistered: boolean;
  readonly revision: number;
}

export function tradeHandlers(
  authority: Authority,
  store: Store,
  watches: WatchHub,
): Handlers<typeof TradeServiceService> {
  const show = (trade: Trade, term: Term, revision: number) =>
    tradeToProto(trade, authority.reading(trade, term), revision);

  /** Registers one trade in the engine, or tells that it was registered before; throws when it differs. */
  function register(term: Term, spec: TradeSpec, closed: ReadonlyMap<string, DurableTrade>): Registration {
    const known = closed.get(tradeKey(spec.account, spec.ticket));
    if (known !== undefined && term.engine.get(spec.account, spec.ticket) === undefined) {
      const fields = differingFields(known.trade.spec, spec);
      if (fields.length > 0) throw tradeDiffers(spec.account, spec.ticket, fields);
      return { shown: known.trade, alreadyRegistered: true, revision: known.revision };
    }
    const { outcome, trade, fields } = term.engine.register(spec, term.clock.now(spec.feed));
    if (outcome === 'differs') throw tradeDiffers(spec.account, spec.ticket, fields);
    const alreadyRegistered = outcome === 'same';
    return { shown: trade, alreadyRegistered, revision: alreadyRegistered ? term.revisionOf(trade) : 0 };
  }

  /** A change of one trade that must be active; a closed one is answered by `closed`. */
  async function mutate<Response>(
    key: TradeKey,
    identity: Identity<Response>,
    apply: (term: Term, now: number) => Trade,
    respond: (trade: Trade, revision: bigint, term: Term) => Response,
    closed: (found: DurableTrade) => DurableTrade,
  ): Promise<Response> {
    return authority.write(
      identity,
      async (term) => {
        if (activeOf(term, key) !== undefined) return undefined;
        const found = await term.find(key);
        if (found === undefined) throw tradeNotFound(key.account, key.ticket);
        return found;
      },
      (term, found): Applied<Response> => {
        const active = activeOf(term, key);
        if (active === undefined) {
          // Closed before the call, or by another call since it began.
          if (found === undefined) throw tradeClosed(key.account, key.ticket);
          const { trade, revision } = closed(found);
          return { respond: () => respond(trade, BigInt(revision), term) };
        }
        const before = term.revisionOf(active);
        const trade = apply(term, term.clock.now(active.spec.feed));
        return {
          respond: (revision) => respond(trade, BigInt(trade === active ? before : revision), term),
        };
      },
    );
  }

  const refuseClosed = ({ trade }: DurableTrade): never => {
    throw tradeClosed(trade.spec.account, trade.spec.ticket);
  };

  return {
    listStateHistory: (request) => listStateHistory(authority.requireTerm(), store, request),

    registerTrade: (request, call) => {
      const spec = specFromProto(requireSpec(request.trade));
      checkSpec(spec, 'trade');
      return authority.write(
        identify(call, request, RegisterTradeRequest, RegisterTradeResponse),
        async (term) => byKey(await term.closedAmong([spec])),
        (term, closed) => {
          const { shown, alreadyRegistered, revision } = register(term, spec, closed);
          return {
            respond: (head) => {
              const at = alreadyRegistered ? revision : head;
              return { trade: show(shown, term, at), alreadyRegistered, revision: BigInt(at) };
            },
          };
        },
      );
    },

    batchRegisterTrades: (request, call) => {
      const specs = request.trades.map(specFromProto);
      return authority.write(
        identify(call, request, BatchRegisterTradesRequest, BatchRegisterTradesResponse),
        async (term) => byKey(await term.closedAmong(specs)),
        (term, closed) => {
          const outcomes = specs.map((spec) =>
            attempt(() => {
              checkSpec(spec, 'trade');
              return register(term, spec, closed);
            }),
          );
          return {
            respond: (head) => batchResponse(specs, outcomes, head),
          };
        },
      );
    },

    getTrade: async ({ account, ticket }) => {
      const term = authority.requireTerm();
      const found = await term.find({ account, ticket });
      if (found === undefined) throw tradeNotFound(account, ticket);
      return { trade: authority.show(found, term) };
    },

    batchGetTrades: async ({ account, tickets }) => {
      const term = authority.requireTerm();
      const unique = [...new Set(tickets)];
      const found = await term.findAll(unique.map((ticket) => ({ account, ticket })));
      const shown = new Map(found.map((durable) => [durable.trade.spec.ticket, durable]));
      return {
        trades: unique.flatMap((ticket) => {
          const durable = shown.get(ticket);
          return durable === undefined ? [] : [authority.show(durable, term)];
        }),
        unknownTickets: unique.filter((ticket) => !shown.has(ticket)),
      };
    },

    listTrades: (request, { method }) => listTrades(authority, store, method, request),

    listTradeEvents: (request, { method }) => listEvents(authority, store, method, request),

    updateTrade: (request, call) => {
      const { account, ticket } = request;
      const update = updateFromProto(request);
      return mutate(
        { account, ticket },
        identify(call, request, UpdateTradeRequest, UpdateTradeResponse),
        (term, now) => term.engine.update({ account, ticket }, update, fromDate(request.occurredAt) ?? now),
        (trade, revision, term) => ({ trade: show(trade, term, Number(revision)), revision }),
        refuseClosed,
      );
    },

    closeTrade: (request, call) => {
      const { account, ticket } = request;
      const reason = (
        request.reason === CloseReasonMessage.UNSPECIFIED ? 'REQUESTED' : CloseReasonMessage[request.reason]
      ) as CloseReason;
      return mutate(
        { account, ticket },
        identify(call, request, CloseTradeRequest, CloseTradeResponse),
        (term, now) =>
          term.engine.close(
            { account, ticket },
            reason,
            orNull(request.closePrice),
            fromDate(request.occurredAt) ?? now,
          ),
        (trade, revision, term) => ({ trade: show(trade, term, Number(revision)), revision }),
        (found) => found,
      );
    },

    pauseTrade: (request, call) => {
      const { account, ticket, reason } = request;
      return mutate(
        { account, ticket },
        identify(call, request, PauseTradeRequest, PauseTradeResponse),
        (term, now) => term.engine.pause({ account, ticket }, reason, now),
        (trade, revision, term) => ({ trade: show(trade, term, Number(revision)), revision }),
        refuseClosed,
      );
    },

    resumeTrade: (request, call) => {
      const { account, ticket, reason } = request;
      return mutate(
        { account, ticket },
        identify(call, request, ResumeTradeRequest, ResumeTradeResponse),
        (term, now) => term.engine.resume({ account, ticket }, reason, now),
        (trade, revision, term) => ({ trade: show(trade, term, Number(revision)), revision }),
        refuseClosed,
      );
    },

    evaluateTrade: async ({ account, ticket }) => {
      const term = authority.requireTerm();
      const found = await term.find({ account, ticket });
      if (found === undefined) throw tradeNotFound(account, ticket);
      const trade = authority.show(found, term);
      if (activeOf(term, { account, ticket }) === undefined) {
        return { trade, evaluation: undefined, transition: undefined, obstacle: 'the trade is closed' };
      }
      const { evaluation, event, obstacle } = term.engine.explain({ account, ticket });
      return {
        trade,
        evaluation: evaluation === null ? undefined : evaluationToProto(evaluation),
        transition:
          event?.change.kind === 'stateChanged' ? stateChangedToProto(event.trade, event.change) : undefined,
        obstacle,
      };
    },

    watchTrades: encodedStream((request, sink) =>
      watches.watch(filterFromProto(request.filter), startOf(request), sink),
    ),
  };
}

/** A trade that can still change by command; a closed one may be in the engine while its actions are open. */
function activeOf(term: Term, { account, ticket }: TradeKey): Trade | undefined {
  const trade = term.engine.get(account, ticket);
  return trade?.state === 'CLOSED' ? undefined : trade;
}

const byKey = (trades: readonly DurableTrade[]): Map<string, DurableTrade> =>
  new Map(
    trades.map((durable) => [tradeKey(durable.trade.spec.account, durable.trade.spec.ticket), durable]),
  );

/** An item's outcome, or the error it is refused with. Anything but a DtmsError fails the whole batch. */
function attempt<T>(perform: () => T): T | DtmsError {
  try {
    return perform();
  } catch (error) {
    if (error instanceof DtmsError) return error;
    throw error;
  }
}

/** New registrations took the revisions up to `head` in the order of the request. */
function batchResponse(
  specs: readonly TradeSpec[],
  outcomes: readonly (Registration | DtmsError)[],
  head: number,
): BatchRegisterTradesResponse {
  const fresh = outcomes.filter((outcome) => !(outcome instanceof DtmsError) && !outcome.alreadyRegistered);
  let next = head - fresh.length + 1;
  const results = specs.map((spec, index): BatchRegisterTradesResult => {
    const { account, ticket } = spec;
    const outcome = outcomes[index];
    if (outcome === undefined || outcome instanceof DtmsError) {
      return {
        account,
        ticket,
        alreadyRegistered: false,
        revision: 0n,
        tradeVersion: 0n,
        error: outcome === undefined ? undefined : itemError(outcome),
      };
    }
    const revision = outcome.alreadyRegistered ? outcome.revision : next++;
    return {
      account,
      ticket,
      alreadyRegistered: outcome.alreadyRegistered,
      revision: BigInt(revision),
      tradeVersion: BigInt(outcome.shown.version),
      error: undefined,
    };
  });
  return { results, revision: fresh.length === 0 ? 0n : BigInt(head) };
}

function itemError(error: DtmsError): BatchRegisterTradesResult['error'] {
  const named = error.metadata.fields?.split(',') ?? [];
  return {
    code: error.code,
    reason: error.reason,
    message: `${reasonName(error.reason)}: ${error.message}`,
    fields: [...error.violations.map(({ field }) => field), ...named],
  };
}
