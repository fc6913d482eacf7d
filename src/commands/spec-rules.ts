// Owns rules of a registration that concern several fields at once, or what the broker shows; those of single fields are
// in the proto.
import { favourable } from '../domain/market/direction.js';
import type { TradeSpec } from '../domain/trade/trade.js';
import type { Engine } from '../engine/engine.js';
import { positionNotShown, stopOnWrongSide, tradeDiffers, type Violation } from '../errors/errors.js';

/**
 * A trade is about a position of its own, as far as the broker has shown any: DTMS will order about it. Throws
 * POSITION_NOT_SHOWN where it is another trade's, TRADE_DIFFERS where the broker shows another one under the ticket.
 */
export function checkPosition(engine: Engine, spec: TradeSpec): void {
  const { account, ticket, positionTicket } = spec;
  if (engine.naming(account, ticket) !== undefined) throw positionNotShown(account, ticket, 'trade.ticket');
  const shown = engine.accounts.positionOf(account, ticket);
  if (positionTicket !== 0n && positionTicket !== ticket) {
    const isOther =
      shown === undefined ? engine.reference.mustBeShown(account) : shown.ticket !== positionTicket;
    // The trade itself, known from the broker, may name it so.
    const other = engine.get(account, positionTicket) ?? engine.naming(account, positionTicket);
    const isTaken = other !== undefined && other.spec.ticket !== ticket;
    if (isOther || isTaken) throw positionNotShown(account, positionTicket, 'trade.position_ticket');
  }
  if (shown === undefined) return;
  const fields = [
    ...(shown.symbol === spec.symbol ? [] : ['symbol']),
    ...(shown.direction === spec.direction ? [] : ['direction']),
    // 0 is no program's: a person's position may be adopted under any number.
    ...(spec.magicNumber === 0n || shown.magicNumber === 0n || shown.magicNumber === spec.magicNumber
      ? []
      : ['magic_number']),
  ];
  if (fields.length > 0) throw tradeDiffers(account, ticket, fields);
}

/**
 * The stop a trade was opened with is on its loss side, the target on its profit side. A stop that has
 * moved since may be anywhere, but then initial_stop_loss says where it was. Throws STOP_ON_WRONG_SIDE.
 */
export function checkSpec(spec: TradeSpec): void {
  const side = favourable(spec.direction);
  const violations: Violation[] = [];
  const [stopField, stop] =
    spec.initialStopLoss === null
      ? ['stop_loss', spec.stopLoss]
      : ['initial_stop_loss', spec.initialStopLoss];
  if (stop !== null && (spec.entryPrice - stop) * side <= 0) {
    violations.push({
      field: `trade.${stopField}`,
      description: `must be ${side > 0 ? 'below' : 'above'} entry_price for a ${spec.direction}; name initial_stop_loss too when the stop has moved`,
    });
  }
  if (spec.takeProfit !== null && (spec.takeProfit - spec.entryPrice) * side <= 0) {
    violations.push({
      field: 'trade.take_profit',
      description: `must be ${side > 0 ? 'above' : 'below'} entry_price for a ${spec.direction}`,
    });
  }
  if (violations.length > 0) throw stopOnWrongSide(violations);
}
