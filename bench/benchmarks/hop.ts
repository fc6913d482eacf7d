// A call through a server that does not lead, against the same call at the one that does: what one hop costs. Few calls
// at a time, so that it is their time that shows and not the machine's queue.
import { GetTradeRequest, TradeServiceService } from '../../gen/ts/dtms/v1/trade_service.js';
import { DtmsClient } from '../../src/client/index.js';
import { createLogger } from '../../src/observability/logger.js';
import { EmbeddedPostgres } from '../../src/store/embedded.js';
import { benchmarkMain } from '../support/benchmark.js';
import { registerTrades } from '../support/fill.js';
import { type LoadResult, unaryLoad } from '../support/load.js';
import { interleaved, type Measurement, measurement } from '../support/measurement.js';
import { type ServerProcess, Workspace } from '../support/processes.js';
import { registrations } from '../support/trades.js';

const CONCURRENCY = 4;
const ACCOUNT = 'hop';
const TRADES = 1000;

await benchmarkMain(async ({ pairs, amount }) => {
  const workspace = new Workspace();
  const postgres = await EmbeddedPostgres.start(
    { dataDir: workspace.folder, port: 0 },
    createLogger('error'),
  );
  const environment = { DTMS_DATABASE_URL: postgres.url };
  const servers: ServerProcess[] = [];
  try {
    const leader = await workspace.startServer({ environment });
    servers.push(leader);
    const follower = await workspace.startServer({ environment });
    servers.push(follower);
    const client = new DtmsClient({ address: leader.address });
    await registerTrades(client, ACCOUNT, TRADES);
    client.close();
    const calls = amount(5000, 300);
    const reads = Array.from({ length: calls }, (_, i) =>
      GetTradeRequest.encode({ account: ACCOUNT, ticket: BigInt((i % TRADES) + 1) }).finish(),
    );
    const compared = (name: string, path: string, requestsOf: (place: number) => Uint8Array[]) => {
      let place = 0;
      const load = (server: ServerProcess) => {
        place += 1;
        return unaryLoad({
          server,
          path,
          connections: 1,
          concurrency: CONCURRENCY,
          requests: requestsOf(place),
        });
      };
      return comparedTo(
        name,
        pairs,
        () => load(follower),
        () => load(leader),
      );
    };
    const { getTrade, registerTrade } = TradeServiceService;
    return {
      measurements: [
        await compared('hop/read-p50', getTrade.path, () => reads),
        await compared('hop/write-p50', registerTrade.path, (place) =>
          registrations(`${ACCOUNT}-${place}`, 1, calls),
        ),
      ],
      skipped: [],
    };
  } finally {
    for (const server of servers.reverse()) await server.stop();
    await postgres.stop();
    workspace.remove();
  }
});

async function comparedTo(
  name: string,
  pairs: number,
  through: () => Promise<LoadResult>,
  direct: () => Promise<LoadResult>,
): Promise<Measurement> {
  const { ours, yardstick } = await interleaved(pairs, through, direct);
  return measurement({
    name,
    unit: 'ms',
    better: 'lower',
    ours: ours.map((run) => run.p50Ms),
    yardstick: { name: 'the leader itself', samples: yardstick.map((run) => run.p50Ms) },
    target: { of: 'ratio', value: 2 },
    notes: { concurrency: CONCURRENCY },
  });
}
