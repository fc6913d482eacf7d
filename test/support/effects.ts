// What the effects of tests go by where no policy observes, and the terms by which rules of one that does are carried out.
import { plainInstrument } from '../../src/broker/terms.js';
import type { ObservedStart } from '../../src/domain/effect/effect.js';
import { DEFAULT_RULES } from '../../src/domain/rules.js';

export function plainTerms(symbol: string, digits: number): ObservedStart['terms'] {
  const { tickSize, stopsLevel, freezeLevel, volumeMin, volumeStep } = plainInstrument(
    'demo',
    symbol,
    digits,
  );
  const { minimumStepR } = DEFAULT_RULES.actions;
  return { tickSize, stopsLevel, freezeLevel, volumeMin, volumeStep, minimumStepR };
}

export const NOBODY_OBSERVES = { rules: plainTerms('BTCUSD', 2), findPolicy: () => undefined } as const;
