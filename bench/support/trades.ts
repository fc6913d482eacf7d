// The trades the benchmarks register, and their requests as bytes.
import { BatchRegisterTradesRequest, RegisterTradeRequest } from '../../gen/ts/dtms/v1/trade_service.js';
import { Direction, TradeSpec } from '../../gen/ts/dtms/v1/types.js';

export const SYMBOL = 'XAUUSDc';
export const PRICE = 2000;

/** A trade of SYMBOL opened near PRICE, with a stop and a target far away. Tickets start at 1. */
export function tradeSpec(account: string, ticket: number): TradeSpec {
  const buys = ticket % 2 === 0;
  const side = buys ? 1 : -1;
  return TradeSpec.fromPartial({
    account,
    ticket: BigInt(ticket),
    symbol: SYMBOL,
    direction: buys ? Direction.BUY : Direction.SELL,
    entryPrice: PRICE + (ticket % 100) / 100,
    volume: 1,
    stopLoss: PRICE - side * 50,
    takeProfit: PRICE + side * 100,
    openedAt: new Date('2025-01-06T12:00:00Z'),
    magicNumber: 77n,
    label: 'benchmark',
  });
}

/** One RegisterTrade request per ticket from `first` on. */
export function registrations(account: string, first: number, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) =>
    RegisterTradeRequest.encode(
      RegisterTradeRequest.fromPartial({ trade: tradeSpec(account, first + i) }),
    ).finish(),
  );
}

/** BatchRegisterTrades requests of `size` trades each, tickets from `first` on. */
export function registrationBatches(
  account: string,
  first: number,
  batches: number,
  size: number,
): Uint8Array[] {
  return Array.from({ length: batches }, (_, batch) => {
    const trades = Array.from({ length: size }, (_unused, i) => tradeSpec(account, first + batch * size + i));
    return BatchRegisterTradesRequest.encode(BatchRegisterTradesRequest.fromPartial({ trades })).finish();
  });
}
