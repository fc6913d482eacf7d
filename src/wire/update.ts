// Owns what UpdateTrade says of the broker, as the domain takes it.

import type { UpdateTradeRequest } from '../../gen/ts/dtms/v1/trade_service.js';
import { type BrokerUpdate, NO_UPDATE } from '../domain/actions/broker-update.js';
import { invalidField } from '../errors/errors.js';
import { orNull } from './time.js';
import { hedgeFromProto } from './trade.js';

/** Throws INVALID_FIELD when the request says a thing is gone and names it too. */
export function updateFromProto(request: UpdateTradeRequest): BrokerUpdate {
  const hedge = request.hedge === undefined ? undefined : hedgeFromProto(request.hedge);
  return {
    ...NO_UPDATE,
    volume: orNull(request.volume),
    stopLoss: valueOrGone('stop_loss', request.stopLoss, request.stopLossRemoved, 'removed'),
    takeProfit: valueOrGone('take_profit', request.takeProfit, request.takeProfitRemoved, 'removed'),
    hedge: valueOrGone('hedge', hedge, request.hedgeGone, 'gone'),
    positionTicket: request.positionTicket === 0n ? null : request.positionTicket,
  };
}

function valueOrGone<T, Gone extends string>(
  field: string,
  value: T | undefined,
  isGone: boolean,
  gone: Gone,
): T | Gone | null {
  if (!isGone) return value ?? null;
  if (value !== undefined) throw invalidField(field, `cannot be given and be ${gone} at once`);
  return gone;
}
