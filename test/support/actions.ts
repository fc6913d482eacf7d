// Actions as tests need them, at any point of their life, and steps of that life by name.
import type { Action, ActionOutcome, ActionResult, ActionType, TradeEvent } from '../../src/domain/types.js';
import { T0 } from './trades.js';

/** A planned action of trade demo:1, PENDING unless said otherwise. */
export function actionOf(type: ActionType, given: Partial<Action> = {}): Action {
  return {
    actionId: `demo:1:1:${type}`,
    type,
    plannedAt: T0,
    stopLoss: null,
    volume: null,
    reduceOnly: true,
    note: '',
    plannedIn: 'WARNING_L1',
    status: 'PENDING',
    attempts: 0,
    notBefore: null,
    lease: null,
    begunAt: null,
    settleBy: null,
    result: null,
    reason: '',
    ...given,
  };
}

/** What a broker answered; everything it need not say is left out. */
export function resultOf(outcome: ActionOutcome, given: Partial<ActionResult> = {}): ActionResult {
  const codes: Readonly<Record<ActionOutcome, number>> = {
    DONE: 10009,
    NO_CHANGE: 10025,
    RETRYABLE: 10004,
    REJECTED: 10016,
    MARKET_CLOSED: 10018,
    UNKNOWN: 10012,
  };
  return {
    code: codes[outcome],
    message: '',
    outcome,
    price: null,
    volume: null,
    stopLoss: null,
    openedTicket: null,
    dealTicket: null,
    ...given,
  };
}

/** The steps of events as text, such as "PENDING>LEASED TIGHTEN_SL"; other changes by their kind. */
export function stepsOf(events: readonly TradeEvent[]): string[] {
  return events.map(({ change }) =>
    change.kind === 'actionChanged'
      ? `${change.from}>${change.action.status} ${change.action.type}`
      : change.kind === 'stateChanged'
        ? `${change.from}>${change.to}`
        : change.kind,
  );
}
