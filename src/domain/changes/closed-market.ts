// Owns how long an action waits that the broker refused because its market is closed: until the opening where the hours
// of a real account's terms were told, but not long, else a little. Times are of the database's clock, UTC ms.

import type { TradeContext } from '../actions/context.js';
import { utcText } from '../market/utc-text.js';
import { isWeekOpen, nextOpening, type WeekHours } from '../market/week-hours.js';
import type { Action } from '../trade/action.js';
import type { Trade } from '../trade/trade.js';

/** Until when an action waits, and why. */
export interface ClosedWait {
  readonly until: number;
  readonly reason: string;
}

/** The broker is asked again after so long, in ms, whatever hours were told: wrong ones must not keep a defence for days. */
const LONGEST_MS = 15 * 60_000;

/** How long to wait for a market that the broker says is closed at database time `now`. */
export function closedWait(trade: Trade, now: number, context: TradeContext): ClosedWait {
  const hours = hoursOf(trade, context);
  const soon = now + context.rules.actions.marketClosedMs;
  if (hours === null) return { until: soon, reason: 'the market is closed' };
  // The broker knows better than a table.
  if (isWeekOpen(hours, now))
    return { until: soon, reason: 'the market is closed, and by the hours that were told it is open' };
  const opening = nextOpening(hours, now);
  const reason = `the market is closed until ${utcText(opening)} by the hours that were told`;
  return { until: Math.min(opening, now + LONGEST_MS), reason };
}

/** The hours to wait by; null where none are told. A paper account's market has the clock of its feed, maybe a recording's. */
function hoursOf({ spec }: Trade, { reference }: TradeContext): WeekHours | null {
  const hours = reference.hoursOf(spec.account, spec.symbol);
  return typeof hours === 'object' && reference.mustBeShown(spec.account) ? hours : null;
}

/** Whether an action waits, at database time `now`, because its market is closed. */
export function waitsForOpening({ status, result, notBefore }: Action, now: number): boolean {
  return status === 'PENDING' && result?.outcome === 'MARKET_CLOSED' && notBefore !== null && notBefore > now;
}

/**
 * What is left of that wait by the hours as they are told now; null where they do not shorten it: hours that are told again
 * and again put nothing off.
 */
export function waitAnew(
  trade: Trade,
  action: Action,
  now: number,
  context: TradeContext,
): ClosedWait | null {
  const { notBefore } = action;
  if (notBefore === null || !waitsForOpening(action, now)) return null;
  const wait = closedWait(trade, now, context);
  return wait.until < notBefore ? wait : null;
}
