// Owns what is done of the wishes of a trade's protective rules: a close before all else, at most one change of the volume,
// and the tightest of the stops, where the broker takes it and only where it tightens.

import { floorToStep, unitsOf, unitsToValue, volumeSum } from '../actions/quantise.js';
import type { Instrument } from '../market/data.js';
import { favourable } from '../market/direction.js';
import {
  type ProtectedTrade,
  type ProtectionMarket,
  type ProtectiveRule,
  wishOf,
} from './protective-rules.js';

export interface ProtectionTerms
  extends Pick<Instrument, 'tickSize' | 'stopsLevel' | 'freezeLevel' | 'volumeMin' | 'volumeStep'> {
  /** A stop that moves by less than this share of R is not worth an order. */
  readonly minimumStepR: number;
}

/** What is to be done of a trade. Orders are executed in this order: a close makes the others void. */
export interface Protection {
  readonly close: 'all' | null;
  /** Lots to be closed, on the volume step; the rest is not below the least volume. */
  readonly reduceBy: number | null;
  /** On a tick, tighter than the present one and legal now. */
  readonly stop: number | null;
}

/** The same, with the rule that decided each. */
export interface DecidedProtection {
  readonly close: ProtectiveRule | null;
  readonly reduce: { readonly by: number; readonly rule: ProtectiveRule } | null;
  readonly stop: DecidedStop | null;
}

export interface DecidedStop {
  readonly price: number;
  /** The same in ticks. */
  readonly ticks: number;
  readonly rule: ProtectiveRule;
}

const NOTHING: DecidedProtection = { close: null, reduce: null, stop: null };

/** What a trade's rules do when a coarse bar has closed. Their order does not matter. */
export function protect(
  rules: readonly ProtectiveRule[],
  trade: ProtectedTrade,
  market: ProtectionMarket,
  terms: ProtectionTerms,
): Protection {
  const { close, reduce, stop } = decideProtection(rules, trade, market, terms);
  return {
    close: close === null ? null : 'all',
    reduceBy: reduce?.by ?? null,
    stop: stop?.price ?? null,
  };
}

/**
 * The same, with the rules that decided; of several that wish for the same, the first. Nearly all that are asked at a bar's
 * close decide nothing, so a wish is weighed as it comes and none is kept.
 */
export function decideProtection(
  rules: readonly ProtectiveRule[],
  trade: ProtectedTrade,
  market: ProtectionMarket,
  terms: ProtectionTerms,
): DecidedProtection {
  const sign = favourable(trade.direction);
  const nearest = nearestLegal(market.exit, sign, terms);
  let keep = trade.volume;
  let reducing: ProtectiveRule | null = null;
  let ticks = 0;
  let tightening: ProtectiveRule | null = null;
  for (const rule of rules) {
    const wish = wishOf(rule, trade, market);
    if (wish === null) continue;
    if (wish.kind === 'close') return { ...NOTHING, close: rule };
    if (wish.kind === 'keep') {
      if (wish.volume >= keep) continue;
      keep = wish.volume;
      reducing = rule;
      continue;
    }
    const wanted = behind(wish.price, sign, terms);
    const isLegal = sign * (wanted - nearest) <= 0;
    if (!isLegal && wish.beyond === 'wait') continue;
    const at = isLegal ? wanted : nearest;
    if (tightening !== null && sign * (at - ticks) <= 0) continue;
    ticks = at;
    tightening = rule;
  }
  // Nothing is to be left of it: that is a close, whatever the least volume is.
  if (reducing !== null && keep <= 0) return { ...NOTHING, close: reducing };
  const by = reducing === null ? null : reductionOf(trade.volume, keep, terms);
  const price = tightening === null ? null : tighterStop(ticks, trade, market.exit, terms);
  if (by === null && price === null) return NOTHING;
  return {
    close: null,
    reduce: by === null || reducing === null ? null : { by, rule: reducing },
    stop: price === null || tightening === null ? null : { price, ticks, rule: tightening },
  };
}

/** What is closed so that `keep` is left; null where one of the parts would be below the least volume. */
function reductionOf(volume: number, keep: number, terms: ProtectionTerms): number | null {
  const part = floorToStep(volumeSum(volume, -keep), terms.volumeStep);
  const rest = volumeSum(volume, -part);
  return part > 0 && part >= terms.volumeMin && rest >= terms.volumeMin ? part : null;
}

/** The price of so many ticks; null where a stop there does not tighten the present one by enough, or that must not move. */
function tighterStop(
  ticks: number,
  { direction, stopLoss: present, risk }: ProtectedTrade,
  exit: number,
  { tickSize, freezeLevel, minimumStepR }: ProtectionTerms,
): number | null {
  const sign = favourable(direction);
  // What is within the freeze level the broker does not let go of.
  if (present !== null && freezeLevel > 0 && sign * (exit - present) <= freezeLevel) return null;
  if (ticks <= 0) return null;
  const stop = unitsToValue(ticks, tickSize);
  const gain = present === null ? Number.POSITIVE_INFINITY : sign * (stop - present);
  return gain > 0 && gain >= minimumStepR * risk ? stop : null;
}

/** The tightest stop the broker takes now, in ticks. */
function nearestLegal(exit: number, sign: 1 | -1, terms: ProtectionTerms): number {
  const { tickSize, stopsLevel, freezeLevel } = terms;
  return behind(exit - sign * Math.max(stopsLevel, freezeLevel, tickSize), sign, terms);
}

/** A price in ticks, rounded away from the market. */
function behind(price: number, sign: 1 | -1, { tickSize }: ProtectionTerms): number {
  return unitsOf(price, tickSize, sign > 0 ? 'down' : 'up');
}
