// Owns `dtms demo`: the whole service with a made-up market, a paper broker with its bridge, and fifty
// trades, so that states move and orders go before the eyes.
import { Command } from 'commander';
import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import type { App } from '../app.js';
import type { DtmsClient } from '../client/client.js';
import { TIMEFRAME_MS } from '../domain/market/data.js';
import type { ReplaySummary } from '../replay/summary.js';
import { ActionTrails, isEnded, trailText } from './action-trail.js';
import { changeText } from './event-text.js';
import { EXIT_HELP } from './exit.js';
import { parseWhole } from './options.js';
import { print, remark, timeText } from './output.js';
import { aborted, onShutdown } from './shutdown.js';
import { streams } from './streams.js';
import { summaryText } from './summary-text.js';
import { TradeBoard } from './trade-board.js';

interface Options {
  readonly dataDir: string;
  readonly bars: number;
  readonly seed: number;
  readonly once: boolean;
  readonly keep: boolean;
}

const MARKETS = [
  { symbol: 'BTCUSD', price: 64_000, digits: 2 },
  { symbol: 'XAUUSD', price: 2_400, digits: 2 },
] as const;
const TRADES_PER_MARKET = 25;
const TIMEFRAME = 'M15';
/** A Monday, so that every market is open. */
const FROM = Date.UTC(2024, 8, 2);
/** On a terminal the whole market passes in about this time. */
const SHOW_MS = 60_000;

const EXAMPLES = `
Examples:
  $ dtms demo
  $ dtms demo --once --bars 500
  $ dtms demo --keep

It has a database of its own, apart from that of \`dtms serve\`.`;

export function demoCommand(): Command {
  return new Command('demo')
    .description('serve a made-up market with a paper broker and 50 trades, fast-forwarded')
    .option('--data-dir <folder>', "where the demo's database lives", '.dtms/demo')
    .option('--bars <count>', 'length of the market in M15 bars', parseWhole, 1500)
    .option('--seed <number>', 'another market', parseWhole, 59)
    .option('--once', 'as fast as possible, then exit; the default without a terminal', false)
    .option('--keep', 'keep serving until Ctrl-C; the default on a terminal', false)
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(run);
}

async function run(options: Options): Promise<void> {
  const { loadConfig } = await import('../config/config.js');
  const { startApp } = await import('../app.js');
  const { programLogger } = await import('./logging.js');
  const config = loadConfig({
    use: 'tools',
    overrides: {
      grpc: { host: '127.0.0.1', port: 0 },
      http: { host: '127.0.0.1', port: 0 },
      // Keys of a service that had this folder before concern no demonstration.
      access: { mode: 'open' },
      database: { url: '', dataDir: options.dataDir },
      log: { level: 'error' },
    },
  });
  const shutdown = onShutdown('stopping');
  remark('starting the service and its database');
  try {
    const app = await startApp(config, await programLogger(config.log), { signal: shutdown.signal });
    try {
      await Promise.race([app.leading, aborted(shutdown.signal)]);
      if (app.httpAddress !== undefined) remark(`the dashboard, while it plays: http://${app.httpAddress}`);
      await show(app, options, shutdown.signal);
    } finally {
      await app.stop();
    }
  } catch (error) {
    if (!shutdown.signal.aborted) throw error;
  } finally {
    shutdown.release();
  }
}

async function show(app: App, options: Options, signal: AbortSignal): Promise<void> {
  const { DtmsClient } = await import('../client/client.js');
  const client = new DtmsClient({ address: app.grpcAddress });
  const isLive = streams().stdout.isTTY === true && !options.once;
  const ended = new AbortController();
  try {
    const watching = follow(client, app.grpcAddress, isLive, AbortSignal.any([signal, ended.signal]));
    const pace = isLive ? SHOW_MS / options.bars : 0;
    const playing = Promise.all(MARKETS.map((_, index) => play(client, options, index, pace, signal)));
    const [summaries] = await Promise.all([playing.finally(() => ended.abort()), watching]);
    for (const [index, summary] of summaries.entries()) {
      print(`\n${MARKETS[index]?.symbol ?? ''}`);
      print(summaryText(summary));
    }
    if (!isLive && !options.keep) {
      remark('\nThe demo has ended and stops its service. Use --keep to keep the dashboard.');
      return;
    }
    print(`\nThe service is still running: dtms trades list --server ${app.grpcAddress}`);
    if (app.httpAddress !== undefined) print(`The dashboard: http://${app.httpAddress}`);
    print('Ctrl-C ends both.');
    await aborted(signal);
  } finally {
    ended.abort();
    client.close();
  }
}

/** Shows the changes of all trades as the service streams them. */
async function follow(
  client: DtmsClient,
  address: string,
  isLive: boolean,
  signal: AbortSignal,
): Promise<void> {
  const board = isLive ? new TradeBoard(`dtms demo on ${address}`, streams().stdout) : null;
  const trails = new ActionTrails();
  for await (const message of client.watchTrades({ signal })) {
    if (message.$case !== 'events') continue;
    for (const event of message.value.events) {
      if (board === null) printChange(event, trails);
      else board.apply(event);
    }
  }
  board?.stop();
}

/** A line for a transition, and one for each action that came to its end. */
function printChange(event: TradeEvent, trails: ActionTrails): void {
  const line = (text: string) =>
    print(`${timeText(event.occurredAt)} ${event.symbol} ${event.ticket} ${text}`);
  const moved = trails.take(event);
  if (event.change?.$case === 'stateChanged') line(changeText(event));
  for (const trail of moved) if (isEnded(trail)) line(trailText(trail));
}

/** Plays one market with its trades against the service; `paceMs` is the least time a bar takes. */
async function play(
  client: DtmsClient,
  options: Options,
  index: number,
  paceMs: number,
  signal: AbortSignal,
): Promise<ReplaySummary> {
  const { replay } = await import('../replay/driver.js');
  const { ServerTarget } = await import('../replay/server-target.js');
  const { sampleTrades } = await import('../replay/sampler.js');
  const { syntheticMarket } = await import('../replay/synthetic.js');
  const { setTimeout: sleep } = await import('node:timers/promises');
  const { symbol, price, digits } = MARKETS[index] ?? MARKETS[0];
  const data = syntheticMarket({
    seed: options.seed + index,
    timeframe: TIMEFRAME,
    bars: options.bars,
    from: FROM,
    price,
    digits,
  });
  const startedAt = performance.now();
  return replay(new ServerTarget(client, 'demo'), {
    symbol,
    data,
    trades: sampleTrades(data, symbol, TIMEFRAME_MS[TIMEFRAME], TRADES_PER_MARKET),
    skippedRows: 0,
    onBar: async (done) => {
      signal.throwIfAborted();
      const early = startedAt + done * paceMs - performance.now();
      if (early > 0) await sleep(early, undefined, { signal });
    },
  });
}
