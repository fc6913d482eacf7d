// `dtms paper`: a paper broker and its bridge beside a running server, on recorded bars played as a live market.
import { Command, Option } from 'commander';
import { MarginMode } from '../../gen/ts/dtms/v1/account_service.js';
import type { PaperBroker } from '../broker/paper-broker.js';
import type { DtmsClient } from '../client/client.js';
import type { Timeframe } from '../domain/types.js';
import type { ReplayData } from '../replay/importer.js';
import type { ReplayTrade } from '../replay/trades-file.js';
import { CommandError, EXIT, EXIT_HELP } from './exit.js';
import {
  jsonOption,
  parseNotNegative,
  parsePositive,
  parseShare,
  parseTimeframe,
  parseWhole,
  serverOption,
  withClient,
} from './options.js';
import { remark } from './output.js';
import type { PaperCourse, PaperParts } from './paper-course.js';
import type { PaperMarket } from './paper-market.js';
import type { PaperTime } from './paper-time.js';
import type { Voice } from './paper-voice.js';
import { onShutdown } from './shutdown.js';

interface Options {
  readonly account: string;
  readonly symbol: string;
  readonly bars: string;
  readonly timeframe?: Timeframe;
  readonly feed: string;
  readonly speed: number;
  readonly max: boolean;
  readonly fromBar: number;
  readonly recordedTime: boolean;
  readonly spread?: number;
  readonly netting: boolean;
  readonly faults?: number;
  readonly seed: number;
  readonly slippage: number;
  readonly commission: number;
  readonly sample: number;
  readonly server: string;
  readonly json: boolean;
}

/** The name under which the bridge works; a broker that is started again goes on under it. */
const BRIDGE_ID = 'dtms-paper';
const DEFAULT_SPEED = 60;
/** The server may be away for this long before the broker gives up. */
const CALL = { retryMs: 60_000, deadlineMs: 20_000 };
/** The server takes no data that is dated further ahead than this. */
const MOST_AHEAD_MS = 48 * 3_600_000;
/** Sample tickets count up from the second the market begins in, times this. */
const SAMPLES_PER_SECOND = 10_000;

const EXAMPLES = `
Examples:
  $ dtms paper --account demo --symbol BTCUSD --bars btcusd-m15.csv --from-bar 500 --sample 500 --speed 6000
  $ dtms paper --account demo --symbol EURUSD --bars eurusd.csv --feed paper --speed 1 --spread 0.0001
  $ dtms paper --account chaos --symbol BTCUSD --bars btcusd-m15.csv --max --sample 200 --faults 0.2 --json

The bars before --from-bar are told at once, so that the signals are warm. Dates are moved so that the
last bar closes when it is played. What was stopped goes on where its feed is when it is run again. Trades that are registered in the account become positions of this
broker: dtms trades register --account demo --feed FEED ... Ctrl-C reconciles once more and ends.`;

export function paperCommand(): Command {
  return new Command('paper')
    .description('play recorded bars as a live market, with a paper broker and its bridge, against a server')
    .requiredOption('--account <name>', 'the account the broker holds')
    .requiredOption('--symbol <symbol>', "the broker's symbol; it trades this one only")
    .requiredOption('--bars <file>', 'CSV of bars, any common column names and time formats')
    .option('--timeframe <timeframe>', 'M1, M5 or M15; taken from the data when not given', parseTimeframe)
    .option('--feed <name>', "the feed the bars are told to; the server's default one when not given", '')
    .addOption(
      new Option('--speed <factor>', 'how many times faster than the clock')
        .argParser(parsePositive)
        .default(DEFAULT_SPEED),
    )
    .addOption(new Option('--max', 'as fast as it goes').default(false).conflicts('speed'))
    .option('--from-bar <number>', 'play from this bar on, counted from 0', parseWhole, 0)
    .option('--recorded-time', "keep the file's own dates", false)
    .option('--spread <price>', 'ask minus bid, instead of what the file says', parseNotNegative)
    .addOption(new Option('--hedging', 'a hedging account (the default)').default(false))
    .addOption(new Option('--netting', 'a netting account').default(false).conflicts('hedging'))
    .option('--faults <share>', 'let this share of all calls to the broker go wrong, 0 to 1', parseShare)
    .option('--seed <number>', 'of the faults and the slippage', parseWhole, 1)
    .option('--slippage <ticks>', 'orders fill up to so many ticks worse', parseWhole, 0)
    .option('--commission <price>', 'of a lot, opened and closed, as a price distance', parseNotNegative, 0)
    .option(
      '--sample <count>',
      'open this many trades too, evenly over the bars that are played',
      parseWhole,
      0,
    )
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(run);
}

async function run(options: Options): Promise<void> {
  const { textVoice, jsonVoice } = await import('./paper-voice.js');
  const data = await readBars(options);
  const voice = options.json ? jsonVoice(process.stdout) : textVoice(process.stdout);
  const shutdown = onShutdown('');
  try {
    // Whether anybody is there is told soon; later the server may be away for a while.
    await withClient(options.server, (client) => client.getStatus({}, { retryMs: 0 }));
    const { signal } = shutdown;
    await withClient(options.server, (client) => play(client, data, options, voice, signal), CALL);
  } finally {
    voice.end();
    shutdown.release();
  }
}

async function readBars(options: Options): Promise<ReplayData> {
  const { importBars, withSpread } = await import('../replay/importer.js');
  const { withFixedSpread } = await import('./paper-market.js');
  const file = withSpread(importBars(options.bars, options.timeframe ?? null, 'skip'));
  const { length } = file.badRows;
  if (length > 0) remark(`skipped ${length} rows of ${options.bars}; dtms replay says which`);
  if (options.fromBar >= file.bars.length) {
    throw new CommandError(`--from-bar: the file has ${file.bars.length} bars`, EXIT.usage);
  }
  if (options.sample >= SAMPLES_PER_SECOND) {
    throw new CommandError(`--sample: at most ${SAMPLES_PER_SECOND - 1} trades`, EXIT.usage);
  }
  return options.spread === undefined ? file : withFixedSpread(file, options.spread);
}

/** Chooses and dates the bars that are played. Throws CommandError where the server would refuse them. */
async function marketOf(client: DtmsClient, data: ReplayData, options: Options): Promise<PaperMarket> {
  const { continuationOf, shifted, shiftOf, upToAhead } = await import('./paper-market.js');
  const { knownMarket } = await import('./paper-feed.js');
  const { TIMEFRAME_MS } = await import('../domain/types.js');
  const { symbol, feed, fromBar, recordedTime } = options;
  const barMs = TIMEFRAME_MS[data.timeframe];
  const known = await knownMarket(client, feed, symbol, data.timeframe);
  const dating = { now: Date.now(), speed: speedOf(options), knownUntil: known?.until ?? null };
  // Whoever stopped a market and starts it again finds it where it was.
  const stopped = recordedTime ? null : continuationOf(data.bars, known?.last ?? null);
  const goesOn = stopped !== null && stopped.next >= fromBar ? stopped : null;
  const start = goesOn?.next ?? fromBar;
  const recorded = data.bars.slice(start);
  const shift = recordedTime ? 0 : (goesOn?.shift ?? shiftOf(recorded, barMs, dating));
  const all = shifted(recorded, shift);
  const bars = upToAhead(all, barMs, dating, MOST_AHEAD_MS);
  const until = new Date(known?.until ?? 0).toISOString();
  const where = `feed ${feed || 'default'} has data of ${symbol} up to ${until}`;
  if (known !== null && (all[0]?.bar.time ?? 0) < known.until) {
    throw new CommandError(`${where}: name another --feed, or leave --recorded-time away`, EXIT.usage);
  }
  if (bars.length === 0 || (goesOn === null && bars.length < all.length)) {
    throw new CommandError(`${where}, too far ahead to go on from: name another --feed`, EXIT.usage);
  }
  const history = shifted(data.bars.slice(0, start), shift);
  const { timeframe, digits } = data;
  return { symbol, timeframe, barMs, history, isKnown: known !== null, bars, digits };
}

function speedOf({ max, speed }: Options): number {
  return max ? Number.POSITIVE_INFINITY : speed;
}

async function play(
  client: DtmsClient,
  data: ReplayData,
  options: Options,
  voice: Voice,
  signal: AbortSignal,
): Promise<void> {
  const { PaperTime } = await import('./paper-time.js');
  const { AccountWatch, TakeOver } = await import('./paper-take-over.js');
  const { push } = await import('./paper-feed.js');
  const { outlook } = await import('./paper-market.js');
  const { account, feed } = options;
  const market = await marketOf(client, data, options);
  const { bars, history, isKnown } = market;
  const time = new PaperTime(bars[0]?.bar.time ?? 0);
  const broker = await openAccount(client, market, time, options);
  const takeOver = new TakeOver(broker, market.symbol, voice);
  const watch = new AccountWatch(takeOver);
  const parts = { client, feed, account, market, time, broker, takeOver, watch, voice };
  const trades = await samples(market, options);
  const course = await courseOf({ ...parts, trades }, options);
  for (const text of outlook(market, speedOf(options), trades)) {
    voice.say({ kind: 'remark', at: time.market, text });
  }
  if (!isKnown) await push(client, feed, market, history);
  const ended = new AbortController();
  try {
    await watch.start(client, account, ended.signal);
    voice.say({ kind: 'end', ...(await course.run(signal)) });
  } finally {
    ended.abort();
  }
}

/** Tells the server how the account works, and opens it at the broker with the balance it had. */
async function openAccount(
  client: DtmsClient,
  { symbol, digits }: PaperMarket,
  time: PaperTime,
  { account, netting, commission, spread, seed, slippage }: Options,
): Promise<PaperBroker> {
  const { PaperBroker } = await import('../broker/paper-broker.js');
  const { DEFAULT_ACCOUNT, PLAIN_EXECUTION, plainInstrument } = await import('../broker/terms.js');
  const instrument = { ...plainInstrument(account, symbol, digits), commissionPerLot: commission };
  await client.upsertInstruments({ instruments: [instrument] });
  const marginMode = netting ? MarginMode.NETTING : MarginMode.HEDGING;
  const { risk } = await client.upsertAccount({ account, marginMode });
  const broker = new PaperBroker(
    {
      ...DEFAULT_ACCOUNT,
      marginMode: netting ? 'netting' : 'hedging',
      balance: risk?.balance ?? DEFAULT_ACCOUNT.balance,
      // Tickets of an earlier run are not given again.
      firstTicket: BigInt(time.market) * 1_000_000n + 1n,
    },
    [{ instrument, spread: spread ?? 0, swapBuy: 0, swapSell: 0, hours: 'quoted' }],
    { ...PLAIN_EXECUTION, seed, slippageTicks: slippage },
  );
  broker.advance(time.market);
  return broker;
}

type Fitted = 'speed' | 'terminal' | 'desk' | 'bridge' | 'sample';

/** The course with the bridge between the broker's terminal and the server's desk. */
async function courseOf(
  parts: Omit<PaperParts, Fitted> & { readonly trades: readonly ReplayTrade[] },
  options: Options,
): Promise<PaperCourse> {
  const { Bridge } = await import('../bridge/bridge.js');
  const { ServerDesk } = await import('../bridge/server-desk.js');
  const { evenFaults, NO_FAULTS } = await import('../broker/faults.js');
  const { PaperTerminal } = await import('../broker/paper-terminal.js');
  const { PaperCourse } = await import('./paper-course.js');
  const { PaperDesk } = await import('./paper-desk.js');
  const { SampleTrades } = await import('./paper-sample.js');
  const { client, account, market, broker, voice, time } = parts;
  const { bars, barMs } = market;
  // The market's time may run far faster than the server's: the desk chooses which deals are new enough.
  const overlapMs = (bars.at(-1)?.bar.time ?? 0) - (bars[0]?.bar.time ?? 0) + 100 * barMs;
  const { faults, seed } = options;
  const clock = () => broker.now;
  const server = new ServerDesk(client, { account, bridgeId: BRIDGE_ID, clock, call: CALL });
  const desk = new PaperDesk(server, voice, time);
  const terminal = new PaperTerminal(broker, {
    faults: faults === undefined ? NO_FAULTS : evenFaults(seed, faults),
  });
  return new PaperCourse({
    ...parts,
    speed: speedOf(options),
    terminal,
    desk,
    bridge: new Bridge(desk, terminal, { overlapMs }),
    sample: new SampleTrades(parts),
  });
}

/** The trades of --sample, under tickets no earlier run has used. */
async function samples(market: PaperMarket, { sample }: Options) {
  const { SAMPLE_WARM_UP, sampleTrades } = await import('../replay/sampler.js');
  const { symbol, timeframe, digits, barMs } = market;
  const bars = [...market.history.slice(-SAMPLE_WARM_UP), ...market.bars];
  const trades = sampleTrades({ timeframe, bars, digits, badRows: [] }, symbol, barMs, sample);
  const base = BigInt(Math.floor((market.bars[0]?.bar.time ?? 0) / 1000)) * BigInt(SAMPLES_PER_SECOND);
  return trades.map((trade) => ({ ...trade, ticket: base + trade.ticket }));
}
