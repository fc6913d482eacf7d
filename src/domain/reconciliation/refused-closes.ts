// Owns when a close that the broker refused for good waits for nobody any more: what it was to close is gone, whoever closed it.

import { stepped } from '../changes/action-life.js';
import { type Action, type ActionResult, expired } from '../trade/action.js';
import { dealsOf, movesOf } from '../trade/action-specs.js';
import type { TradeEvent } from '../trade/event.js';
import type { Trade } from '../trade/trade.js';
import { endingOf } from './ending.js';
import type { Look } from './look.js';

/**
 * Ends the refused closes of what is gone, with the price that deals tell: until then the lots of a trade that is over count as
 * held. Of a position no deal tells of, a complete snapshot after one that showed it no more is needed.
 */
export function endRefusedCloses(trade: Trade, look: Look, by: string): readonly TradeEvent[] {
  if (trade.state !== 'CLOSED' || !look.complete) return [];
  const events: TradeEvent[] = [];
  let current = trade;
  for (const letter of trade.deadLetters) {
    const exit = dealsOf(letter.type) === 'close' ? goneAt(current, letter, look) : null;
    if (exit === null) continue;
    events.push(stepped(current, letter, expiredAt(letter, exit.price), by, look.at));
    current = events.at(-1)?.trade ?? current;
  }
  return events;
}

/** At which price what it was to close was closed, null where nobody told it; null where it may be open. */
function goneAt(trade: Trade, { type }: Action, look: Look): { readonly price: number | null } | null {
  if (movesOf(type) === 'hedge') return trade.hedge === null && look.leg === null ? { price: null } : null;
  if (look.position !== null) return null;
  const ending = endingOf(trade, look);
  if (ending !== null) return { price: ending.exitPrice };
  return isMissed(trade, look) ? { price: trade.closePrice } : null;
}

/** Whether a complete snapshot some time before this one did not show the position either. */
function isMissed({ spec }: Trade, { confirms, context, now, rules, reconciledAt }: Look): boolean {
  if (!confirms || now - (reconciledAt ?? now) < rules.reconciliation.goneAfterMs) return false;
  return context.reference.shown(spec.account, spec.ticket) === undefined;
}

function expiredAt(letter: Action, price: number | null): Action {
  const over = expired(letter, 'what it was to close is gone');
  const result: ActionResult | null = letter.result;
  return result === null || price === null ? over : { ...over, result: { ...result, price } };
}
