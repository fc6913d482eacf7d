// What a second server adds. Each server has the same share of a core, so that load, database and servers do not take it from
// each other; then reads, and watches from a backlog, of the leader alone, and of as many again at a server that follows.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GetTradeRequest, TradeServiceService } from '../../gen/ts/dtms/v1/trade_service.js';
import { DtmsClient } from '../../src/client/index.js';
import { createLogger } from '../../src/observability/logger.js';
import { EmbeddedPostgres } from '../../src/store/embedded.js';
import { benchmarkMain } from '../support/benchmark.js';
import { registerTrades } from '../support/fill.js';
import { clocked, unaryLoad } from '../support/load.js';
import { interleaved, type Measurement, measurement } from '../support/measurement.js';
import { type ServerProcess, Workspace } from '../support/processes.js';
import { ProcessorShare } from '../support/processor-share.js';

const ACCOUNT = 'servers';
/** So small that the load, in the one process it has, is not what bounds two servers. */
const SHARE = 0.2;
/** At each server, as many where there is one as where there are two: what arrives together is cheaper each. */
const CONCURRENCY = 40;
const WATCHERS = 40;
const WARM_ROUNDS = 5;

/** Makes all reads at each of the servers; calls per second. */
async function reads(servers: readonly ServerProcess[], requests: readonly Uint8Array[]): Promise<number> {
  const { seconds } = await clocked(async () => {
    await Promise.all(
      servers.map((server) =>
        unaryLoad({
          server,
          path: TradeServiceService.getTrade.path,
          connections: 4,
          concurrency: CONCURRENCY,
          requests,
        }),
      ),
    );
  });
  return (requests.length * servers.length) / seconds;
}

/** The whole log to the watchers of each server, which have a process of their own; events per second. */
async function watches(servers: readonly ServerProcess[], logEpoch: string, head: number): Promise<number> {
  const script = join(import.meta.dirname, '..', 'catching-up.js');
  const took = await Promise.all(
    servers.map(async ({ address }) => {
      const args = [script, address, String(WATCHERS), logEpoch, String(head)];
      return Number((await promisify(execFile)(process.execPath, args)).stdout);
    }),
  );
  return (head * WATCHERS * servers.length * 1000) / Math.max(...took);
}

async function added(
  name: string,
  unit: string,
  pairs: number,
  servers: readonly [ServerProcess, ServerProcess],
  perSecond: (servers: readonly ServerProcess[]) => Promise<number>,
): Promise<Measurement> {
  const { ours, yardstick } = await interleaved(
    pairs,
    () => perSecond(servers),
    () => perSecond([servers[0]]),
  );
  return measurement({
    name,
    unit,
    better: 'higher',
    ours,
    yardstick: { name: 'the leader alone', samples: yardstick },
    target: { of: 'ratio', value: 1.7 },
    notes: { 'share of a core each': SHARE },
  });
}

await benchmarkMain(async ({ pairs, amount }) => {
  const workspace = new Workspace();
  const postgres = await EmbeddedPostgres.start(
    { dataDir: workspace.folder, port: 0 },
    createLogger('error'),
  );
  const environment = { DTMS_DATABASE_URL: postgres.url };
  const servers: ServerProcess[] = [];
  const shares: ProcessorShare[] = [];
  try {
    const leader = await workspace.startServer({ environment });
    servers.push(leader);
    const follower = await workspace.startServer({ environment });
    servers.push(follower);
    const client = new DtmsClient({ address: leader.address });
    await registerTrades(client, ACCOUNT, amount(5000, 2000));
    const { headRevision, logEpoch } = await client.getStatus({});
    client.close();
    // It has it all when it has the newest.
    const other = new DtmsClient({ address: follower.address });
    await other.getTrade(
      { account: ACCOUNT, ticket: 1n },
      { headers: { 'dtms-min-revision': String(headRevision) }, deadlineMs: 30_000 },
    );
    other.close();
    const requests = Array.from({ length: amount(3000, 400) }, (_, i) =>
      GetTradeRequest.encode({ account: ACCOUNT, ticket: BigInt((i % 1000) + 1) }).finish(),
    );
    // Before they have little: what is compiled late by one of them alone is no capacity.
    for (const server of servers) {
      for (let round = 0; round < WARM_ROUNDS; round += 1) await reads([server], requests);
      await watches([server], logEpoch, Number(headRevision));
    }
    for (const { pid } of servers) {
      const share = ProcessorShare.of(pid, SHARE);
      if (typeof share === 'string') return { measurements: [], skipped: [`servers: ${share}`] };
      shares.push(share);
    }
    return {
      measurements: [
        await added('servers/reads', 'calls/s', pairs, [leader, follower], (on) => reads(on, requests)),
        await added('servers/watches', 'events/s', pairs, [leader, follower], (on) =>
          watches(on, logEpoch, Number(headRevision)),
        ),
      ],
      skipped: [],
    };
  } finally {
    for (const server of servers.reverse()) await server.stop();
    for (const share of shares) share.remove();
    await postgres.stop();
    workspace.remove();
  }
});
