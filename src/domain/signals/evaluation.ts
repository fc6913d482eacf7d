// Owns the score: the signals' table, caps, multipliers, sum and confluence.

import { decisionText, type FlagDecision } from '../flags/flag.js';
import type { Direction } from '../market/direction.js';
import type { Rules } from '../rules.js';
import { candleConviction } from './candle-conviction.js';
import { decimal } from './decimal.js';
import { deltaPressure } from './delta-pressure.js';
import { emaAlignment } from './ema-alignment.js';
import type { Features } from './features.js';
import { momentum } from './momentum.js';
import type { Regime } from './regime.js';
import {
  type Confluence,
  type Evaluation,
  SIGNALS,
  type Signal,
  type SignalContribution,
  type SwitchedOffSignals,
} from './signal.js';
import { structure } from './structure.js';
import type { SignalRule } from './verdict.js';
import { vwapVolume, vwapVolumeFlipAgainst } from './vwap-volume.js';

const RULES_OF: Readonly<Record<Signal, SignalRule>> = {
  STRUCTURE: structure,
  VWAP_VOLUME: vwapVolume,
  MOMENTUM: momentum,
  EMA_ALIGNMENT: emaAlignment,
  DELTA_PRESSURE: deltaPressure,
  CANDLE_CONVICTION: candleConviction,
};

function clamp(value: number, cap: number): number {
  return Math.max(-cap, Math.min(cap, value));
}

function contribution(
  signal: Signal,
  features: Features,
  direction: Direction,
  regime: Regime,
  rules: Rules,
): SignalContribution {
  const { available, raw, reason } = RULES_OF[signal](features, direction, regime, rules);
  const capped = clamp(raw, rules.signals.caps[signal]);
  const multiplier = regime.multipliers[signal];
  return { signal, available, raw, capped, multiplier, contribution: decimal(capped * multiplier), reason };
}

/** A signal that does not count: 0 of everything, and the flag that says so. */
function switchedOff(signal: Signal, regime: Regime, flag: FlagDecision): SignalContribution {
  const nothing = { available: false, raw: 0, capped: 0, contribution: 0 };
  const multiplier = regime.multipliers[signal];
  return { signal, ...nothing, multiplier, reason: `switched off: ${decisionText(flag)}`, switchedOff: flag };
}

/** FOR or AGAINST when at least `share` of the contributing weight agrees, else MIXED. */
function confluenceOf(signals: readonly SignalContribution[], share: number): Confluence {
  let favourable = 0;
  let adverse = 0;
  for (const { contribution: value } of signals) {
    if (value > 0) favourable += value;
    else adverse -= value;
  }
  const total = decimal(favourable + adverse);
  if (total === 0) return 'MIXED';
  const least = decimal(share * total);
  if (decimal(favourable) >= least) return 'FOR';
  return decimal(adverse) >= least ? 'AGAINST' : 'MIXED';
}

const NONE_OFF: SwitchedOffSignals = {};

/**
 * How the market treats one direction at the market time `at`. Unavailable signals contribute nothing, and so do those that are
 * switched off.
 */
export function evaluate(
  features: Features,
  direction: Direction,
  regime: Regime,
  rules: Rules,
  at: number,
  off = NONE_OFF,
): Evaluation {
  const signals = SIGNALS.map((signal) => {
    const flag = off[signal];
    if (flag !== undefined) return switchedOff(signal, regime, flag);
    return contribution(signal, features, direction, regime, rules);
  });
  let score: number | null = null;
  for (const { available, contribution: value } of signals) {
    if (available) score = (score ?? 0) + value;
  }
  return {
    at,
    score: score === null ? null : decimal(score),
    confluence: confluenceOf(signals, rules.signals.confluence),
    signals,
    vwapVolumeFlipAgainst:
      off.VWAP_VOLUME === undefined && vwapVolumeFlipAgainst(features, direction, regime),
  };
}
