// What trading costs: charged by the paper brokers, and prices taken from the bar they belong to.
import { describe, expect, it } from 'vitest';
import type { TradeEvent } from '../../../gen/ts/dtms/v1/event.js';
import { costsOf } from '../../../src/cli/replay-costs.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import { type Costs, chargedBy, isFree, withFixedSpread } from '../../../src/replay/costs.js';
import { type ReplayOptions, replay } from '../../../src/replay/driver.js';
import { EngineTarget } from '../../../src/replay/engine-target.js';
import type { ReplayData } from '../../../src/replay/importer.js';
import { sampleTrades } from '../../../src/replay/sampler.js';
import { syntheticMarket } from '../../../src/replay/synthetic.js';

const M15 = 900_000;
const market = syntheticMarket({
  seed: 11,
  timeframe: 'M15',
  bars: 600,
  from: Date.UTC(2025, 0, 6),
  price: 64_000,
  digits: 2,
});
const bidOnly: ReplayData = { ...market, bars: market.bars.map(({ bar }) => ({ bar, ask: null })) };
const FREE: Costs = { spread: null, slippageTicks: 0, commission: 0, swapBuy: 0, swapSell: 0 };

const run = (data: ReplayData, more: Partial<ReplayOptions> = {}) => {
  const trades = sampleTrades(data, 'BTCUSD', M15, 40);
  return replay(new EngineTarget(DEFAULT_RULES), { symbol: 'BTCUSD', data, trades, skippedRows: 0, ...more });
};
const charged = (costs: Partial<Costs>) => chargedBy({ ...FREE, ...costs }, DEFAULT_RULES, 1);
/** The mean of what a price distance is in R of each trade. */
const meanInR = (distance: number, trades = sampleTrades(bidOnly, 'BTCUSD', M15, 40)) => {
  const shares = trades.map(({ entryPrice, stopLoss }) => distance / Math.abs(entryPrice - (stopLoss ?? 0)));
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
};

describe('costs', () => {
  it('of a commission are taken from every trade, opening and closing, with DTMS or without', async () => {
    const [free, costly] = [await run(bidOnly, charged({})), await run(bidOnly, charged({ commission: 50 }))];
    const { mean_r: before } = free.result.without_dtms;
    expect(costly.result.without_dtms.mean_r).toBeCloseTo((before ?? 0) - meanInR(50), 5);
    expect(costly.result.with_dtms.mean_r).toBeLessThan(free.result.with_dtms.mean_r ?? 0);
  });

  it('of slippage and swaps lower the result, and swaps that are paid raise it', async () => {
    const meanOf = async (costs: Partial<Costs>) => {
      const { result } = await run(bidOnly, charged(costs));
      return result.without_dtms.mean_r ?? 0;
    };
    const before = await meanOf({});
    expect(await meanOf({ slippageTicks: 5000 })).toBeLessThan(before);
    expect(await meanOf({ swapBuy: -100, swapSell: -100 })).toBeLessThan(before);
    expect(await meanOf({ swapBuy: 100, swapSell: 100 })).toBeGreaterThan(before);
  });

  it('of a spread are paid by every trade that is closed by time', async () => {
    // No exit is within reach: what differs is the spread alone.
    const rules = { seed: null, stopAtr: 40, targetAtr: 0, heldBars: 20 };
    const meanOf = async (data: ReplayData) => {
      const trades = sampleTrades(data, 'BTCUSD', M15, 40, rules);
      const { result } = await run(data, { trades });
      return { mean: result.without_dtms.mean_r ?? 0, cost: meanInR(90, trades) };
    };
    const [free, wide] = [await meanOf(bidOnly), await meanOf(withFixedSpread(bidOnly, 90))];
    expect(wide.mean).toBeCloseTo(free.mean - wide.cost, 5);
  });

  it('are the settings where nobody asks for others', () => {
    const rules = { ...DEFAULT_RULES, instrument: { ...DEFAULT_RULES.instrument, commissionPerLot: 7 } };
    const swap = { swapBuy: 0, swapSell: 0 };
    expect(costsOf({ slippage: 0, swap }, rules).commission).toBe(7);
    expect(costsOf({ slippage: 0, swap, commission: 3 }, rules).commission).toBe(3);
    expect(chargedBy(costsOf({ slippage: 0, swap }, rules), rules, 1).instrument?.commissionPerLot).toBe(7);
  });

  it('are told as none only where there are none', () => {
    expect(isFree(FREE, 'none')).toBe(true);
    expect(isFree(FREE, 'data')).toBe(false);
    for (const cost of [{ spread: 1 }, { slippageTicks: 1 }, { commission: 1 }, { swapSell: -1 }]) {
      expect(isFree({ ...FREE, ...cost }, 'none')).toBe(false);
    }
  });
});

describe('the price of a SELL', () => {
  it("is its own bar's close plus that bar's spread", async () => {
    const spreadAt = (index: number) => 5 + ((index * 37) % 50);
    const bars = bidOnly.bars.map(({ bar }, index) => {
      const above = (price: number) => Number((price + spreadAt(index)).toFixed(2));
      return {
        bar,
        ask: { open: above(bar.open), high: above(bar.high), low: above(bar.low), close: above(bar.close) },
      };
    });
    const asks = new Map(bars.map(({ bar, ask }) => [bar.time + M15, ask.close]));
    const data = { ...bidOnly, bars };
    const trades = sampleTrades(data, 'BTCUSD', M15, 40).filter(({ direction }) => direction === 'SELL');
    const priced: [number, number | undefined][] = [];
    const onEvent = ({ change, occurredAt }: TradeEvent) => {
      if (change?.$case !== 'stateChanged' || change.value.evaluation === undefined) return;
      priced.push([change.value.price ?? 0, asks.get(occurredAt?.getTime() ?? 0)]);
    };
    await run(data, { trades, observer: { onEvent, onBar: () => {}, onOutcome: () => {} } });
    expect(priced.length).toBeGreaterThan(20);
    for (const [price, ask] of priced) expect(price).toBe(ask);
  });
});
