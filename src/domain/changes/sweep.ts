// Owns what time alone does to a trade's actions: ends of leases, alarms of doubts, and what nobody took.

import type { Moment, TradeContext } from '../actions/context.js';
import type { Action } from '../trade/action.js';
import type { TradeEvent } from '../trade/event.js';
import type { Trade } from '../trade/trade.js';
import { ALARM, DTMS, openAction, pending, refused, stepped } from './action-life.js';

/**
 * What time does to a trade's actions: a lease that ended before the broker was touched gives its action
 * back, one that ended after it leaves it IN_DOUBT; a doubt that was not settled in time sounds its alarm
 * once; what nobody took for very long is DEAD.
 */
export function sweep(trade: Trade, moment: Moment, context: TradeContext): readonly TradeEvent[] {
  const events: TradeEvent[] = [];
  let swept = trade;
  for (const { actionId } of trade.actions) {
    // What became of the one before may have withdrawn it.
    const action = openAction(swept, actionId);
    if (action === undefined) continue;
    for (const event of sweepOne(swept, action, moment, context)) {
      events.push(event);
      swept = event.trade;
    }
  }
  return events;
}

function sweepOne(
  trade: Trade,
  action: Action,
  { at, now }: Moment,
  context: TradeContext,
): readonly TradeEvent[] {
  const { doubtAlarmMs, abandonedMs } = context.rules.actions;
  const lapsed = action.lease !== null && action.lease.endsAt <= now;
  switch (action.status) {
    case 'LEASED':
      return lapsed ? [stepped(trade, action, pending(action, null, 'its lease ended'), DTMS, at)] : [];
    case 'EXECUTING': {
      const reason = 'its lease ended while it was executing';
      const doubted: Action = { ...action, status: 'IN_DOUBT', settleBy: now + doubtAlarmMs, reason };
      return lapsed ? [stepped(trade, action, doubted, DTMS, at)] : [];
    }
    case 'IN_DOUBT': {
      if (action.settleBy === null || action.settleBy > now) return [];
      const alarmed: Action = { ...action, settleBy: null, reason: `${ALARM}: ${action.reason}` };
      return [stepped(trade, action, alarmed, DTMS, at)];
    }
    case 'PENDING':
    case 'HELD': {
      const { waitsSince, plannedAt } = action;
      // Of what an older program planned only the market's time is known.
      if ((waitsSince === null ? at - plannedAt : now - waitsSince) < abandonedMs) return [];
      const dead: Action = {
        ...action,
        status: 'DEAD',
        notBefore: null,
        hold: null,
        reason: untaken(action),
      };
      return refused(trade, action, dead, DTMS, at, context);
    }
    default:
      return [];
  }
}

function untaken({ status }: Action): string {
  return status === 'HELD' ? 'it was held, and nobody decided' : 'no bridge took it';
}

/**
 * Since when the oldest of a trade's actions that nobody took waits (database time); Infinity when none does, and -Infinity where
 * an older program planned one: that has to be looked at.
 */
export function waitingSince({ actions }: Trade): number {
  let oldest = Number.POSITIVE_INFINITY;
  for (const { status, waitsSince } of actions)
    if (status === 'PENDING' || status === 'HELD')
      oldest = Math.min(oldest, waitsSince ?? Number.NEGATIVE_INFINITY);
  return oldest;
}

/** When a trade's leases and doubts next change by time alone (database time); Infinity when they do not. */
export function nextSweepAt(trade: Trade): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { status, lease: held, settleBy } of trade.actions) {
    if ((status === 'LEASED' || status === 'EXECUTING') && held !== null) next = Math.min(next, held.endsAt);
    if (status === 'IN_DOUBT' && settleBy !== null) next = Math.min(next, settleBy);
  }
  return next;
}
