// Owns the effect on a trade as JSON text and back.
import Type, { type Static } from 'typebox';
import { ALONE_ENDS, APART_REASONS, EFFECT_STATUSES, type TradeEffect } from '../../domain/effect/effect.js';
import { DIRECTIONS } from '../../domain/market/direction.js';
import { bodyReader, flag, format, int64, number, numberOrNull, oneOf, orNull, text } from './body.js';

const alone = Type.Object({
  direction: oneOf(DIRECTIONS),
  stopLoss: numberOrNull,
  takeProfit: numberOrNull,
  from: number,
  until: number,
  spread: number,
});

const followed = Type.Object({
  seenUntil: number,
  unseenMs: number,
  price: numberOrNull,
  end: orNull(
    Type.Object({ at: number, price: number, reason: oneOf(['STOP_LOSS', 'TAKE_PROFIT', 'HORIZON']) }),
  ),
});

const effect1 = Type.Object({
  account: text,
  ticket: int64,
  begunVersion: number,
  symbol: text,
  policy: text,
  feed: text,
  instrument: text,
  openedAt: number,
  closedAt: number,
  status: oneOf(EFFECT_STATUSES),
  apart: orNull(oneOf(APART_REASONS)),
  touched: flag,
  withR: numberOrNull,
  withoutR: numberOrNull,
  aloneEnd: orNull(oneOf(ALONE_ENDS)),
  aloneEndedAt: numberOrNull,
  pursuit: orNull(Type.Object({ alone, entryPrice: number, risk: number, commission: number, followed })),
});

function effectOf1({ ticket, ...body }: Static<typeof effect1>): TradeEffect {
  return { ...body, ticket: BigInt(ticket) };
}

/** @throws UnreadableBodyError */
export const decodeEffect = bodyReader<TradeEffect>('effect', [format(effect1, effectOf1)]);

export function encodeEffect(effect: TradeEffect): string {
  return JSON.stringify({ ...effect, ticket: String(effect.ticket) });
}
