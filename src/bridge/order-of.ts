// Owns the way from a leased action and the positions at the broker to the one order it is, or to the answer
// where there is nothing to send. What is at the broker counts, not what DTMS thought when it planned.

import type { OrderResult } from '../broker/terminal.js';
import {
  closingDeal,
  type DealRequest,
  type MarginMode,
  type OrderRequest,
  openingDeal,
  type StopsRequest,
  untraded,
} from '../broker/terminal.js';
import { RETURN_CODES, type ReturnCode } from '../domain/actions/result-codes.js';
import type { BrokerPosition } from '../domain/broker/snapshot.js';
import { type Direction, favourable, opposite } from '../domain/market/direction.js';
import type { OrderKind } from '../domain/trade/action-specs.js';
import { orderKindOf } from '../domain/trade/action-specs.js';
import type { LeasedAction } from './lease-client.js';

/** Either an order to send, or what to report without sending one. */
export type Decision =
  | { readonly kind: 'send'; readonly request: OrderRequest }
  | { readonly kind: 'answer'; readonly result: OrderResult };

/** What an action is decided on. */
export interface AtBroker {
  readonly marginMode: MarginMode;
  /** A complete answer: a position that is not in it is not open. */
  readonly positions: readonly BrokerPosition[];
}

function answer(code: ReturnCode, why: string, stopLoss: number | null = null): Decision {
  return { kind: 'answer', result: untraded(code, stopLoss, why) };
}

function send(request: OrderRequest): Decision {
  return { kind: 'send', request };
}

/** The position with this identifier while it is held in this direction. */
function held(at: AtBroker, identifier: bigint | null, direction: Direction): BrokerPosition | undefined {
  return at.positions.find(
    (position) => position.identifier === identifier && position.direction === direction,
  );
}

/** The tighter of two stops of a position; null is the loosest. */
function tighter(direction: Direction, a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return (a - b) * favourable(direction) >= 0 ? a : b;
}

/** Decides what an action is at the broker. */
export function orderOf(action: LeasedAction, at: AtBroker): Decision {
  return DECISIONS[orderKindOf(action.type)](action, at);
}

const DECISIONS: Readonly<Record<OrderKind, (action: LeasedAction, at: AtBroker) => Decision>> = {
  'move stop': moveStop,
  'reduce position': closePart,
  'close position': (action, at) => closeWhole(action, at, action.ticket, action.direction),
  'add to position': add,
  'open hedge': openHedge,
  'close hedge': closeHedge,
};

/** Sends the target along, as the broker has it: a modification sets both levels. Never loosens. */
function moveStop(action: LeasedAction, at: AtBroker): Decision {
  const position = held(at, action.ticket, action.direction);
  if (position === undefined) return answer(RETURN_CODES.POSITION_CLOSED, `${action.ticket} is not open`);
  const { stopLoss } = action;
  if (stopLoss === null) return answer(RETURN_CODES.INVALID, 'the action names no stop', position.stopLoss);
  if (tighter(action.direction, position.stopLoss, stopLoss) === position.stopLoss) {
    return answer(RETURN_CODES.NO_CHANGES, `the stop is at ${position.stopLoss}`, position.stopLoss);
  }
  const request: StopsRequest = {
    kind: 'stops',
    symbol: position.symbol,
    position: position.ticket,
    stopLoss,
    takeProfit: position.takeProfit,
    magicNumber: action.magicNumber,
    comment: action.tag,
  };
  return send(request);
}

/** An order at market that closes, always with the position's ticket: without it, it would open another. */
function closing(action: LeasedAction, position: BrokerPosition, volume: number): Decision {
  return send(closingDeal(position, { volume, magicNumber: action.magicNumber, comment: action.tag }));
}

function closePart(action: LeasedAction, at: AtBroker): Decision {
  const position = held(at, action.ticket, action.direction);
  if (position === undefined) return answer(RETURN_CODES.POSITION_CLOSED, `${action.ticket} is not open`);
  if (action.volume === null) return answer(RETURN_CODES.INVALID_VOLUME, 'the action names no volume');
  return closing(action, position, Math.min(action.volume, position.volume));
}

function closeWhole(action: LeasedAction, at: AtBroker, identifier: bigint, direction: Direction): Decision {
  const position = held(at, identifier, direction);
  if (position === undefined) return answer(RETURN_CODES.POSITION_CLOSED, `${identifier} is not open`);
  return closing(action, position, position.volume);
}

/** A hedge that is not named is not known to be closed. */
function closeHedge(action: LeasedAction, at: AtBroker): Decision {
  const { hedgeTicket, direction } = action;
  if (hedgeTicket === null || hedgeTicket === 0n)
    return answer(RETURN_CODES.INVALID, 'the action names no hedge');
  return closeWhole(action, at, hedgeTicket, opposite(direction));
}

/** Opens nothing for a position that is gone, no more than is left of it, and nothing that would reduce it instead. */
function openHedge(action: LeasedAction, at: AtBroker): Decision {
  if (at.marginMode === 'netting') {
    return answer(RETURN_CODES.HEDGE_PROHIBITED, 'the account nets: it would close the position');
  }
  const left = held(at, action.ticket, action.direction)?.volume ?? 0;
  const volume = action.volume === null ? null : Math.min(action.volume, left);
  const direction = opposite(action.direction);
  return opening({ ...action, volume }, at, direction, { stopLoss: action.stopLoss, takeProfit: null });
}

/**
 * On a hedging account another position with the trade's levels. On a netting one more of the position:
 * the order's levels become the position's, so it sends along what is there.
 */
function add(action: LeasedAction, at: AtBroker): Decision {
  const position = held(at, action.ticket, action.direction);
  const stopLoss = tighter(action.direction, action.stopLoss, position?.stopLoss ?? null);
  const takeProfit = position?.takeProfit ?? action.takeProfit;
  return opening(action, at, action.direction, { stopLoss, takeProfit });
}

function opening(
  action: LeasedAction,
  at: AtBroker,
  direction: Direction,
  levels: Pick<DealRequest, 'stopLoss' | 'takeProfit'>,
): Decision {
  const position = held(at, action.ticket, action.direction);
  if (position === undefined) return answer(RETURN_CODES.POSITION_CLOSED, `${action.ticket} is not open`);
  if (action.volume === null) return answer(RETURN_CODES.INVALID_VOLUME, 'the action names no volume');
  const { volume, magicNumber, tag } = action;
  const deal = { symbol: position.symbol, direction, volume };
  return send(openingDeal(deal, levels, { magicNumber, comment: tag }));
}
