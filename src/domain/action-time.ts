// What time alone does to a trade's actions: ends of leases, alarms of doubts, and what nobody took.
import { ALARM, DTMS, type Moment, openAction, pending, refused, stepped } from './action-life.js';
import type { Scene } from './commands.js';
import type { Action, Trade, TradeEvent } from './types.js';

/**
 * What time does to a trade's actions: a lease that ended before the broker was touched gives its action
 * back, one that ended after it leaves it IN_DOUBT; a doubt that was not settled in time sounds its alarm
 * once; what nobody took for very long is DEAD.
 */
export function sweep(trade: Trade, moment: Moment, scene: Scene): readonly TradeEvent[] {
  const events: TradeEvent[] = [];
  let swept = trade;
  for (const { actionId } of trade.actions) {
    // What became of the one before may have withdrawn it.
    const action = openAction(swept, actionId);
    if (action === undefined) continue;
    for (const event of sweepOne(swept, action, moment, scene)) {
      events.push(event);
      swept = event.trade;
    }
  }
  return events;
}

function sweepOne(trade: Trade, action: Action, { at, now }: Moment, scene: Scene): readonly TradeEvent[] {
  const { doubtAlarmMs, abandonedMs } = scene.rules.actions;
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
    case 'PENDING': {
      if (at - action.plannedAt < abandonedMs) return [];
      const dead: Action = { ...action, status: 'DEAD', notBefore: null, reason: 'no bridge took it' };
      return refused(trade, action, dead, DTMS, at, scene);
    }
    default:
      return [];
  }
}

/** When a trade's actions next change by time alone (database time); Infinity when they do not. */
export function nextSweepAt(trade: Trade): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { status, lease: held, settleBy } of trade.actions) {
    if ((status === 'LEASED' || status === 'EXECUTING') && held !== null) next = Math.min(next, held.endsAt);
    if (status === 'IN_DOUBT' && settleBy !== null) next = Math.min(next, settleBy);
  }
  return next;
}
