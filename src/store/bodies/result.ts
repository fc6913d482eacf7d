// Owns realised results as JSON text and back. Amounts are decimals' texts, which no double has touched.
import Type from 'typebox';
import { DIRECTIONS } from '../../domain/market/direction.js';
import { LEGS, type RealisedResult } from '../../domain/money/realised.js';
import { MONEY_OBSTACLES } from '../../domain/money/worth.js';
import { bodyReader, format, int64, number, numberOrNull, oneOf, orNull, text } from './body.js';

const result1 = Type.Object({
  account: text,
  ticket: int64,
  symbol: text,
  policy: Type.Optional(text),
  at: number,
  leg: oneOf(LEGS),
  position: Type.Optional(int64),
  direction: oneOf(DIRECTIONS),
  volume: number,
  entryPrice: number,
  exitPrice: numberOrNull,
  currency: text,
  profit: orNull(text),
  commission: orNull(text),
  swap: orNull(text),
  obstacle: orNull(oneOf(MONEY_OBSTACLES)),
  deals: Type.Optional(Type.Array(int64)),
});

/** @throws UnreadableBodyError */
export const decodeResult = bodyReader<RealisedResult>('realised result', [
  format(result1, ({ position, deals, ...body }) => ({
    ...body,
    ticket: BigInt(body.ticket),
    ...(position === undefined ? {} : { position: BigInt(position) }),
    ...(deals === undefined ? {} : { deals: deals.map(BigInt) }),
  })),
]);

export function encodeResult({ ticket, position, deals, ...result }: RealisedResult): string {
  return JSON.stringify({
    ...result,
    ticket: String(ticket),
    position: position === undefined ? undefined : String(position),
    deals: deals?.map(String),
  });
}
