// What it costs to be seen: the server as it ships, logging to a file, scraped and asked for its status every
// second, without and with a page that follows every event, against the same server without metrics, log and HTTP.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetTradeRequest, TradeServiceService } from '../../gen/ts/dtms/v1/trade_service.js';
import { freePort } from '../../src/store/embedded/cluster.js';
import { benchmarkMain } from '../support/benchmark.js';
import { type LoadResult, serverCost, unaryLoad } from '../support/load.js';
import { interleaved, type Measurement, measurement } from '../support/measurement.js';
import { type Looking, Observers, UNOBSERVED } from '../support/observers.js';
import { type ServerProcess, Workspace } from '../support/processes.js';
import { median } from '../support/statistics.js';
import { registrations } from '../support/trades.js';

const CONNECTIONS = 10;
const CONCURRENCY = 100;
const ACCOUNT = 'seen';
const REGISTRATIONS = 20_000;
const READS = 40_000;
const { registerTrade, getTrade } = TradeServiceService;

interface Two {
  readonly ours: readonly LoadResult[];
  readonly yardstick: readonly LoadResult[];
}

/** The throughput with its ratio's target, and the processor time of a call. */
function measured(name: string, { ours, yardstick }: Two, notes: Measurement['notes']): Measurement[] {
  const ratios = ours.map((run, i) => run.callsPerSecond / (yardstick[i]?.callsPerSecond ?? Number.NaN));
  const unseen = 'without metrics, log and HTTP';
  return [
    measurement({
      name: `observability/${name}`,
      unit: 'calls/s',
      better: 'higher',
      ours: ours.map((run) => run.callsPerSecond),
      yardstick: { name: unseen, samples: yardstick.map((run) => run.callsPerSecond) },
      target: { of: 'ratio', value: 0.9 },
      notes: {
        concurrency: CONCURRENCY,
        'lowest ratio': Math.min(...ratios),
        'highest ratio': Math.max(...ratios),
        'generator cpu': median(ours.map((run) => run.generatorCpu)),
        ...notes,
      },
    }),
    ...serverCost({ name: `observability/${name}-server-cpu` }, ours, yardstick, unseen),
  ];
}

/** A round during which somebody looks. */
async function seen(
  observers: Observers,
  looking: Looking,
  round: () => Promise<LoadResult>,
): Promise<LoadResult> {
  await observers.start(looking);
  try {
    return await round();
  } finally {
    await observers.stop();
  }
}

/** How many calls of a method a scrape tells. */
function countIn(scrape: string, method: string): number {
  const lines = scrape.split('\n').filter((line) => line.startsWith('dtms_requests_total{'));
  const own = lines.filter((line) => line.includes(`"${method}"`));
  return own.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf('}') + 1).trim()), 0);
}

await benchmarkMain(async ({ pairs, amount, profileFolder }) => {
  const [shipped, bare] = [new Workspace(), new Workspace()];
  const started: ServerProcess[] = [];
  const start = async (workspace: Workspace, options: Parameters<Workspace['startServer']>[0]) => {
    const server = await workspace.startServer(options);
    started.push(server);
    return server;
  };
  try {
    const httpPort = String(await freePort());
    const ours = await start(shipped, { profileFolder, environment: { DTMS_HTTP_PORT: httpPort } });
    const unseen = await start(bare, {
      preload: join(import.meta.dirname, '..', 'unobserved.js'),
      environment: { DTMS_HTTP_ENABLED: 'false', DTMS_LOG_LEVEL: 'silent' },
    });
    if (!readFileSync(bare.log, 'utf8').includes(UNOBSERVED)) throw new Error('the yardstick has metrics');
    const observers = new Observers(`127.0.0.1:${httpPort}`);

    const writes = amount(REGISTRATIONS, 1000);
    const register = (server: ServerProcess, index: number) =>
      unaryLoad({
        ...{ server, path: registerTrade.path, connections: CONNECTIONS, concurrency: CONCURRENCY },
        requests: registrations(ACCOUNT, index * writes + 1, writes),
      });
    const registered = await interleaved(
      pairs,
      (index) => seen(observers, 'asking', () => register(ours, index)),
      (index) => register(unseen, index),
    );
    const rounds = pairs + 1;
    const followed = await interleaved(
      pairs,
      (index) => seen(observers, 'asking and following', () => register(ours, rounds + index)),
      (index) => register(unseen, rounds + index),
    );
    const { pageBytes } = observers.seen;
    const counted = countIn(await observers.scrape(), 'RegisterTrade');
    if (counted !== 2 * rounds * writes) throw new Error(`the metrics tell ${counted} registrations`);

    const reads = Array.from({ length: amount(READS, 1000) }, (_, i) =>
      GetTradeRequest.encode({ account: ACCOUNT, ticket: BigInt((i % writes) + 1) }).finish(),
    );
    const read = (server: ServerProcess) =>
      unaryLoad({
        ...{ server, path: getTrade.path, connections: CONNECTIONS, concurrency: CONCURRENCY },
        requests: reads,
      });
    const got = await interleaved(
      pairs,
      () => seen(observers, 'asking and following', () => read(ours)),
      () => read(unseen),
    );
    return {
      measurements: [
        ...measured('register', registered, {}),
        ...measured('register-followed', followed, {
          'bytes the page got per call': Math.round(pageBytes / (rounds * writes)),
        }),
        ...measured('get', got, { scrapes: observers.seen.scrapes }),
      ],
      skipped: [],
    };
  } finally {
    for (const server of started) await server.stop();
    shipped.remove();
    bare.remove();
  }
});
