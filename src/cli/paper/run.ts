// Owns running `dtms paper`: reads the bars, chooses what is played, opens the account at the server and at
// a paper broker, and plays a session.
import { type BridgedAccount, bridgedAccount } from '../../bridge/bridged-account.js';
import { declareRecording } from '../../bridge/declare-feed.js';
import { declareAccount } from '../../bridge/server-lease-client.js';
import { evenFaults, NO_FAULTS } from '../../broker/faults.js';
import { accountCurrency, lotInstrument } from '../../broker/terms.js';
import type { DtmsClient } from '../../client/client.js';
import { DEFAULT_FEED, type Timeframe } from '../../domain/market/data.js';
import { withFixedSpread } from '../../replay/costs.js';
import { importBars, type ReplayData, withSpread } from '../../replay/importer.js';
import { type FileReading, readingText } from '../../replay/input/file-reading.js';
import { SAMPLE_WARM_UP, sampleTrades } from '../../replay/sampler.js';
import type { ReplayTrade } from '../../replay/trades-file.js';
import { CommandError, EXIT } from '../exit.js';
import { askedOf, type FileOptions } from '../file-options.js';
import { withClient } from '../options.js';
import { onShutdown } from '../shutdown.js';
import { streams } from '../streams.js';
import { AdoptedTrades } from './adopted-trades.js';
import { push } from './feed.js';
import { PaperLeaseClient } from './lease-client.js';
import { jsonOutput, type PaperOutput, textOutput } from './output.js';
import { mixing, outlook, type Playback, playbackOf } from './playback.js';
import { SampleTrades } from './sample.js';
import { PaperSession } from './session.js';
import { PaperTime } from './time.js';

export interface PaperOptions extends FileOptions {
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
/** The server may be away for this long before the broker gives up. */
const CALL = { retryMs: 60_000, deadlineMs: 20_000 };
/** Sample tickets count up from the second the market begins in, times this. */
const SAMPLES_PER_SECOND = 10_000;

export async function runPaper(options: PaperOptions): Promise<void> {
  const input = await readBars(options);
  const output = options.json ? jsonOutput(streams().stdout) : textOutput(streams().stdout);
  const shutdown = onShutdown('');
  try {
    // Whether anybody is there is told soon; later the server may be away for a while.
    await withClient(options.server, (client) => client.getStatus({}, { retryMs: 0 }));
    const { signal } = shutdown;
    await withClient(options.server, (client) => play(client, input, options, output, signal), CALL);
  } finally {
    output.end();
    shutdown.release();
  }
}

interface PaperInput {
  readonly data: ReplayData;
  readonly reading: FileReading;
}

async function readBars(options: PaperOptions): Promise<PaperInput> {
  const { bars, timeframe, fromBar, sample, spread } = options;
  const file = importBars(bars, timeframe ?? null, 'skip', await askedOf(options));
  const data = withSpread(file);
  if (fromBar >= data.bars.length) {
    throw new CommandError(`--from-bar: the file has ${data.bars.length} bars`, EXIT.usage);
  }
  if (sample >= SAMPLES_PER_SECOND) {
    throw new CommandError(`--sample: at most ${SAMPLES_PER_SECOND - 1} trades`, EXIT.usage);
  }
  return { data: spread === undefined ? data : withFixedSpread(data, spread), reading: file.reading };
}

async function play(
  client: DtmsClient,
  { data, reading }: PaperInput,
  options: PaperOptions,
  output: PaperOutput,
  signal: AbortSignal,
): Promise<void> {
  const { account, feed, max } = options;
  const speed = max ? Number.POSITIVE_INFINITY : options.speed;
  const playback = await playbackOf(client, data, { ...options, speed });
  // A feed that is refused is refused before anything is said or begun.
  await declareRecording(client, feed || DEFAULT_FEED, account, CALL);
  const time = new PaperTime(playback.bars[0]?.bar.time ?? 0);
  const paper = await openAccount(client, playback, options, time, output);
  const trades = samples(playback, options.sample);
  const adopted = new AdoptedTrades(paper.broker, [playback.symbol], output);
  const parts = { client, account, feed, playback, speed, time, output, adopted, ...paper };
  const session = new PaperSession({ ...parts, sample: new SampleTrades({ ...parts, trades }) });
  for (const text of [
    readingText(reading),
    ...mixing(playback, feed || DEFAULT_FEED),
    ...outlook(playback, speed, trades),
  ]) {
    output.say({ kind: 'remark', at: time.market, text });
  }
  if (!playback.isKnown) await push(client, feed, playback, playback.history);
  const ended = new AbortController();
  try {
    await adopted.follow(client, account, ended.signal);
    output.say({ kind: 'end', ...(await session.run(signal)) });
  } finally {
    ended.abort();
  }
}

/** Tells the server how the account works, and opens it at the broker with the balance it had. */
async function openAccount(
  client: DtmsClient,
  { symbol, digits, bars, barMs }: Playback,
  { account, netting, commission, spread, seed, slippage, faults }: PaperOptions,
  time: PaperTime,
  output: PaperOutput,
): Promise<BridgedAccount<PaperLeaseClient>> {
  const instrument = { ...lotInstrument(account, symbol, digits), commissionPerLot: commission };
  const marginMode = netting ? 'netting' : 'hedging';
  const currency = accountCurrency(instrument);
  const risk = await declareAccount(client, instrument, { marginMode, currency });
  // Tickets of an earlier run are not given again.
  const terms = { marginMode, currency, firstTicket: BigInt(time.market) * 1_000_000n + 1n } as const;
  const paper = bridgedAccount(
    {
      instrument,
      spread: spread ?? 0,
      hours: 'quoted',
      account: risk?.balance === undefined ? terms : { ...terms, balance: risk.balance },
      execution: { seed, slippageTicks: slippage },
      faults: faults === undefined ? NO_FAULTS : evenFaults(seed, faults),
      // The market's time may run far faster than the server's: the lease client chooses which deals are new enough.
      bridge: { overlapMs: (bars.at(-1)?.bar.time ?? 0) - (bars[0]?.bar.time ?? 0) + 100 * barMs },
    },
    (broker) => {
      const leasing = {
        account,
        bridgeId: BRIDGE_ID,
        kind: 'PAPER' as const,
        clock: () => broker.now,
        call: CALL,
      };
      return new PaperLeaseClient(client, leasing, output, time);
    },
  );
  paper.broker.advance(time.market);
  return paper;
}

/** The trades of --sample, under tickets no earlier run has used. */
function samples(
  { symbol, timeframe, digits, barMs, history, bars }: Playback,
  count: number,
): ReplayTrade[] {
  const data = { timeframe, bars: [...history.slice(-SAMPLE_WARM_UP), ...bars], digits, badRows: [] };
  const base = BigInt(Math.floor((bars[0]?.bar.time ?? 0) / 1000)) * BigInt(SAMPLES_PER_SECOND);
  return sampleTrades(data, symbol, barMs, count).map((trade) => ({ ...trade, ticket: base + trade.ticket }));
}
