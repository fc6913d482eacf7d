// Owns a domain event as the dtms.v1.TradeEvent that the log keeps and every stream carries.
import * as pb from '../../gen/ts/dtms/v1/event.js';
import {
  ActionStatus,
  CloseReason,
  TradeField,
  TradeOrigin,
  TradeState,
  TransitionCause,
} from '../../gen/ts/dtms/v1/types.js';
import type { Action } from '../domain/trade/action.js';
import type { TradeChange, TradeEvent } from '../domain/trade/event.js';
import type { Trade } from '../domain/trade/trade.js';
import { actionToProto } from './action.js';
import { encodeMessage } from './encode.js';
import { evaluationToProto } from './evaluation.js';
import { policyRefToProto } from './policy-ref.js';
import { orAbsent, toDate } from './time.js';
import { hedgeToProto, specToProto, suppressedToProto } from './trade.js';

/**
 * The event without its place in the log: revision, log_epoch, previous_revision and recorded_at are
 * unset, and are appended to the encoded bytes when the log's place is known.
 *
 * @param actor - whose call changed the trade; empty when DTMS did by itself.
 */
export function eventToProto(event: TradeEvent, actor = ''): pb.TradeEvent {
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
    actor,
    policy: trade.policy === null ? undefined : policyRefToProto(trade.policy),
  };
}

export function encodeEvent(event: TradeEvent, actor: string): Uint8Array {
  return encodeMessage(pb.TradeEvent, eventToProto(event, actor));
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
          origin: TradeOrigin[trade.origin],
          parentTicket: trade.parentTicket ?? 0n,
          adopted: change.adopted,
          observing: (change.observing ?? []).map(policyRefToProto),
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
          position: positionToProto(trade),
          withdrawnActionIds: idsOf(change.withdrawn),
          manager: change.manager,
        },
      };
    case 'actionChanged':
      return {
        $case: 'actionChanged',
        value: {
          action: actionToProto(change.action),
          from: ActionStatus[change.from],
          changedFields: [...change.changedFields],
          position: change.changedFields.length === 0 ? undefined : positionToProto(trade),
          evidence: change.evidence,
          by: change.by,
          withdrawnActionIds: idsOf(change.withdrawn),
        },
      };
    case 'actionPlanned':
      return {
        $case: 'actionPlanned',
        value: {
          cause: change.cause,
          planned: change.planned.map(actionToProto),
          suppressed: change.suppressed.map(suppressedToProto),
          withdrawnActionIds: idsOf(change.withdrawn),
        },
      };
    case 'reconciled':
      return { $case: 'reconciled', value: reconciledToProto(trade, change) };
    case 'ownershipChanged':
      return {
        $case: 'ownershipChanged',
        value: {
          field: TradeField[change.field],
          step: pb.OwnershipStep[change.step],
          manager: change.manager,
          token: BigInt(change.token),
          value: orAbsent(change.value),
          owner: change.owner,
          note: change.note,
        },
      };
    case 'policyAssigned':
      return {
        $case: 'policyAssigned',
        value: {
          from: policyRefToProto(change.from),
          to: policyRefToProto(change.to),
          reason: change.reason,
          withdrawnActionIds: idsOf(change.withdrawn),
        },
      };
    case 'paused':
      return { $case: 'paused', value: { reason: change.reason } };
    case 'reopened':
      return { $case: 'reopened', value: { note: change.note, position: positionToProto(trade) } };
    case 'resumed':
      return { $case: 'resumed', value: { reason: change.reason } };
  }
}

function reconciledToProto(
  trade: Trade,
  { drift, changedFields, note, withdrawn, exitPrice }: Extract<TradeChange, { kind: 'reconciled' }>,
): pb.Reconciled {
  return {
    drift: pb.Drift[drift],
    changedFields: [...changedFields],
    position: positionToProto(trade),
    note,
    withdrawnActionIds: idsOf(withdrawn),
    exitPrice,
  };
}

function positionToProto(trade: Trade): pb.PositionNow {
  return {
    volume: trade.volume,
    stopLoss: orAbsent(trade.stopLoss),
    takeProfit: orAbsent(trade.takeProfit),
    hedge: trade.hedge === null ? undefined : hedgeToProto(trade.hedge),
    positionTicket: trade.positionTicket,
    entryPrice: trade.spec.entryPrice,
  };
}

const idsOf = (actions: readonly Action[]): string[] => actions.map(({ actionId }) => actionId);

type Transition = Extract<TradeChange, { kind: 'stateChanged' }>;

/** A transition with the timers and the ending as they are after it. */
export function stateChangedToProto(trade: Trade, change: Transition): pb.StateChanged {
  return {
    from: TradeState[change.from],
    to: TradeState[change.to],
    cause: TransitionCause[change.cause],
    evaluation: change.evaluation === null ? undefined : evaluationToProto(change.evaluation),
    price: orAbsent(change.price),
    planned: change.planned.map(actionToProto),
    suppressed: change.suppressed.map(suppressedToProto),
    flatTimerEndsAt: toDate(trade.flatTimerEndsAt),
    recoveryTimerEndsAt: toDate(trade.recoveryTimerEndsAt),
    closeReason: trade.closeReason === null ? CloseReason.UNSPECIFIED : CloseReason[trade.closeReason],
    closePrice: orAbsent(trade.closePrice),
    withdrawnActionIds: idsOf(change.withdrawn),
  };
}
