// Owns what an order of an action opens: a position of the trade's instrument, on its side or, as its hedge, on the other.
// What is anything else, or larger, was opened by somebody else, whatever a bridge says.

import { isTag } from '../broker/order-tag.js';
import type { BrokerPosition } from '../broker/snapshot.js';
import { isSameInstrument } from '../market/symbols.js';
import type { Rules } from '../rules.js';
import { type ActionType, dealsOf, movesOf } from '../trade/action-specs.js';
import type { Trade } from '../trade/trade.js';
import { volumeSum } from './quantise.js';

/** Whether a position, or the deal that opened it, is of the instrument and the side of an action's order. */
export function isOpeningOf(
  { spec }: Pick<Trade, 'spec'>,
  type: ActionType,
  { symbol, direction }: Pick<BrokerPosition, 'symbol' | 'direction'>,
  symbols: Rules['symbols'],
): boolean {
  if (dealsOf(type) !== 'open' || !isSameInstrument(symbol, spec.symbol, symbols)) return false;
  return (direction === spec.direction) === (movesOf(type) !== 'hedge');
}

/** Whether a position can be a trade's hedge, by what it is. */
export function isLeg(trade: Trade, position: BrokerPosition, symbols: Rules['symbols']): boolean {
  return position.identifier !== trade.spec.ticket && isOpeningOf(trade, 'OPEN_HEDGE', position, symbols);
}

/**
 * Whether a position is no larger than the hedge of a trade of which so many lots were known at most. One with a tag may have been
 * filled in parts, and is at most as large as its trade.
 */
export function isWithin(trade: Trade, known: number, { volume, comment }: BrokerPosition): boolean {
  const most = isTag(comment) ? Math.max(known, trade.volume, trade.spec.volume) : known;
  return volumeSum(volume, -most) <= 0;
}
