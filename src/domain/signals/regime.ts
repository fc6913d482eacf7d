// Owns the regime: session, volatility, structure, and the thresholds and multipliers that follow from it.

import type { MarketStructure, Session, Volatility } from '../market/data.js';
import type { Rules } from '../rules.js';
import { decimal } from './decimal.js';
import { SIGNALS, type Signal } from './signal.js';

export interface Regime {
  readonly session: Session;
  readonly volatility: Volatility;
  readonly structure: MarketStructure;
  /** Relative VWAP slope that counts as a flip. */
  readonly vwapThreshold: number;
  readonly rsiThreshold: number;
  /** Share of opposite volume that is a volume flip. */
  readonly volumeFlip: number;
  readonly multipliers: Readonly<Record<Signal, number>>;
}

/** `ratio` is the coarse ATR over its average; NaN (not known yet) is NORMAL. */
export function volatilityOf(ratio: number, rules: Rules): Volatility {
  if (ratio < rules.regime.lowVolatility) return 'LOW';
  return ratio > rules.regime.highVolatility ? 'HIGH' : 'NORMAL';
}

/** `width` is the coarse Bollinger width; NaN (not known yet) is TREND. */
export function structureOf(width: number, rules: Rules): MarketStructure {
  return width < rules.regime.rangeWidth ? 'RANGE' : 'TREND';
}

/** base x session x volatility x structure, kept within the clamp's multiples of the base. */
export function vwapThreshold(
  instrument: string,
  session: Session,
  volatility: Volatility,
  structure: MarketStructure,
  rules: Rules,
): number {
  const { vwapBase, vwapBaseDefault, vwapSession, vwapVolatility, vwapStructure, vwapClamp } = rules.regime;
  const base = vwapBase[instrument] ?? vwapBaseDefault;
  const factor = vwapSession[session] * vwapVolatility[volatility] * vwapStructure[structure];
  return base * Math.min(Math.max(factor, vwapClamp[0]), vwapClamp[1]);
}

function multiplier(
  signal: Signal,
  session: Session,
  volatility: Volatility,
  structure: MarketStructure,
  rules: Rules,
): number {
  const { range, highVolatility, asian } = rules.regime.multipliers;
  return decimal(
    (structure === 'RANGE' ? (range[signal] ?? 1) : 1) *
      (volatility === 'HIGH' ? (highVolatility[signal] ?? 1) : 1) *
      (session === 'ASIAN' || session === 'OFF_HOURS' ? asian : 1),
  );
}

/** Every signal's multiplier; off hours use the Asian session's. */
export function multipliersOf(
  session: Session,
  volatility: Volatility,
  structure: MarketStructure,
  rules: Rules,
): Readonly<Record<Signal, number>> {
  const multipliers: Partial<Record<Signal, number>> = {};
  for (const signal of SIGNALS) {
    multipliers[signal] = multiplier(signal, session, volatility, structure, rules);
  }
  return multipliers as Record<Signal, number>;
}

/**
 * Regimes of one instrument. There are few of them, so each is made once and given again.
 */
export class Regimes {
  readonly #instrument: string;
  readonly #rules: Rules;
  readonly #made = new Map<string, Regime>();

  constructor(instrument: string, rules: Rules) {
    this.#instrument = instrument;
    this.#rules = rules;
  }

  of(session: Session, volatility: Volatility, structure: MarketStructure): Regime {
    const key = `${session}/${volatility}/${structure}`;
    const made = this.#made.get(key);
    if (made !== undefined) return made;
    const rules = this.#rules;
    const regime: Regime = {
      session,
      volatility,
      structure,
      vwapThreshold: vwapThreshold(this.#instrument, session, volatility, structure, rules),
      rsiThreshold: rules.regime.rsiThreshold[volatility],
      volumeFlip: rules.regime.volumeFlip[volatility],
      multipliers: multipliersOf(session, volatility, structure, rules),
    };
    this.#made.set(key, regime);
    return regime;
  }
}
