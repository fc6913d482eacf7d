// Owns `dtms sample-data`: files of a made-up market and trades in it, the same from the same seed, so that whoever has no
// data of their own can run every command that needs some.
import { Command } from 'commander';
import type { Timeframe } from '../domain/market/data.js';
import { fixed } from '../domain/number-text.js';
import type { ReplayData } from '../replay/importer.js';
import type { ReplayTrade } from '../replay/trades-file.js';
import { CommandError, EXIT, EXIT_HELP } from './exit.js';
import { parseWhole } from './options.js';
import { print } from './output.js';

interface Options {
  readonly folder: string;
  readonly bars: number;
  readonly trades: number;
  readonly seed: number;
}

interface SampleMarket {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly price: number;
  readonly digits: number;
}

/** Of the first the bars of both sides are written as well, and the trades are in it. */
const MARKETS: readonly SampleMarket[] = [
  { symbol: 'BTCUSD', timeframe: 'M15', price: 64_000, digits: 2 },
  { symbol: 'EURUSD', timeframe: 'M15', price: 1.1, digits: 5 },
  { symbol: 'XAUUSD', timeframe: 'M15', price: 2_400, digits: 2 },
];
/** A Monday. */
const FROM = Date.UTC(2024, 8, 2);
const MOST_BARS = 1_000_000;

const EXAMPLES = `
Examples:
  $ dtms sample-data
  $ dtms sample-data --folder week --bars 672 --seed 7
  $ dtms replay --bars sample/btcusd-m15.csv --symbol BTCUSD --trades sample/trades.csv
  $ dtms paper --account paper --feed paper --symbol XAUUSD --bars sample/xauusd-m15.csv --from-bar 500 --sample 60 --speed 6000

The market is a random walk: nothing in it can be predicted, so it shows how DTMS works and nothing about what that is
worth. A file that is there is not overwritten: where it is another one the command ends there, the same one stays.`;

export function sampleDataCommand(): Command {
  return new Command('sample-data')
    .description('write bars of a made-up market, and trades in it, to try commands with')
    .option('--folder <folder>', 'where to; it is made', 'sample')
    .option('--bars <count>', 'bars of each symbol', parseWhole, 2000)
    .option('--trades <count>', 'trades, evenly over the bars', parseWhole, 20)
    .option('--seed <number>', 'another market', parseWhole, 59)
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(run);
}

async function run({ folder, bars, trades, seed }: Options): Promise<void> {
  const { mkdirSync, readFileSync, writeFileSync } = await import('node:fs');
  const { join } = await import('node:path');
  if (bars < 1 || bars > MOST_BARS) throw new CommandError(`--bars: 1 to ${MOST_BARS}`, EXIT.usage);
  const files = await filesOf(bars, trades, seed);
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of files) {
    const path = join(folder, name);
    try {
      writeFileSync(path, text, { flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (readFileSync(path, 'utf8') !== text)
        throw new CommandError(`${path} is there already, and another: name another --folder`, EXIT.usage);
    }
    print(path);
  }
}

/** The files by their names. */
async function filesOf(
  bars: number,
  count: number,
  seed: number,
): Promise<readonly (readonly [string, string])[]> {
  const { syntheticMarket } = await import('../replay/synthetic.js');
  const { sampleTrades } = await import('../replay/sampler.js');
  const { TIMEFRAME_MS } = await import('../domain/market/data.js');
  return MARKETS.flatMap(({ symbol, timeframe, price, digits }, index) => {
    const market = { seed: seed + index, timeframe, bars, from: FROM, price, digits };
    // With drift a replay of it would look as if defending paid: who tries it first would believe that.
    const data = syntheticMarket({ ...market, drifts: false });
    const name = `${symbol.toLowerCase()}-${timeframe.toLowerCase()}`;
    const own = [[`${name}.csv`, barsText(data, 'bid')] as const];
    if (index > 0) return own;
    const trades = sampleTrades(data, symbol, TIMEFRAME_MS[timeframe], count);
    return [
      ...own,
      [`${name}-bid.csv`, barsText(data, 'bid')] as const,
      [`${name}-ask.csv`, barsText(data, 'ask')] as const,
      ['trades.csv', tradesText(trades)] as const,
    ];
  });
}

function barsText({ bars, digits }: ReplayData, side: 'bid' | 'ask'): string {
  const lines = bars.map(({ bar, ask }) => {
    const { open, high, low, close } = side === 'bid' ? bar : (ask ?? bar);
    const prices = [open, high, low, close].map((price) => fixed(price, digits));
    return [timeOf(bar.time), ...prices, bar.volume].join(',');
  });
  return lined('time,open,high,low,close,volume', lines);
}

function tradesText(trades: readonly ReplayTrade[]): string {
  const lines = trades.map((trade) => {
    const { ticket, symbol, direction, entryTime, entryPrice, volume, stopLoss, takeProfit } = trade;
    const levels = [stopLoss ?? '', takeProfit ?? ''];
    return [ticket, symbol, direction, timeOf(entryTime), entryPrice, volume, ...levels].join(',');
  });
  return lined('ticket,symbol,direction,entry_time,entry_price,volume,stop_loss,take_profit', lines);
}

const timeOf = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z');
const lined = (head: string, lines: readonly string[]): string => `${[head, ...lines].join('\n')}\n`;
