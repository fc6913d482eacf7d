// Owns `dtms demo`: the whole service with a made-up market and paper brokers with their bridges, so that trades are opened,
// defended and closed before the eyes: for as long as one likes, or fifty of them in a minute.

import { Command, Option } from 'commander';
import type { App } from '../app.js';
import type { DtmsClient } from '../client/client.js';
import type { Config, DeepPartial } from '../config/config.js';
import { underSignals } from '../observability/signals.js';
import { DEMO_FOLDER, takeFolder } from './demo/folder.js';
import { CommandError, EXIT, EXIT_HELP } from './exit.js';
import { parseWhole } from './options.js';
import { print, remark } from './output.js';
import { aborted, onShutdown } from './shutdown.js';
import { streams } from './streams.js';

interface Options {
  readonly dataDir: string;
  readonly fast: boolean;
  readonly bars: number;
  readonly seed: number;
  readonly once: boolean;
  readonly keep: boolean;
}

/** On a terminal the whole market of --fast passes in about this time. */
const SHOW_MS = 60_000;

const EXAMPLES = `
Examples:
  $ dtms demo
  $ dtms demo --fast
  $ dtms demo --fast --once --bars 500

A living market: gold, an index and a coin, 60 times as fast as the clock; two accounts in USD, and trades that open, move and
close until Ctrl-C. One of them is hedged, one order is in doubt, and one ended as a dead letter, as far as the market allows.
It serves on the usual ports where they are free, so that other commands reach it. It has a database of its own, apart from
that of \`dtms serve\`, and goes on where it stopped.`;

export function demoCommand(): Command {
  const ofFast = (flag: string, text: string) => new Option(flag, `${text}; with --fast`).default(false);
  return new Command('demo')
    .description('serve a made-up market with paper brokers and trades that live until Ctrl-C')
    .option('--data-dir <folder>', "where the demo's database lives", DEMO_FOLDER)
    .option('--seed <number>', 'another market', parseWhole, 59)
    .option('--fast', 'fifty trades instead, fast-forwarded in a minute, and what became of them', false)
    .option('--bars <count>', 'length of the market in M15 bars; with --fast', parseWhole, 1500)
    .addOption(ofFast('--once', 'as fast as possible, then exit; the default without a terminal'))
    .addOption(ofFast('--keep', 'keep serving until Ctrl-C; the default on a terminal'))
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(run);
}

async function run(options: Options, command: Command): Promise<void> {
  const [without] = ['bars', 'once', 'keep'].filter((name) => command.getOptionValueSource(name) === 'cli');
  if (without !== undefined && !options.fast)
    throw new CommandError(`--${without} goes with --fast: the living market has no end`, EXIT.usage);
  const { loadConfig } = await import('../config/config.js');
  const { startApp } = await import('../app.js');
  const { programLogger } = await import('./logging.js');
  const config = loadConfig({ use: 'tools', overrides: await settingsOf(options) });
  takeFolder(options.dataDir);
  const shutdown = onShutdown('stopping');
  remark('starting the service and its database');
  if (config.http.port !== 0)
    remark(`the dashboard, in a few seconds: ${pageOf(`127.0.0.1:${config.http.port}`)}`);
  try {
    const app = await startApp(config, await programLogger(config.log), { signal: shutdown.signal });
    try {
      const begins = Promise.race([app.leading, aborted(shutdown.signal)]);
      if (typeof (await Promise.race([app.waiting, begins])) === 'string')
        print(`another demo plays in ${options.dataDir}: this one begins when that has ended`);
      await begins;
      shutdown.signal.throwIfAborted();
      await withClientOf(app, (client) =>
        options.fast
          ? showFast(app, client, options, shutdown.signal)
          : show(app, client, options, shutdown.signal),
      );
    } finally {
      await app.stop();
    }
  } catch (error) {
    if (!shutdown.signal.aborted) throw error;
  } finally {
    shutdown.release();
  }
}

/** Of the living one: what is limited by the market's time passes as fast as that, and nothing is kept for longer than a day. */
async function settingsOf({ dataDir, fast }: Options): Promise<DeepPartial<Config>> {
  const { loadConfig } = await import('../config/config.js');
  const usual = loadConfig({ use: 'tools' });
  const host = '127.0.0.1';
  const shared = {
    // Keys of a service that had this folder before concern no demonstration.
    access: { mode: 'open' },
    database: { url: '', dataDir },
    log: { level: 'error' },
  } as const;
  if (fast) return { ...shared, grpc: { host, port: 0 }, http: { host, port: 0 } };
  return {
    ...shared,
    grpc: { host, port: await freePort(host, usual.grpc.port) },
    http: { host, port: await freePort(host, usual.http.port) },
    retention: { days: 1, answerHours: 1, partitionRevisions: 20_000 },
    journal: { days: 0 },
    watch: { ringEvents: 8_192 },
    // In a day sixty pass: its losses and its stops are a quarter's.
    rules: {
      rails: { dailyLoss: 0.9, hourlyLoss: 0.5, stopStreak: 10_000 },
      // So that there is time to see a doubt, and to settle it.
      actions: { doubtQuietMs: 120_000 },
    },
  };
}

/** The port where nobody listens on it, else 0, any other. */
async function freePort(host: string, port: number): Promise<number> {
  const { createServer } = await import('node:net');
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(0));
    server.listen(port, host, () => server.close(() => resolve(port)));
  });
}

const pageOf = (address: string): string => `http://${address}`;

async function withClientOf(app: App, work: (client: DtmsClient) => Promise<void>): Promise<void> {
  const { DtmsClient } = await import('../client/client.js');
  const client = new DtmsClient({ address: app.grpcAddress });
  try {
    await work(client);
  } finally {
    client.close();
  }
}

async function show(app: App, client: DtmsClient, { seed }: Options, signal: AbortSignal): Promise<void> {
  const { DEMO_SPEED, live } = await import('./demo/living.js');
  const { follow } = await import('./demo/follow.js');
  const ended = new AbortController();
  const page = app.httpAddress === undefined ? '' : pageOf(app.httpAddress);
  print(`dashboard ${page}`);
  print(`server    ${app.grpcAddress}: dtms accounts list --server ${app.grpcAddress}`);
  print(`market    made up, ${DEMO_SPEED} times as fast as the clock; Ctrl-C ends it`);
  const title = streams().stdout.isTTY === true ? `${page}  server ${app.grpcAddress}` : null;
  const watching = underSignals([signal, ended.signal], (either) => follow(client, title, either));
  await Promise.all([
    live(client, { seed, speed: DEMO_SPEED }, signal).finally(() => ended.abort()),
    watching,
  ]);
}

async function showFast(app: App, client: DtmsClient, options: Options, signal: AbortSignal): Promise<void> {
  const { playScripted, printSummaries } = await import('./demo/scripted.js');
  const { follow } = await import('./demo/follow.js');
  if (app.httpAddress !== undefined) remark(`the dashboard, while it plays: ${pageOf(app.httpAddress)}`);
  const isLive = streams().stdout.isTTY === true && !options.once;
  const ended = new AbortController();
  try {
    const title = isLive ? `dtms demo on ${app.grpcAddress}` : null;
    const watching = underSignals([signal, ended.signal], (either) => follow(client, title, either));
    const playing = playScripted(client, { ...options, showMs: isLive ? SHOW_MS : 0 }, signal);
    const [summaries] = await Promise.all([playing.finally(() => ended.abort()), watching]);
    printSummaries(summaries);
    if (!isLive && !options.keep) {
      remark('\nThe demo has ended and stops its service. Use --keep to keep the dashboard.');
      return;
    }
    print(`\nThe service is still running: dtms trades list --server ${app.grpcAddress}`);
    if (app.httpAddress !== undefined) print(`The dashboard: ${pageOf(app.httpAddress)}`);
    print('Ctrl-C ends both.');
    await aborted(signal);
  } finally {
    ended.abort();
  }
}
