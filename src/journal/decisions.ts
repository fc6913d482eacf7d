// Owns what was decided about a trade, told so that two builds can be compared: its transitions, its actions, and the rest.
import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import {
  type Action,
  ActionStatus,
  ActionType,
  SuppressionReason,
  TradeState,
  TransitionCause,
} from '../../gen/ts/dtms/v1/types.js';

/** What events of one trade decided, in their order. */
export interface Decisions {
  /** Such as "HEALTHY>WARNING_L1 SCORE". */
  readonly transitions: readonly string[];
  /** Such as "TIGHTEN_SL stop 98717.55", "suppressed RE_ADD NEWS", "CLOSE_HALF HELD". */
  readonly actions: readonly string[];
  /** Kinds of the other events. */
  readonly others: readonly string[];
}

/** How two differ, by what weighs most; null when they do not. */
export type DecisionDifference = 'transition' | 'action' | 'event';

export function decisionsOf(events: readonly TradeEvent[]): Decisions {
  const decisions = { transitions: [] as string[], actions: [] as string[], others: [] as string[] };
  for (const { change } of events) {
    switch (change?.$case) {
      case 'stateChanged': {
        const { from, to, cause, planned, suppressed } = change.value;
        decisions.transitions.push(`${TradeState[from]}>${TradeState[to]} ${TransitionCause[cause]}`);
        decisions.actions.push(...planned.map(planText));
        for (const { type, reason } of suppressed)
          decisions.actions.push(`suppressed ${ActionType[type]} ${SuppressionReason[reason]}`);
        break;
      }
      case 'actionPlanned':
        decisions.actions.push(...change.value.planned.map(planText));
        break;
      case 'actionChanged': {
        const { action } = change.value;
        if (action !== undefined)
          decisions.actions.push(`${ActionType[action.type]} ${ActionStatus[action.status]}`);
        break;
      }
      default:
        decisions.others.push(change?.$case ?? 'unknown');
    }
  }
  return decisions;
}

export function differing(one: Decisions, other: Decisions): DecisionDifference | null {
  const isSame = (of: keyof Decisions): boolean => one[of].join('\n') === other[of].join('\n');
  if (!isSame('transitions')) return 'transition';
  if (!isSame('actions')) return 'action';
  return isSame('others') ? null : 'event';
}

function planText({ type, stopLoss, volume }: Action): string {
  const stop = stopLoss === undefined ? '' : ` stop ${stopLoss}`;
  return `${ActionType[type]}${stop}${volume === undefined ? '' : ` volume ${volume}`}`;
}
