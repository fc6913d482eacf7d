// Events of the log for people: what changed, in a line.
import { MonitoringTrigger, type TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { ActionType, Direction, TradeState, TransitionCause } from '../../gen/ts/dtms/v1/types.js';

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
      const score = evaluation?.score === undefined ? '' : ` ${evaluation.score.toFixed(1)}`;
      const actions = planned.map(({ type, stopLoss, volume }) =>
        [ActionType[type], volume, stopLoss].filter((part) => part !== undefined).join(' '),
      );
      const asked = actions.length === 0 ? '' : `: ${actions.join(', ')}`;
      return `${TradeState[from]}>${TradeState[to]} by ${TransitionCause[cause]}${score}${asked}`;
    }
    case 'updated':
      return `broker: ${change.value.changedFields.join(', ')}`;
    case 'paused':
    case 'resumed':
      return `${change.$case} ${change.value.reason}`.trim();
    case undefined:
      return 'unknown change';
  }
}
