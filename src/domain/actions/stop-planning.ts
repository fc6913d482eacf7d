// Owns where a stop may go. Everything is reckoned in whole ticks, "behind" the price: below it for a BUY,
// above it for a SELL, on the side the broker compares (bid for a BUY's stop, ask for a SELL's).  Rounding:
// a stop is rounded away from the price, so it stays legal; breakeven is rounded towards it, so it covers
// its costs. A rounded stop must still be tighter than the present one, or it is dropped.

import type { Instrument } from '../market/data.js';
import { tradingDay } from '../market/sessions.js';
import type { Rules } from '../rules.js';
import { isUntouched, type SuppressionReason } from '../trade/action.js';
import { type ActionType, movesStop } from '../trade/action-specs.js';
import type { Trade } from '../trade/trade.js';
import type { Planning } from './plan-draft.js';
import { unitsOf, unitsToValue } from './quantise.js';

/** A hedge's stop is never nearer than this many ticks, whatever the ATR says. */
const LEAST_HEDGE_TICKS = 10;

export type StopAction = Extract<ActionType, 'TIGHTEN_SL' | 'TRAIL_SL' | 'MOVE_SL_BREAKEVEN'>;

/** 0.3 R behind the price. */
export function planTighten(planning: Planning): void {
  const { trade, exit, sign, rules, draft } = planning;
  if (exit === null || trade.risk === null) {
    draft.suppress('TIGHTEN_SL', 'NOT_AVAILABLE', exit === null ? 'no price is known' : 'R is not known');
    return;
  }
  if (draft.suppressUnknown('TIGHTEN_SL', planning) || draft.suppressRisky('TIGHTEN_SL', planning)) return;
  const distance = rules.actions.tightenR * trade.risk;
  const wanted = ticksBehind(planning, exit - sign * distance);
  const limit = tightestLegal(planning, exit);
  const note = `${rules.actions.tightenR} R (${price(planning, distance)}) behind ${price(planning, exit)}`;
  if (sign * (wanted - limit) <= 0) planStop(planning, 'TIGHTEN_SL', wanted, exit, note);
  else planStop(planning, 'TIGHTEN_SL', limit, exit, `the tightest legal stop: ${note} is too near`);
}

/** A tick behind the last swing that protects the trade. */
export function planTrail(planning: Planning): void {
  const { facts, exit, sign, terms, draft } = planning;
  const swing = facts === null ? null : sign > 0 ? facts.swingLow : facts.swingHigh;
  if (exit === null || swing === null) {
    draft.suppress('TRAIL_SL', 'NOT_AVAILABLE', 'no swing is known');
    return;
  }
  if (draft.suppressUnknown('TRAIL_SL', planning)) return;
  const wanted = ticksBehind(planning, swing) - sign;
  const limit = tightestLegal(planning, exit);
  if (sign * (wanted - limit) > 0) {
    const nearest = unitsToValue(limit, terms.tickSize);
    draft.suppress(
      'TRAIL_SL',
      'NOT_LEGAL',
      `behind the swing ${swing} is beyond ${nearest}, the nearest legal`,
    );
    return;
  }
  planStop(planning, 'TRAIL_SL', wanted, exit, `behind the swing ${swing}`);
}

/**
 * Entry plus costs; where that is not legal now, the tightest stop that is legal and leaves the trade
 * room: a stop at the price itself would be a close by another name.
 */
export function planBreakeven(planning: Planning): void {
  const { trade, facts, exit, sign, terms, rules, draft } = planning;
  if (exit === null) {
    draft.suppress('MOVE_SL_BREAKEVEN', 'NOT_AVAILABLE', 'no price is known');
    return;
  }
  if (draft.suppressUnknown('MOVE_SL_BREAKEVEN', planning)) return;
  const costs = (facts?.spread ?? 0) + terms.commissionPerLot + swapOf(planning);
  const breakeven = trade.spec.entryPrice + sign * costs;
  const wanted = unitsOf(breakeven, terms.tickSize, sign > 0 ? 'up' : 'down');
  const limit = tightestLegal(planning, exit);
  const note = `breakeven ${unitsToValue(wanted, terms.tickSize)} with costs of ${price(planning, costs)}`;
  if (sign * (wanted - limit) <= 0) planStop(planning, 'MOVE_SL_BREAKEVEN', wanted, exit, note);
  else {
    const room = rules.actions.fallbackStopAtr * (facts?.atrCoarse ?? 0);
    const fallback = ticksBehind(planning, exit - sign * Math.max(room, brokerDistance(planning)));
    const why = `the tightest legal stop at ${price(planning, exit)} with room of ${price(planning, room)}: ${note} is not legal`;
    planStop(planning, 'MOVE_SL_BREAKEVEN', fallback, exit, why);
  }
}

/**
 * What the nights since the trade was opened have cost, as a price distance: what they earned covers nothing. The broker's
 * own figure, else nights times the terms' rate.
 */
export function swapOf({
  trade,
  terms,
  at,
  reference,
  sign,
}: Pick<Planning, 'trade' | 'terms' | 'at' | 'reference' | 'sign'>): number {
  const { account, symbol, ticket } = trade.spec;
  const shown = reference.shown(account, ticket)?.swap;
  if (shown !== undefined) return Math.max(0, -shown);
  const hours = reference.hoursOf(account, symbol) ?? 'fx_week';
  const nights = Math.max(0, tradingDay(hours, at) - tradingDay(hours, trade.openedAt));
  const swap = (sign > 0 ? terms.swapLong : terms.swapShort) ?? 0;
  return nights * Math.max(0, -swap);
}

/**
 * The stop of a hedge opened now: 0.5 ATR of coarse bars from its entry on its losing side, which is
 * the trade's winning side; and beyond the spread by at least the stops level and a few ticks. Without
 * an ATR, R stands in for it by the rule that estimates R. null when neither is known.
 */
export function planHedgeStop(planning: Planning): { price: number; note: string } | null {
  const { trade, facts, exit, sign, terms, rules } = planning;
  const { hedgeStopAtr, estimatedRiskAtr } = rules.actions;
  const atr = facts?.atrCoarse ?? (trade.risk === null ? null : trade.risk / estimatedRiskAtr);
  if (exit === null || atr === null) return null;
  const least = Math.max(brokerDistance(planning), LEAST_HEDGE_TICKS * terms.tickSize);
  const distance = Math.max(hedgeStopAtr * atr, (facts?.spread ?? 0) + least);
  const ticks = unitsOf(exit + sign * distance, terms.tickSize, sign > 0 ? 'up' : 'down');
  const stop = unitsToValue(Math.max(ticks, 1), terms.tickSize);
  return { price: stop, note: `its stop ${price(planning, distance)} beyond ${price(planning, exit)}` };
}

/** Whether a hedge's stop is where the broker takes it now; where no price is known the broker will say. */
export function isHedgeStopLegal(planning: Planning, stop: number | null): boolean {
  const { exit, sign, facts } = planning;
  if (stop === null) return false;
  return exit === null || sign * (stop - exit) >= (facts?.spread ?? 0) + brokerDistance(planning);
}

/** Where a stop is to go. */
export interface StopMove extends Pick<Planning, 'trade' | 'sign' | 'at' | 'rules' | 'reference'> {
  readonly terms: Pick<Instrument, 'tickSize' | 'freezeLevel'>;
  readonly exit: number;
  readonly ticks: number;
  /** The stop that is on its way; null for none. */
  readonly openStop: number | null;
}

/** Why a stop is not moved; null where it is. */
export function stopObstacle(move: StopMove): SuppressionReason | null {
  const { trade, sign, rules, terms, exit, ticks, openStop } = move;
  if (ticks <= 0 || isFrozen(trade.stopLoss, exit, sign, terms)) return 'NOT_LEGAL';
  const stop = unitsToValue(ticks, terms.tickSize);
  const gain = tightening(stop, trade.stopLoss, sign);
  if (gain <= 0) return gain === 0 ? 'NO_CHANGE' : 'WOULD_LOOSEN';
  const further = tightening(stop, openStop, sign);
  if (further <= 0) return 'COALESCED';
  if (Math.min(gain, further) < leastMove(trade, rules)) return 'BELOW_MINIMUM_STEP';
  if (isPlanOfRule(trade)) return null;
  return sinceChange(move) < rules.actions.minimumIntervalMs ? 'TOO_SOON' : null;
}

/**
 * Whether the last change of a trade's stop is what a rule planned and nobody has begun: that was no change at the broker, and
 * what overtakes it need not wait after it.
 */
function isPlanOfRule({ actions, stopChangedAt }: Trade): boolean {
  const open = actions.findLast(movesStop);
  return open !== undefined && open.rule !== '' && isUntouched(open) && open.plannedAt === stopChangedAt;
}

/**
 * Plans a stop at a whole number of ticks if that tightens by enough; else records why not. `rule` is the kind of protective
 * rule that decided it.
 */
export function planStop(
  planning: Planning,
  type: StopAction,
  ticks: number,
  exit: number,
  note: string,
  rule = '',
): void {
  const { draft, terms } = planning;
  const move: StopMove = { ...planning, exit, ticks, openStop: draft.openStop };
  const reason = stopObstacle(move);
  if (reason === null) draft.plan(type, { stopLoss: unitsToValue(ticks, terms.tickSize), note, rule });
  else draft.suppress(type, reason, obstacleText(reason, planning, move, note));
}

function obstacleText(reason: SuppressionReason, planning: Planning, move: StopMove, note: string): string {
  const { trade, sign, rules, terms, exit, ticks, openStop } = move;
  const { stopLoss } = trade;
  const stop = unitsToValue(ticks, terms.tickSize);
  switch (reason) {
    case 'NOT_LEGAL':
      return ticks > 0 && isFrozen(stopLoss, exit, sign, terms)
        ? `the stop ${stopLoss} is within the freeze level ${terms.freezeLevel}`
        : `${note}: ${stop} is not a price`;
    case 'COALESCED':
      return `${note}: ${stop} against ${openStop}, which is on its way`;
    case 'BELOW_MINIMUM_STEP': {
      const least = Math.min(tightening(stop, stopLoss, sign), tightening(stop, openStop, sign));
      return `${note}: a move of ${price(planning, least)} is below ${price(planning, leastMove(trade, rules))}`;
    }
    case 'TOO_SOON':
      return `${note}: ${stop}, ${sinceChange(move)} ms after the last change`;
    default:
      return `${note}: ${stop} against the present ${stopLoss}`;
  }
}

/** Whether the broker does not let go of the present stop. */
function isFrozen(
  stopLoss: number | null,
  exit: number,
  sign: 1 | -1,
  { freezeLevel }: Pick<Instrument, 'freezeLevel'>,
): boolean {
  return stopLoss !== null && freezeLevel > 0 && sign * (exit - stopLoss) <= freezeLevel;
}

function leastMove({ risk }: Trade, { actions }: Rules): number {
  return actions.minimumStepR * (risk ?? 0);
}

/** How long ago a stop was planned or changed, in ms. A plan has the market's time; what a broker did has the feed's, which may be far ahead of it. */
function sinceChange({ trade, at, reference }: StopMove): number {
  const { stopChangedAt } = trade;
  if (stopChangedAt === null) return Number.POSITIVE_INFINITY;
  if (stopChangedAt <= at) return at - stopChangedAt;
  return reference.clockOf(trade, { at, now: reference.now ?? at }) - stopChangedAt;
}

/** By how much a stop is tighter than another; Infinity when there is no other. */
function tightening(stop: number, other: number | null, sign: 1 | -1): number {
  return other === null ? Number.POSITIVE_INFINITY : sign * (stop - other);
}

/** The least distance of a stop from the price that the broker accepts; at least a tick. */
export function brokerDistance({ terms }: Planning): number {
  return Math.max(terms.stopsLevel, terms.freezeLevel, terms.tickSize);
}

/** The tightest legal stop, in ticks. */
export function tightestLegal(planning: Planning, exit: number): number {
  return ticksBehind(planning, exit - planning.sign * brokerDistance(planning));
}

/** A price in ticks, rounded away from the market. */
export function ticksBehind({ sign, terms }: Planning, value: number): number {
  return unitsOf(value, terms.tickSize, sign > 0 ? 'down' : 'up');
}

/** A price or a distance for a note, to the tick. */
export function price({ terms }: Planning, value: number): number {
  return unitsToValue(Math.round(value / terms.tickSize), terms.tickSize);
}
