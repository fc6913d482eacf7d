// Following what was left alone: laws first.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { paperBrokerOf } from '../../../src/broker/setup.js';
import { plainInstrument } from '../../../src/broker/terms.js';
import type { Followed, LeftAlone } from '../../../src/domain/effect/effect.js';
import type { Bar } from '../../../src/domain/market/data.js';
import { follow, followedFrom, STEP_MS, wholeSteps } from '../../../src/effect/left-alone.js';
import { barOf, MONDAY, syntheticBars } from '../../support/synthetic-market.js';
import '../../support/properties.js';

const FINE = 60_000;
const DAY = 24 * 3_600_000;

const aloneOf = (alone: Partial<LeftAlone> = {}): LeftAlone => ({
  direction: 'BUY',
  stopLoss: 990,
  takeProfit: 1010,
  from: MONDAY,
  until: MONDAY + 14 * DAY,
  spread: 0,
  ...alone,
});

const m15 = (bars: readonly Bar[]) => ({ M1: [], M5: [], M15: bars });
const courses = fc.record({
  seed: fc.integer({ min: 1, max: 1e6 }),
  direction: fc.constantFrom('BUY' as const, 'SELL' as const),
  away: fc.integer({ min: 2, max: 60 }),
  offset: fc.integer({ min: 0, max: 3 * STEP_MS }),
  spread: fc.constantFrom(0, 0.5, 2),
});

function courseOf({ seed, direction, away, offset, spread }: Parameters<typeof aloneFor>[0]) {
  const bars = syntheticBars({ seed, count: 200, length: STEP_MS });
  return { bars, alone: aloneFor({ seed, direction, away, offset, spread }) };
}

function aloneFor({
  direction,
  away,
  offset,
  spread,
}: {
  seed: number;
  direction: 'BUY' | 'SELL';
  away: number;
  offset: number;
  spread: number;
}): LeftAlone {
  const side = direction === 'BUY' ? 1 : -1;
  const levels = { stopLoss: 1000 - side * away, takeProfit: 1000 + side * away };
  return aloneOf({ ...levels, direction, from: MONDAY + offset, spread });
}

/** Coarse bars of so many fine ones each. */
function merged(fine: readonly Bar[], count: number): readonly Bar[] {
  return fine.flatMap(({ time, open }, index) => {
    if (index % count !== 0) return [];
    const part = fine.slice(index, index + count);
    const [highs, lows] = [part.map(({ high }) => high), part.map(({ low }) => low)];
    return barOf(time, open, Math.max(...highs), Math.min(...lows), part.at(-1)?.close ?? open);
  });
}

describe('following on', () => {
  test('in pieces, from any place, says what it says at once', () => {
    fc.assert(
      fc.property(courses, fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 5 }), (asked, cuts) => {
        const { bars, alone } = courseOf(asked);
        const whole = follow(alone, followedFrom(alone), m15(bars), 'always');
        let pieces: Followed = followedFrom(alone);
        for (const cut of [...cuts.toSorted((a, b) => a - b), bars.length]) {
          const stored = bars.slice(0, cut).filter(({ time }) => time >= pieces.seenUntil);
          // As it is read again after a restart.
          pieces = JSON.parse(JSON.stringify(follow(alone, pieces, m15(stored), 'always')));
        }
        expect(pieces).toEqual(whole);
      }),
    );
  });

  test('read so many bars of a timeframe at a time, says what all of them say', () => {
    fc.assert(
      fc.property(courses, fc.integer({ min: 50, max: 600 }), (asked, limit) => {
        const fine = syntheticBars({ seed: asked.seed, count: 2000, length: FINE });
        const stored = { M1: fine, M5: merged(fine, 5), M15: merged(fine, 15) };
        const alone = aloneFor(asked);
        const read = (bars: readonly Bar[], from: number) =>
          bars.filter(({ time }) => time >= from).slice(0, limit);
        let now = followedFrom(alone);
        for (let before: Followed | null = null; before !== now; ) {
          before = now;
          const { seenUntil } = now;
          const [M1, M5, M15] = [
            read(stored.M1, seenUntil),
            read(stored.M5, seenUntil),
            read(stored.M15, seenUntil),
          ];
          const { bars } = wholeSteps({ M1, M5, M15 }, limit);
          const next = follow(alone, now, bars, 'always');
          if (next.seenUntil > now.seenUntil) now = next;
        }
        expect(now).toEqual(follow(alone, followedFrom(alone), stored, 'always'));
      }),
    );
  });

  test('an end never changes when more bars come', () => {
    fc.assert(
      fc.property(courses, fc.integer({ min: 1, max: 200 }), (asked, cut) => {
        const { bars, alone } = courseOf(asked);
        const before = follow(alone, followedFrom(alone), m15(bars.slice(0, cut)), 'always');
        const after = follow(alone, followedFrom(alone), m15(bars), 'always');
        if (before.end !== null) expect(after).toEqual(before);
        else expect(after.end === null || after.end.at > before.seenUntil).toBe(true);
      }),
    );
  });

  test('a turned market ends a SELL as the market ends a BUY', () => {
    fc.assert(
      fc.property(courses, (asked) => {
        const { bars, alone } = courseOf({ ...asked, direction: 'BUY', spread: 0 });
        const turned = bars.map(({ time, open, high, low, close }) =>
          barOf(time, 2000 - open, 2000 - low, 2000 - high, 2000 - close),
        );
        const levels = { stopLoss: alone.takeProfit, takeProfit: alone.stopLoss };
        const sell: LeftAlone = { ...alone, ...levels, direction: 'SELL' };
        const mirrored = {
          ...sell,
          stopLoss: 2000 - (alone.stopLoss ?? 0),
          takeProfit: 2000 - (alone.takeProfit ?? 0),
        };
        const one = follow(alone, followedFrom(alone), m15(bars), 'always');
        const other = follow(mirrored, followedFrom(mirrored), m15(turned), 'always');
        expect(other.end?.reason).toBe(one.end?.reason);
        expect(other.end?.at).toBe(one.end?.at);
        if (one.end !== null) expect(other.end?.price).toBe(2000 - one.end.price);
      }),
    );
  });

  test('ends where the paper broker ends the same position', () => {
    fc.assert(
      fc.property(courses, (asked) => {
        const { bars, alone } = courseOf({ ...asked, offset: 0 });
        const { direction, stopLoss, takeProfit, spread } = alone;
        const instrument = plainInstrument('demo', 'BTCUSD', 2);
        const broker = paperBrokerOf({
          instrument,
          account: { marginMode: 'hedging', fifo: false, balance: 1e9, stopOutLevel: null },
          hours: 'quoted',
        });
        const position = { identifier: 1n, symbol: 'BTCUSD', direction, volume: 1, entryPrice: 1000 };
        broker.adopt({
          ...position,
          ...{ stopLoss, takeProfit, magicNumber: 0n, comment: '', openedAt: MONDAY },
        });
        for (const bar of bars.slice(0, -1)) {
          const above = (price: number) => price + spread;
          const { open, high, low, close } = bar;
          const ask = { open: above(open), high: above(high), low: above(low), close: above(close) };
          broker.bar('BTCUSD', { bar, ask }, bar.time + STEP_MS);
        }
        const [, closed] = broker.history;
        const { end } = follow(alone, followedFrom(alone), m15(bars), 'always');
        expect(end?.price).toBe(closed?.price);
        expect(end?.reason).toBe(closed?.reason);
      }),
    );
  });
});

describe('which bars count', () => {
  const quiet = (step: number) => barOf(MONDAY + step * STEP_MS, 1000, 1001, 999, 1000);

  test('nothing is told of a step before the market went on', () => {
    const low = barOf(MONDAY, 1000, 1000, 980, 985);
    const alone = aloneOf();
    expect(follow(alone, followedFrom(alone), m15([low]), 'always').end).toBeNull();
    expect(follow(alone, followedFrom(alone), m15([low, quiet(1)]), 'always').end?.price).toBe(990);
  });

  test('a bar that began before counts by its levels, not by its open', () => {
    const alone = aloneOf({ from: MONDAY + FINE });
    const low = barOf(MONDAY, 985, 990, 980, 985);
    const { end } = follow(alone, followedFrom(alone), m15([low, quiet(1)]), 'always');
    expect(end).toMatchObject({ reason: 'STOP_LOSS', price: 990 });
  });

  test('a gap through the stop fills at the open', () => {
    const gapped = barOf(MONDAY + STEP_MS, 980, 985, 975, 980);
    const alone = aloneOf();
    const { end } = follow(alone, followedFrom(alone), m15([quiet(0), gapped, quiet(2)]), 'always');
    expect(end).toMatchObject({ reason: 'STOP_LOSS', price: 980, at: MONDAY + 2 * STEP_MS });
  });

  test('finer bars go first, and coarser ones tell what they left out', () => {
    const alone = aloneOf();
    const up = barOf(MONDAY, 1000, 1011, 1000, 1005);
    const both = barOf(MONDAY, 1000, 1012, 985, 1000);
    const fineFirst = { M1: [up], M5: [], M15: [both, quiet(1)] };
    expect(follow(alone, followedFrom(alone), fineFirst, 'always').end?.reason).toBe('TAKE_PROFIT');
    const leftOut = { M1: [barOf(MONDAY, 1000, 1001, 999, 1000)], M5: [], M15: [both, quiet(1)] };
    expect(follow(alone, followedFrom(alone), leftOut, 'always').end?.reason).toBe('STOP_LOSS');
  });

  test('missing bars are time that was not seen, and a weekend is not', () => {
    const alone = aloneOf();
    const gap = follow(alone, followedFrom(alone), m15([quiet(0), quiet(5), quiet(6)]), 'always');
    expect(gap).toMatchObject({ end: null, unseenMs: 4 * STEP_MS });
    const friday = Date.UTC(2025, 0, 10, 21, 45);
    const late = aloneOf({ from: friday });
    const monday = Date.UTC(2025, 0, 12, 22);
    const bars = [friday, monday, monday + STEP_MS].map((time) => barOf(time, 1000, 1001, 999, 1000));
    expect(follow(late, followedFrom(late), m15(bars), 'fx_week')).toMatchObject({ unseenMs: 0 });
  });

  test('at the horizon it is valued at the last price', () => {
    const alone = aloneOf({ until: MONDAY + 2 * STEP_MS });
    const bars = [quiet(0), barOf(MONDAY + STEP_MS, 1000, 1004, 999, 1003), quiet(2), quiet(3)];
    const { end } = follow(alone, followedFrom(alone), m15(bars), 'always');
    expect(end).toEqual({ at: alone.until, price: 1003, reason: 'HORIZON' });
  });
});
