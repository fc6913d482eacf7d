// Owns `dtms replay`: recorded data through the engine, in this process or through a server.
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command } from 'commander';
import { evenFaults } from '../broker/faults.js';
import { TIMEFRAME_MS } from '../domain/market/data.js';
import type { Rules } from '../domain/rules.js';
import type { Costs } from '../replay/costs.js';
import type { ReplayBar } from '../replay/importer.js';
import type { ReplaySummary } from '../replay/summary.js';
import type { ReplayTarget } from '../replay/target.js';
import type { EngineSight, ReportCollector } from '../report/collector.js';
import { where } from './database.js';
import { CommandError, EXIT, EXIT_HELP } from './exit.js';
import { fileOptions } from './file-options.js';
import { collect, parseShare, parseTime, parseTimeframe, parseWhole, withClient } from './options.js';
import { jsonText, print, remark } from './output.js';
import { accountSharing, sharingText } from './replay-accounts.js';
import { type CostOptions, costOptions, costsOf } from './replay-costs.js';
import { type InputOptions, type ReplayInput, readInput, tradeOptions } from './replay-input.js';
import type { JournalReplayOptions } from './replay-journal.js';
import { streams } from './streams.js';
import { summaryText } from './summary-text.js';

interface Options extends InputOptions, CostOptions {
  readonly portfolio: boolean;
  readonly faults?: number;
  readonly seed: number;
  readonly out?: string;
  readonly summary?: string;
  readonly report?: string;
  readonly server?: string;
  readonly policy: readonly string[];
  readonly config?: string;
  readonly json: boolean;
}

/** What may be asked for: files of a symbol, or the journal. */
interface AnyOptions extends Omit<Options, 'symbol'>, JournalReplayOptions {
  readonly symbol?: string;
  readonly journal: boolean;
}

interface Driven {
  readonly summary: ReplaySummary;
  readonly collector: ReportCollector | null;
}

/** Drives a target; `sight` shows the engine, where it is in this process. */
type Drive = (target: ReplayTarget, sight: EngineSight | null) => Promise<Driven>;

/** Bad rows shown one by one; the rest is only counted. */
const SHOWN_BAD_ROWS = 10;
/** M15 bars are the fine ones too when there are no others. */
const DEGRADED = 'with M15 bars alone the fine checks run on them too; M1 or M5 bars give other results';
/** Gather this much of --out before it is written. */
const CHUNK_BYTES = 1 << 20;

const EXAMPLES = `
Examples:
  $ dtms sample-data
  $ dtms replay --bars sample/btcusd-m15.csv --symbol BTCUSD --timeframe M15 --sample 1000
  $ dtms replay --bars sample/btcusd-m15.csv --symbol BTCUSD --sample 1000 --report btcusd-report
  $ dtms replay --bid sample/btcusd-m15-bid.csv --ask sample/btcusd-m15-ask.csv --symbol BTCUSD --trades sample/trades.csv --out events.jsonl
  $ dtms replay --journal --from 2026-11-30T08:00:00Z --account demo
  $ dtms replay --bars sample/eurusd-m15.csv --symbol EURUSD --sample 100 --server 127.0.0.1:50051 --summary summary.json

The trades file is CSV: ticket,symbol,direction,entry_time,entry_price,volume,stop_loss,take_profit.
The file of --out has one event a line; its SHA-256 is log_sha256 of the summary.`;

export function replayCommand(): Command {
  const command = new Command('replay')
    .description('run recorded market data through the engine, and say what defence gained or cost')
    .option('--bars <file>', 'CSV of bars, any common column names and time formats')
    .option('--bid <file>', 'CSV of bid bars, together with --ask')
    .option('--ask <file>', 'CSV of ask bars, together with --bid')
    .option('--ticks <file>', 'CSV of quotes or trades: M1 bars and order flow are made of them')
    .option('--symbol <symbol>', "the broker's symbol; needed with files")
    .option('--timeframe <timeframe>', 'M1, M5 or M15; taken from the data when not given', parseTimeframe)
    .option('--trades <file>', 'CSV of the trades to open')
    .option('--sample <count>', 'open this many trades evenly over the data', parseWhole)
    .option('--portfolio', 'sampled trades share one account and its rails, instead of one each', false)
    .option('--strict', 'stop at the first bad row instead of skipping it', false)
    .option(
      '--faults <share>',
      'let this share of all calls to the broker go wrong, 0 to 1; in process only',
      parseShare,
    )
    .option('--seed <number>', 'of the faults and of slippage', parseWhole, 1)
    .option('--out <file>', 'write every event, one JSON a line')
    .option('--summary <file>', 'write the summary as JSON')
    .option('--report <folder>', 'write report.html, to be opened in a browser, and the CSV behind it')
    .option(
      '--policy <file>',
      'a policy for its trades; again for more. Of a server its own hold',
      collect,
      [],
    )
    .option('--server <address>', 'replay through this server instead of in process')
    .option('--journal', "what reached a database's servers, once more, compared with their log", false)
    .option('--from <time>', 'with --journal: compare from this time on', parseTime)
    .option('--until <time>', 'with --journal: compare up to this time', parseTime)
    .option('--account <account>', 'with --journal: compare the events of this account alone')
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(runEither);
  for (const option of [...fileOptions(), ...tradeOptions(), ...costOptions()]) command.addOption(option);
  return where(command);
}

async function runEither(options: AnyOptions): Promise<void> {
  const { symbol } = options;
  if (!options.journal) {
    if (symbol === undefined) throw new CommandError('--symbol is missing, or --journal', EXIT.usage);
    return run({ ...options, symbol });
  }
  const { replayJournal } = await import('./replay-journal.js');
  await replayJournal(options);
}

async function run(options: Options): Promise<void> {
  const startedAt = performance.now();
  if (options.server !== undefined && options.faults !== undefined) {
    // What waits for time waits for the server's, and the recording does not.
    throw new CommandError('--faults is for replays in process; with a server use: dtms paper', EXIT.usage);
  }
  if (options.server !== undefined && options.policy.length > 0)
    throw new CommandError(
      '--policy is for replays in process; a server has its own: dtms policies',
      EXIT.usage,
    );
  const input = await readInput(options);
  const { loadConfig } = await import('../config/config.js');
  const { rules } = loadConfig({ file: options.config, use: 'tools' });
  const setting = await settingOf(options, input, rules);
  for (const line of setting.lines) remark(line);
  const { describeBadRow } = await import('../replay/input/table.js');
  for (const bad of input.badRows.slice(0, SHOWN_BAD_ROWS)) remark(`skipped ${describeBadRow(bad)}`);
  const unshown = input.badRows.length - SHOWN_BAD_ROWS;
  if (unshown > 0) remark(`skipped ${unshown} more rows`);
  // Now, and not after the replay, it is said where nothing can be written.
  for (const file of [options.out, options.summary]) {
    if (file !== undefined) mkdirSync(dirname(file), { recursive: true });
  }
  const { summary, collector } = await runReplay(options, input, rules, setting.costs);
  if (summary.trades === 0) throw new CommandError('no trade was replayed');
  const elapsed = Math.round(performance.now() - startedAt);
  const whole = { ...summary, elapsed_ms: elapsed, ...setting.figures };
  if (options.summary !== undefined) writeFileSync(options.summary, `${JSON.stringify(whole, null, 2)}\n`);
  if (options.report !== undefined && collector !== null) {
    const { writeReport } = await import('../report/write.js');
    const { timeframe, digits } = input.data;
    const facts = {
      symbol: options.symbol,
      timeframe,
      digits,
      barMs: TIMEFRAME_MS[timeframe],
      remarks: setting.lines,
    };
    remark(`report: ${writeReport(options.report, collector, whole, facts)}`);
  }
  print(options.json ? jsonText(whole) : summaryText(whole));
}

/** What a replay takes for granted: lines said before it begins, and figures of the summary. */
async function settingOf(options: Options, { data, readings }: ReplayInput, rules: Rules) {
  const { readingText } = await import('../replay/input/file-reading.js');
  const { costFigures, costsText, isFree } = await import('../replay/costs.js');
  const degraded = data.timeframe === 'M15' ? DEGRADED : null;
  const costs = costsOf(options, rules);
  const hasSpread = ({ bar, ask }: ReplayBar) =>
    ask !== null && (ask.open > bar.open || ask.close > bar.close);
  const spread = data.bars.some(hasSpread) ? 'data' : 'none';
  const sharing = accountSharing(options);
  const lines = [
    ...readings.map(readingText),
    ...(degraded === null ? [] : [`degraded: ${degraded}`]),
    costsText(costs, spread),
    ...(isFree(costs, spread) ? ['trading is free: results are better than any account has them'] : []),
    sharingText(sharing, options),
  ];
  return {
    costs,
    lines,
    figures: { degraded, accounts: sharing, costs: costFigures(costs, spread), inputs: readings },
  };
}

async function runReplay(options: Options, input: ReplayInput, rules: Rules, costs: Costs): Promise<Driven> {
  const { data, trades, badRows } = input;
  const sink = options.out === undefined ? null : new LineFile(options.out);
  const { replay } = await import('../replay/driver.js');
  const { chargedBy } = await import('../replay/costs.js');
  const { standingAlone } = await import('../replay/accounts.js');
  const progress = await progressBar(data.bars.length);
  const drive: Drive = async (target, sight) => {
    const collector = options.report === undefined ? null : await newCollector(sight);
    const summary = await replay(target, {
      symbol: options.symbol,
      data,
      trades,
      skippedRows: badRows.length,
      ...chargedBy(costs, rules, options.seed),
      faults: options.faults === undefined ? undefined : evenFaults(options.seed, options.faults),
      onLine: (line) => sink?.write(line),
      onBar: progress.update,
      observer: collector ?? undefined,
    });
    return { summary, collector };
  };
  try {
    const isAlone = accountSharing(options) === 'one each';
    return await onTarget(options, isAlone ? standingAlone(rules) : rules, drive);
  } finally {
    progress.stop();
    sink?.close();
  }
}

async function newCollector(sight: EngineSight | null): Promise<ReportCollector> {
  const { ReportCollector } = await import('../report/collector.js');
  return new ReportCollector(sight);
}

async function onTarget({ server, symbol, policy }: Options, rules: Rules, drive: Drive): Promise<Driven> {
  if (server === undefined) {
    const { EngineTarget } = await import('../replay/engine-target.js');
    const target = new EngineTarget(rules);
    if (policy.length > 0) {
      const { readPolicyFile } = await import('./policy-files.js');
      const { policyFromProto } = await import('../wire/policy.js');
      for (const file of policy) target.upsertPolicy(policyFromProto(readPolicyFile(file)));
    }
    return drive(target, {
      thresholds: rules.states,
      latest: (direction) => target.latest(symbol, direction),
    });
  }
  const { ServerTarget } = await import('../replay/server-target.js');
  return withClient(server, async (client) => {
    // Only a server that has answered once is waited for when it goes away.
    await client.getStatus({}, { retryMs: 0 });
    // A server tells of evaluations only where they moved a trade.
    const target = new ServerTarget(client, 'replay');
    const driven = await drive(target, null);
    const { account } = target;
    remark(`${account} stays at the server; dtms replays remove ${account} takes its market data out`);
    return driven;
  });
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
  const { stderr } = streams();
  if (stderr.isTTY !== true) return { update: undefined, stop: () => {} };
  const { default: cliProgress } = await import('cli-progress');
  const bar = new cliProgress.SingleBar({
    format: 'replay [{bar}] {percentage}% | {value}/{total} bars | {eta_formatted} left',
    hideCursor: true,
    stream: stderr,
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
