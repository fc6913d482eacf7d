// Actions as tests need them, at any point of their life, and steps of that life by name.

import type { TradeContext } from '../../src/domain/actions/context.js';
import { begin, lease } from '../../src/domain/changes/lease.js';
import type { Rules } from '../../src/domain/rules.js';
import type { Action, ActionOutcome, ActionResult } from '../../src/domain/trade/action.js';
import type { ActionType } from '../../src/domain/trade/action-specs.js';
import type { TradeEvent } from '../../src/domain/trade/event.js';
import type { Trade } from '../../src/domain/trade/trade.js';
import { ScriptedFacts } from './facts.js';
import { referenceOf, rulesWith, T0 } from './trades.js';

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
    begunBy: '',
    settleBy: null,
    result: null,
    reason: '',
    hold: null,
    orderedBy: '',
    rule: '',
    leaves: null,
    waitsSince: null,
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

/** What a step of an action happens in; a market at 100 and a free account unless said otherwise. */
export function contextOf(
  given: {
    facts?: ConstructorParameters<typeof ScriptedFacts>[0] | null;
    actions?: Partial<Rules['actions']>;
    around?: Parameters<typeof referenceOf>[0];
  } = {},
): TradeContext {
  return {
    facts: given.facts === null ? null : new ScriptedFacts(given.facts),
    rules: rulesWith(given.actions ?? {}),
    reference: referenceOf(given.around),
  };
}

/** The trade after events; itself when there are none. */
export function tradeAfter(trade: Trade, events: readonly TradeEvent[]): Trade {
  return events.at(-1)?.trade ?? trade;
}

/** An open action of a trade by its type; throws when there is none. */
export function openOf(trade: Trade, type: ActionType): Action {
  const action = trade.actions.find((open) => open.type === type);
  if (action === undefined) throw new Error(`no open ${type}`);
  return action;
}

/** Its one action, leased by bridge b1 at `now` for 30 s of database time and begun. */
export function begunBy(trade: Trade, type: ActionType, now: number, context: TradeContext): Trade {
  const moment = { at: T0, now };
  const holder = { bridge: 'b1', leaseMs: 30_000 };
  const leased = tradeAfter(trade, lease(trade, openOf(trade, type), holder, moment, context));
  return tradeAfter(leased, begin(leased, openOf(leased, type), 'call-1', moment));
}
