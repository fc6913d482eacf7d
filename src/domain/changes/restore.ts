// Owns what a restored log means for the actions that were open in it: somebody may have executed them since.
import type { Moment } from '../actions/context.js';
import type { Rules } from '../rules.js';
import type { Action } from '../trade/action.js';
import type { TradeEvent } from '../trade/event.js';
import type { Trade } from '../trade/trade.js';
import { DTMS, stepped } from './action-life.js';

/**
 * Puts every open action of a trade in doubt: a complete snapshot, with deals back to `loggedUntil` (database
 * time), settles it. Until the usual quiet is over an order that was under way may still arrive.
 */
export function doubtAfterRestore(
  trade: Trade,
  loggedUntil: number,
  { at, now }: Moment,
  { actions: { doubtAlarmMs, doubtQuietMs } }: Rules,
): readonly TradeEvent[] {
  const events: TradeEvent[] = [];
  let current = trade;
  for (const action of trade.actions) {
    if (action.status === 'IN_DOUBT') continue;
    const doubted: Action = {
      ...action,
      status: 'IN_DOUBT',
      hold: null,
      begunAt: Math.min(action.begunAt ?? loggedUntil, loggedUntil),
      settleBy: now + doubtAlarmMs,
      notBefore: now + doubtQuietMs,
      reason: 'the log was restored: it may have been executed since',
    };
    const event = stepped(current, action, doubted, DTMS, at);
    events.push(event);
    current = event.trade;
  }
  return events;
}
