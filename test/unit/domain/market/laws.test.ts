// The laws of a market view, as properties over seeded markets.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bar, TIMEFRAME_MS, type Timeframe } from '../../../../src/domain/market/data.js';
import { DEFAULT_RULES, type Rules } from '../../../../src/domain/rules.js';
import { decimal } from '../../../../src/domain/signals/decimal.js';
import { type Evaluation, SIGNALS } from '../../../../src/domain/signals/signal.js';
import type { MarketView } from '../../../../src/domain/views/market-view.js';
import { BarStore, feed, indicatorsOf, M1, M5, restarted, viewOf } from '../../../support/market-views.js';
import { runs } from '../../../support/properties.js';
import { MONDAY, random, syntheticBars } from '../../../support/synthetic-market.js';

const SEEDS = fc.integer({ min: 1, max: 1_000_000 });
/** Short periods and few retained bars: warm-up and eviction happen within a few hundred bars. */
const QUICK: Rules = {
  ...DEFAULT_RULES,
  indicators: { ...DEFAULT_RULES.indicators, emaFast: 5, emaSlow: 12, emaSlopeBars: 3, atrAverage: 6 },
  retainedBars: 60,
};

/** For comparing much, and often: exact, and far quicker than walking two structures. */
const textOf = (value: unknown): string => JSON.stringify(value);

/** Everything of a snapshot but the number of corrections, which a corrected view has and its twin has not. */
function settled(view: MarketView) {
  return { ...view.snapshot(), corrections: 0 };
}

describe('prefix invariance', () => {
  it('a result for a bar never changes when later bars arrive', () => {
    fc.assert(
      fc.property(SEEDS, fc.constantFrom<Timeframe>('M1', 'M5', 'M15'), (seed, timeframe) => {
        const bars = syntheticBars({ seed, count: 260, length: TIMEFRAME_MS[timeframe], missing: 0.05 });
        const cut = 1 + (seed % (bars.length - 1));
        const known = viewOf('BTCUSD', QUICK);
        const results = bars.map((bar) => {
          known.upsertBar(timeframe, bar);
          return textOf(indicatorsOf(known));
        });
        const prefix = feed(viewOf('BTCUSD', QUICK), timeframe, bars.slice(0, cut));
        expect(textOf(indicatorsOf(prefix))).toBe(results[cut - 1]);
      }),
      { numRuns: runs(12) },
    );
  });
});

/** A stream of bars, quotes, order flow, forming bars, checks: whatever a feed and its engine do. */
type Step = (view: MarketView, store: BarStore) => unknown;

function script(seed: number, timeframe: Timeframe, count: number): Step[] {
  const next = random(seed);
  const length = TIMEFRAME_MS[timeframe];
  const bars = syntheticBars({ seed, count, length, missing: 0.05 });
  return bars.flatMap((bar, index): Step[] => {
    const steps: Step[] = [];
    const close = bar.time + length;
    const take = (one: Bar): Step => {
      return (view, store) => {
        const outcome = view.upsertBar(timeframe, one);
        store.take(outcome.stored);
        if (outcome.coarseClosed) view.record(outcome.at);
        return outcome;
      };
    };
    if (next() < 0.1) steps.push((view) => view.setForming(timeframe, { ...bar, close: bar.open }));
    if (next() < 0.03) steps.push(take({ ...bar, volume: bar.volume + 5 }));
    const late = bars[index - 3];
    if (late !== undefined && next() < 0.03) {
      steps.push(take({ ...late, high: late.high + 1, volume: late.volume + 1 }));
    }
    steps.push(take(bar));
    for (const shift of [0, length / 3]) {
      const quote = {
        time: close + shift,
        bid: bar.close,
        ask: bar.close + 0.25 * (1 + Math.floor(next() * 4)),
      };
      const flow = {
        time: close + shift,
        buyVolume: Math.floor(next() * 20),
        sellVolume: Math.floor(next() * 20),
      };
      steps.push((view) => view.addQuote(quote));
      if (next() < 0.7) steps.push((view) => view.addOrderFlow(flow));
      steps.push((view) => {
        const taken = [view.takeFastCheck(quote.time, 'normal'), view.takeFastCheck(quote.time, 'hedged')];
        const trigger = view.trigger();
        const cooling = view.inCooldown(quote.time);
        if (trigger !== null && !cooling) {
          view.noteTriggered(quote.time);
          view.record(quote.time);
        }
        return { taken, trigger, cooling };
      });
    }
    return steps;
  });
}

function everything(view: MarketView) {
  const { medianSpread, deltaZ, quote, formingBar, evaluationCount, spread, corrections } = view;
  return {
    ...indicatorsOf(view),
    ...{ medianSpread, deltaZ, quote, formingBar, evaluationCount, spread, corrections },
    exits: [view.exitPrice('BUY'), view.exitPrice('SELL')],
    warnings: [view.warnings('BUY', 0), view.warnings('SELL', 0)],
    latest: [view.latest('BUY'), view.latest('SELL')],
  };
}

describe('snapshot equivalence', () => {
  it.each(['M1', 'M5', 'M15'] as const)(
    'serialise, restore, continue = never stopped, with %s bars',
    (timeframe) => {
      fc.assert(
        fc.property(SEEDS, (seed) => {
          const steps = script(seed, timeframe, timeframe === 'M1' ? 400 : 160);
          const store = new BarStore();
          const view = viewOf('BTCUSD', QUICK);
          let twin = viewOf('BTCUSD', QUICK);
          const twinStore = new BarStore();
          const next = random(seed + 1);
          for (const step of steps) {
            const expected = step(view, store);
            if (next() < 0.02) twin = restarted(twin, twinStore, QUICK);
            expect(textOf(step(twin, twinStore))).toBe(textOf(expected));
          }
          twin = restarted(twin, twinStore, QUICK);
          expect(twin.snapshot()).toEqual(view.snapshot());
          expect(everything(twin)).toEqual(everything(view));
          expect(view.evaluationCount).toBeGreaterThan(0);
        }),
        { numRuns: runs(5) },
      );
    },
  );

  it('needs only the bars it says it retains', () => {
    const view = viewOf('BTCUSD', QUICK);
    const store = new BarStore();
    for (const bar of syntheticBars({ seed: 5, count: 600, length: M1 }))
      store.take(view.upsertBar('M1', bar).stored);
    const kept = new BarStore();
    for (const timeframe of ['M1', 'M5', 'M15'] as const) {
      const from = view.retainedFrom(timeframe) ?? Number.NEGATIVE_INFINITY;
      kept.take(
        store
          .all()
          [timeframe].filter((bar) => bar.time >= from)
          .map((bar) => ({ timeframe, bar })),
      );
    }
    expect(kept.all().M1.length).toBeLessThanOrEqual(QUICK.retainedBars);
    expect(kept.all().M5.length).toBeLessThanOrEqual(QUICK.retainedBars);
    expect(indicatorsOf(restarted(view, kept, QUICK))).toEqual(indicatorsOf(view));
  });

  it('holds nothing JSON cannot carry exactly', () => {
    const view = viewOf('BTCUSD', QUICK);
    const store = new BarStore();
    const faults: number[] = [];
    const check = (value: unknown): void => {
      if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) faults.push(value);
      if (value !== null && typeof value === 'object') Object.values(value).forEach(check);
    };
    for (const step of script(11, 'M5', 120)) {
      step(view, store);
      check(view.snapshot());
    }
    expect(faults).toEqual([]);
  });

  it('starts its indicators anew when their settings changed', () => {
    const bars = syntheticBars({ seed: 6, count: 50, length: M5 });
    const store = new BarStore();
    const view = viewOf('BTCUSD', QUICK);
    for (const bar of bars) store.take(view.upsertBar('M5', bar).stored);
    const other: Rules = { ...QUICK, indicators: { ...QUICK.indicators, rsiPeriod: 7, atrAverage: 9 } };
    const expected = feed(viewOf('BTCUSD', other), 'M5', bars);
    expect(indicatorsOf(restarted(view, store, other))).toEqual(indicatorsOf(expected));
  });
});

/** An order of arrival: bars up to `reach` places late, repeated, and first seen with other values. */
function disturbed(bars: readonly Bar[], seed: number, reach: number): Bar[] {
  const next = random(seed);
  const arrivals = bars.flatMap((bar, index) => {
    const first = { bar, at: index + (next() < 0.3 ? next() * reach : 0) };
    const chance = next();
    if (chance < 0.1) return [first, { bar, at: first.at + next() * reach }];
    if (chance > 0.2) return [first];
    const wrong = { ...bar, high: bar.high + 3, close: bar.close + 1, volume: bar.volume + 2 };
    return [
      { bar: wrong, at: first.at },
      { bar, at: first.at + 0.01 + next() * reach },
    ];
  });
  return arrivals.sort((a, b) => a.at - b.at).map(({ bar }) => bar);
}

describe('correction', () => {
  it.each(['M1', 'M5', 'M15'] as const)(
    'a view of late and corrected %s bars equals one fed in order',
    (timeframe) => {
      fc.assert(
        fc.property(SEEDS, (seed) => {
          const bars = syntheticBars({ seed, count: 240, length: TIMEFRAME_MS[timeframe], missing: 0.1 });
          const arrivals = disturbed(bars, seed + 1, 10);
          const corrected = viewOf('EURUSD', QUICK);
          let corrections = 0;
          for (const [index, bar] of arrivals.entries()) {
            const { status } = corrected.upsertBar(timeframe, bar);
            expect(status).not.toBe('ignored');
            if (status === 'corrected') corrections += 1;
            // Reading in between must not matter: a rebuild may happen at any time.
            if (index % 17 === 0) indicatorsOf(corrected);
          }
          const straight = feed(viewOf('EURUSD', QUICK), timeframe, bars);
          expect(corrections).toBeGreaterThan(5);
          expect(corrected.corrections).toBe(corrections);
          expect(indicatorsOf(corrected)).toEqual(indicatorsOf(straight));
          expect(textOf(settled(corrected))).toBe(textOf(settled(straight)));
        }),
        { numRuns: runs(25) },
      );
    },
  );

  it('the order of bars that close together does not matter: what is finer is believed', () => {
    fc.assert(
      fc.property(SEEDS, (seed) => {
        const coarse = syntheticBars({ seed, count: 40, length: 900_000 });
        const start = MONDAY + 20 * 900_000 + M5;
        const fine = syntheticBars({ seed: seed + 1, count: 59, length: M5, start });
        const began = MONDAY + 32 * 900_000 + 2 * M1;
        const finest = syntheticBars({ seed: seed + 2, count: 118, length: M1, start: began });
        const all = [
          ...finest.map((bar) => ({ timeframe: 'M1' as const, bar })),
          ...fine.map((bar) => ({ timeframe: 'M5' as const, bar })),
          ...coarse.map((bar) => ({ timeframe: 'M15' as const, bar })),
        ];
        const closeOf = ({ timeframe, bar }: (typeof all)[number]) => bar.time + TIMEFRAME_MS[timeframe];
        const next = random(seed + 3);
        const drawn = all.map((entry) => ({ entry, draw: next() }));
        drawn.sort((a, b) => closeOf(a.entry) - closeOf(b.entry) || a.draw - b.draw);
        const inOrder = viewOf();
        const mixed = viewOf();
        const store = new BarStore();
        for (const { timeframe, bar } of all.toSorted((a, b) => closeOf(a) - closeOf(b)))
          inOrder.upsertBar(timeframe, bar);
        for (const { entry } of drawn) store.take(mixed.upsertBar(entry.timeframe, entry.bar).stored);
        expect(indicatorsOf(mixed)).toEqual(indicatorsOf(inOrder));
        expect(indicatorsOf(restarted(mixed, store))).toEqual(indicatorsOf(inOrder));
      }),
      { numRuns: runs(25) },
    );
  });

  it('never changes what was recorded', () => {
    const bars = syntheticBars({ seed: 9, count: 200, length: M5 });
    const view = feed(viewOf('BTCUSD', QUICK), 'M5', bars);
    view.record(view.asOf ?? 0);
    const before = {
      latest: view.latest('BUY'),
      count: view.evaluationCount,
      warnings: view.warnings('BUY', 0),
    };
    const target = bars[bars.length - 1];
    if (target === undefined) throw new Error('no bar to correct');
    const crashed = { ...target, close: target.low - 50, low: target.low - 50 };
    expect(view.upsertBar('M5', crashed).status).toBe('corrected');
    expect({
      latest: view.latest('BUY'),
      count: view.evaluationCount,
      warnings: view.warnings('BUY', 0),
    }).toEqual(before);
    expect(view.assess('BUY', view.asOf ?? 0)).not.toEqual(before.latest);
  });
});

describe('score', () => {
  const { caps } = DEFAULT_RULES.signals;
  const { range, highVolatility } = DEFAULT_RULES.regime.multipliers;
  const largest = Math.max(...SIGNALS.map((signal) => (range[signal] ?? 1) * (highVolatility[signal] ?? 1)));
  const bound = 11.5 * largest;

  function keepsBounds({ score, signals }: Evaluation): boolean {
    let sum: number | null = null;
    for (const { signal, available, capped, contribution, multiplier } of signals) {
      if (Math.abs(capped) > caps[signal] || contribution !== decimal(capped * multiplier)) return false;
      if (available) sum = (sum ?? 0) + contribution;
      else if (contribution !== 0) return false;
    }
    return score === (sum === null ? null : decimal(sum)) && Math.abs(score ?? 0) <= bound;
  }

  it('stays within the sum of its caps times the largest multiplier', () => {
    expect(Object.values(caps).reduce((sum, cap) => sum + cap, 0)).toBe(11.5);
    fc.assert(
      fc.property(SEEDS, (seed) => {
        const view = viewOf('XAUUSD', QUICK);
        const store = new BarStore();
        let lowest = 0;
        let highest = 0;
        for (const step of script(seed, 'M5', 150)) {
          step(view, store);
          const at = view.asOf;
          if (at === null) continue;
          for (const direction of ['BUY', 'SELL'] as const) {
            const evaluation = view.assess(direction, at);
            if (!keepsBounds(evaluation)) expect.fail(`out of bounds: ${textOf(evaluation)}`);
            lowest = Math.min(lowest, evaluation.score ?? 0);
            highest = Math.max(highest, evaluation.score ?? 0);
          }
        }
        expect(lowest).toBeLessThan(-2);
        expect(highest).toBeGreaterThan(1);
      }),
      { numRuns: runs(8) },
    );
  });
});
