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

/** The same, with the rule that decided each. */
export interface DecidedProtection {
  readonly close: ProtectiveRule | null;
  readonly reduce: { readonly by: number; readonly rule: ProtectiveRule } | null;
  readonly stop: { readonly price: number; readonly rule: ProtectiveRule } | null;
}

/** What one of the rules wishes for. */
interface Wished {
  readonly wish: Wish;
  readonly rule: ProtectiveRule;
}

const closed = (rule: ProtectiveRule): DecidedProtection => ({ close: rule, reduce: null, stop: null });

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

/** The same, with the rules that decided; of several that wish for the same, the first. */
export function decideProtection(
  rules: readonly ProtectiveRule[],
  trade: ProtectedTrade,
  market: ProtectionMarket,
  terms: ProtectionTerms,
): DecidedProtection {
  const wished = rules.flatMap((rule): Wished[] => {
    const wish = wishOf(rule, trade, market);
    return wish === null ? [] : [{ wish, rule }];
  });
  const closing = wished.find(({ wish }) => wish.kind === 'close');
  if (closing !== undefined) return closed(closing.rule);
  let keep = trade.volume;
  let reducing: ProtectiveRule | null = null;
  for (const { wish, rule } of wished) {
    if (wish.kind === 'keep' && wish.volume < keep) [keep, reducing] = [wish.volume, rule];
  }
  // Nothing is to be left of it: that is a close, whatever the least volume is.
  if (reducing !== null && keep <= 0) return closed(reducing);
  const by = reductionOf(trade.volume, keep, terms);
  return {
    close: null,
    reduce: by === null || reducing === null ? null : { by, rule: reducing },
    stop: stopOf(wished, trade, market, terms),
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
  wished: readonly Wished[],
  trade: ProtectedTrade,
  { exit }: ProtectionMarket,
  terms: ProtectionTerms,
): DecidedProtection['stop'] {
  const sign = favourable(trade.direction);
  const behind = (price: number) => unitsOf(price, terms.tickSize, sign > 0 ? 'down' : 'up');
  const { stopLoss: present } = trade;
  // What is within the freeze level the broker does not let go of.
  if (present !== null && terms.freezeLevel > 0 && sign * (exit - present) <= terms.freezeLevel) return null;
  const nearest = behind(exit - sign * Math.max(terms.stopsLevel, terms.freezeLevel, terms.tickSize));
  let tightest: { readonly ticks: number; readonly rule: ProtectiveRule } | null = null;
  for (const { wish, rule } of wished) {
    if (wish.kind !== 'stop') continue;
    const wanted = behind(wish.price);
    const isLegal = sign * (wanted - nearest) <= 0;
    if (!isLegal && wish.beyond === 'wait') continue;
    const ticks = isLegal ? wanted : nearest;
    if (tightest === null || sign * (ticks - tightest.ticks) > 0) tightest = { ticks, rule };
  }
  if (tightest === null || tightest.ticks <= 0) return null;
  const stop = unitsToValue(tightest.ticks, terms.tickSize);
  const gain = present === null ? Number.POSITIVE_INFINITY : sign * (stop - present);
  return gain > 0 && gain >= terms.minimumStepR * trade.risk ? { price: stop, rule: tightest.rule } : null;
}
