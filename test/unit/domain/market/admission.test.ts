// Which market data a view believes at once: laws over random markets, then each case by itself.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TIMEFRAME_MS } from '../../../../src/domain/market/data.js';
import { knownFrom } from '../../../../src/domain/market/given-time.js';
import type { MarketItem } from '../../../../src/domain/market/market-item.js';
import {
  believedDistance,
  confirms,
  excursionOf,
  type PricesAt,
} from '../../../../src/domain/market/plausibility.js';
import { DEFAULT_RULES, type Rules } from '../../../../src/domain/rules.js';
import { Admission, type Arrival } from '../../../../src/domain/views/admission.js';
import { MarketView } from '../../../../src/domain/views/market-view.js';
import { updateView } from '../../../../src/engine/view-update.js';
import { runs } from '../../../support/properties.js';

const START = Date.UTC(2025, 5, 2);
const M5 = TIMEFRAME_MS.M5;
const MIDDLE = 10_000;
/** Bars of 4 ticks that go nowhere: their ATR is 4. */
const QUIET = 30;
const LIVE_NOW = START + 40 * 24 * 3_600_000;

const bar = (time: number, low: number, high: number, close = low): MarketItem => ({
  kind: 'bar',
  symbol: 'BTCUSD',
  timeframe: 'M5',
  forming: false,
  bar: { time, open: low, high, low, close, volume: 1 },
});
const quote = (time: number, bid: number, ask = bid + 1): MarketItem => ({
  kind: 'quote',
  symbol: 'BTCUSD',
  quote: { time, bid, ask },
});
const quiet = Array.from({ length: QUIET }, (_, index) => bar(START + index * M5, MIDDLE - 2, MIDDLE + 2));
const END = START + QUIET * M5;
const RECORDED: Arrival = { now: null, witness: () => null };

/** What became of each item, and of those held before it. */
interface Verdict {
  readonly taken: readonly MarketItem[];
  readonly dropped: readonly MarketItem[];
  readonly held: boolean;
  readonly refused: boolean;
}

/** Gives items to a view in order, as the engine does. */
function judge(items: readonly MarketItem[], occasion: Arrival = RECORDED, rules: Rules = DEFAULT_RULES) {
  const view = new MarketView('BTCUSD', 'BTCUSD', rules);
  const verdicts = items.map((item): Verdict => {
    const { taken, dropped, held, refused } = view.admission.admit(view, item, occasion);
    for (const one of taken) updateView(view, one);
    return { taken, dropped, held: held !== null, refused: refused !== null };
  });
  return { view, verdicts: verdicts.slice(quiet.length) };
}
const judged = (items: readonly MarketItem[], occasion?: Arrival, rules?: Rules) =>
  judge([...quiet, ...items], occasion, rules);

/** A market after the quiet one: quotes and bars, calm or wild, in order of time. */
const markets: fc.Arbitrary<readonly MarketItem[]> = fc
  .array(
    fc.record({
      isBar: fc.boolean(),
      step: fc.constantFrom(0, 1, 2, 3, -1, -2, -3, 0, 1, -1, 40, -40, 15, -15, 400, -400),
      wait: fc.constantFrom(0, 1, 20, 300, 1200),
      width: fc.constantFrom(0, 1, 4),
      returns: fc.boolean(),
    }),
    { maxLength: 25 },
  )
  .map((moves) => {
    let [time, price, close] = [END, MIDDLE, END];
    return moves.map(({ isBar, step, wait, width, returns }) => {
      const at = price + step;
      if (!returns) price = at;
      if (!isBar) {
        time += wait * 1000;
        return quote(time, at, at + width);
      }
      const opens = Math.max(close, Math.floor(time / M5) * M5);
      close = opens + M5;
      time = Math.max(time, close);
      return bar(opens, at, at + width, at + width);
    });
  });

const mirrored = (item: MarketItem): MarketItem => {
  const flip = (price: number) => 2 * MIDDLE - price;
  if (item.kind === 'quote') {
    const { time, bid, ask } = item.quote;
    return { ...item, quote: { time, bid: flip(ask), ask: flip(bid) } };
  }
  if (item.kind !== 'bar') return item;
  const { open, high, low, close } = item.bar;
  return {
    ...item,
    bar: { ...item.bar, open: flip(open), high: flip(low), low: flip(high), close: flip(close) },
  };
};

describe('whatever the market does', () => {
  test('what is decided of items does not depend on what comes after them', () => {
    fc.assert(
      fc.property(markets, fc.nat(25), (items, count) => {
        const whole = judged(items).verdicts.slice(0, count);
        expect(judged(items.slice(0, count)).verdicts).toEqual(whole);
      }),
      { numRuns: runs(200) },
    );
  });

  test('the market in a mirror is judged the same', () => {
    fc.assert(
      fc.property(markets, (items) => {
        const shape = (verdicts: readonly Verdict[]) =>
          verdicts.map(({ taken, dropped, held, refused }) => [taken.length, dropped.length, held, refused]);
        const flipped = judge([...quiet, ...items].map(mirrored)).verdicts;
        expect(shape(flipped)).toEqual(shape(judged(items).verdicts));
      }),
      { numRuns: runs(200) },
    );
  });

  test('no item is lost or taken twice, and none is held beyond the next of its kind', () => {
    let held = 0;
    fc.assert(
      fc.property(markets, (items) => {
        const waiting = new Set<MarketItem>();
        const known = new Set<string>();
        const { verdicts } = judged(items);
        for (const [index, verdict] of verdicts.entries()) {
          const item = items[index];
          if (item === undefined) throw new Error('a verdict for each item');
          for (const one of [...verdict.taken, ...verdict.dropped]) {
            if (one !== item) expect(waiting.delete(one)).toBe(true);
          }
          expect([verdict.taken.includes(item), verdict.held, verdict.refused].filter(Boolean)).toHaveLength(
            1,
          );
          // The same told again waits in its place.
          for (const one of waiting) if (JSON.stringify(one) === JSON.stringify(item)) waiting.delete(one);
          if (verdict.held) waiting.add(item);
          held += verdict.held ? 1 : 0;
          const kinds = [...waiting].map(({ kind }) => kind);
          expect(new Set(kinds).size).toBe(kinds.length);
          // What is known already says nothing of what waits.
          const repeats = known.has(JSON.stringify(item));
          for (const one of waiting) if (one.kind === item.kind && !repeats) expect(one).toBe(item);
          for (const one of verdict.taken) known.add(JSON.stringify(one));
        }
      }),
      { numRuns: runs(300) },
    );
    expect(held).toBeGreaterThan(50);
  });

  test('a view that was stored and read again goes on as one that was not', () => {
    fc.assert(
      fc.property(markets, fc.nat(25), (items, count) => {
        const whole = judged(items).verdicts.slice(count);
        const { view } = judged(items.slice(0, count));
        const stored = JSON.parse(JSON.stringify(view.snapshot()));
        const bars = { M1: view.bars('M1'), M5: view.bars('M5'), M15: view.bars('M15') };
        const restored = MarketView.restore('BTCUSD', 'BTCUSD', DEFAULT_RULES, stored, bars);
        const rest = items.slice(count).map((item): Verdict => {
          const { taken, dropped, held, refused } = restored.admission.admit(restored, item, RECORDED);
          for (const one of taken) updateView(restored, one);
          return { taken, dropped, held: held !== null, refused: refused !== null };
        });
        expect(rest).toEqual(whole);
      }),
      { numRuns: runs(100) },
    );
  });
});

describe('the distance that is believed', () => {
  const movement = { atr: 4, barMs: M5 };

  test('grows with the root of time, and with the ATR', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 1000 }), (atrs, seconds) => {
        const one = believedDistance(atrs, movement, seconds * 1000);
        expect(believedDistance(atrs, movement, 4000 * seconds)).toBeCloseTo(2 * one, 9);
        expect(believedDistance(2 * atrs, movement, seconds * 1000)).toBeCloseTo(2 * one, 9);
      }),
    );
    expect(believedDistance(5, movement, M5)).toBe(20);
  });

  test('does not shrink to nothing between prices of one moment, or of times that go back', () => {
    const second = believedDistance(5, movement, 1000);
    expect(believedDistance(5, movement, 0)).toBe(second);
    expect(believedDistance(5, movement, -60_000)).toBe(second);
  });

  test('prices within those before lie nowhere outside; a third of the way back confirms', () => {
    const range = (low: number, high: number): PricesAt => ({ at: END, low, high });
    expect(excursionOf(range(99, 101), [range(98, 100), range(100, 102)])).toBeNull();
    expect(excursionOf(range(99, 101), [])).toBeNull();
    const up = excursionOf(range(100, 130), [range(98, 100)]);
    expect(up).toEqual({ low: 98, high: 100, below: 0, above: 30 });
    if (up === null) throw new Error('it lies outside');
    expect([109, 110].map((high) => confirms(range(100, high), up))).toEqual([false, true]);
    expect(confirms(range(50, 100), up)).toBe(false);
  });
});

describe('a quote', () => {
  const odd = quote(END + 20_000, MIDDLE - 40);
  const before = quote(END + 10_000, MIDDLE);

  test('that is far off waits, and the next on its side takes both, in order', () => {
    const next = quote(END + 21_000, MIDDLE - 38);
    const { verdicts, view } = judged([before, odd, next]);
    expect(verdicts[1]).toMatchObject({ taken: [], held: true });
    expect(verdicts[2]).toMatchObject({ taken: [odd, next], dropped: [], held: false });
    expect(view.quote?.bid).toBe(MIDDLE - 38);
  });

  test('that is far off and alone is dropped by the next', () => {
    const next = quote(END + 21_000, MIDDLE);
    const { verdicts, view } = judged([before, odd, next]);
    expect(verdicts[2]).toMatchObject({ taken: [next], dropped: [odd] });
    expect(view.quote?.bid).toBe(MIDDLE);
  });

  test('that is far off does not confirm itself by being told twice', () => {
    const { verdicts } = judged([before, odd, { ...odd }, { ...odd }]);
    expect(verdicts.slice(1).map(({ held }) => held)).toEqual([true, true, true]);
  });

  test('that comes first is held against the bars', () => {
    expect(judged([odd]).verdicts[0]?.held).toBe(true);
  });

  test('is believed where nothing is known of how the market moves', () => {
    expect(judge([quote(END, MIDDLE), quote(END + 1000, 2 * MIDDLE)]).view.quote?.bid).toBe(2 * MIDDLE);
  });

  test('after a weekend is believed a weekend away', () => {
    const monday = quote(END + 2 * 24 * 3_600_000, MIDDLE - 400);
    expect(judged([before, monday]).verdicts[1]?.held).toBe(false);
  });

  test('is confirmed by a second source at once, or when that comes', () => {
    const other: PricesAt = { at: END + 20_500, low: MIDDLE - 39, high: MIDDLE - 37 };
    const witnessed = { ...RECORDED, witness: () => other };
    expect(judged([before, odd], witnessed).verdicts[1]).toMatchObject({ taken: [odd], held: false });
    const { view } = judged([before, odd]);
    expect(view.admission.confirmedBy(() => ({ ...other, low: MIDDLE, high: MIDDLE }))).toEqual([]);
    expect(view.admission.confirmedBy(() => other)).toEqual([odd]);
    expect(view.admission.confirmedBy(() => other)).toEqual([]);
  });

  test('is always believed with the rule switched off', () => {
    const off = { ...DEFAULT_RULES, plausibility: { heldBeyondAtrs: 0, maximumJumpMs: 0 } };
    expect(judged([before, odd], RECORDED, off).verdicts[1]).toMatchObject({ taken: [odd], held: false });
  });
});

describe('a bar', () => {
  const odd = bar(END, MIDDLE - 60, MIDDLE);
  const following = (low: number, high: number) => bar(END + M5, low, high);

  test('that is far off waits for the next, and is taken before it', () => {
    const next = following(MIDDLE - 50, MIDDLE - 40);
    const { verdicts, view } = judged([odd, next]);
    expect(verdicts[0]?.held).toBe(true);
    expect(verdicts[1]).toMatchObject({ taken: [odd, next] });
    expect(
      view
        .bars('M5')
        .slice(-2)
        .map(({ low }) => low),
    ).toEqual([MIDDLE - 60, MIDDLE - 50]);
  });

  test('that is far off is confirmed by a quote on its side', () => {
    const seen = quote(END + M5 + 1000, MIDDLE - 40);
    expect(judged([odd, seen]).verdicts[1]).toMatchObject({ taken: [odd, seen] });
  });

  test('that is far off and alone is dropped, a wick too', () => {
    const next = following(MIDDLE - 2, MIDDLE + 2);
    const { verdicts, view } = judged([odd, next]);
    expect(verdicts[1]).toMatchObject({ taken: [next], dropped: [odd] });
    expect(view.bars('M5').at(-2)?.time).toBe(END - M5);
  });

  test('that is told anew while it waits is judged anew', () => {
    const corrected = bar(END, MIDDLE - 3, MIDDLE + 1);
    expect(judged([odd, corrected]).verdicts[1]).toMatchObject({ taken: [corrected], dropped: [odd] });
  });

  test('that corrects the newest one waits for the next where it is far off', () => {
    const time = END - M5;
    const far = bar(time, MIDDLE - 60, MIDDLE + 2);
    expect(judged([bar(time, MIDDLE - 3, MIDDLE + 2)]).verdicts[0]).toMatchObject({ held: false });
    const confirmed = judged([far, bar(END, MIDDLE - 50, MIDDLE - 40)]);
    expect(confirmed.verdicts.map(({ held, taken }) => [held, taken.length])).toEqual([
      [true, 0],
      [false, 2],
    ]);
    expect(confirmed.view.bars('M5').at(-2)?.low).toBe(MIDDLE - 60);
    const alone = judged([far, bar(END, MIDDLE - 2, MIDDLE + 2)]);
    expect(alone.verdicts[1]).toMatchObject({ dropped: [far] });
    expect(alone.view.bars('M5').at(-2)?.low).toBe(MIDDLE - 2);
  });

  test('that was taken is no other when it is told again, however it was confirmed', () => {
    const far = bar(END, MIDDLE - 60, MIDDLE);
    const seen = quote(END + M5 + 1000, MIDDLE - 40);
    const back = bar(END + M5, MIDDLE - 2, MIDDLE + 2);
    const { verdicts } = judged([far, seen, { ...far }, back, { ...far }]);
    expect(verdicts[2]).toMatchObject({ held: false, refused: false });
    expect(verdicts[4]).toMatchObject({ held: false, refused: false });
  });

  test('among known ones is refused when those about it do not confirm it', () => {
    const time = START + 20 * M5;
    expect(judged([bar(time, MIDDLE - 3, MIDDLE + 2)]).verdicts[0]).toMatchObject({ refused: false });
    const { verdicts, view } = judged([bar(time, MIDDLE - 60, MIDDLE + 2)]);
    expect(verdicts[0]).toMatchObject({ taken: [], held: false, refused: true });
    expect(view.bars('M5').find((one) => one.time === time)?.low).toBe(MIDDLE - 2);
  });
});

describe('data of a live feed dated far ahead of its own', () => {
  const live: Arrival = { now: LIVE_NOW, witness: () => null };
  const HOUR = 3_600_000;
  const ahead = bar(END + 3 * HOUR, MIDDLE - 2, MIDDLE + 2);

  test('waits, and is dropped when the feed goes on before it', () => {
    const next = bar(END, MIDDLE - 2, MIDDLE + 2);
    const { verdicts, view } = judged([ahead, next], live);
    expect(verdicts[0]).toMatchObject({ taken: [], held: true });
    expect(view.asOf).toBe(END + M5);
    expect(verdicts[1]).toMatchObject({ taken: [next], dropped: [ahead] });
  });

  test('is taken when the feed goes on after it', () => {
    const next = bar(END + 3 * HOUR + M5, MIDDLE - 2, MIDDLE + 2);
    expect(judged([ahead, next], live).verdicts[1]).toMatchObject({ taken: [ahead, next] });
  });

  test('is confirmed by the database clock where it is fresh, and by nothing of a recorded feed', () => {
    const fresh = { ...live, now: knownFrom(ahead) + 2000 };
    expect(judged([ahead], fresh).verdicts[0]).toMatchObject({ taken: [ahead], held: false });
    expect(judged([ahead], RECORDED).verdicts[0]).toMatchObject({ taken: [ahead], held: false });
  });

  test('of half an hour is no jump, nor is a weekend of a market that has some', () => {
    expect(judged([quote(END + HOUR / 2, MIDDLE)], live).verdicts[0]?.held).toBe(false);
    expect(judged([quote(END + HOUR / 2 + 1, MIDDLE)], live).verdicts[0]?.held).toBe(true);
    const friday = Date.UTC(2025, 5, 6, 20, 55);
    const view = new MarketView('EURUSD', 'EURUSD', DEFAULT_RULES);
    const week = new Admission(DEFAULT_RULES, 'fx_week');
    const facts = {
      asOf: friday,
      quote: null,
      atrFine: null,
      lastFineBar: null,
      bars: () => view.bars('M5'),
    };
    const opening = quote(friday + 48 * HOUR + 20 * 60_000, MIDDLE);
    expect(week.admit(facts, opening, { ...live, now: friday + 30 * 24 * HOUR }).held).toBeNull();
  });
});
