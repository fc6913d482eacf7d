// Owns events of the log for people: what changed, in a line.
import { Drift, MonitoringTrigger, OwnershipStep, type TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import {
  type Action,
  ActionOutcome,
  ActionStatus,
  ActionType,
  Direction,
  TradeField,
  TradeState,
  TransitionCause,
} from '../../gen/ts/dtms/v1/types.js';
import { fixed } from '../domain/number-text.js';
import { updatedBy } from '../domain/trade/event-fold.js';

/** What an event changed, such as "HEALTHY>WARNING_L1 by SCORE -2.8: TIGHTEN_SL 98717.55". */
export function changeText({ change }: TradeEvent): string {
  switch (change?.$case) {
    case 'registered': {
      const { spec } = change.value;
      if (spec === undefined) return 'registered';
      return `registered ${Direction[spec.direction]} ${spec.volume} at ${spec.entryPrice}`;
    }
    case 'monitoringStarted':
      return `monitored by ${MonitoringTrigger[change.value.trigger]} at ${change.value.price}`;
    case 'riskEstimated':
      return `R estimated ${change.value.riskDistance}`;
    case 'stateChanged': {
      const { from, to, cause, evaluation, planned } = change.value;
      const score = evaluation?.score === undefined ? '' : ` ${fixed(evaluation.score, 1)}`;
      return `${TradeState[from]}>${TradeState[to]} by ${TransitionCause[cause]}${score}${plansText(planned)}`;
    }
    case 'actionPlanned':
      return `${change.value.cause}${plansText(change.value.planned)}`;
    case 'actionChanged': {
      const { action, evidence, by } = change.value;
      if (action === undefined) return 'action';
      const { status, result, reason } = action;
      const said = result === undefined ? '' : ` ${ActionOutcome[result.outcome]} ${result.code}`;
      const late = evidence ? ' (too late, kept as evidence)' : '';
      return `${ActionType[action.type]} ${ActionStatus[status]} by ${by}${said} ${reason}`.trim() + late;
    }
    case 'reconciled':
      return `${Drift[change.value.drift]} ${change.value.note}`.trim();
    case 'ownershipChanged': {
      const { field, step, manager, note } = change.value;
      return `${TradeField[field]} ${OwnershipStep[step]} ${manager} ${note}`.trim();
    }
    case 'updated':
      return `${updatedBy(change.value.changedFields)}: ${change.value.changedFields.join(', ')}`;
    case 'policyAssigned': {
      const { to, reason } = change.value;
      return `policy ${to?.name ?? ''} ${to?.version ?? ''}: ${reason}`;
    }
    case 'paused':
    case 'resumed':
      return `${change.$case} ${change.value.reason}`.trim();
    case 'reopened':
      return `reopened: ${change.value.note}`;
    case undefined:
      return 'unknown change';
  }
}

function plansText(planned: readonly Action[]): string {
  const plans = planned.map(({ type, stopLoss, volume }) =>
    [ActionType[type], volume, stopLoss].filter((part) => part !== undefined).join(' '),
  );
  return plans.length === 0 ? '' : `: ${plans.join(', ')}`;
}
