// Managers that share a trade: the registered ones, rules that know them, and trades they own parts of.
import type { ModificationScene } from '../../src/domain/modifications.js';
import type { Surroundings } from '../../src/domain/planning.js';
import { DEFAULT_RULES, type Rules } from '../../src/domain/rules.js';
import type { Action, ActionStatus, ActionType, MarketFacts, TradeField } from '../../src/domain/types.js';
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

const SURROUNDINGS: Surroundings = {
  terms: () => TERMS,
  account: () => ({
    marginMode: 'hedging',
    fifo: false,
    hedgeAddsMargin: false,
    tradingState: 'ACTIVE',
    limit: '',
  }),
  newsNear: () => null,
};

/** What a modification at database time `now` happens in; the market's time stands still at T0. */
export function sceneAt(
  now: number,
  given: { facts?: MarketFacts | null; ownership?: Rules['ownership'] } = {},
): ModificationScene {
  const rules = { ...DEFAULT_RULES, ownership: given.ownership ?? OWNERSHIP };
  return { facts: given.facts ?? null, rules, surroundings: SURROUNDINGS, now, at: T0 };
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
  };
}
