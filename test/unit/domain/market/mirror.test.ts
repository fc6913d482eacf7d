// Mirror symmetry: a SELL on mirrored prices is treated as a BUY on the prices themselves.
//
// Prices p become C - p on a lattice of quarters around C / 2. What is relative to a price (the margin of
// a break, the Bollinger width, the VWAP slope) then differs by up to 8%, so the bars at which such a
// value is that close to its limit are told apart and counted; everything else must agree.
import { expect, it } from 'vitest';
import type { Bar, OrderFlow } from '../../../../src/domain/market/data.js';
import { DEFAULT_RULES, type Rules } from '../../../../src/domain/rules.js';
import type { MarketView } from '../../../../src/domain/views/market-view.js';
import { M5, viewOf } from '../../../support/market-views.js';
import { random, syntheticBars } from '../../../support/synthetic-market.js';

const CENTRE = 50_000;
/** 1.6 to 1.9 lattice steps at every price of the test, so that no close is within the 8%. */
const RULES: Rules = {
  ...DEFAULT_RULES,
  indicators: { ...DEFAULT_RULES.indicators, breakMargin: 1.75 * (0.25 / CENTRE) },
};

function mirrored(bar: Bar): Bar {
  const flip = (price: number): number => 2 * CENTRE - price;
  return { ...bar, open: flip(bar.open), high: flip(bar.low), low: flip(bar.high), close: flip(bar.close) };
}

const near = (value: number | null, limit: number): boolean =>
  value !== null && Math.abs(Math.abs(value) / limit - 1) < 0.08;

/** Whether a relative value is too close to its limit for the mirrored market to agree by necessity. */
function ambiguous(view: MarketView): boolean {
  const { bollinger, regime, vwapSlope } = view;
  const width = bollinger === null ? null : (bollinger.upper - bollinger.lower) / bollinger.middle;
  return near(width, RULES.regime.rangeWidth) || near(vwapSlope, regime?.vwapThreshold ?? 1);
}

const parts = (view: MarketView, direction: 'BUY' | 'SELL') => {
  const { score, confluence, signals, vwapVolumeFlipAgainst } = view.assess(direction, view.asOf ?? 0);
  const summary = signals.map(({ available, raw, contribution }) => ({ available, raw, contribution }));
  return { score, confluence, vwapVolumeFlipAgainst, summary };
};

it('scores a SELL on mirrored prices as a BUY', () => {
  const bars = syntheticBars({ seed: 2, count: 3000, length: M5, price: CENTRE, ticks: 160 });
  const drift = Math.max(...bars.map(({ close }) => Math.abs(close / CENTRE - 1)));
  expect(drift).toBeLessThan(0.04);
  const next = random(5);
  const view = viewOf('BTCUSD', RULES);
  const mirror = viewOf('BTCUSD', RULES);
  const seen = new Set<string>();
  let skipped = 0;
  for (const bar of bars) {
    view.upsertBar('M5', bar);
    mirror.upsertBar('M5', mirrored(bar));
    const flow: OrderFlow = { time: bar.time + M5, buyVolume: Math.floor(next() * 50), sellVolume: 20 };
    view.addOrderFlow(flow);
    mirror.addOrderFlow({ ...flow, buyVolume: flow.sellVolume, sellVolume: flow.buyVolume });
    if (ambiguous(view)) {
      skipped += 1;
      continue;
    }
    for (const [direction, opposite] of [
      ['BUY', 'SELL'],
      ['SELL', 'BUY'],
    ] as const) {
      const straight = parts(view, direction);
      expect(JSON.stringify(parts(mirror, opposite))).toBe(JSON.stringify(straight));
      for (const [index, { available, raw }] of straight.summary.entries())
        if (available) seen.add(`${index}:${raw}`);
    }
  }
  expect(skipped).toBeLessThan(bars.length / 10);
  // The run means something only if the signals took most of their values.
  expect(seen.size).toBeGreaterThan(25);
});
