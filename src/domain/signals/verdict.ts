// Owns what a signal answers, before cap and multiplier.

import type { Direction } from '../market/direction.js';
import type { Rules } from '../rules.js';
import type { Features } from './features.js';
import type { Regime } from './regime.js';

export interface SignalVerdict {
  /** False when the data it needs is missing; then `raw` is 0 and counts for nothing. */
  readonly available: boolean;
  /** Positive favours the trade. */
  readonly raw: number;
  /** What it saw, or what is missing. */
  readonly reason: string;
}

export type SignalRule = (
  features: Features,
  direction: Direction,
  regime: Regime,
  rules: Rules,
) => SignalVerdict;

export function unavailable(reason: string): SignalVerdict {
  return { available: false, raw: 0, reason };
}

export function verdict(raw: number, reason: string): SignalVerdict {
  return { available: true, raw, reason };
}

export const STALE = unavailable('the newest closed bar is too old');
