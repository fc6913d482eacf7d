// What an honest client did before the attack: trades and a market, over the wire, with the key it was given.
import { randomUUID } from 'node:crypto';
import { RegisterTradeRequest, TradeServiceService } from '../../../gen/ts/dtms/v1/trade_service.js';
import { Direction, type TradeSpec } from '../../../gen/ts/dtms/v1/types.js';
import { framed } from '../raw-reader.js';
import type { Answer, WireCall, WireClient } from './wire-client.js';

export interface Codec<T> {
  readonly path: string;
  readonly requestSerialize: (value: T) => Buffer;
}

/** A call as a good client makes it. */
export function calling<T>(
  client: WireClient,
  method: Codec<T>,
  request: T,
  options?: WireCall,
): Promise<Answer> {
  return client.call(method.path, framed(method.requestSerialize(request)), options);
}

/** A BUY of 1 lot at 100 with its stop at 90. */
export function orderOf(change: Partial<TradeSpec> = {}): RegisterTradeRequest {
  return RegisterTradeRequest.fromPartial({
    trade: {
      ...{ account: 'demo', ticket: 1n, symbol: 'BTCUSD', direction: Direction.BUY },
      ...{ entryPrice: 100, volume: 1, stopLoss: 90, openedAt: new Date() },
      ...change,
    },
    requestId: randomUUID(),
  });
}

export function registering(
  client: WireClient,
  change: Partial<TradeSpec>,
  options?: WireCall,
): Promise<Answer> {
  return calling(client, TradeServiceService.registerTrade, orderOf(change), options);
}
