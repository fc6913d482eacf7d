// Swings, breaks of structure and changes of character on scripted bars.
import { describe, expect, it } from 'vitest';
import type { StructureEvent } from '../../../../src/domain/market/data.js';
import { MarketSwings } from '../../../../src/domain/market/indicators/market-swings.js';
import { M15 } from '../../../support/market-views.js';
import { barOf, syntheticBars } from '../../../support/synthetic-market.js';

const MARGIN = 0.0003;

/** One bar a price, 0.5 to each side of it. Returns the event each bar made, or null. */
function eventsOf(prices: readonly number[]): (StructureEvent | null)[] {
  const swings = new MarketSwings(MARGIN);
  return prices.map((price, index) => {
    const before = swings.event;
    swings.update(barOf(index * M15, price, price + 0.5, price - 0.5, price), (index + 1) * M15);
    return swings.event === before ? null : swings.event;
  });
}

const kinds = (events: readonly (StructureEvent | null)[]): string[] =>
  events.flatMap((event, index) =>
    event === null ? [] : [`${index} ${event.kind} ${event.direction} ${event.level}`],
  );

/** A swing high of 105.5, then a swing low of 98.5. */
const SWINGS = [100, 101, 105, 102, 101, 99, 100.5, 101.5];

describe('swings', () => {
  it('are known only when two bars to the right have closed, and strictly', () => {
    const swings = new MarketSwings(MARGIN);
    const highs = [100, 101, 105, 102, 101].map((price, index) => {
      swings.update(barOf(index * M15, price, price + 0.5, price - 0.5, price), 0);
      return swings.high;
    });
    expect(highs).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN, 105.5]);
    const equal = new MarketSwings(MARGIN);
    for (const price of [100, 105, 105, 102, 101])
      equal.update(barOf(0, price, price + 0.5, price - 0.5, price), 0);
    expect(equal.high).toBeNaN();
  });
});

describe('break of structure', () => {
  it('fires once per level, on the first close beyond it by 0.03%', () => {
    // 105.5 x 1.0003 = 105.53165, 98.5 x 0.9997 = 98.47045
    expect(kinds(eventsOf([...SWINGS, 105.4, 105.53, 105.54, 106, 107]))).toEqual(['10 BOS UP 105.5']);
    expect(kinds(eventsOf([...SWINGS, 99, 98.48, 98.471, 98.47, 97.5, 97]))).toEqual(['11 BOS DOWN 98.5']);
  });

  it('is dated by the close of the bar that made it', () => {
    const event = eventsOf([...SWINGS, 106])[8];
    expect(event?.at).toBe(9 * M15);
  });

  it('a wick beyond the level is none', () => {
    const swings = new MarketSwings(MARGIN);
    for (const [index, price] of SWINGS.entries()) {
      swings.update(barOf(index * M15, price, price + 0.5, price - 0.5, price), 0);
    }
    swings.update(barOf(8 * M15, 101, 120, 101, 104), 0);
    expect(swings.event).toBeNull();
  });

  it('needs a new swing for the next one', () => {
    const up = [...SWINGS, 106, 108, 107, 106.5];
    expect(kinds(eventsOf([...up, 107, 108.4]))).toEqual(['8 BOS UP 105.5']);
    expect(kinds(eventsOf([...up, 107, 109]))).toEqual(['8 BOS UP 105.5', '13 BOS UP 108.5']);
  });
});

describe('change of character', () => {
  const UP = [...SWINGS, 106, 108, 107, 106.5];

  it('is the first close beyond the swing that protects the trend, and turns it', () => {
    const down = [...UP, 103, 98, 97, 98.2, 98.4, 97.5];
    expect(kinds(eventsOf(down))).toEqual(['8 BOS UP 105.5', '13 CHOCH DOWN 98.5']);
    // 98.9 is the last swing high, and so protects the new trend down; 96.5 is its last swing low.
    expect(kinds(eventsOf([...down, 96])).at(-1)).toBe('18 BOS DOWN 96.5');
    expect(kinds(eventsOf([...down, 96, 109])).at(-1)).toBe('19 CHOCH UP 98.9');
  });

  it('is of the newest swing on the other side, not of an older one', () => {
    // A pullback makes the swing low 102.5 above the older 98.5: that is what protects the trend now.
    const pullback = [...UP, 104, 103, 104.5, 105];
    expect(kinds(eventsOf([...pullback, 102]))).toEqual(['8 BOS UP 105.5', '16 CHOCH DOWN 102.5']);
    expect(kinds(eventsOf([...pullback, 102, 98]))).toHaveLength(2);
  });
});

describe('on a long random market', () => {
  it('both events fire in both directions, and no bar is its own level', () => {
    const swings = new MarketSwings(MARGIN);
    const counts: Record<string, number> = {};
    const bars = syntheticBars({ seed: 3, count: 5000, length: M15 });
    for (const bar of bars) {
      const before = swings.event;
      const { high, low } = swings;
      swings.update(bar, bar.time + M15);
      const event = swings.event;
      if (event === null || event === before) continue;
      const name = `${event.kind} ${event.direction}`;
      counts[name] = (counts[name] ?? 0) + 1;
      if (event.kind === 'BOS') expect(event.level).toBe(event.direction === 'UP' ? high : low);
    }
    for (const name of ['BOS UP', 'BOS DOWN', 'CHOCH UP', 'CHOCH DOWN']) {
      expect(counts[name] ?? 0).toBeGreaterThan(15);
      expect(counts[name] ?? 0).toBeLessThan(500);
    }
  });
});
