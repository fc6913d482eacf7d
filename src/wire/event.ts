// A domain event as the dtms.v1.TradeEvent that the log keeps and every stream carries.
import * as pb from '../../gen/ts/dtms/v1/event.js';
import { CloseReason, TradeState, TransitionCause } from '../../gen/ts/dtms/v1/types.js';
import type { Trade, TradeChange, TradeEvent } from '../domain/types.js';
import { encodeMessage } from './encode.js';
import { evaluationToProto } from './evaluation.js';
import { orAbsent, toDate } from './time.js';
import { hedgeToProto, plannedToProto, specToProto, suppressedToProto } from './trade.js';

/**
 * The event without its place in the log: revision, log_epoch, previous_revision and recorded_at are
 * unset, and are appended to the encoded bytes when the log's place is known.
 */
export function eventToProto(event: TradeEvent): pb.TradeEvent {
  const { trade } = event;
  return {
    revision: 0n,
    logEpoch: '',
    previousRevision: 0n,
    tradeVersion: BigInt(trade.version),
    account: trade.spec.account,
    ticket: trade.spec.ticket,
    symbol: trade.spec.symbol,
    state: TradeState[trade.state],
    occurredAt: toDate(event.at),
    recordedAt: undefined,
    change: changeToProto(event),
  };
}

export function encodeEvent(event: TradeEvent): Uint8Array {
  return encodeMessage(pb.TradeEvent, eventToProto(event));
}

function changeToProto({ trade, change }: TradeEvent): pb.TradeEvent['change'] {
  switch (change.kind) {
    case 'registered':
      return {
        $case: 'registered',
        value: {
          spec: specToProto(trade.spec, trade.openedAt),
          instrument: trade.instrument,
          riskDistance: orAbsent(trade.risk),
        },
      };
    case 'monitoringStarted':
      return {
        $case: 'monitoringStarted',
        value: { trigger: pb.MonitoringTrigger[change.trigger], price: change.price },
      };
    case 'riskEstimated':
      return { $case: 'riskEstimated', value: { riskDistance: change.risk } };
    case 'stateChanged':
      return { $case: 'stateChanged', value: stateChangedToProto(trade, change) };
    case 'updated':
      return {
        $case: 'updated',
        value: {
          changedFields: [...change.changedFields],
          volume: trade.volume,
          stopLoss: orAbsent(trade.stopLoss),
          takeProfit: orAbsent(trade.takeProfit),
          hedge: trade.hedge === null ? undefined : hedgeToProto(trade.hedge),
          settledActionIds: [...change.settledActionIds],
          positionTicket: trade.positionTicket,
        },
      };
    case 'paused':
      return { $case: 'paused', value: { reason: change.reason } };
    case 'resumed':
      return { $case: 'resumed', value: { reason: change.reason } };
  }
}

type Transition = Extract<TradeChange, { kind: 'stateChanged' }>;

/** A transition with the timers and the ending as they are after it. */
export function stateChangedToProto(trade: Trade, change: Transition): pb.StateChanged {
  return {
    from: TradeState[change.from],
    to: TradeState[change.to],
    cause: TransitionCause[change.cause],
    evaluation: change.evaluation === null ? undefined : evaluationToProto(change.evaluation),
    price: orAbsent(change.price),
    planned: change.planned.map(plannedToProto),
    suppressed: change.suppressed.map(suppressedToProto),
    flatTimerEndsAt: toDate(trade.flatTimerEndsAt),
    recoveryTimerEndsAt: toDate(trade.recoveryTimerEndsAt),
    closeReason: trade.closeReason === null ? CloseReason.UNSPECIFIED : CloseReason[trade.closeReason],
    closePrice: orAbsent(trade.closePrice),
  };
}
