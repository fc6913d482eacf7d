// Rules of a registration that concern several fields at once; those of single fields are in the proto.
import type { TradeSpec as TradeSpecMessage } from '../../gen/ts/dtms/v1/types.js';
import { favourable } from '../domain/trade.js';
import type { TradeSpec } from '../domain/types.js';
import { invalidField, stopOnWrongSide, type Violation } from '../errors/errors.js';

/** The request's trade; the field rules make sure there is one. */
export function requireSpec(spec: TradeSpecMessage | undefined): TradeSpecMessage {
  if (spec === undefined) throw invalidField('trade', 'value is required');
  return spec;
}

/**
 * The stop a trade was opened with is on its loss side, the target on its profit side. A stop that has
 * moved since may be anywhere, but then initial_stop_loss says where it was. Throws STOP_ON_WRONG_SIDE.
 */
export function checkSpec(spec: TradeSpec, path: string): void {
  const side = favourable(spec.direction);
  const violations: Violation[] = [];
  const [stopField, stop] =
    spec.initialStopLoss === null
      ? ['stop_loss', spec.stopLoss]
      : ['initial_stop_loss', spec.initialStopLoss];
  if (stop !== null && (spec.entryPrice - stop) * side <= 0) {
    violations.push({
      field: `${path}.${stopField}`,
      description: `must be ${side > 0 ? 'below' : 'above'} entry_price for a ${spec.direction}; name initial_stop_loss too when the stop has moved`,
    });
  }
  if (spec.takeProfit !== null && (spec.takeProfit - spec.entryPrice) * side <= 0) {
    violations.push({
      field: `${path}.take_profit`,
      description: `must be ${side > 0 ? 'above' : 'below'} entry_price for a ${spec.direction}`,
    });
  }
  if (violations.length > 0) throw stopOnWrongSide(violations);
}
