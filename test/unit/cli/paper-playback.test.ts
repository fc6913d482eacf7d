// How `dtms paper` dates the bars it plays, and which of its two clocks showed what.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  continuationOf,
  mixing,
  outlook,
  type Playback,
  shifted,
  shiftOf,
  upToAhead,
} from '../../../src/cli/paper/playback.js';
import { PaperTime } from '../../../src/cli/paper/time.js';
import { syntheticMarket } from '../../../src/replay/synthetic.js';

const M15 = 900_000;
const NOW = Date.UTC(2026, 5, 3, 10, 7, 31);

const recorded = (bars: number) =>
  syntheticMarket({ seed: 1, timeframe: 'M15', bars, from: Date.UTC(2025, 0, 6), price: 100, digits: 2 })
    .bars;

const lastClose = (bars: ReturnType<typeof shifted>) => (bars.at(-1)?.bar.time ?? 0) + M15;

describe('shiftOf', () => {
  it('closes the last bar when it is played, or less than a bar before', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.constantFrom(1, 60, 3600, Number.POSITIVE_INFINITY),
        (count, speed) => {
          const bars = recorded(count);
          const dated = shifted(bars, shiftOf(bars, M15, { now: NOW, speed, knownUntil: null }));
          const early = NOW + (count * M15) / speed - lastClose(dated);
          expect(early).toBeGreaterThanOrEqual(0);
          expect(early).toBeLessThan(M15);
          expect((dated[0]?.bar.time ?? 1) % M15).toBe(0);
        },
      ),
    );
  });

  it('goes on where the feed is when that is later, and never before it', () => {
    fc.assert(
      fc.property(fc.integer({ min: -40, max: 40 }), fc.integer({ min: 0, max: M15 - 1 }), (bars, rest) => {
        const knownUntil = NOW + bars * M15 + rest;
        const market = recorded(20);
        const dated = shifted(market, shiftOf(market, M15, { now: NOW, speed: 1, knownUntil }));
        const first = dated[0]?.bar.time ?? 0;
        expect(first).toBeGreaterThanOrEqual(knownUntil);
        const free = shiftOf(market, M15, { now: NOW, speed: 1, knownUntil: null });
        const alone = shifted(market, free)[0]?.bar.time ?? 0;
        if (alone >= knownUntil) expect(first).toBe(alone);
        else expect(first - knownUntil).toBeLessThan(M15);
      }),
    );
  });
});

describe('continuationOf', () => {
  const bars = recorded(50);

  it('is the bar after the last one that was told, with the dates it was told with', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 48 }), fc.integer({ min: -9, max: 9 }), (index, moved) => {
        const told = shifted(bars, moved * M15)[index]?.bar ?? null;
        expect(continuationOf(bars, told)).toEqual({ next: index + 1, shift: moved * M15 });
      }),
    );
  });

  it('is none of another market, of one without bars, and of one that is over', () => {
    const last = bars.at(-1)?.bar ?? null;
    expect(continuationOf(bars, null)).toBeNull();
    expect(continuationOf(bars, last)).toBeNull();
    expect(continuationOf(bars.slice(0, 20), last)).toBeNull();
  });
});

describe('upToAhead', () => {
  it('takes what closes at most so far ahead of the clock when it is told, and no bar less', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -100, max: 100 }),
        fc.constantFrom(1, 60, Number.POSITIVE_INFINITY),
        fc.integer({ min: 0, max: 40 }),
        (begins, speed, most) => {
          const market = recorded(50);
          const from = market[0]?.bar.time ?? 0;
          const bars = shifted(market, NOW + begins * M15 - from);
          const taken = upToAhead(bars, M15, { now: NOW, speed }, most * M15);
          const ahead = bars.map(({ bar }, index) => bar.time + M15 - (NOW + ((index + 1) * M15) / speed));
          expect(taken).toEqual(bars.slice(0, taken.length));
          for (const one of ahead.slice(0, taken.length)) expect(one).toBeLessThanOrEqual(most * M15);
          const next = ahead[taken.length];
          if (next !== undefined) expect(next).toBeGreaterThan(most * M15);
        },
      ),
    );
  });
});

it('two markets on one feed are warned of', () => {
  expect(mixing({ isMixed: false, symbol: 'BTCUSD' }, 'f')).toEqual([]);
  expect(mixing({ isMixed: true, symbol: 'BTCUSD' }, 'f')).toEqual([
    expect.stringMatching(/^WARNING: feed f has other data of BTCUSD/),
  ]);
});

describe('outlook', () => {
  const bars = recorded(120);
  const market: Playback = {
    ...{ symbol: 'BTCUSD', timeframe: 'M15', barMs: M15, isKnown: false, isMixed: false, digits: 2 },
    ...{ history: bars.slice(0, 20), bars: bars.slice(20) },
  };
  const opened = (index: number) => ({ entryTime: bars[index]?.bar.time ?? 0 });
  const until = new Date((bars.at(-1)?.bar.time ?? 0) + M15).toISOString();

  it('says how long it takes until there is something to see', () => {
    expect(outlook(market, 60, [opened(24), opened(70)])).toEqual([
      `plays 100 M15 bars of BTCUSD from bar 20 on, up to ${until} in 25 min, 60 times as fast as the clock`,
      'opens 2 sample trades, the first in 60 s, then one every 13 min',
    ]);
    expect(outlook(market, 60, [opened(20)])[1]).toContain('the first at once');
  });

  it('says no time where nothing is waited for, and nothing of trades where there are none', () => {
    const fast = Number.POSITIVE_INFINITY;
    expect(outlook({ ...market, history: [] }, fast, [])).toEqual([
      `plays 100 M15 bars of BTCUSD, up to ${until} as fast as possible`,
    ]);
    expect(outlook(market, fast, [opened(24)])[1]).toBe('opens 1 sample trade');
  });
});

describe('PaperTime', () => {
  it('finds a wall time from which on everything is of a market time or later', () => {
    const steps = fc.array(fc.tuple(fc.nat(5000), fc.nat(50)), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(steps, fc.nat(), (moves, pick) => {
        let wall = 1000;
        const time = new PaperTime(500_000, () => wall);
        const seen = [{ market: time.market, wall: time.wall }];
        let market = 500_000;
        for (const [later, waited] of moves) {
          market += later;
          wall += waited;
          time.note(market);
          time.keep();
          seen.push({ market: time.market, wall: time.wall });
        }
        const asked = 500_000 + (pick % (market - 500_000 + 1));
        const from = time.wallAt(asked);
        for (const moment of seen)
          if (moment.wall > from) expect(moment.market).toBeGreaterThanOrEqual(asked);
        expect(from).toBeLessThanOrEqual(time.wall);
      }),
    );
  });

  it('never runs back, whatever the wall clock does', () => {
    let wall = 5000;
    const time = new PaperTime(100, () => wall);
    wall = 4000;
    time.note(50);
    expect(time).toMatchObject({ market: 100, wall: 5000 });
  });

  it('counts back from its beginning', () => {
    const time = new PaperTime(10_000, () => 70_000);
    expect(time.wallAt(4_000)).toBe(64_000);
    expect(time.marketAt(64_000)).toBe(4_000);
  });
});
