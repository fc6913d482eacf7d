// Owns the six signals by name, and what an evaluation by them is.
import type { FlagDecision } from '../flags/flag.js';

/** Each signal's default cap: its contribution before the regime's multiplier is within it, either way. */
export const SIGNAL_CAPS = {
  STRUCTURE: 3,
  VWAP_VOLUME: 2,
  MOMENTUM: 2,
  EMA_ALIGNMENT: 1.5,
  DELTA_PRESSURE: 1,
  CANDLE_CONVICTION: 2,
} as const;
export type Signal = keyof typeof SIGNAL_CAPS;

/** In the order in which they are shown and stored. */
export const SIGNALS = Object.keys(SIGNAL_CAPS) as readonly Signal[];

export const CONFLUENCES = ['FOR', 'AGAINST', 'MIXED'] as const;
export type Confluence = (typeof CONFLUENCES)[number];

/** One signal's part of a score. `available: false` contributes nothing and is never shown as 0. */
export interface SignalContribution {
  readonly signal: Signal;
  readonly available: boolean;
  readonly raw: number;
  readonly capped: number;
  readonly multiplier: number;
  readonly contribution: number;
  /** What it saw, or what is missing, for a person. */
  readonly reason: string;
  /** The flag by which it does not count; absent where it does. */
  readonly switchedOff?: FlagDecision;
}

/** The signals that do not count, each with the flag that says so. */
export type SwitchedOffSignals = Readonly<Partial<Record<Signal, FlagDecision>>>;

/** How the market treats one direction of one symbol at one moment. */
export interface Evaluation {
  readonly at: number;
  /** null when no signal is available. */
  readonly score: number | null;
  readonly confluence: Confluence;
  /** In the order of SIGNALS. */
  readonly signals: readonly SignalContribution[];
  /** VWAP flip and volume flip, both against the direction. */
  readonly vwapVolumeFlipAgainst: boolean;
}
