// `dtms replay`: recorded data through the engine, in this process or through a server.
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { Command } from 'commander';
import { TIMEFRAME_MS, type Timeframe } from '../domain/types.js';
import type { ReplaySummary } from '../replay/driver.js';
import type { ReplayData } from '../replay/importer.js';
import type { BadRow, BadRowPolicy } from '../replay/table.js';
import type { ReplayTarget } from '../replay/target.js';
import type { ReplayTrade } from '../replay/trades-file.js';
import { CommandError, EXIT, EXIT_HELP } from './exit.js';
import { jsonOption, parseTimeframe, parseWhole, withClient } from './options.js';
import { jsonText, print, remark } from './output.js';
import { summaryText } from './summary-text.js';

interface Options {
  readonly bars?: string;
  readonly bid?: string;
  readonly ask?: string;
  readonly symbol: string;
  readonly timeframe?: Timeframe;
  readonly trades?: string;
  readonly sample?: number;
  readonly strict: boolean;
  readonly hedgeStops: boolean;
  readonly out?: string;
  readonly summary?: string;
  readonly server?: string;
  readonly json: boolean;
}

interface Input {
  readonly data: ReplayData;
  readonly trades: readonly ReplayTrade[];
  readonly badRows: readonly BadRow[];
}

/** Bad rows shown one by one; the rest is only counted. */
const SHOWN_BAD_ROWS = 10;
/** Gather this much of --out before it is written. */
const CHUNK_BYTES = 1 << 20;

const EXAMPLES = `
Examples:
  $ dtms replay --bars btcusd-m15.csv --symbol BTCUSD --timeframe M15 --sample 1000
  $ dtms replay --bid bid.csv --ask ask.csv --symbol USDJPY --timeframe M1 --trades trades.csv --out events.jsonl
  $ dtms replay --bars eurusd.csv --symbol EURUSD --sample 100 --server 127.0.0.1:50051 --summary summary.json

The trades file is CSV: ticket,symbol,direction,entry_time,entry_price,volume,stop_loss,take_profit.
The file of --out has one event a line; its SHA-256 is log_sha256 of the summary.`;

export function replayCommand(): Command {
  return new Command('replay')
    .description('run recorded market data through the engine, and say what defence gained or cost')
    .option('--bars <file>', 'CSV of bars, any common column names and time formats')
    .option('--bid <file>', 'CSV of bid bars, together with --ask')
    .option('--ask <file>', 'CSV of ask bars, together with --bid')
    .requiredOption('--symbol <symbol>', "the broker's symbol")
    .option('--timeframe <timeframe>', 'M1, M5 or M15; taken from the data when not given', parseTimeframe)
    .option('--trades <file>', 'CSV of the trades to open')
    .option('--sample <count>', 'open this many trades evenly over the data', parseWhole)
    .option('--strict', 'stop at the first bad row instead of skipping it', false)
    .option('--hedge-stops', "also run the hedge legs' own stops, half an ATR away", false)
    .option('--out <file>', 'write every event, one JSON a line')
    .option('--summary <file>', 'write the summary as JSON')
    .option('--server <address>', 'replay through this server instead of in process')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(run);
}

async function run(options: Options): Promise<void> {
  const startedAt = performance.now();
  const { data, trades, badRows } = await readInput(options);
  const { describeBadRow } = await import('../replay/table.js');
  for (const bad of badRows.slice(0, SHOWN_BAD_ROWS)) remark(`skipped ${describeBadRow(bad)}`);
  if (badRows.length > SHOWN_BAD_ROWS) remark(`skipped ${badRows.length - SHOWN_BAD_ROWS} more rows`);

  const sink = options.out === undefined ? null : new LineFile(options.out);
  const { replay } = await import('../replay/driver.js');
  const progress = await progressBar(data.bars.length);
  const drive = (target: ReplayTarget) =>
    replay(target, {
      symbol: options.symbol,
      data,
      trades,
      skippedRows: badRows.length,
      hedgeStops: options.hedgeStops ? 'run' : 'hold',
      onLine: (line) => sink?.write(line),
      onBar: progress.update,
    });
  let summary: ReplaySummary;
  try {
    summary = await onTarget(options.server, drive);
  } finally {
    progress.stop();
    sink?.close();
  }
  const whole = { ...summary, elapsed_ms: Math.round(performance.now() - startedAt) };
  if (options.summary !== undefined) writeFileSync(options.summary, `${JSON.stringify(whole, null, 2)}\n`);
  print(options.json ? jsonText(whole) : summaryText(whole));
}

async function onTarget<T>(
  server: string | undefined,
  drive: (target: ReplayTarget) => Promise<T>,
): Promise<T> {
  if (server === undefined) {
    const { EngineTarget } = await import('../replay/engine-target.js');
    const { loadConfig } = await import('../config/config.js');
    return drive(new EngineTarget(loadConfig().rules));
  }
  const { ServerTarget } = await import('../replay/server-target.js');
  return withClient(server, async (client) => {
    // Only a server that has answered once is waited for when it goes away.
    await client.getStatus({}, { retryMs: 0 });
    return drive(new ServerTarget(client, 'replay'));
  });
}

async function readInput(options: Options): Promise<Input> {
  const policy: BadRowPolicy = options.strict ? 'stop' : 'skip';
  const data = await readData(options, policy);
  if (options.trades !== undefined && options.sample === undefined) {
    const { readTrades } = await import('../replay/trades-file.js');
    const { trades, badRows } = readTrades(options.trades, options.symbol, policy);
    return { data, trades, badRows: [...data.badRows, ...badRows] };
  }
  if (options.sample === undefined || options.trades !== undefined) {
    throw new CommandError('name the trades: either --trades FILE or --sample N', EXIT.usage);
  }
  const { sampleTrades } = await import('../replay/sampler.js');
  const trades = sampleTrades(data, options.symbol, TIMEFRAME_MS[data.timeframe], options.sample);
  return { data, trades, badRows: data.badRows };
}

async function readData(options: Options, policy: BadRowPolicy): Promise<ReplayData> {
  const { importBars, pairBidAsk, withSpread } = await import('../replay/importer.js');
  const timeframe = options.timeframe ?? null;
  const { bars, bid, ask } = options;
  if (bars !== undefined && bid === undefined && ask === undefined) {
    return withSpread(importBars(bars, timeframe, policy));
  }
  if (bars === undefined && bid !== undefined && ask !== undefined) {
    return pairBidAsk(importBars(bid, timeframe, policy), importBars(ask, timeframe, policy), policy);
  }
  throw new CommandError(
    'name the market data: either --bars FILE, or --bid FILE and --ask FILE',
    EXIT.usage,
  );
}

/** Lines of a file, written in large pieces. */
class LineFile {
  readonly #file: number;
  #text = '';

  constructor(path: string) {
    this.#file = openSync(path, 'w');
  }

  write(line: string): void {
    this.#text += `${line}\n`;
    if (this.#text.length >= CHUNK_BYTES) this.#flush();
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #flush(): void {
    writeSync(this.#file, this.#text);
    this.#text = '';
  }
}

interface Progress {
  readonly update: ((done: number) => void) | undefined;
  readonly stop: () => void;
}

/** A progress bar on a terminal, nothing elsewhere. */
async function progressBar(total: number): Promise<Progress> {
  if (!process.stderr.isTTY) return { update: undefined, stop: () => {} };
  const { default: cliProgress } = await import('cli-progress');
  const bar = new cliProgress.SingleBar({
    format: 'replay [{bar}] {percentage}% | {value}/{total} bars | {eta_formatted} left',
    hideCursor: true,
  });
  bar.start(total, 0);
  const step = Math.max(1, Math.floor(total / 200));
  return {
    update: (done) => {
      if (done % step === 0 || done === total) bar.update(done);
    },
    stop: () => bar.stop(),
  };
}
