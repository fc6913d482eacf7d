// Owns what trading costs in `dtms replay`: its options.
import { InvalidArgumentError, Option } from 'commander';
import type { Rules } from '../domain/rules.js';
import type { Costs } from '../replay/costs.js';
import { parseNotNegative, parseWhole } from './options.js';

/** Swaps of a BUY and a SELL over a night. */
interface Swaps {
  readonly swapBuy: number;
  readonly swapSell: number;
}

export interface CostOptions {
  readonly spread?: number;
  readonly slippage: number;
  readonly commission?: number;
  readonly swap: Swaps;
}

const SWAPS = /^(-?\d+(?:\.\d+)?)(?:\/(-?\d+(?:\.\d+)?))?$/;

function parseSwaps(text: string): Swaps {
  const [, buy, sell] = SWAPS.exec(text) ?? [];
  if (buy === undefined) throw new InvalidArgumentError('must be a price distance, or two: -0.8/0.2.');
  return { swapBuy: Number(buy), swapSell: Number(sell ?? buy) };
}

export function costOptions(): Option[] {
  return [
    new Option('--spread <price>', 'ask - bid of every bar, instead of what the data has').argParser(
      parseNotNegative,
    ),
    new Option('--slippage <ticks>', 'the most that orders and stops fill worse')
      .argParser(parseWhole)
      .default(0),
    new Option(
      '--commission <price>',
      'of opening and closing one lot, as a price distance; rules.instrument.commissionPerLot if not given',
    ).argParser(parseNotNegative),
    new Option(
      '--swap <buy/sell>',
      'of one lot over a night, as price distances, such as -0.8/0.2; below 0 costs',
    )
      .argParser(parseSwaps)
      .default({ swapBuy: 0, swapSell: 0 }, '0'),
  ];
}

export function costsOf({ spread, slippage, commission, swap }: CostOptions, rules: Rules): Costs {
  const charged = commission ?? rules.instrument.commissionPerLot;
  return { spread: spread ?? null, slippageTicks: slippage, commission: charged, ...swap };
}
