// Owns the form in which the fold of a trade's events reads the proto's.
import type { PositionNow, TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { type Action, ActionStatus, type CloseReason, TradeState } from '../../gen/ts/dtms/v1/types.js';
import {
  actionSteps,
  type ToldChange,
  type ToldFacts,
  type ToldStep,
  toldFacts,
} from '../domain/trade/event-fold.js';

/** The steps an event makes of actions. */
export function stepsIn(event: TradeEvent): readonly ToldStep<Action>[] {
  return actionSteps(changeIn(event), ({ status }) =>
    status === ActionStatus.UNSPECIFIED ? 'PENDING' : ActionStatus[status],
  );
}

/** What an event tells of the trade itself. */
export function factsIn(event: TradeEvent): ToldFacts<PositionNow, CloseReason> {
  return toldFacts(changeIn(event), TradeState[event.state]);
}

function changeIn({ change }: TradeEvent): ToldChange<Action, PositionNow, CloseReason> {
  switch (change?.$case) {
    case 'registered':
    case 'riskEstimated':
    case 'stateChanged':
    case 'updated':
    case 'actionChanged':
    case 'actionPlanned':
    case 'reconciled':
    case 'reopened':
      return change.value;
    default:
      return {};
  }
}
