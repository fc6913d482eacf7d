// Owns the effect of DTMS on one trade: its result, and that of the same trade left alone, both in R. Where it cannot be told
// the trade is set apart and says why: it counts in no figure.
import { CloseReason } from '../../gen/ts/dtms/v1/types.js';
import type {
  AloneEnd,
  ApartReason,
  LeftAlone,
  ObservedEffect,
  ObservedStart,
  Pursuit,
  TradeEffect,
} from '../domain/effect/effect.js';
import { type Direction, favourable } from '../domain/market/direction.js';
import { asNumber, plus, ZERO } from '../domain/money/decimal.js';
import { lotFlow } from '../domain/money/worth.js';
import type { PolicyRef } from '../domain/trade/policy-ref.js';
import { type Course, isOver } from './course.js';
import { followedFrom } from './left-alone.js';
import { type FindPolicy, notFollowed, observedApart, observedFrom } from './observed.js';

/** A trade left alone is valued this long after the real one ended, where neither its stop nor its target was reached. */
export const HORIZON_MS = 14 * 24 * 3_600_000;

/** What is known of the market of a trade when its effect is looked for. */
export interface MarketTerms {
  /** By which rules of policies that observed would be carried out. */
  readonly rules: ObservedStart['terms'];
  readonly findPolicy: FindPolicy;
  /** ask - bid as it usually is; 0 where it is not known. */
  readonly spread: number;
  readonly commission: number;
}

/**
 * The effect on a trade; null while something of it is open.
 *
 * @param family - its course, and those of the positions that DTMS added to it.
 */
export function effectOn(course: Course, family: readonly Course[], terms: MarketTerms): TradeEffect | null {
  const all = [course, ...family];
  if (!all.every(isOver)) return null;
  const { spec, instrument, begunVersion, openedAt, policy, risk } = course;
  const { account, ticket, symbol, feed } = spec;
  const touched = all.some(({ acts }) => acts > 0);
  const withR = risk === null ? null : resultOf(all, risk * spec.volume, terms.commission);
  const told: TradeEffect = {
    ...{ account, ticket, begunVersion, symbol, policy, feed, instrument, openedAt },
    closedAt: Math.max(...all.map(({ closed }) => closed?.at ?? openedAt)),
    ...{ status: 'TOLD', apart: null, touched, withR, withoutR: withR },
    ...{ aloneEnd: 'TOGETHER', aloneEndedAt: course.closed?.at ?? openedAt, pursuit: null, observed: [] },
  };
  const { observing } = course;
  const effect = withAlone(told, course, all, terms);
  return { ...effect, observed: observing.map((ref) => observedOf(ref, effect, course, terms)) };
}

/** With the trade left alone. */
function withAlone(
  told: TradeEffect,
  course: Course,
  all: readonly Course[],
  terms: MarketTerms,
): TradeEffect {
  const { risk } = course;
  const { withR, touched } = told;
  if (risk === null) return apart(told, 'R_UNKNOWN');
  if (withR === null) return apart(told, 'RESULT_UNKNOWN');
  // Nothing was done: it is the trade left alone.
  if (!touched) return told;
  if (all.some(({ othersChanged }) => othersChanged.length > 0)) return apart(told, 'CHANGED_BY_OTHERS');
  return endsTogether(course) ? together(told, course, risk, terms) : pursued(told, course, risk, terms);
}

/** What a policy that observed would have made of it: of a trade that is apart it cannot be told either. */
function observedOf(ref: PolicyRef, effect: TradeEffect, course: Course, terms: MarketTerms): ObservedEffect {
  const { spec, openedAt, risk, closed } = course;
  const known = { policy: ref.name, version: ref.version };
  if (effect.apart !== null) return observedApart(known, effect.apart);
  const why = notFollowed(terms.findPolicy(ref));
  if (why !== null) return observedApart(known, why);
  const { direction, entryPrice, volume, stopLoss, takeProfit } = spec;
  const price = closed?.price ?? null;
  if (course.othersChanged.length > 0) return observedApart(known, 'CHANGED_BY_OTHERS');
  if (risk === null || closed === null) return observedApart(known, 'RESULT_UNKNOWN');
  // Where nothing was done the real one is the trade left alone: under tighter stops it was over by then.
  const isTogether = effect.aloneEnd === 'TOGETHER';
  if (isTogether && price === null) return observedApart(known, 'RESULT_UNKNOWN');
  return observedFrom(ref, {
    ...{ direction, entryPrice, volume, stopLoss, takeProfit, openedAt, risk },
    ...{ commission: terms.commission, spread: terms.spread, terms: terms.rules },
    together: isTogether && price !== null ? { at: closed.at, price } : null,
    until: closed.at + HORIZON_MS,
  });
}

/** An effect that cannot be told, as far as it is known. */
export function apart(effect: TradeEffect, reason: ApartReason): TradeEffect {
  return {
    ...effect,
    ...{ status: 'APART', apart: reason, withoutR: null, aloneEnd: null, aloneEndedAt: null, pursuit: null },
  };
}

/** What the effect is once the trade left alone was followed so far; prices that were not seen set it apart. */
export function followedOn(effect: TradeEffect, pursuit: Pursuit): TradeEffect {
  const { alone, followed, entryPrice, risk, commission } = pursuit;
  const { end, unseenMs, seenUntil } = followed;
  if (unseenMs > 0) return apart(effect, 'PRICES_MISSING');
  if (end === null)
    return seenUntil >= alone.until ? apart(effect, 'PRICES_MISSING') : { ...effect, pursuit };
  const withoutR = aloneR(alone.direction, entryPrice, end.price, risk, commission);
  return { ...effect, ...ended(withoutR, end.reason, end.at) };
}

function ended(withoutR: number, aloneEnd: AloneEnd, aloneEndedAt: number) {
  return { status: 'TOLD', withoutR, aloneEnd, aloneEndedAt, pursuit: null } as const;
}

/**
 * Whether the trade left alone ended with the real one: at the stop or target both had, or because somebody else than DTMS
 * ended it. Until then both were open, for the stop of the real one was never further away.
 */
function endsTogether({ closed, closeOrder, position, spec }: Course): boolean {
  if (closed === null) return false;
  if (closed.reason === CloseReason.STOP_LOSS) return position.stopLoss === (spec.stopLoss ?? undefined);
  return closed.reason !== CloseReason.DEFENSIVE && closeOrder !== 'dtms';
}

function together(
  told: TradeEffect,
  { spec, closed }: Course,
  risk: number,
  { commission }: MarketTerms,
): TradeEffect {
  if (closed === null || closed.price === null) return apart(told, 'RESULT_UNKNOWN');
  const withoutR = aloneR(spec.direction, spec.entryPrice, closed.price, risk, commission);
  return { ...told, ...ended(withoutR, 'TOGETHER', closed.at) };
}

function pursued(told: TradeEffect, { spec, closed }: Course, risk: number, terms: MarketTerms): TradeEffect {
  const from = closed?.at ?? told.closedAt;
  const { direction, entryPrice, stopLoss, takeProfit } = spec;
  const alone: LeftAlone = {
    direction,
    stopLoss,
    takeProfit,
    from,
    until: from + HORIZON_MS,
    spread: terms.spread,
  };
  const { commission } = terms;
  const pursuit: Pursuit = { alone, entryPrice, risk, commission, followed: followedFrom(alone) };
  return {
    ...told,
    ...{ status: 'FOLLOWED', withoutR: null, aloneEnd: null, aloneEndedAt: null, pursuit },
  };
}

/** What courses earned in units of `unit`, which is R times the first volume; null where a price is not known. */
function resultOf(courses: readonly Course[], unit: number, commission: number): number | null {
  let flow = ZERO;
  let costs = 0;
  for (const { cash, traded, unpriced, position, closed, spec } of courses) {
    const { volume } = position;
    if (unpriced > 0 || (volume > 0 && (closed === null || closed.price === null))) return null;
    const exit = lotFlow(spec.direction, volume, closed?.price ?? 0);
    flow = plus(flow, plus(cash, exit));
    costs += (commission * (traded + volume)) / 2;
  }
  return rounded((asNumber(flow) - costs) / unit);
}

function aloneR(
  direction: Direction,
  entryPrice: number,
  price: number,
  risk: number,
  commission: number,
): number {
  return rounded((favourable(direction) * (price - entryPrice) - commission) / risk);
}

/** Six places: enough for any reading, and free of a float's tail, so that equal results are equal. */
function rounded(r: number): number {
  // No result is -0.
  return Math.round(r * 1e6) / 1e6 + 0;
}
