// Owns what is done of the wishes of a trade's protective rules: a close before all else, at most one change of the volume,
// and the tightest of the stops, where the broker takes it and only where it tightens.

import { floorToStep, unitsOf, unitsToValue, volumeSum } from '../actions/quantise.js';
import type { Instrument } from '../market/data.js';
import { favourable } from '../market/direction.js';
import {
  type ProtectedTrade,
  type ProtectionMarket,
  type ProtectiveRule,
  type Wish,
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

const NOTHING: Protection = { close: null, reduceBy: null, stop: null };

/** What a trade's rules do when a coarse bar has closed. Their order does not matter. */
export function protect(
  rules: readonly ProtectiveRule[],
  trade: ProtectedTrade,
  market: ProtectionMarket,
  terms: ProtectionTerms,
): Protection {
  const wishes = rules.map((rule) => wishOf(rule, trade, market)).filter((wish) => wish !== null);
  if (wishes.some(({ kind }) => kind === 'close')) return { ...NOTHING, close: 'all' };
  const kept = wishes.flatMap((wish) => (wish.kind === 'keep' ? [wish.volume] : []));
  const keep = Math.min(trade.volume, ...kept);
  // Nothing is to be left of it: that is a close, whatever the least volume is.
  if (keep <= 0) return { ...NOTHING, close: 'all' };
  return {
    close: null,
    reduceBy: reductionOf(trade.volume, keep, terms),
    stop: stopOf(wishes, trade, market, terms),
  };
}

/** What is closed so that `keep` is left; null where one of the parts would be below the least volume. */
function reductionOf(volume: number, keep: number, terms: ProtectionTerms): number | null {
  const part = floorToStep(volumeSum(volume, -keep), terms.volumeStep);
  const rest = volumeSum(volume, -part);
  return part > 0 && part >= terms.volumeMin && rest >= terms.volumeMin ? part : null;
}

/** The tightest of the wished stops that is legal now; null where none tightens the present one by enough. */
function stopOf(
  wishes: readonly Wish[],
  trade: ProtectedTrade,
  { exit }: ProtectionMarket,
  terms: ProtectionTerms,
): number | null {
  const sign = favourable(trade.direction);
  const behind = (price: number) => unitsOf(price, terms.tickSize, sign > 0 ? 'down' : 'up');
  const { stopLoss: present } = trade;
  // What is within the freeze level the broker does not let go of.
  if (present !== null && terms.freezeLevel > 0 && sign * (exit - present) <= terms.freezeLevel) return null;
  const nearest = behind(exit - sign * Math.max(terms.stopsLevel, terms.freezeLevel, terms.tickSize));
  const stops = wishes.flatMap((wish): number[] => {
    if (wish.kind !== 'stop') return [];
    const ticks = behind(wish.price);
    if (sign * (ticks - nearest) <= 0) return [ticks];
    return wish.beyond === 'nearest' ? [nearest] : [];
  });
  if (stops.length === 0) return null;
  const ticks = sign > 0 ? Math.max(...stops) : Math.min(...stops);
  const stop = unitsToValue(ticks, terms.tickSize);
  if (ticks <= 0) return null;
  const gain = present === null ? Number.POSITIVE_INFINITY : sign * (stop - present);
  return gain > 0 && gain >= terms.minimumStepR * trade.risk ? stop : null;
}
