// Whether a planned action still makes sense when a bridge asks for it, and fits the market as it is now:
// minutes may lie between, and what was legal then need not be now.
import type { Moment } from './action-life.js';
import type { Scene } from './commands.js';
import { fieldOf, modificationToAwait } from './ownership.js';
import { type Planning, STOP_ACTIONS } from './plan-draft.js';
import { planningOf } from './planning.js';
import { floorToStep, unitsToValue, volumeSum } from './quantise.js';
import { brokerDistance, planHedgeStop, price, ticksBehind, tightestLegal } from './stop-planning.js';
import type { Action, State, Trade } from './types.js';

export type Recheck =
  | { readonly verdict: 'wait' }
  | { readonly verdict: 'over'; readonly reason: string }
  | {
      readonly verdict: 'fits';
      readonly stopLoss: number | null;
      readonly volume: number | null;
      readonly note: string;
    };

const WAIT: Recheck = { verdict: 'wait' };

function over(reason: string): Recheck {
  return { verdict: 'over', reason };
}

function asPlanned({ stopLoss, volume, note }: Action): Recheck {
  return { verdict: 'fits', stopLoss, volume, note };
}

/** The states in which what was decided is still wanted; of the others every state but CLOSED. */
const WANTED_IN: Partial<Record<Action['type'], ReadonlySet<State>>> = {
  PARTIAL_CLOSE: new Set(['WARNING_L2', 'HEDGED', 'RECOVERING']),
  OPEN_HEDGE: new Set(['HEDGED']),
  RE_ADD: new Set(['HEALTHY']),
  CLOSE_HEDGE: new Set(['HEALTHY', 'WARNING_L1', 'WARNING_L2', 'HEDGED', 'RECOVERING', 'CLOSED']),
  CLOSE_ALL: new Set(['HEALTHY', 'WARNING_L1', 'WARNING_L2', 'HEDGED', 'RECOVERING', 'CLOSED']),
};

/** Looks at a due action again at a moment. */
export function recheck(trade: Trade, action: Action, { at, now }: Moment, scene: Scene): Recheck {
  const { facts, rules, surroundings } = scene;
  const { tradingState } = surroundings.account(trade.spec.account, at);
  if (tradingState === 'HALTED') return WAIT;
  const wanted = WANTED_IN[action.type];
  if (wanted === undefined ? trade.state === 'CLOSED' : !wanted.has(trade.state)) {
    return over(`the trade is ${trade.state}`);
  }
  const field = fieldOf(action.type);
  if (field !== null && modificationToAwait(trade, field, now, rules.ownership) !== null) return WAIT;
  const planning = planningOf(trade, trade.state, facts, at, rules, surroundings);
  if (planning.draft.suppressOwned(action.type, trade.state, planning)) return over(suppressedBy(planning));
  if (STOP_ACTIONS.has(action.type)) return recheckStop(action, planning);
  switch (action.type) {
    case 'PARTIAL_CLOSE':
      return recheckPartialClose(action, planning);
    case 'OPEN_HEDGE':
      return recheckHedge(action, planning);
    case 'CLOSE_HEDGE':
      if (trade.hedge === null) return over('there is no hedge');
      return { ...asPlanned(action), volume: trade.hedge.volume } as Recheck;
    case 'RE_ADD':
      return recheckReAdd(action, planning);
    default:
      return { ...asPlanned(action), volume: trade.volume } as Recheck;
  }
}

/** A stop must tighten and be legal now; where it is not, the tightest with room is taken, if it tightens. */
function recheckStop(action: Action, planning: Planning): Recheck {
  const { trade, facts, exit, sign, terms, rules } = planning;
  const { stopLoss } = action;
  const tightens = (stop: number) => trade.stopLoss === null || sign * (stop - trade.stopLoss) > 0;
  if (stopLoss === null || !tightens(stopLoss)) return over(`the stop is ${trade.stopLoss} already`);
  if (exit === null) return asPlanned(action);
  if (sign * (ticksBehind(planning, stopLoss) - tightestLegal(planning, exit)) <= 0) return asPlanned(action);
  const room = Math.max(rules.actions.fallbackStopAtr * (facts?.atrCoarse ?? 0), brokerDistance(planning));
  const fallback = unitsToValue(ticksBehind(planning, exit - sign * room), terms.tickSize);
  if (fallback <= 0 || !tightens(fallback))
    return over(`${stopLoss} is not legal at ${price(planning, exit)} any more`);
  const note = `${fallback}, the tightest legal stop at ${price(planning, exit)} with room, as ${stopLoss} is not any more: ${action.note}`;
  return { verdict: 'fits', stopLoss: fallback, volume: null, note };
}

/** What was closed since must not be closed again below the minimum. */
function recheckPartialClose(action: Action, { trade, terms }: Planning): Recheck {
  const { volume } = action;
  if (volume === null || volumeSum(trade.volume, -volume) < terms.volumeMin) {
    return over(`${volume} of ${trade.volume} would leave less than the minimum of ${terms.volumeMin}`);
  }
  return asPlanned(action);
}

/** At most the volume there is now, with a stop that is legal now. */
function recheckHedge(action: Action, planning: Planning): Recheck {
  const { trade, terms, draft } = planning;
  if (trade.hedge !== null) return over('a hedge is open');
  if (draft.suppressAdding('OPEN_HEDGE', planning)) return over(suppressedBy(planning));
  const volume = floorToStep(Math.min(action.volume ?? 0, trade.volume), terms.volumeStep);
  if (volume < terms.volumeMin) return over(`${volume} is below the minimum of ${terms.volumeMin}`);
  const stop = planHedgeStop(planning);
  const note = volume === action.volume ? action.note : `${volume} of what is left: ${action.note}`;
  return { verdict: 'fits', stopLoss: stop === null ? action.stopLoss : stop.price, volume, note };
}

function recheckReAdd(action: Action, planning: Planning): Recheck {
  const { at, rules, draft } = planning;
  if (at - action.plannedAt > rules.actions.reAddMaximumAgeMs) return over('it is too old');
  const suppressed = draft.suppressAdding('RE_ADD', planning) || draft.suppressRisky('RE_ADD', planning);
  return suppressed ? over(suppressedBy(planning)) : asPlanned(action);
}

function suppressedBy({ draft }: Planning): string {
  const last = draft.suppressed.at(-1);
  return last === undefined ? '' : `${last.reason}: ${last.note}`;
}
