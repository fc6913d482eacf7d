// Bars of another resolution than a feed's: a finer one takes over where it continues the newest data, and nowhere else, and
// none blinds the feed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bar, TIMEFRAME_MS, type Timeframe } from '../../../../src/domain/market/data.js';
import { DEFAULT_RULES, type Rules } from '../../../../src/domain/rules.js';
import type { MarketView } from '../../../../src/domain/views/market-view.js';
import { Engine } from '../../../../src/engine/engine.js';
import {
  BarStore,
  feed,
  indicatorsOf,
  M1,
  M5,
  M15,
  restarted,
  viewOf,
} from '../../../support/market-views.js';
import { barItem, quoteItem, take } from '../../../support/scripted-view.js';
import { barOf, MONDAY, syntheticBars } from '../../../support/synthetic-market.js';

/** Indicators are warm within some forty bars. */
const QUICK: Rules = {
  ...DEFAULT_RULES,
  indicators: { ...DEFAULT_RULES.indicators, emaFast: 5, emaSlow: 12, emaSlopeBars: 3, atrAverage: 6 },
};
const REFUSED = 'a finer timeframe takes over only where it continues the newest data';
const SEEDS = fc.integer({ min: 1, max: 1_000_000 });
const anyFeed = fc.constantFrom<readonly [Timeframe, Timeframe]>(['M5', 'M1'], ['M15', 'M1'], ['M15', 'M5']);

interface Told {
  readonly timeframe: Timeframe;
  readonly bar: Bar;
}

const closeOf = ({ timeframe, bar }: Told): number => bar.time + TIMEFRAME_MS[timeframe];

/** A feed's bars with strays of a finer timeframe among them: from so far before the newest data to just after it. */
function strewn(
  good: readonly Told[],
  strays: readonly (readonly [number, number])[],
  finer: Timeframe,
): Told[] {
  const length = TIMEFRAME_MS[finer];
  return good.flatMap((one, index) => {
    const after = strays.filter(([place]) => place === index);
    const newest = closeOf(one);
    return [
      one,
      ...after.map(([, back]): Told => {
        return { timeframe: finer, bar: barOf(newest - back * length, 500, 510, 490, 505) };
      }),
    ];
  });
}

function feedAll(view: MarketView, told: readonly Told[], store = new BarStore()): string[] {
  return told.map(({ timeframe, bar }) => {
    const { status, reason, stored } = view.upsertBar(timeframe, bar);
    store.take(stored);
    return reason ?? status;
  });
}

describe('a stray bar of a finer timeframe', () => {
  it('law: that does not continue the newest data is refused, and leaves no trace', () => {
    const anyStrays = fc.array(fc.tuple(fc.integer({ min: 10, max: 59 }), fc.integer({ min: 1, max: 400 })), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(SEEDS, anyFeed, anyStrays, (seed, [timeframe, finer], strays) => {
        const length = TIMEFRAME_MS[timeframe];
        const good = syntheticBars({ seed, count: 60, length, missing: 0.1 }).map((bar) => ({
          timeframe,
          bar,
        }));
        const plain = viewOf('BTCUSD', QUICK);
        const outcomes = feedAll(plain, good);
        const mixed = viewOf('BTCUSD', QUICK);
        const told = strewn(good, strays, finer);
        const answers = feedAll(mixed, told);
        const isStray = (index: number) => told[index]?.timeframe === finer;
        expect(answers.filter((_, index) => isStray(index)).every((answer) => answer === REFUSED)).toBe(true);
        expect(answers.filter((_, index) => !isStray(index))).toEqual(outcomes);
        expect(mixed.snapshot()).toEqual(plain.snapshot());
      }),
    );
  });

  it('law: blinds no feed also where it continues the newest data, and where a restart lies between', () => {
    const anyStrays = fc.array(
      fc.tuple(fc.integer({ min: 10, max: 50 }), fc.integer({ min: -2, max: 100 })),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(SEEDS, anyFeed, anyStrays, (seed, [timeframe, finer], strays) => {
        const length = TIMEFRAME_MS[timeframe];
        const good = syntheticBars({ seed, count: 60, length }).map((bar) => ({ timeframe, bar }));
        // Never two in a row: those are a finer feed that has begun.
        const alone = strays.filter(([place], index) =>
          strays.slice(0, index).every(([other]) => Math.abs(other - place) > 1),
        );
        const store = new BarStore();
        const mixed = viewOf('BTCUSD', QUICK);
        const told = strewn(good, alone, finer);
        const answers = feedAll(mixed, told, store);
        expect(answers.filter((_, index) => told[index]?.timeframe === timeframe)).toEqual(
          good.map(() => 'accepted'),
        );
        const plain = viewOf('BTCUSD', QUICK);
        feedAll(plain, good);
        expect(indicatorsOf(mixed)).toEqual(indicatorsOf(plain));
        expect(indicatorsOf(restarted(mixed, store, QUICK))).toEqual(indicatorsOf(plain));
      }),
    );
  });

  it('law: takes no part in what is believed of the prices after it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 1000 }), (back, price) => {
        const bars = syntheticBars({ seed: 3, count: 60, length: M5 });
        const [plain, mixed] = [new Engine(DEFAULT_RULES), new Engine(DEFAULT_RULES)];
        for (const bar of bars)
          for (const engine of [plain, mixed]) take(engine, 'default', barItem(bar, 'M5'));
        const head = MONDAY + 60 * M5;
        const stray = barOf(head - back * M1, price, price, price, price);
        expect(take(mixed, 'default', barItem(stray, 'M1'))).toMatchObject({
          status: 'rejected',
          fault: 'UNUSABLE',
        });
        const last = bars.at(-1)?.close ?? 0;
        for (const quote of [
          quoteItem(head + 1, last),
          quoteItem(head + 2, last * 1.2),
          quoteItem(head + 3, last),
        ])
          expect(take(mixed, 'default', quote)).toEqual(take(plain, 'default', quote));
        expect(mixed.view('default', 'BTCUSD')?.snapshot()).toEqual(
          plain.view('default', 'BTCUSD')?.snapshot(),
        );
      }),
    );
  });
});

describe('a finer feed', () => {
  it('takes over where it continues the newest data, and its late bars correct it', () => {
    const view = feed(viewOf(), 'M15', syntheticBars({ seed: 1, count: 10, length: M15 }));
    const start = MONDAY + 10 * M15;
    const fives = syntheticBars({ seed: 2, count: 9, length: M5, start });
    const [first, second, ...others] = fives;
    if (first === undefined || second === undefined) throw new Error('there are bars');
    feed(view, 'M5', [second, first, ...others]);
    expect([view.fineBars, view.coarseBars]).toEqual([9, 13]);
    expect(view.upsertBar('M5', barOf(start - M5, 1, 2, 1, 2)).reason).toBe(REFUSED);
    expect(view.upsertBar('M15', barOf(start + M15, 1, 2, 1, 2)).reason).toBe('covered by a finer timeframe');
  });

  it('is followed by the coarser one again once it has ended, and may begin anew', () => {
    const view = feed(viewOf(), 'M5', syntheticBars({ seed: 2, count: 30, length: M5 }));
    const quarters = syntheticBars({ seed: 3, count: 40, length: M15, start: MONDAY + 10 * M15 });
    feed(view, 'M15', quarters);
    expect([view.coarseBars, view.lastFineBar]).toEqual([50, { timeframe: 'M15', bar: quarters.at(-1) }]);
    const again = barOf(MONDAY + 50 * M15, 1, 2, 1, 2);
    expect(view.upsertBar('M5', again).status).toBe('accepted');
    expect(view.lastFineBar).toEqual({ timeframe: 'M5', bar: again });
  });

  it('whose last part comes after the bar that holds it makes that bar again', () => {
    const parts = syntheticBars({ seed: 2, count: 6, length: M5 });
    const view = feed(viewOf(), 'M5', parts.slice(0, 5));
    expect(view.upsertBar('M15', barOf(MONDAY + M15, 1, 2, 1, 2)).status).toBe('accepted');
    feed(view, 'M5', parts.slice(5));
    expect(indicatorsOf(view)).toEqual(indicatorsOf(feed(viewOf(), 'M5', parts)));
  });
});
