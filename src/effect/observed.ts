// Owns what a policy that only observed would have made of a trade: its rules on the prices since the entry, decided at each
// M15 close and done at the next open, as the engine and a study have them. A pure fold of bars, as of a trade left alone.
import { exitRange, touchWithin } from '../broker/prices.js';
import type {
  ApartReason,
  Followed,
  ObservedCourse,
  ObservedEffect,
  ObservedEnd,
  ObservedStart,
  TradeEffect,
} from '../domain/effect/effect.js';
import { type Bar, TIMEFRAME_MS } from '../domain/market/data.js';
import { favourable } from '../domain/market/direction.js';
import { Atr } from '../domain/market/indicators/atr.js';
import type { MarketHours } from '../domain/market/market-hours.js';
import { momentsAhead } from '../domain/policy/moments-ahead.js';
import type { Policy } from '../domain/policy/policy.js';
import { protect } from '../domain/policy/protection.js';
import { better } from '../domain/policy/protective-rules.js';
import type { PolicyRef } from '../domain/trade/policy-ref.js';
import type { MarketBarsByTimeframe } from '../store/types.js';
import { missed, STEP_MS, type StepBar, stepsOf } from './left-alone.js';

const ATR_PERIOD = 14;
/** Bars before the entry by which the ATR is known well: the older ones count for less than a hundredth. */
export const WARM_UP_MS = 7 * 24 * 3_600_000;

/** Finds a version of a policy; undefined where nobody has it any more. */
export type FindPolicy = (ref: PolicyRef) => Policy | undefined;

/** A trade under a policy, of which nothing was seen yet. */
export function observedFrom({ name, version }: PolicyRef, start: ObservedStart): ObservedEffect {
  const seenUntil = Math.floor(start.openedAt / STEP_MS) * STEP_MS;
  const course: ObservedCourse = {
    ...{ start, seenUntil, unseenMs: 0, stopLoss: start.stopLoss, volume: start.volume, earned: 0 },
    ...{ barsHeld: 0, best: start.entryPrice, price: null, ruleRisk: null, decided: null },
  };
  const open = { r: null, end: null, endedAt: null, course };
  return { policy: name, version, status: 'FOLLOWED', apart: null, ...open };
}

/** Of which it cannot be told. */
export function observedApart(
  observed: Pick<ObservedEffect, 'policy' | 'version'>,
  apart: ApartReason,
): ObservedEffect {
  const { policy, version } = observed;
  return { policy, version, status: 'APART', apart, r: null, end: null, endedAt: null, course: null };
}

/** Why a policy's course is not followed; null where it is. */
export function notFollowed(policy: Policy | undefined): ApartReason | null {
  if (policy === undefined) return 'POLICY_GONE';
  const asksNews = policy.rules.some((rule) => rule.kind === 'close_before' && rule.what === 'news');
  return policy.plan.states === 'on' || asksNews ? 'PLAN_NOT_FOLLOWED' : null;
}

/** What of an effect is observed, followed on over these bars: those since WARM_UP_MS before it was seen. */
export function observedOn(
  { observed }: Pick<TradeEffect, 'observed'>,
  bars: MarketBarsByTimeframe,
  hours: MarketHours,
  find: FindPolicy,
): readonly ObservedEffect[] {
  return observed.map((each) => {
    if (each.course === null) return each;
    const policy = find({ name: each.policy, version: each.version });
    const why = notFollowed(policy);
    if (policy === undefined || why !== null) return observedApart(each, why ?? 'POLICY_GONE');
    return followObserved(each, each.course, policy, bars, hours);
  });
}

/** A course that has ended, and how. */
interface Ended {
  readonly course: ObservedCourse;
  readonly end: ObservedEnd;
  readonly at: number;
  readonly price: number;
}

function followObserved(
  observed: ObservedEffect,
  from: ObservedCourse,
  policy: Policy,
  bars: MarketBarsByTimeframe,
  hours: MarketHours,
): ObservedEffect {
  const atrAt = atrOf(bars.M15);
  const { until } = from.start;
  let course = from;
  for (const [step, inStep] of stepsOf(bars, course.seenUntil)) {
    course = { ...course, ...unseen(course, Math.min(step, until), hours) };
    if (course.unseenMs > 0) return observedApart(observed, 'PRICES_MISSING');
    if (step >= until)
      return course.price === null
        ? observedApart(observed, 'PRICES_MISSING')
        : told(observed, { course, end: 'HORIZON', at: until, price: course.price });
    if (course.price === null) course = entered(course, policy, atrAt(step - STEP_MS), hours);
    const passed = passStep(course, step, inStep);
    if ('end' in passed) return told(observed, passed);
    course = decided(passed, policy, step + STEP_MS, atrAt(step), hours);
  }
  return course === from ? observed : { ...observed, course };
}

/** A step, from what is done at its open to its close. */
function passStep(before: ObservedCourse, step: number, inStep: readonly StepBar[]): ObservedCourse | Ended {
  const { start } = before;
  const { direction, openedAt, spread, together, takeProfit } = start;
  const last = together === null ? Number.POSITIVE_INFINITY : together.at;
  const inOrder = inStep
    .filter(({ bar, closesAt }) => bar.time >= openedAt && closesAt <= last)
    .sort((a, b) => a.closesAt - b.closesAt);
  let course = before;
  for (const [index, { bar, closesAt }] of inOrder.entries()) {
    const range = exitRange(direction, { bar, ask: null }, spread);
    if (index === 0) {
      const done = carriedOut(course, range.open, bar.time);
      if ('end' in done) return done;
      course = done;
    }
    const touch = touchWithin(direction, course.stopLoss, takeProfit, range);
    if (touch !== null) return { course, end: touch.reason, at: closesAt, price: touch.price };
    const best = better(direction, course.best, favourable(direction) > 0 ? range.high : range.low);
    course = { ...course, best, price: range.close };
  }
  if (together !== null && together.at <= step + STEP_MS)
    return { course, end: 'TOGETHER', at: together.at, price: together.price };
  const isHeld = step >= openedAt;
  return { ...course, seenUntil: step + STEP_MS, barsHeld: course.barsHeld + (isHeld ? 1 : 0) };
}

/** As it is decided about at its entry, by the R its policy measures. */
function entered(
  course: ObservedCourse,
  policy: Policy,
  atr: number | null,
  hours: MarketHours,
): ObservedCourse {
  const { risk, direction, entryPrice, spread, openedAt } = course.start;
  const { riskAtrs } = policy;
  const ruleRisk = riskAtrs === null ? risk : atr === null ? null : riskAtrs * atr;
  const price = entryPrice - favourable(direction) * spread;
  const { decided: first } = decided({ ...course, ruleRisk, price }, policy, openedAt, atr, hours);
  return { ...course, ruleRisk, decided: first };
}

/** What was decided, at the first price after it, as far as a broker takes it. */
function carriedOut(course: ObservedCourse, price: number, at: number): ObservedCourse | Ended {
  const { decided: what, start } = course;
  if (what === null) return course;
  if (what.close) return { course, end: 'RULE', at, price };
  const sign = favourable(start.direction);
  const by = what.reduceBy ?? 0;
  const isLegal = what.stop !== null && sign * (price - what.stop) > start.terms.stopsLevel;
  return {
    ...course,
    decided: null,
    volume: Math.round((course.volume - by) * 1e8) / 1e8,
    earned: course.earned + by * sign * (price - start.entryPrice),
    stopLoss: isLegal ? what.stop : course.stopLoss,
  };
}

function decided(
  course: ObservedCourse,
  policy: Policy,
  at: number,
  atr: number | null,
  hours: MarketHours,
): ObservedCourse {
  const { start, ruleRisk, price } = course;
  if (ruleRisk === null || price === null || at < start.openedAt) return course;
  const { direction, entryPrice, commission, terms } = start;
  const { stopLoss, volume, barsHeld, best } = course;
  const trade = {
    direction,
    entryPrice,
    risk: ruleRisk,
    stopLoss,
    volume,
    initialVolume: start.volume,
    barsHeld,
    best,
  };
  const market = { exit: price, atr, costs: commission, ahead: momentsAhead(hours, null, at) };
  const { close, reduceBy, stop } = protect(policy.rules, trade, market, terms);
  const isNothing = close === null && reduceBy === null && stop === null;
  return { ...course, decided: isNothing ? null : { close: close !== null, reduceBy, stop } };
}

/** Market time without prices since the entry. */
function unseen(course: ObservedCourse, step: number, hours: MarketHours): Pick<ObservedCourse, 'unseenMs'> {
  const { seenUntil, unseenMs, price, start } = course;
  const seen: Followed = { seenUntil, unseenMs, price, end: null };
  return { unseenMs: missed({ from: start.openedAt }, seen, step, hours).unseenMs };
}

function told(observed: ObservedEffect, { course, end, at, price }: Ended): ObservedEffect {
  const { start, volume, earned } = course;
  const { direction, entryPrice, risk, commission } = start;
  const money = earned + volume * favourable(direction) * (price - entryPrice) - commission * start.volume;
  const r = Math.round((money / (risk * start.volume)) * 1e6) / 1e6 + 0;
  return { ...observed, status: 'TOLD', r, end, endedAt: at, course: null };
}

/** ATR(14) of the M15 bars up to the one that opens at a time; null before it is known, and of a time without a bar. */
function atrOf(bars: readonly Bar[]): (time: number) => number | null {
  const average = new Atr(ATR_PERIOD);
  const values = new Map<number, number>();
  for (const bar of bars) {
    average.update(bar);
    if (!Number.isNaN(average.value)) values.set(bar.time, average.value);
  }
  // After a weekend the newest before counts.
  const times = [...values.keys()];
  return (time) => {
    const known = values.get(time);
    if (known !== undefined) return known;
    const before = times.findLast((each) => each < time && time - each < 5 * 24 * TIMEFRAME_MS.M15 * 4);
    return before === undefined ? null : (values.get(before) ?? null);
  };
}
