// A bridge's hold on an action: when one is due, and how it is leased, begun and lengthened. What becomes of
// it then is the action's life.

import { expire, familyOf, type Moment, stepped } from './action-life.js';
import { recheck } from './action-recheck.js';
import type { Scene } from './commands.js';
import type { Action, Trade, TradeEvent } from './types.js';

/**
 * Whether an action waits for nothing but a bridge. Of one trade's stops only one is under way at a time,
 * and so of its volumes, because a late one would undo a newer one; only closing everything waits for
 * nothing that is in doubt. A pause holds back the actions of a trade that is alive, not the end of one.
 */
export function isDue(trade: Trade, action: Action, now: number): boolean {
  if (action.status !== 'PENDING' || (action.notBefore ?? now) > now) return false;
  if (trade.pausedAt !== null && trade.state !== 'CLOSED') return false;
  const family = familyOf(action.type);
  return !trade.actions.some((other) => {
    if (other === action || other.status === 'PENDING' || familyOf(other.type) !== family) return false;
    return other.status !== 'IN_DOUBT' || action.type !== 'CLOSE_ALL' || other.type === 'CLOSE_ALL';
  });
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
  scene: Scene,
): readonly TradeEvent[] {
  if (!isDue(trade, action, moment.now)) return [];
  const { bridge, leaseMs } = holder;
  const fitted = recheck(trade, action, moment, scene);
  switch (fitted.verdict) {
    case 'wait':
      return [];
    case 'over':
      return expire(trade, action, fitted.reason, moment.at, scene);
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
