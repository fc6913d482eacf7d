// Owns following what was left alone: a position with its own stop and target, on the prices after the real one ended, to its
// own end. A pure fold of bars: what it said never changes when more of them come.
import { exitRange, type TwoSidedBar, touchWithin } from '../broker/prices.js';
import type { Followed, LeftAlone } from '../domain/effect/effect.js';
import { type Bar, TIMEFRAME_MS, TIMEFRAMES, type Timeframe } from '../domain/market/data.js';
import { isGap, type MarketHours, openBetween } from '../domain/market/market-hours.js';
import type { MarketBarsByTimeframe } from '../store/types.js';

/** Prices are taken a whole step at a time, once the market has gone on: then all bars in it have come. */
export const STEP_MS = TIMEFRAME_MS.M15;

/** The step a time lies in. */
const stepAt = (time: number): number => Math.floor(time / STEP_MS) * STEP_MS;

/** A followed position of which nothing was seen yet. */
export function followedFrom({ from }: LeftAlone): Followed {
  return { seenUntil: Math.floor((from - 1) / STEP_MS) * STEP_MS, unseenMs: 0, price: null, end: null };
}

/**
 * Follows on over these bars. In each step finer bars go first and coarser ones after them, for what the finer ones left out.
 * Where a bar touches both levels the stop counts, as at the paper broker.
 *
 * @param bars - all that are stored from `followed.seenUntil` on.
 */
export function follow(
  alone: LeftAlone,
  followed: Followed,
  bars: MarketBarsByTimeframe,
  hours: MarketHours,
): Followed {
  let now = followed;
  for (const [step, inStep] of stepsOf(bars, followed.seenUntil)) {
    if (now.end !== null) return now;
    if (step >= alone.until) return atHorizon(alone, missed(alone, now, alone.until, hours));
    now = through(alone, missed(alone, now, step, hours), inStep, step);
  }
  return now;
}

/** Bars of a market, and the time up to which all of them are there. */
export interface ReadBars {
  readonly bars: MarketBarsByTimeframe;
  readonly until: number;
}

/** Of bars that were read from a time on, at most `limit` of each timeframe, the steps of which none is left out. */
export function wholeSteps(bars: MarketBarsByTimeframe, limit: number): ReadBars {
  const ends = TIMEFRAMES.flatMap((timeframe) => {
    const last = bars[timeframe].at(-1);
    return last === undefined || bars[timeframe].length < limit ? [] : stepAt(last.time);
  });
  if (ends.length === 0) return { bars, until: Number.POSITIVE_INFINITY };
  const until = Math.min(...ends);
  const before = (timeframe: Timeframe) => bars[timeframe].filter(({ time }) => time < until);
  return { bars: { M1: before('M1'), M5: before('M5'), M15: before('M15') }, until };
}

export interface StepBar {
  readonly bar: Bar;
  readonly closesAt: number;
}

/** The bars of each step that has any, up to the last one after which the market went on. */
export function stepsOf(
  bars: MarketBarsByTimeframe,
  from: number,
): readonly (readonly [number, readonly StepBar[]])[] {
  const steps = new Map<number, StepBar[]>();
  let newest = Number.NEGATIVE_INFINITY;
  for (const timeframe of TIMEFRAMES) {
    for (const bar of bars[timeframe]) {
      if (bar.time < from) continue;
      const step = stepAt(bar.time);
      const inStep = steps.get(step);
      const timed = { bar, closesAt: bar.time + TIMEFRAME_MS[timeframe] };
      if (inStep === undefined) steps.set(step, [timed]);
      else inStep.push(timed);
      newest = Math.max(newest, step);
    }
  }
  // Of the newest step more bars may come.
  steps.delete(newest);
  return [...steps].sort(([one], [other]) => one - other);
}

function through(alone: LeftAlone, followed: Followed, bars: readonly StepBar[], step: number): Followed {
  const { direction, stopLoss, takeProfit, from, spread } = alone;
  // Stable: of bars that close together the finer one stays first. What ended the real position may be dated by its bar's end.
  const inOrder = bars.filter(({ closesAt }) => closesAt >= from).sort((a, b) => a.closesAt - b.closesAt);
  let { price } = followed;
  for (const { bar, closesAt } of inOrder) {
    const range = exitRange(direction, { bar, ask: null } satisfies TwoSidedBar, spread);
    const touch = touchWithin(direction, stopLoss, takeProfit, range);
    if (touch === null) {
      price = range.close;
      continue;
    }
    // A bar that began before is known to have touched nothing while the real position was open.
    const level = touch.reason === 'STOP_LOSS' ? stopLoss : takeProfit;
    const filledAt = bar.time < from && level !== null ? level : touch.price;
    const end = { at: closesAt, price: filledAt, reason: touch.reason };
    return { ...followed, price: filledAt, seenUntil: step + STEP_MS, end };
  }
  return { ...followed, price, seenUntil: step + STEP_MS };
}

/** What was not seen before a step, while the market was open and the real position was not. */
export function missed(
  { from }: Pick<LeftAlone, 'from'>,
  followed: Followed,
  step: number,
  hours: MarketHours,
): Followed {
  const since = Math.max(followed.seenUntil, from);
  if (step <= since || !isGap(since, step, hours)) return followed;
  return { ...followed, unseenMs: followed.unseenMs + openBetween(hours, since, step) };
}

/** The market went on beyond the horizon: it is valued at the last price before. */
function atHorizon({ until }: LeftAlone, followed: Followed): Followed {
  const { price } = followed;
  const end = price === null ? null : ({ at: until, price, reason: 'HORIZON' } as const);
  return { ...followed, seenUntil: until, end };
}
