// Owns TradeService: each handler parses its request, runs one command or query, and formats the outcome.
import {
  type BatchRegisterTradesResponse,
  type BatchRegisterTradesResult,
  TradeServiceDefinition,
} from '../../gen/ts/dtms/v1/trade_service.js';
import { CloseReason as CloseReasonMessage } from '../../gen/ts/dtms/v1/types.js';
import { closeTrade, pauseTrade, resumeTrade, updateTrade } from '../commands/change-trade.js';
import {
  type RegisteredTrade,
  type RegisteredTrades,
  type RegisterOutcome,
  registerTrade,
  registerTrades,
} from '../commands/register-trades.js';
import type { CommandRunner } from '../commands/runner.js';
import type { ShownTrade } from '../domain/trade/reading.js';
import type { CloseReason } from '../domain/trade/state.js';
import { DtmsError, invalidField, reasonName } from '../errors/errors.js';
import { judged } from '../errors/refused-items.js';
import { encodedStream, type Handlers } from '../interceptors/handlers.js';
import type { Sources } from '../queries/sources.js';
import type { TradeKey } from '../store/types.js';
import type { WatchHub } from '../watch/watch.js';
import { fromDate, orNull } from '../wire/time.js';
import { specFromProto, tradeToProto } from '../wire/trade.js';
import { updateFromProto } from '../wire/update.js';
import { type AnswerCommand, answering } from './answering.js';
import { effectReads } from './effect-reads.js';
import { tradeReads } from './trade-reads.js';
import { filterFromProto, startOf } from './trade-watch.js';

type TradeHandlers = Handlers<TradeServiceDefinition>;

const METHODS = TradeServiceDefinition.methods;

export function tradeHandlers(commands: CommandRunner, sources: Sources, watches: WatchHub): TradeHandlers {
  const answer = answering(commands);
  return {
    ...registrations(answer),
    ...changes(answer),
    ...tradeReads(sources),
    ...effectReads(sources),
    watchTrades: encodedStream((request, sink) =>
      watches.watch(filterFromProto(request.filter), startOf(request), sink),
    ),
  };
}

function registrations(answer: AnswerCommand): Pick<TradeHandlers, 'registerTrade' | 'batchRegisterTrades'> {
  return {
    registerTrade: (request, call) => {
      // The field rules make sure there is one.
      if (request.trade === undefined) throw invalidField('trade', 'value is required');
      const command = registerTrade(specFromProto(request.trade));
      return answer(METHODS.registerTrade, request, call, command, registrationToProto);
    },

    batchRegisterTrades: (request, call) => {
      const told = judged(
        request,
        'trades',
        request.trades,
        specFromProto,
        ({ field, description }, spec) => ({
          spec,
          error: { field: field === '' ? 'trade' : `trade.${field}`, description },
        }),
      );
      const command = registerTrades(told);
      return answer(METHODS.batchRegisterTrades, request, call, command, registeredToProto);
    },
  };
}

function changes(
  answer: AnswerCommand,
): Pick<TradeHandlers, 'updateTrade' | 'closeTrade' | 'pauseTrade' | 'resumeTrade'> {
  return {
    updateTrade: (request, call) => {
      const command = updateTrade(keyOf(request), updateFromProto(request), fromDate(request.occurredAt));
      return answer(METHODS.updateTrade, request, call, command, changedToProto);
    },

    closeTrade: (request, call) => {
      const { reason, closePrice, occurredAt } = request;
      const command = closeTrade(keyOf(request), reasonOf(reason), orNull(closePrice), fromDate(occurredAt));
      return answer(METHODS.closeTrade, request, call, command, changedToProto);
    },

    pauseTrade: (request, call) =>
      answer(METHODS.pauseTrade, request, call, pauseTrade(keyOf(request), request.reason), changedToProto),

    resumeTrade: (request, call) =>
      answer(METHODS.resumeTrade, request, call, resumeTrade(keyOf(request), request.reason), changedToProto),
  };
}

/** Whose trade; a request holds more, and the journal keeps what a command is made of. */
const keyOf = ({ account, ticket }: TradeKey): TradeKey => ({ account, ticket });

/** Throws INVALID_FIELD for the reason only DTMS gives: a DEFENSIVE close is repeated at the broker. */
function reasonOf(reason: CloseReasonMessage): CloseReason {
  if (reason === CloseReasonMessage.DEFENSIVE)
    throw invalidField('reason', 'DEFENSIVE is only for DTMS to give');
  return reason === CloseReasonMessage.UNSPECIFIED
    ? 'REQUESTED'
    : (CloseReasonMessage[reason] as CloseReason);
}

function changedToProto(shown: ShownTrade) {
  return { trade: tradeToProto(shown), revision: BigInt(shown.revision) };
}

function registrationToProto({ trade, alreadyRegistered }: RegisteredTrade) {
  const closed = trade.trade.state === 'CLOSED';
  return { trade: tradeToProto(trade), alreadyRegistered, revision: BigInt(trade.revision), closed };
}

function registeredToProto({ registered, revision }: RegisteredTrades): BatchRegisterTradesResponse {
  return { results: registered.map(resultToProto), revision: BigInt(revision) };
}

function resultToProto({ spec: { account, ticket }, outcome }: RegisterOutcome): BatchRegisterTradesResult {
  if (outcome instanceof DtmsError) {
    const refused = { alreadyRegistered: false, revision: 0n, tradeVersion: 0n, closed: false };
    return { account, ticket, ...refused, error: itemError(outcome) };
  }
  return {
    account,
    ticket,
    alreadyRegistered: outcome.alreadyRegistered,
    revision: BigInt(outcome.revision),
    tradeVersion: BigInt(outcome.trade.version),
    error: undefined,
    closed: outcome.trade.state === 'CLOSED',
  };
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
