// Owns a bridge's hold on an action: when one is due, and how it is leased, begun and lengthened. What
// becomes of it then is the action's life.

import type { Moment, TradeContext } from '../actions/context.js';
import { type Hindrance, hindranceTo, recheck } from '../actions/recheck.js';
import type { Action } from '../trade/action.js';
import { movesStop, specOf } from '../trade/action-specs.js';
import type { TradeEvent } from '../trade/event.js';
import type { Trade } from '../trade/trade.js';
import { DTMS, expire, pending, stepped } from './action-life.js';

/**
 * Whether an action waits for nothing but a bridge. Of one trade's stops only one is under way at a time,
 * and so of its volumes, because a late one would undo a newer one; only closing everything waits for
 * nothing that is in doubt. A pause holds back the actions of a trade that is alive, not the end of one.
 */
export function isDue(trade: Trade, action: Action, now: number): boolean {
  if (action.status !== 'PENDING' || (action.notBefore ?? now) > now) return false;
  return !isPaused(trade, action) && blockerOf(trade, action) === undefined;
}

/** An order is not held back by a pause: it is a person's, or a rail's, and no decision of DTMS. */
function isPaused({ pausedAt, state }: Trade, { orderedBy }: Action): boolean {
  return pausedAt !== null && state !== 'CLOSED' && orderedBy === '';
}

/** The other action that must be settled first. */
function blockerOf({ actions }: Trade, action: Action): Action | undefined {
  return actions.find((other) => {
    if (other === action || other.status === 'PENDING' || movesStop(other) !== movesStop(action))
      return false;
    // A hedge must not be taken away from a position whose own close is held.
    if (other.status === 'HELD') return isOverAll(other);
    return other.status !== 'IN_DOUBT' || !isOverAll(action) || isOverAll(other);
  });
}

function isOverAll({ type }: Action): boolean {
  return specOf(type).precedence === 'over all';
}

/**
 * Gives a due action to a bridge, or ends it when it makes no sense any more: what was legal when it was
 * planned is checked against the market as it is now, and its stop or volume is fitted to it. No event
 * when it has to wait.
 */
export function lease(
  trade: Trade,
  action: Action,
  holder: { readonly bridge: string; readonly leaseMs: number },
  moment: Moment,
  context: TradeContext,
): readonly TradeEvent[] {
  if (!isDue(trade, action, moment.now)) return [];
  const { bridge, leaseMs } = holder;
  const fitted = recheck(trade, action, moment, context);
  switch (fitted.verdict) {
    case 'wait':
      return [];
    case 'over':
      return expire(trade, action, fitted.reason, moment.at, context);
    case 'fits': {
      const { stopLoss, volume, note } = fitted;
      const token = trade.version + 1;
      const held = { token, bridge, endsAt: moment.now + leaseMs };
      const leased: Action = {
        ...action,
        stopLoss,
        volume,
        note,
        status: 'LEASED',
        lease: held,
        notBefore: null,
        reason: '',
      };
      return [stepped(trade, action, leased, bridge, moment.at)];
    }
  }
}

/** Why what is leased and not begun must not be begun at this moment; null when it may be. */
export function hindrance(
  trade: Trade,
  action: Action,
  moment: Moment,
  context: TradeContext,
): Hindrance | null {
  if (isPaused(trade, action)) return { verdict: 'wait', obstacle: 'PAUSED', reason: 'the trade is paused' };
  const blocker = blockerOf(trade, action);
  if (blocker !== undefined) {
    const reason = `${blocker.actionId} is ${blocker.status}`;
    return { verdict: 'wait', obstacle: 'UNDER_WAY', reason };
  }
  return hindranceTo(trade, action, moment, context);
}

/** Takes a leased action back from its bridge: it waits again, or it is over. */
export function takeBack(
  trade: Trade,
  action: Action,
  { verdict, reason }: Hindrance,
  { at }: Moment,
  context: TradeContext,
): readonly TradeEvent[] {
  if (verdict === 'over') return expire(trade, action, reason, at, context);
  return [stepped(trade, action, pending(action, null, reason), DTMS, at)];
}

/** True while a lease with this token holds at database time `now`. */
export function holds(action: Action, token: number, now: number): boolean {
  return action.lease?.token === token && isHeld(action) && action.lease.endsAt > now;
}

function isHeld({ status }: Action): boolean {
  return status === 'LEASED' || status === 'EXECUTING';
}

/** True when this very call began the action before, and its answer got lost. */
export function wasBegunBy(action: Action, token: number, requestId: string): boolean {
  const same = action.status === 'EXECUTING' && action.lease?.token === token;
  return same && requestId !== '' && action.begunBy === requestId;
}

/** The bridge is about to touch the broker, under a lease that holds and that nobody has begun. */
export function begin(
  trade: Trade,
  action: Action,
  requestId: string,
  { at, now }: Moment,
): readonly TradeEvent[] {
  if (action.status !== 'LEASED' || action.lease === null) return [];
  const begun: Action = {
    ...action,
    status: 'EXECUTING',
    begunAt: now,
    begunBy: requestId,
    attempts: action.attempts + 1,
  };
  return [stepped(trade, action, begun, action.lease.bridge, at)];
}

/** Lengthens a lease that holds; it never gets shorter. */
export function extend(
  trade: Trade,
  action: Action,
  leaseMs: number,
  { at, now }: Moment,
): readonly TradeEvent[] {
  if (action.lease === null || action.lease.endsAt >= now + leaseMs) return [];
  const longer: Action = { ...action, lease: { ...action.lease, endsAt: now + leaseMs } };
  return [stepped(trade, action, longer, action.lease.bridge, at)];
}
