// The configurations of bench/ghz, run by ghz against the server and against the echo server. ghz uses
// more processor time per call than either of them, so its ratios are nearer to 1 than those of the
// benchmarks with a load generator of our own.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ListTradesResponse, TradeServiceService } from '../../gen/ts/dtms/v1/trade_service.js';
import { benchmarkMain } from '../support/benchmark.js';
import { BarFeed, registerTrades } from '../support/fill.js';
import { findGhz, GHZ_MISSING, type GhzReport, ghzTotal, registerDataFor, runGhz } from '../support/ghz.js';
import { interleaved, type Measurement, measurement } from '../support/measurement.js';
import { onStage, startEcho } from '../support/processes.js';

/** The account the configurations ask for; a watch of it sends 100 trades first. */
const ACCOUNT = 'ghz';
const TRADES = 100;
const PAGE = 100;
const WARM_UP_BARS = 400;

interface Case {
  readonly config: string;
  readonly yardstick: 'echo' | 'echo of the same answer' | 'raw streaming';
  readonly accepted: readonly string[];
}

const CASES: readonly Case[] = [
  { config: 'register', yardstick: 'echo', accepted: ['OK'] },
  { config: 'get', yardstick: 'echo', accepted: ['OK'] },
  { config: 'list', yardstick: 'echo of the same answer', accepted: ['OK'] },
  // ghz ends a watch by cancelling it once it has its 100 messages.
  { config: 'watch', yardstick: 'raw streaming', accepted: ['OK', 'Canceled'] },
];

function measured({ config, yardstick }: Case, ours: GhzReport[], theirs: GhzReport[]): Measurement {
  return measurement({
    name: `ghz/${config}`,
    unit: 'calls/s',
    better: 'higher',
    ours: ours.map((report) => report.rps),
    yardstick: { name: yardstick, samples: theirs.map((report) => report.rps) },
    notes: { 'p99 ms': ours[0]?.p99Ms ?? 0, 'p99 ms of the yardstick': theirs[0]?.p99Ms ?? 0 },
  });
}

await benchmarkMain(async ({ pairs, amount, profileFolder }) => {
  const program = findGhz();
  if (program === undefined) {
    return { measurements: [], skipped: CASES.map(({ config }) => `ghz/${config}: ${GHZ_MISSING}`) };
  }
  return onStage({ profileFolder }, async ({ workspace, server, echo, client }) => {
    const feed = new BarFeed(client);
    await feed.push(WARM_UP_BARS);
    await registerTrades(client, ACCOUNT, TRADES);
    await feed.push(2);
    const page = await client.listTrades({ filter: { account: ACCOUNT }, pageSize: PAGE });
    const answers = join(workspace.folder, 'answers.json');
    const bytes = Buffer.from(ListTradesResponse.encode(page).finish());
    writeFileSync(
      answers,
      JSON.stringify({ [TradeServiceService.listTrades.path]: bytes.toString('base64') }),
    );
    const sameAnswer = await startEcho(answers);
    const folder = join(workspace.folder, 'ghz');
    mkdirSync(folder);

    try {
      const measurements: Measurement[] = [];
      for (const one of CASES) {
        const { config, accepted, yardstick } = one;
        const full = ghzTotal(config);
        const total = amount(full, Math.min(full, 200));
        const other = yardstick === 'echo of the same answer' ? sameAnswer : echo;
        const round = (address: string, index: number) =>
          runGhz({
            program,
            config,
            address,
            total,
            accepted,
            folder,
            data: config === 'register' ? registerDataFor(`${ACCOUNT}-${index}`) : undefined,
          });
        const { ours, yardstick: theirs } = await interleaved(
          pairs,
          (index) => round(server.address, index),
          (index) => round(other.address, index),
        );
        measurements.push(measured(one, ours, theirs));
      }
      return { measurements, skipped: [] };
    } finally {
      await sameAnswer.stop();
    }
  });
});
