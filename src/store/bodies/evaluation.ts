// Owns the shape of an evaluation in stored bodies.
import Type from 'typebox';
import { FLAG_NAMES, FLAG_REASONS } from '../../domain/flags/flag.js';
import { CONFLUENCES, SIGNALS } from '../../domain/signals/signal.js';
import { flag, number, numberOrNull, oneOf, text } from './body.js';

const flagDecision = Type.Object({
  flag: oneOf(FLAG_NAMES),
  variant: text,
  reason: oneOf(FLAG_REASONS),
  note: text,
});

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
      switchedOff: Type.Optional(flagDecision),
    }),
  ),
  vwapVolumeFlipAgainst: flag,
});
