// Owns what trading costs in a replay: what is charged, and what is said of it at the start.
import { type Execution, PLAIN_EXECUTION } from '../broker/terms.js';
import type { Rules } from '../domain/rules.js';
import type { ReplayOptions } from './driver.js';
import type { ReplayData } from './importer.js';

/** Distances are prices. */
export interface Costs {
  /** ask - bid of every bar whatever the data says; null leaves it to the data. */
  readonly spread: number | null;
  /** The most ticks an order fills worse than its price. */
  readonly slippageTicks: number;
  /** Of opening and closing one lot, as a price distance. */
  readonly commission: number;
  /** Of one lot over a night, as price distances; below 0 it costs. */
  readonly swapBuy: number;
  readonly swapSell: number;
}

/** Where the spread comes from when it is left to the data. */
export type DataSpread = 'data' | 'none';

/** Costs for people. */
export function costsText({ spread, ...costs }: Costs, inData: DataSpread): string {
  const where = inData === 'data' ? "the data's" : 'none';
  return [
    `costs: spread ${spread === null ? where : `${spread} on every bar`}`,
    `slippage up to ${costs.slippageTicks} ticks`,
    `commission ${costs.commission}`,
    `swap ${costs.swapBuy} for a BUY and ${costs.swapSell} for a SELL`,
  ].join(', ');
}

/** Costs under the names of the summary file. */
export function costFigures({ spread, ...costs }: Costs, inData: DataSpread) {
  return {
    spread: spread ?? inData,
    slippage_ticks: costs.slippageTicks,
    commission_per_lot: costs.commission,
    swap_buy: costs.swapBuy,
    swap_sell: costs.swapSell,
  };
}

/** Whether trading is free, as it is nowhere else. */
export function isFree({ spread, ...costs }: Costs, inData: DataSpread): boolean {
  const hasSpread = spread === null ? inData === 'data' : spread > 0;
  const hasSwap = costs.swapBuy < 0 || costs.swapSell < 0;
  return !hasSpread && !hasSwap && costs.slippageTicks === 0 && costs.commission === 0;
}

/** The same data with every ask this far above its bid, whatever the file says. */
export function withFixedSpread(data: ReplayData, spread: number): ReplayData {
  const above = (price: number) => Number((price + spread).toFixed(data.digits));
  const bars = data.bars.map(({ bar, within }) => ({
    bar,
    ...(within !== undefined && {
      within: { ...within, quotes: within.quotes.map((quote) => ({ ...quote, ask: above(quote.bid) })) },
    }),
    ask: { open: above(bar.open), high: above(bar.high), low: above(bar.low), close: above(bar.close) },
  }));
  return { ...data, bars };
}

/** The terms and the execution that charge these costs; contract terms are those of the settings. */
export function chargedBy(
  costs: Costs,
  rules: Rules,
  seed: number,
): Pick<ReplayOptions, 'instrument' | 'execution' | 'swap'> {
  // Ticks and digits are the data's, and results are counted in R, which has no contract size.
  const { digits: _, tickSize: __, contractSize: ___, ...terms } = rules.instrument;
  const execution: Execution = { ...PLAIN_EXECUTION, seed, slippageTicks: costs.slippageTicks };
  return {
    instrument: { ...terms, commissionPerLot: costs.commission },
    execution,
    swap: { swapBuy: costs.swapBuy, swapSell: costs.swapSell },
  };
}
