// Owns orders to close a trade's position: a person's, or a rail's of the account. It is the same CLOSE_ALL that DTMS
// plans, under their name: there is at most one at a time, so an order and a decision never close twice.
import type { Rail } from '../account/rails.js';
import type { TradeContext } from '../actions/context.js';
import { type Action, isUntouched } from '../trade/action.js';
import { dealsOf, movesOf, orderKindOf } from '../trade/action-specs.js';
import type { TradeEvent } from '../trade/event.js';
import type { Trade } from '../trade/trade.js';
import { expire, letGo, stepped } from './action-life.js';
import { planOutside, reopenTrade } from './commands.js';

/** The open action that closes the trade's position; undefined when none does. */
export function closeOf({ actions }: Trade): Action | undefined {
  return actions.find(isClose);
}

function isClose({ type }: Action): boolean {
  return movesOf(type) === 'volume' && dealsOf(type) === 'close';
}

/** Whether a trade has no position to close any more: it ended, and no close of it was refused. */
export function isOver(trade: Trade): boolean {
  return trade.state === 'CLOSED' && closeOf(trade) === undefined && !trade.deadLetters.some(isClose);
}

/**
 * Orders a trade's position closed, and its hedge. What is planned already becomes the person's, and what is held goes on; a bridge that
 * has begun goes on as well. Nothing is planned in HALTED: that is for the caller to ask.
 */
export function orderClose(
  trade: Trade,
  by: string,
  reason: string,
  at: number,
  context: TradeContext,
): readonly TradeEvent[] {
  const known = closeOf(trade);
  if (known?.status === 'HELD') return [letGo(trade, known, by, reason, at)];
  // It is carried out where DTMS only observes too: it is no decision of DTMS.
  if (known === undefined) return planOutside(trade, reason, ['CLOSE_ALL'], at, context, by, 'enforce');
  const isPersons = known.orderedBy !== '' && railOf(known) === null;
  if (!isUntouched(known) || isPersons) return [];
  return [stepped(trade, known, { ...known, orderedBy: by }, by, at)];
}

/**
 * What giving up a close means for its trade: where DTMS had ended the trade by deciding that close, the position is
 * open all the same, and the trade goes on with it; HEDGED where it has a hedge, which is not closed then. `clock` is what
 * the timers of its feed run on.
 */
export function afterGivenUp(
  trade: Trade,
  given: Action,
  by: string,
  { at, clock }: { readonly at: number; readonly clock: number },
  context: TradeContext,
): readonly TradeEvent[] {
  const isDecided = trade.state === 'CLOSED' && trade.closeReason === 'DEFENSIVE';
  if (!isClose(given) || !isDecided || !isOver(trade)) return [];
  const why = `closing it was given up by ${by || 'a person'}`;
  const events: TradeEvent[] = [];
  let current = trade;
  for (const action of trade.actions) {
    if (orderKindOf(action.type) !== 'close hedge' || !isUntouched(action)) continue;
    events.push(...expire(current, action, why, at, context, by));
    current = events.at(-1)?.trade ?? current;
  }
  const hedgedUntil = current.hedge === null ? null : clock + context.rules.states.flatTimerMs;
  return [...events, reopenTrade(current, at, context, { why, hedgedUntil })];
}

/** How the order of a rail begins that it planned, and one that DTMS had decided before. */
const PLANNED = 'rail ';
const ADOPTED = 'DTMS, rail ';

/**
 * Orders a trade's position closed because a rail of its account says so. What is planned already becomes the rail's, and
 * what is held goes on; a person's order, and what a bridge has begun, goes on as it is.
 */
export function orderByRail(
  trade: Trade,
  rail: Rail,
  at: number,
  context: TradeContext,
): readonly TradeEvent[] {
  const known = closeOf(trade);
  const by = (known === undefined ? PLANNED : ADOPTED) + rail;
  if (known === undefined) return planOutside(trade, by, ['CLOSE_ALL'], at, context, by);
  if (known.status === 'HELD') return [letGo(trade, known, by, 'a rail closes everything', at)];
  if (!isUntouched(known) || known.orderedBy !== '') return [];
  return [stepped(trade, known, { ...known, orderedBy: by }, by, at)];
}

/** A rail's share in an action: it planned it, or made what DTMS had decided its order; null for none. */
export function railOf({ orderedBy }: Pick<Action, 'orderedBy'>): 'planned' | 'adopted' | null {
  if (orderedBy.startsWith(PLANNED)) return 'planned';
  return orderedBy.startsWith(ADOPTED) ? 'adopted' : null;
}
