// Owns what `dtms replay` replays: market data and trades read from files, and how each was read.
import { Option } from 'commander';
import { TIMEFRAME_MS, type Timeframe } from '../domain/market/data.js';
import type { ReplayData } from '../replay/importer.js';
import type { FileReading } from '../replay/input/file-reading.js';
import type { BadRow, BadRowPolicy } from '../replay/input/table.js';
import type { ReplayTrade } from '../replay/trades-file.js';
import { CommandError, EXIT } from './exit.js';
import { askedOf, type FileOptions } from './file-options.js';
import { parseNotNegative, parsePositive, parseWhole } from './options.js';

export interface InputOptions extends FileOptions {
  readonly bars?: string;
  readonly bid?: string;
  readonly ask?: string;
  readonly ticks?: string;
  readonly symbol: string;
  readonly timeframe?: Timeframe;
  readonly trades?: string;
  readonly sample?: number;
  readonly strict: boolean;
  readonly tradesTimeZone?: string;
  readonly sampleSeed?: number;
  readonly stopAtr: number;
  readonly targetAtr: number;
  readonly hold: number;
  /** ask - bid of every bar, whatever the files say. */
  readonly spread?: number;
}

export interface ReplayInput {
  readonly data: ReplayData;
  /** At least one, in order of entry. */
  readonly trades: readonly ReplayTrade[];
  readonly badRows: readonly BadRow[];
  readonly readings: readonly FileReading[];
}

/** Options of trades: of a file's, and of sampled ones. */
export function tradeOptions(): Option[] {
  return [
    new Option('--trades-time-zone <zone>', 'the zone of the times in --trades, where it is another'),
    new Option('--sample-seed <number>', 'draw entries and directions by this seed').argParser(parseWhole),
    new Option('--stop-atr <count>', 'stop of sampled trades, in ATR of the bars')
      .argParser(parsePositive)
      .default(4),
    new Option('--target-atr <count>', 'their target; 0 for none').argParser(parseNotNegative).default(6),
    new Option('--hold <bars>', 'the longest they are held').argParser(parsePositive).default(200),
  ];
}

/**
 * Reads everything an invocation names.
 * @throws CommandError where it names too little, or nothing is left to replay.
 */
export async function readInput(options: InputOptions): Promise<ReplayInput> {
  const faults = [...dataFaults(options), ...tradesFaults(options)];
  if (faults.length > 0) throw new CommandError(faults.join('\n'), EXIT.usage);
  const policy: BadRowPolicy = options.strict ? 'stop' : 'skip';
  const { readings, data: read } = await readData(options, policy);
  const { withFixedSpread } = await import('../replay/costs.js');
  const data = options.spread === undefined ? read : withFixedSpread(read, options.spread);
  if (options.trades === undefined) {
    return { data, trades: await sampled(data, options), badRows: data.badRows, readings };
  }
  const { heldToExit, readTrades, withinData } = await import('../replay/trades-file.js');
  const asked = await askedOf({ ...options, timeZone: options.tradesTimeZone ?? options.timeZone });
  const { trades, badRows, reading } = readTrades(options.trades, options.symbol, policy, asked);
  const [bad] = badRows;
  if (trades.length === 0) {
    const why = bad === undefined ? 'it has no rows' : `line ${bad.line}: ${bad.column}: ${bad.reason}`;
    throw new CommandError(`${options.trades}: no trade can be replayed: ${why}`);
  }
  const times = data.bars.map(({ bar }) => bar.time);
  const held = heldToExit(trades, times, TIMEFRAME_MS[data.timeframe]);
  const within = withinData(held, times, TIMEFRAME_MS[data.timeframe]);
  if (within.length === 0) {
    const [from, to] = [times[0] ?? 0, times.at(-1) ?? 0].map((time) => new Date(time).toISOString());
    const entered = new Date(trades[0]?.entryTime ?? 0).toISOString();
    throw new CommandError(
      `${options.trades}: no trade was entered within the data, ${from} to ${to}; the first at ${entered}`,
    );
  }
  const { checkEntries } = await import('../replay/entry-prices.js');
  const entries = checkEntries(within, data.bars);
  if (entries.trades.length === 0) {
    throw new CommandError(`${options.trades}: no trade was entered at a price near the market's`);
  }
  const left = trades.length - within.length;
  const outside = left === 0 ? [] : [`${left} × entered outside the data: left out`];
  return {
    data,
    trades: entries.trades,
    badRows: [...data.badRows, ...badRows],
    readings: [...readings, { ...reading, remarks: [...reading.remarks, ...outside, ...entries.remarks] }],
  };
}

function dataFaults({ bars, bid, ask, ticks, timeframe }: InputOptions): string[] {
  const given = Object.entries({ bars, bid, ask, ticks }).flatMap(([name, file]) =>
    file === undefined ? [] : name,
  );
  if (!['bars', 'bid ask', 'ticks'].includes(given.join(' ')))
    return ['name the market data: either --bars FILE, or --bid FILE and --ask FILE, or --ticks FILE'];
  return ticks !== undefined && timeframe !== undefined
    ? ['--ticks makes M1 bars: leave --timeframe out']
    : [];
}

function tradesFaults({ trades, sample }: InputOptions): string[] {
  if ((trades === undefined) === (sample === undefined))
    return ['name the trades: either --trades FILE or --sample N'];
  return sample === 0 ? ['--sample 0 opens no trade'] : [];
}

async function readData(
  options: InputOptions,
  policy: BadRowPolicy,
): Promise<{ readings: readonly FileReading[]; data: ReplayData }> {
  const { importBars, pairBidAsk, withSpread } = await import('../replay/importer.js');
  const { bars, bid, ask, timeframe = null } = options;
  const asked = await askedOf(options);
  if (options.ticks !== undefined) {
    const { importTicks } = await import('../replay/ticks.js');
    const { data, reading } = importTicks(options.ticks, policy, asked);
    return { data, readings: [reading] };
  }
  const read = (file: string) => importBars(file, timeframe, policy, asked);
  if (bars !== undefined) {
    const file = read(bars);
    return { readings: [file.reading], data: withSpread(file) };
  }
  const [bids, asks] = [read(bid ?? ''), read(ask ?? '')];
  return { readings: [bids.reading, asks.reading], data: pairBidAsk(bids, asks, policy) };
}

async function sampled(data: ReplayData, options: InputOptions): Promise<readonly ReplayTrade[]> {
  const { SAMPLE_WARM_UP, sampleTrades } = await import('../replay/sampler.js');
  const barMs = TIMEFRAME_MS[data.timeframe];
  const { sampleSeed: seed = null, stopAtr, targetAtr, hold: heldBars } = options;
  const rules = { seed, stopAtr, targetAtr, heldBars };
  const trades = sampleTrades(data, options.symbol, barMs, options.sample ?? 0, rules);
  if (trades.length > 0) return trades;
  throw new CommandError(
    `no trade can be sampled: ${data.bars.length} bars, and the stop's ATR needs more than ${SAMPLE_WARM_UP}`,
  );
}
