// Durable RegisterTrade at concurrency 100: every call is one committed trade. The yardstick is the echo
// server, which decodes the same request and answers at once.
import { TradeServiceService } from '../../gen/ts/dtms/v1/trade_service.js';
import { benchmarkMain } from '../support/benchmark.js';
import { type LoadResult, serverCost, unaryLoad } from '../support/load.js';
import { interleaved, measurement } from '../support/measurement.js';
import { onStage, type ServerProcess } from '../support/processes.js';
import { median } from '../support/statistics.js';
import { registrations } from '../support/trades.js';

const CONNECTIONS = 10;
const CONCURRENCY = 100;
const ACCOUNT = 'register';
const { path } = TradeServiceService.registerTrade;

/** A round's calls, all of them for tickets never used before. */
function round(server: ServerProcess, index: number, calls: number): Promise<LoadResult> {
  const requests = registrations(ACCOUNT, index * calls + 1, calls);
  return unaryLoad({ server, path, connections: CONNECTIONS, concurrency: CONCURRENCY, requests });
}

await benchmarkMain(({ pairs, amount, profileFolder }) =>
  onStage({ profileFolder }, async ({ server, echo, client }) => {
    const calls = amount(20_000, 1000);
    const { ours, yardstick } = await interleaved(
      pairs,
      (index) => round(server, index, calls),
      (index) => round(echo, index, calls),
    );
    const { headRevision } = await client.getStatus({});
    const expected = BigInt((pairs + 1) * calls);
    if (headRevision !== expected) {
      throw new Error(`${expected} trades were registered and the log has ${headRevision} events`);
    }
    return {
      measurements: [
        measurement({
          name: 'register/throughput',
          unit: 'calls/s',
          better: 'higher',
          ours: ours.map((run) => run.callsPerSecond),
          yardstick: { name: 'echo', samples: yardstick.map((run) => run.callsPerSecond) },
          target: { of: 'ratio', value: 0.5 },
          notes: {
            concurrency: CONCURRENCY,
            'generator cpu': median(ours.map((run) => run.generatorCpu)),
            'generator cpu with echo': median(yardstick.map((run) => run.generatorCpu)),
          },
        }),
        measurement({
          name: 'register/p99',
          unit: 'ms',
          better: 'lower',
          ours: ours.map((run) => run.p99Ms),
          yardstick: { name: 'echo', samples: yardstick.map((run) => run.p99Ms) },
          target: { of: 'ratio', value: 4 },
          notes: { 'p50 ms': median(ours.map((run) => run.p50Ms)) },
        }),
        ...serverCost({ name: 'register/server-cpu' }, ours, yardstick),
      ],
      skipped: [],
    };
  }),
);
