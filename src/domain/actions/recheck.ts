// Owns whether an action still makes sense when a bridge asks for it, and again when the bridge is about to touch
// the broker, and fits it to the market as it is now: minutes may lie between, and what was legal then need not be now.

import { decisionText } from '../flags/flag.js';
import { isSameInstrument } from '../market/symbols.js';
import { modificationToAwait } from '../ownership/ownership.js';
import type { Action, SuppressionReason } from '../trade/action.js';
import type { OrderKind } from '../trade/action-specs.js';
import { fieldOf, isWanted, orderKindOf } from '../trade/action-specs.js';
import type { Hedge, Trade } from '../trade/trade.js';
import type { Moment, TradeContext } from './context.js';
import { isOld, OLD_DATA } from './old-data.js';
import { isLeg, isWithin } from './opening.js';
import type { Planning } from './plan-draft.js';
import { planningOf } from './planning.js';
import { floorToStep, unitsToValue, volumeSum } from './quantise.js';
import {
  brokerDistance,
  isHedgeStopLegal,
  planHedgeStop,
  price,
  ticksBehind,
  tightestLegal,
} from './stop-planning.js';

/** Why an action must not reach the broker now, beside what would suppress a plan. */
export type Obstacle =
  | SuppressionReason
  /** The trade's state does not call for it any more. */
  | 'STATE'
  | 'PAUSED'
  /** Another action of the trade is under way, or in doubt. */
  | 'UNDER_WAY'
  /** The broker has not shown the position yet. */
  | 'NOT_SHOWN'
  | 'VOLUME_CHANGED'
  | 'TOO_OLD'
  /** The bridge that has it on lease would get no work now. */
  | 'BRIDGE_NOT_READY';

/** What stands against an action: for now, or for good. */
export interface Hindrance {
  readonly verdict: 'wait' | 'over';
  readonly obstacle: Obstacle;
  readonly reason: string;
}

export type Recheck =
  | Hindrance
  | {
      readonly verdict: 'fits';
      readonly stopLoss: number | null;
      readonly volume: number | null;
      readonly note: string;
    };

function wait(obstacle: Obstacle, reason: string): Hindrance {
  return { verdict: 'wait', obstacle, reason };
}

function over(obstacle: Obstacle, reason: string): Hindrance {
  return { verdict: 'over', obstacle, reason };
}

function withVolume({ stopLoss, note }: Action, volume: number | null): Recheck {
  return { verdict: 'fits', stopLoss, volume, note };
}

function asPlanned(action: Action): Recheck {
  return withVolume(action, action.volume);
}

/** Looks at an action that is due, or leased, again at a moment. */
export function recheck(trade: Trade, action: Action, { at, now }: Moment, context: TradeContext): Recheck {
  const { facts, rules, reference } = context;
  const { mode, tradingState, limit } = reference.account(trade.spec.account);
  // What a person or a rail ordered is no decision of DTMS.
  if (mode === 'observe' && action.orderedBy === '') return over('OBSERVE', 'the account is only observed');
  if (rules.policy?.mode === 'observe' && action.orderedBy === '')
    return over('OBSERVE', `policy ${rules.policy.name} only observes`);
  const { account, symbol } = trade.spec;
  const off =
    action.orderedBy === '' ? reference.switchedOff(`action.${action.type}`, account, symbol) : null;
  if (off !== null) return wait('SWITCHED_OFF', decisionText(off));
  if (tradingState === 'HALTED') return wait('TRADING_STATE', `the account is HALTED: ${limit}`);
  if (!isWanted(action, trade.state)) return over('STATE', `the trade is ${trade.state}`);
  if (isOfOldData(trade, action, { at, now }, context))
    // What was closed is not added again once the moment has passed.
    return orderKindOf(action.type) === 'add to position'
      ? over('STALE_DATA', `STALE_DATA: ${OLD_DATA}`)
      : wait('STALE_DATA', OLD_DATA);
  const field = fieldOf(action.type);
  const awaited = field === null ? null : modificationToAwait(trade, field, now, rules.ownership);
  if (awaited !== null) return wait('OWNED', `${awaited.manager} is modifying it`);
  const planning = planningOf(trade, trade.state, facts, at, rules, reference, action.orderedBy);
  if (planning.draft.suppressOwned(action.type, trade.state, planning)) return suppressedBy(planning);
  return mistaken(action, planning) ?? RECHECKS[orderKindOf(action.type)](action, planning);
}

/**
 * Why the position that an order is for is not its trade's, as the broker shows it: then it is somebody else's. A person who
 * closes what is open means what is there.
 */
function mistaken({ orderedBy }: Action, { trade, reference, rules }: Planning): Hindrance | null {
  const { account, ticket, symbol, direction } = trade.spec;
  const shown = reference.shown(account, ticket);
  if (shown === undefined || orderedBy !== '') return null;
  if (shown.direction === direction && isSameInstrument(shown.symbol, symbol, rules.symbols)) return null;
  return wait('NOT_SHOWN', `position ${ticket} is shown as ${shown.direction} ${shown.symbol}`);
}

/**
 * Whether an action is what data called for that are too old by now. What a person or a rail ordered is not, and the leg of
 * a hedge whose position is gone is closed whatever the market does.
 */
function isOfOldData(
  trade: Trade,
  { type, orderedBy }: Action,
  moment: Moment,
  { facts, reference }: TradeContext,
): boolean {
  if (facts === null || orderedBy !== '') return false;
  if (trade.state === 'CLOSED' && orderKindOf(type) === 'close hedge') return false;
  return isOld(trade, facts, reference.clockOf(trade, moment), reference);
}

/**
 * What stands against a leased action that a bridge is about to begin; null when nothing does. One that only has
 * to be fitted anew waits for its next lease.
 */
export function hindranceTo(
  trade: Trade,
  action: Action,
  moment: Moment,
  context: TradeContext,
): Hindrance | null {
  const again = recheck(trade, action, moment, context);
  if (again.verdict !== 'fits') return again;
  const { stopLoss, volume } = again;
  if (volume !== action.volume)
    return wait('VOLUME_CHANGED', `its volume of ${action.volume} is to be ${volume} now`);
  if (stopLoss === action.stopLoss) return null;
  return wait('NOT_LEGAL', `its stop ${action.stopLoss} is not legal any more`);
}

const RECHECKS: Readonly<Record<OrderKind, (action: Action, planning: Planning) => Recheck>> = {
  'move stop': recheckStop,
  'reduce position': recheckPartialClose,
  'close position': (action, planning) => withVolume(action, volumeLeft(planning)),
  'add to position': recheckAdding,
  'open hedge': recheckHedge,
  'close hedge': recheckClosingHedge,
};

/** In lots: what the trade has, and never more than the broker last showed. */
function volumeLeft({ trade, reference }: Planning): number {
  const { account, ticket } = trade.spec;
  return Math.min(trade.volume, reference.shown(account, ticket)?.volume ?? trade.volume);
}

const OPENING: ReadonlySet<OrderKind> = new Set(['add to position', 'open hedge']);

/**
 * Whether an action opens a position in a real account whose broker has not shown the one it is for, or closes a hedge that
 * no snapshot has shown to be one. Where no bridge ever showed positions nobody can: such a trade is defended on its
 * program's word.
 */
export function isUnshown(
  trade: Trade,
  { type }: Action,
  context: Pick<TradeContext, 'reference' | 'rules'>,
): boolean {
  const { reference } = context;
  const { account, ticket } = trade.spec;
  if (orderKindOf(type) === 'close hedge')
    return trade.hedge !== null && !isHedgeShown(trade, trade.hedge, context);
  if (!OPENING.has(orderKindOf(type)) || !reference.mustBeShown(account)) return false;
  return reference.showsPositions(account) && reference.shown(account, ticket) === undefined;
}

/** Nobody's word makes a position the hedge that is closed: it is shown, on the other side, and no larger than what was ordered. */
function isHedgeShown(
  trade: Trade,
  hedge: Hedge,
  { reference, rules }: Pick<TradeContext, 'reference' | 'rules'>,
): boolean {
  const { account } = trade.spec;
  if (hedge.ticket === 0n || reference.isTrade(account, hedge.ticket)) return false;
  if (!reference.showsPositions(account)) return true;
  const shown = reference.shown(account, hedge.ticket);
  return (
    shown !== undefined &&
    isLeg(trade, shown, rules.symbols) &&
    isWithin(trade, hedge.most ?? hedge.volume, shown)
  );
}

/** One whose ticket nobody told is any position: no order may be sent about it. */
function recheckClosingHedge(action: Action, planning: Planning): Recheck {
  const { trade, reference } = planning;
  const { hedge } = trade;
  if (hedge === null) return over('NOTHING_TO_DO', 'there is no hedge');
  if (!isUnshown(trade, action, planning)) {
    const shown = reference.shown(trade.spec.account, hedge.ticket);
    return withVolume(action, Math.min(hedge.volume, shown?.volume ?? hedge.volume));
  }
  return wait(
    'NOT_SHOWN',
    hedge.ticket === 0n
      ? 'the ticket of the hedge is not known'
      : `the broker has not shown that ${hedge.ticket} is the hedge`,
  );
}

function unshown(action: Action, planning: Planning): Hindrance | null {
  const { trade } = planning;
  if (!isUnshown(trade, action, planning)) return null;
  return wait('NOT_SHOWN', `the broker has not shown position ${trade.spec.ticket} yet`);
}

/** The tighter of the stop that was told and the one the broker last showed: nobody's word makes a stop looser. */
function tightestStop({ trade, sign, reference }: Planning): number | null {
  const { account, ticket } = trade.spec;
  const shown = reference.shown(account, ticket)?.stopLoss ?? null;
  if (shown === null || trade.stopLoss === null) return shown ?? trade.stopLoss;
  return sign * (shown - trade.stopLoss) > 0 ? shown : trade.stopLoss;
}

/** A stop must tighten and be legal now; where it is not, the tightest with room is taken, if it tightens. */
function recheckStop(action: Action, planning: Planning): Recheck {
  const { facts, exit, sign, terms, rules } = planning;
  const { stopLoss } = action;
  const present = tightestStop(planning);
  const tightens = (stop: number) => present === null || sign * (stop - present) > 0;
  if (stopLoss === null || !tightens(stopLoss)) return over('WOULD_LOOSEN', `the stop is ${present} already`);
  if (exit === null || !planning.isTickKnown) return asPlanned(action);
  if (sign * (ticksBehind(planning, stopLoss) - tightestLegal(planning, exit)) <= 0) return asPlanned(action);
  const room = Math.max(rules.actions.fallbackStopAtr * (facts?.atrCoarse ?? 0), brokerDistance(planning));
  const fallback = unitsToValue(ticksBehind(planning, exit - sign * room), terms.tickSize);
  if (fallback <= 0 || !tightens(fallback))
    return over('NOT_LEGAL', `${stopLoss} is not legal at ${price(planning, exit)} any more`);
  const note = `${fallback}, the tightest legal stop at ${price(planning, exit)} with room, as ${stopLoss} is not any more: ${action.note}`;
  return { verdict: 'fits', stopLoss: fallback, volume: null, note };
}

/** What somebody else closed since is not closed again: at most what was decided, down to what that is to leave. */
function recheckPartialClose(action: Action, planning: Planning): Recheck {
  const { volumeMin, volumeStep } = planning.terms;
  const left = volumeLeft(planning);
  const planned = action.volume ?? 0;
  const missing = action.leaves === null ? planned : volumeSum(left, -action.leaves);
  if (missing <= 0)
    return over('NOTHING_TO_DO', `${left} are left already, of ${action.leaves} that are to be`);
  const volume = missing < planned ? floorToStep(missing, volumeStep) : planned;
  const rest = volumeSum(left, -volume);
  if (volume < volumeMin || rest < volumeMin) {
    const reason = `${volume} of ${left} would leave ${rest}, and the minimum of both is ${volumeMin}`;
    return over('BELOW_MINIMUM_VOLUME', reason);
  }
  return { verdict: 'fits', stopLoss: null, volume, note: fittedNote(action, volume) };
}

function fittedNote({ volume, note }: Action, fitted: number): string {
  return fitted === volume ? note : `${fitted} of what is left: ${note}`;
}

/** At most the volume there is now, with a stop that is legal now: the leased one for as long as it is. */
function recheckHedge(action: Action, planning: Planning): Recheck {
  const { trade, terms, draft } = planning;
  if (trade.hedge !== null) return over('NO_CHANGE', 'a hedge is open');
  if (draft.suppressAdding(action.type, planning)) return suppressedBy(planning);
  const hindrance = unshown(action, planning);
  if (hindrance !== null) return hindrance;
  const volume = floorToStep(Math.min(action.volume ?? 0, volumeLeft(planning)), terms.volumeStep);
  if (volume < terms.volumeMin)
    return over('BELOW_MINIMUM_VOLUME', `${volume} is below the minimum of ${terms.volumeMin}`);
  const isKept = action.status === 'LEASED' && isHedgeStopLegal(planning, action.stopLoss);
  const stop = isKept ? null : planHedgeStop(planning);
  const stopLoss = stop === null ? action.stopLoss : stop.price;
  return { verdict: 'fits', stopLoss, volume, note: fittedNote(action, volume) };
}

/** Whether the moment for adding again has passed: for its market, or by the database's clock. Each is asked of its own times. */
function isPassed({ plannedAt, waitsSince }: Action, { at, facts, reference, rules }: Planning): boolean {
  const { now } = reference;
  const waited = waitsSince === null || now === null ? at - plannedAt : now - waitsSince;
  return Math.max(waited, (facts?.asOf ?? plannedAt) - plannedAt) > rules.actions.reAddMaximumAgeMs;
}

function recheckAdding(action: Action, planning: Planning): Recheck {
  const { trade, draft } = planning;
  if (isPassed(action, planning)) return over('TOO_OLD', 'it is too old');
  const suppressed =
    draft.suppressAdding(action.type, planning) ||
    draft.suppressRisky(action.type, planning) ||
    draft.suppressExposed(action.type, action.volume ?? 0, planning);
  if (suppressed) return suppressedBy(planning);
  if ((action.volume ?? 0) > trade.closedVolume)
    return over('NOTHING_TO_DO', `only ${trade.closedVolume} of what was closed is missing`);
  return unshown(action, planning) ?? asPlanned(action);
}

function suppressedBy({ draft }: Planning): Hindrance {
  const last = draft.suppressed.at(-1);
  return over(last?.reason ?? 'NOT_LEGAL', last === undefined ? '' : `${last.reason}: ${last.note}`);
}
