// Owns the shape of an evaluation in stored bodies.
import Type from 'typebox';
import { CONFLUENCES, SIGNALS } from '../../domain/signals/signal.js';
import { flag, number, numberOrNull, oneOf, text } from './body.js';

export const evaluation = Type.Object({
  at: number,
  score: numberOrNull,
  confluence: oneOf(CONFLUENCES),
  signals: Type.Array(
    Type.Object({
      signal: oneOf(SIGNALS),
      available: flag,
      raw: number,
      capped: number,
      multiplier: number,
      contribution: number,
      reason: text,
    }),
  ),
  vwapVolumeFlipAgainst: flag,
});
