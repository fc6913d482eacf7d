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
import { floorToStep, volumeSum } from '../domain/actions/quantise.js';
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

type OnPosition = (position: BrokerPosition, at: AtBroker) => Decision;

/** Decides on the position with this identifier, while it is held in this direction; one of another symbol is somebody else's. */
function onHeld(
  { symbol }: LeasedAction,
  at: AtBroker,
  [identifier, direction]: readonly [bigint, Direction],
  decide: OnPosition,
): Decision {
  const position = at.positions.find((open) => open.identifier === identifier);
  if (position !== undefined && position.symbol !== symbol)
    return answer(RETURN_CODES.INVALID, `${identifier} is of ${position.symbol}`);
  if (position?.direction !== direction)
    return answer(RETURN_CODES.POSITION_CLOSED, `${identifier} is not open`);
  return decide(position, at);
}

/** An order on the trade's own position. */
function onOwn(decide: (action: LeasedAction, ...on: Parameters<OnPosition>) => Decision) {
  return (action: LeasedAction, at: AtBroker): Decision =>
    onHeld(action, at, [action.ticket, action.direction], (...on) => decide(action, ...on));
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
  'move stop': onOwn(moveStop),
  'reduce position': onOwn(closePart),
  'close position': onOwn(closeWhole),
  'add to position': onOwn(add),
  'open hedge': onOwn(openHedge),
  'close hedge': closeHedge,
};

/** Sends the target along, as the broker has it: a modification sets both levels. Never loosens. */
function moveStop(action: LeasedAction, position: BrokerPosition): Decision {
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

/** No more than was decided, and than what is above what that is to leave: somebody may have closed since the last snapshot. */
function closePart(action: LeasedAction, position: BrokerPosition): Decision {
  const { volume, leaves, volumeMin = 0, volumeStep = 0 } = action;
  if (volume === null) return answer(RETURN_CODES.INVALID_VOLUME, 'the action names no volume');
  if (leaves === undefined) return closing(action, position, Math.min(volume, position.volume));
  const above = volumeSum(position.volume, -leaves);
  if (volume <= above) return closing(action, position, volume);
  const part = volumeStep > 0 ? floorToStep(above, volumeStep) : above;
  if (part <= 0 || part < volumeMin)
    return answer(RETURN_CODES.NO_CHANGES, `${position.volume} are open, and ${leaves} are to be left`);
  return closing(action, position, part);
}

function closeWhole(action: LeasedAction, position: BrokerPosition): Decision {
  return closing(action, position, position.volume);
}

/** A hedge that is not named is not known to be closed. */
function closeHedge(action: LeasedAction, at: AtBroker): Decision {
  const { hedgeTicket, direction } = action;
  if (hedgeTicket === null || hedgeTicket === 0n)
    return answer(RETURN_CODES.INVALID, 'the action names no hedge');
  return onHeld(action, at, [hedgeTicket, opposite(direction)], (leg) => closeWhole(action, leg));
}

/** Opens nothing for a position that is gone, no more than is left of it, and nothing that would reduce it instead. */
function openHedge(action: LeasedAction, position: BrokerPosition, at: AtBroker): Decision {
  if (at.marginMode === 'netting') {
    return answer(RETURN_CODES.HEDGE_PROHIBITED, 'the account nets: it would close the position');
  }
  const volume = action.volume === null ? null : Math.min(action.volume, position.volume);
  const levels = { stopLoss: action.stopLoss, takeProfit: null };
  return opening({ ...action, volume }, opposite(action.direction), levels);
}

/**
 * On a hedging account another position with the trade's levels. On a netting one more of the position:
 * the order's levels become the position's, so it sends along what is there.
 */
function add(action: LeasedAction, position: BrokerPosition): Decision {
  const stopLoss = tighter(action.direction, action.stopLoss, position.stopLoss);
  const takeProfit = position.takeProfit ?? action.takeProfit;
  return opening(action, action.direction, { stopLoss, takeProfit });
}

function opening(
  { symbol, volume, magicNumber, tag }: LeasedAction,
  direction: Direction,
  levels: Pick<DealRequest, 'stopLoss' | 'takeProfit'>,
): Decision {
  if (volume === null) return answer(RETURN_CODES.INVALID_VOLUME, 'the action names no volume');
  return send(openingDeal({ symbol, direction, volume }, levels, { magicNumber, comment: tag }));
}
