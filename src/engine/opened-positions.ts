// Owns whether a position can be what an action's order opened: never one that is, or was, another trade's.

import type { Action, ActionResult } from '../domain/trade/action.js';
import { dealsOf } from '../domain/trade/action-specs.js';
import type { Trade } from '../domain/trade/trade.js';
import type { Engine } from './engine.js';

/** Nothing was looked up, because nothing was opened. */
export const NONE_SETTLED: ReadonlySet<bigint> = new Set();

/** The position that a result says an action opened; null where it says of none. */
export function openingIn({ type }: Pick<Action, 'type'>, { openedTicket }: ActionResult): bigint | null {
  return dealsOf(type) === 'open' && openedTicket !== null && openedTicket > 0n ? openedTicket : null;
}

/** Why a position is not what this trade's order opened; null where it may be. */
export function openingObstacle(
  engine: Engine,
  { trade, action }: { readonly trade: Trade; readonly action: Action },
  identifier: bigint,
  settled: ReadonlySet<bigint>,
): string | null {
  const { account, ticket } = trade.spec;
  const hedges = action.type === 'OPEN_HEDGE';
  // On a netting account what is added to a position is in that position.
  if (identifier === ticket) return hedges ? "is the trade's own" : null;
  if (settled.has(identifier)) return 'was that of a trade that is over';
  const other = engine.get(account, identifier);
  if (other !== undefined && (hedges || other.parentTicket !== ticket)) return 'is that of another trade';
  const naming = engine.naming(account, identifier);
  if (naming === undefined || (hedges && naming === trade)) return null;
  return `is named by trade ${naming.spec.ticket}`;
}
