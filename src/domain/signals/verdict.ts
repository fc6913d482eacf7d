// Owns what a signal answers, before cap and multiplier.
import type { Features } from '../features.js';
import type { Regime } from '../regime.js';
import type { Rules } from '../rules.js';
import type { Direction } from '../types.js';

export interface Verdict {
  /** False when the data it needs is missing; then `raw` is 0 and counts for nothing. */
  readonly available: boolean;
  /** Positive favours the trade. */
  readonly raw: number;
  /** What it saw, or what is missing. */
  readonly reason: string;
}

export type SignalRule = (features: Features, direction: Direction, regime: Regime, rules: Rules) => Verdict;

export function unavailable(reason: string): Verdict {
  return { available: false, raw: 0, reason };
}

export function verdict(raw: number, reason: string): Verdict {
  return { available: true, raw, reason };
}

export const STALE = unavailable('the newest closed bar is too old');

/** 1 for BUY, -1 for SELL: what rises times this is what favours the trade. */
export function side(direction: Direction): 1 | -1 {
  return direction === 'BUY' ? 1 : -1;
}
