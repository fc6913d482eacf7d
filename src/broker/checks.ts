// Owns whether a broker takes a request: the reasons it refuses one, in the order it looks for them.

import { floorToStep, unitsOf, unitsToValue, volumeSum } from '../domain/actions/quantise.js';
import { RETURN_CODES, type ReturnCode } from '../domain/actions/result-codes.js';
import type { Instrument } from '../domain/market/data.js';
import { type Direction, favourable } from '../domain/market/direction.js';
import { isOpen, marketHoursOf } from '../domain/market/market-hours.js';
import { instrumentKind, resolveInstrument } from '../domain/market/symbols.js';
import type { Levels, OpenPosition } from './account-book.js';
import { exitPrice, orderPrice, type Prices } from './prices.js';
import { type DealRequest, MAXIMUM_COMMENT, type OrderRequest, type StopsRequest } from './terminal.js';
import type { PaperAccount, SymbolTerms } from './terms.js';

/** What a request is judged by. */
export interface OrderContext {
  readonly account: PaperAccount;
  readonly instrument: Instrument;
  readonly prices: Prices | null;
  readonly now: number;
  /** The position the request names, or on a netting account the symbol's. */
  readonly position: OpenPosition | undefined;
  /** Open positions of the symbol, oldest first. */
  readonly others: readonly OpenPosition[];
  readonly openPositions: number;
  /** Whether a request for the position is on its way. */
  readonly isLocked: boolean;
  /** When the symbol trades, where it is not its usual hours. */
  readonly hours: SymbolTerms['hours'];
}

/** Tolerance of comparisons of prices that are sums and differences of ticks. */
const TICK_ERROR = 1e-6;

function isOnUnit(value: number, unit: number): boolean {
  return Number.isFinite(value) && Math.abs(value - unitsToValue(unitsOf(value, unit, 'down'), unit)) < 1e-9;
}

/** Checks that hold for every request; null when nothing is wrong. */
export function refusal(request: OrderRequest, context: OrderContext): ReturnCode | null {
  const { instrument, prices, now, position, isLocked } = context;
  if (request.comment.length > MAXIMUM_COMMENT) return RETURN_CODES.INVALID;
  if (request.position !== null && position?.symbol !== request.symbol) return RETURN_CODES.POSITION_CLOSED;
  const usual = marketHoursOf(instrumentKind(resolveInstrument(instrument.symbol)));
  if (context.hours !== 'quoted' && !isOpen(usual, now)) return RETURN_CODES.MARKET_CLOSED;
  if (prices === null) return RETURN_CODES.PRICE_OFF;
  if (isLocked) return RETURN_CODES.LOCKED;
  if (request.kind === 'stops') return refusedStops(request, context, prices);
  return refusedVolume(request, context) ?? refusedPrice(request, context, prices);
}

function refusedStops(request: StopsRequest, context: OrderContext, prices: Prices): ReturnCode | null {
  const { position, instrument } = context;
  if (position === undefined) return RETURN_CODES.POSITION_CLOSED;
  if (position.stopLoss === request.stopLoss && position.takeProfit === request.takeProfit) {
    return RETURN_CODES.NO_CHANGES;
  }
  if (isFrozen(position, instrument, prices)) return RETURN_CODES.FROZEN;
  // A level that stays where it is may have come close to the price since.
  const changed = {
    stopLoss: position.stopLoss === request.stopLoss ? null : request.stopLoss,
    takeProfit: position.takeProfit === request.takeProfit ? null : request.takeProfit,
  };
  return areLegal(changed, position.direction, instrument, prices) ? null : RETURN_CODES.INVALID_STOPS;
}

function refusedVolume(request: DealRequest, context: OrderContext): ReturnCode | null {
  const { instrument, position } = context;
  const { volume } = request;
  const isWhole = position !== undefined && volume === position.volume;
  const inBounds = volume >= instrument.volumeMin && volume <= instrument.volumeMax;
  if (!(volume > 0) || !isOnUnit(volume, instrument.volumeStep)) return RETURN_CODES.INVALID_VOLUME;
  if (!inBounds && !isWhole) return RETURN_CODES.INVALID_VOLUME;
  if (position !== undefined && position.direction !== request.direction && volume < position.volume) {
    // A remainder below the minimum could never be closed in part again.
    if (volumeSum(position.volume, -volume) < instrument.volumeMin) return RETURN_CODES.INVALID_VOLUME;
  }
  return request.position === null
    ? refusedOpening(request, context)
    : refusedClosing(request, request.position, context);
}

function refusedClosing(request: DealRequest, ticket: bigint, context: OrderContext): ReturnCode | null {
  const { account, position, others } = context;
  if (position === undefined) return RETURN_CODES.POSITION_CLOSED;
  if (position.direction === request.direction) return RETURN_CODES.INVALID;
  if (request.volume > position.volume) return RETURN_CODES.INVALID_CLOSE_VOLUME;
  if (account.fifo && others[0]?.ticket !== ticket) return RETURN_CODES.FIFO_CLOSE;
  return null;
}

function refusedOpening(request: DealRequest, context: OrderContext): ReturnCode | null {
  const { account, position, others, openPositions, instrument } = context;
  if (account.marginMode === 'netting' && position !== undefined) {
    const added = position.direction === request.direction ? request.volume : -request.volume;
    const total = Math.abs(volumeSum(position.volume, added));
    return total > instrument.volumeMax ? RETURN_CODES.INVALID_VOLUME : null;
  }
  if (account.fifo && others.some(({ direction }) => direction !== request.direction)) {
    return RETURN_CODES.HEDGE_PROHIBITED;
  }
  if (account.maximumPositions !== null && openPositions >= account.maximumPositions) {
    return RETURN_CODES.LIMIT_POSITIONS;
  }
  return null;
}

function refusedPrice(request: DealRequest, context: OrderContext, prices: Prices): ReturnCode | null {
  const { instrument, position } = context;
  const reduces = position !== undefined && position.direction !== request.direction;
  if (reduces && isFrozen(position, instrument, prices)) return RETURN_CODES.FROZEN;
  const closes = reduces && request.volume <= position.volume;
  if (!closes && !areLegal(request, request.direction, instrument, prices)) return RETURN_CODES.INVALID_STOPS;
  if (request.price === null) return null;
  if (request.price <= 0 || !isOnUnit(request.price, instrument.tickSize)) return RETURN_CODES.INVALID_PRICE;
  const moved = Math.abs(orderPrice(request.direction, prices) - request.price);
  return moved > request.deviation + instrument.tickSize * TICK_ERROR ? RETURN_CODES.REQUOTE : null;
}

/** Within the freeze level of its stop or target a position is left alone. */
function isFrozen(position: OpenPosition, instrument: Instrument, prices: Prices): boolean {
  if (instrument.freezeLevel <= 0) return false;
  const exit = exitPrice(position.direction, prices);
  return [position.stopLoss, position.takeProfit].some(
    (level) =>
      level !== null && Math.abs(exit - level) <= instrument.freezeLevel + instrument.tickSize * TICK_ERROR,
  );
}

/** On ticks, on the right side of the exit price, and not closer to it than the stops level. */
function areLegal(levels: Levels, direction: Direction, instrument: Instrument, prices: Prices): boolean {
  const side = favourable(direction);
  const exit = exitPrice(direction, prices);
  const error = instrument.tickSize * TICK_ERROR;
  const isLegal = (level: number | null, distance: number) =>
    level === null ||
    (level > 0 &&
      isOnUnit(level, instrument.tickSize) &&
      distance > error &&
      distance >= instrument.stopsLevel - error);
  return (
    isLegal(levels.stopLoss, (exit - (levels.stopLoss ?? 0)) * side) &&
    isLegal(levels.takeProfit, ((levels.takeProfit ?? 0) - exit) * side)
  );
}

/** The part of an order that finds a taker: on the step, and neither part below the minimum. */
export function partOf({ volume }: DealRequest, share: number, instrument: Instrument): number {
  const part = floorToStep(volume * share, instrument.volumeStep);
  const rest = volumeSum(volume, -part);
  return part >= instrument.volumeMin && rest >= instrument.volumeMin ? part : volume;
}
