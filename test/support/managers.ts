// Managers that share a trade: the registered ones, rules that know them, and trades they own parts of.

import type { ReferenceFacts } from '../../src/domain/actions/context.js';
import type { ModificationContext } from '../../src/domain/changes/modifications.js';
import { DEFAULT_RULES, type Rules } from '../../src/domain/rules.js';
import type { Action, ActionStatus } from '../../src/domain/trade/action.js';
import type { ActionType } from '../../src/domain/trade/action-specs.js';
import type { TradeField } from '../../src/domain/trade/owner.js';
import type { MarketFacts } from '../../src/domain/views/market-facts.js';
import { T0, TERMS } from './trades.js';

export const DTMS = 'dtms_manager';
export const UNIVERSAL = 'universal_sl_tp_manager';
export const EXIT = 'intelligent_exit_manager';
/** A manager that only a configuration knows. */
export const SCALPER = 'scalper';

export const OWNERSHIP: Rules['ownership'] = {
  ...DEFAULT_RULES.ownership,
  managers: { ...DEFAULT_RULES.ownership.managers, [SCALPER]: 100 },
};

const REFERENCE: ReferenceFacts = {
  now: null,
  isTold: () => true,
  terms: () => TERMS,
  account: () => ({
    marginMode: 'hedging',
    fifo: false,
    hedgeAddsMargin: false,
    mode: 'enforce',
    tradingState: 'ACTIVE',
    limit: '',
  }),
  shown: () => undefined,
  isTrade: () => false,
  mustBeShown: () => false,
  showsPositions: () => false,
  switchedOff: () => null,
  clockOf: (_feed, { now }) => now,
  hoursOf: () => null,
  newsNear: () => null,
  nextNews: () => null,
  exposureObstacle: () => null,
};

/** What a modification at database time `now` happens in; the market's time stands still at T0. */
export function contextAt(
  now: number,
  given: { facts?: MarketFacts | null; ownership?: Rules['ownership'] } = {},
): ModificationContext {
  const rules = { ...DEFAULT_RULES, ownership: given.ownership ?? OWNERSHIP };
  return { facts: given.facts ?? null, rules, reference: REFERENCE, now, at: T0 };
}

const ACTION_OF: Readonly<Record<TradeField, ActionType>> = {
  STOP_LOSS: 'TIGHTEN_SL',
  // Nothing DTMS does modifies a target.
  TAKE_PROFIT: 'OPEN_HEDGE',
  VOLUME: 'PARTIAL_CLOSE',
};

/** An action of DTMS that concerns a field. */
export function actionOn(
  field: TradeField,
  status: ActionStatus,
  type: ActionType = ACTION_OF[field],
): Action {
  return {
    actionId: `demo:1:2:${type}`,
    type,
    plannedAt: T0,
    stopLoss: field === 'STOP_LOSS' ? 99 : null,
    volume: field === 'STOP_LOSS' ? null : 0.5,
    reduceOnly: true,
    note: '',
    plannedIn: 'WARNING_L1',
    status,
    attempts: 0,
    notBefore: null,
    lease:
      status === 'LEASED' || status === 'EXECUTING' ? { token: 3, bridge: 'b', endsAt: T0 + 60_000 } : null,
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
  };
}
