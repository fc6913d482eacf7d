// The message types of our methods' responses. A grpc-js definition has only a function that encodes with
// a writer of its own and then copies the bytes.
import type { MethodDefinition } from '@grpc/grpc-js';
import { MarketDataServiceDefinition } from '../../gen/ts/dtms/v1/market_data_service.js';
import { SystemServiceDefinition } from '../../gen/ts/dtms/v1/system_service.js';
import { TradeServiceDefinition } from '../../gen/ts/dtms/v1/trade_service.js';
import { type Encoder, encodeMessage } from '../wire/encode.js';

const RESPONSES: ReadonlyMap<string, Encoder<never>> = new Map(
  [TradeServiceDefinition, MarketDataServiceDefinition, SystemServiceDefinition].flatMap(
    ({ fullName, methods }) =>
      Object.values(methods).map(({ name, responseType }) => [`/${fullName}/${name}`, responseType] as const),
  ),
);

/** Encodes a method's responses. */
export function responseEncoder({
  path,
  responseSerialize,
}: MethodDefinition<unknown, unknown>): (response: unknown) => Buffer {
  const type = RESPONSES.get(path);
  // Whether the response is of this type was checked by the type of the handler.
  return type === undefined ? responseSerialize : (response) => encodeMessage(type, response as never);
}
