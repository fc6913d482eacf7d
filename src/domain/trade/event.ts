// Owns what happens to a trade: one change is one event, and one revision of the log.
import type { Evaluation } from '../signals/signal.js';
import type { Action, ActionStatus, SuppressedAction } from './action.js';
import type { OwnershipStep, TradeField } from './owner.js';
import type { PolicyRef } from './policy-ref.js';
import type { MonitoringTrigger, State, TransitionCause } from './state.js';
import type { Trade } from './trade.js';

export type Drift =
  | 'POSITION_DIFFERS'
  | 'POSITION_MISSING'
  | 'POSITION_FOUND'
  | 'HEDGE_MISSING'
  | 'HEDGE_DIFFERS'
  | 'HEDGE_FOUND'
  | 'CLOSED_BUT_OPEN'
  | 'UNEXPLAINED';

/** One change of one trade: the content of one event and so of one revision of the log. */
export type TradeChange =
  /** `adopted`: it was known from the broker, and now its program registers it. */
  /** `observing`: versions of policies that are for it and only observe, by name; absent where there are none. */
  | {
      readonly kind: 'registered';
      readonly adopted: boolean;
      readonly observing?: readonly PolicyRef[];
    }
  | { readonly kind: 'monitoringStarted'; readonly trigger: MonitoringTrigger; readonly price: number }
  | { readonly kind: 'riskEstimated'; readonly risk: number }
  | {
      readonly kind: 'stateChanged';
      readonly from: State;
      readonly to: State;
      readonly cause: TransitionCause;
      readonly evaluation: Evaluation | null;
      readonly price: number | null;
      readonly planned: readonly Action[];
      readonly suppressed: readonly SuppressedAction[];
      /** Actions it overtook, EXPIRED. */
      readonly withdrawn: readonly Action[];
      /** On average of the lots that were closed by several deals; absent where it is the close price. */
      readonly exitPrice?: number;
    }
  | {
      readonly kind: 'updated';
      /** Names of the proto Trade fields that changed, such as "stop_loss". */
      readonly changedFields: readonly string[];
      readonly withdrawn: readonly Action[];
      /** The manager that made the change; empty for none. */
      readonly manager: string;
    }
  | {
      readonly kind: 'actionChanged';
      /** After the change. */
      readonly action: Action;
      readonly from: ActionStatus;
      readonly changedFields: readonly string[];
      /** True: a report that came too late to count is kept. */
      readonly evidence: boolean;
      readonly by: string;
      readonly withdrawn: readonly Action[];
    }
  | {
      readonly kind: 'actionPlanned';
      readonly cause: string;
      readonly planned: readonly Action[];
      readonly suppressed: readonly SuppressedAction[];
      readonly withdrawn: readonly Action[];
    }
  | {
      readonly kind: 'reconciled';
      readonly drift: Drift;
      readonly changedFields: readonly string[];
      readonly note: string;
      readonly withdrawn: readonly Action[];
      /** At which lots were closed that are gone; absent where no deal tells. */
      readonly exitPrice?: number;
      /** Lots of the position that were taken for closed, and are not; absent where there are none. */
      readonly regained?: number;
    }
  | {
      readonly kind: 'ownershipChanged';
      readonly field: TradeField;
      readonly step: OwnershipStep;
      readonly manager: string;
      readonly token: number;
      readonly value: number | null;
      readonly owner: string;
      readonly note: string;
    }
  | {
      readonly kind: 'policyAssigned';
      readonly from: PolicyRef;
      readonly to: PolicyRef;
      readonly reason: string;
      /** What rules of the other policy had wished for. */
      readonly withdrawn: readonly Action[];
    }
  | { readonly kind: 'paused'; readonly reason: string }
  | { readonly kind: 'resumed'; readonly reason: string }
  /** The broker shows the position of a closed trade again. */
  | { readonly kind: 'reopened'; readonly note: string };

/** A change together with the trade it led to. `at` is the market time. */
export interface TradeEvent {
  readonly trade: Trade;
  readonly at: number;
  readonly change: TradeChange;
}
