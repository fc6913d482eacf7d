// Owns the effect on a trade as JSON text and back.
import Type, { type Static } from 'typebox';
import {
  ALONE_ENDS,
  APART_REASONS,
  EFFECT_STATUSES,
  OBSERVED_ENDS,
  type TradeEffect,
} from '../../domain/effect/effect.js';
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

const observed = Type.Object({
  policy: text,
  version: number,
  status: oneOf(EFFECT_STATUSES),
  apart: orNull(oneOf(APART_REASONS)),
  r: numberOrNull,
  end: orNull(oneOf(OBSERVED_ENDS)),
  endedAt: numberOrNull,
  course: orNull(
    Type.Object({
      start: Type.Object({
        direction: oneOf(DIRECTIONS),
        entryPrice: number,
        volume: number,
        stopLoss: numberOrNull,
        takeProfit: numberOrNull,
        openedAt: number,
        risk: number,
        commission: number,
        spread: number,
        terms: Type.Object({
          tickSize: number,
          stopsLevel: number,
          freezeLevel: number,
          volumeMin: number,
          volumeStep: number,
          minimumStepR: number,
        }),
        together: orNull(Type.Object({ at: number, price: number })),
        until: number,
      }),
      seenUntil: number,
      unseenMs: number,
      stopLoss: numberOrNull,
      volume: number,
      earned: number,
      barsHeld: number,
      best: number,
      price: numberOrNull,
      ruleRisk: numberOrNull,
      decided: orNull(Type.Object({ close: flag, reduceBy: numberOrNull, stop: numberOrNull })),
    }),
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
  /** Absent before policies that observe were followed: none was. */
  observed: Type.Optional(Type.Array(observed)),
});

function effectOf1({ ticket, observed: followed = [], ...body }: Static<typeof effect1>): TradeEffect {
  return { ...body, observed: followed, ticket: BigInt(ticket) };
}

/** @throws UnreadableBodyError */
export const decodeEffect = bodyReader<TradeEffect>('effect', [format(effect1, effectOf1)]);

export function encodeEffect(effect: TradeEffect): string {
  return JSON.stringify({ ...effect, ticket: String(effect.ticket) });
}
