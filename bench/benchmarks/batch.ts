// BatchRegisterTrades with 1,000 trades a call: trades that are committed, per second. The yardstick is
// a bare durable bulk insert of rows of an event's size into the same kind of database.
import type { DtmsClient } from '../../src/client/index.js';
import { BarePostgres } from '../support/bare-postgres.js';
import { benchmarkMain } from '../support/benchmark.js';
import { clocked } from '../support/load.js';
import { interleaved, measurement } from '../support/measurement.js';
import { onStage } from '../support/processes.js';
import { median } from '../support/statistics.js';
import { tradeSpec } from '../support/trades.js';

const BATCH = 1000;
const IN_FLIGHT = 4;
const ACCOUNT = 'batch';

interface Round {
  readonly tradesPerSecond: number;
  readonly generatorCpu: number;
}

/** Registers `batches` x 1,000 trades with tickets never used before. */
async function round(client: DtmsClient, index: number, batches: number): Promise<Round> {
  const requests = Array.from({ length: batches }, (_, batch) => {
    const first = (index * batches + batch) * BATCH + 1;
    return { trades: Array.from({ length: BATCH }, (_unused, i) => tradeSpec(ACCOUNT, first + i)) };
  });
  let next = 0;
  const worker = async () => {
    for (let request = requests[next++]; request !== undefined; request = requests[next++]) {
      const { results } = await client.batchRegisterTrades(request, { deadlineMs: 60_000, retryMs: 0 });
      if (results.some((result) => result.error !== undefined || result.alreadyRegistered)) {
        throw new Error('a trade of a batch was not registered');
      }
    }
  };
  const { seconds, cpu } = await clocked(async () => {
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  });
  return { tradesPerSecond: (batches * BATCH) / seconds, generatorCpu: cpu };
}

await benchmarkMain(({ pairs, amount, profileFolder }) =>
  onStage({ profileFolder }, async ({ workspace, client }) => {
    const bare = await BarePostgres.start(workspace.folder);
    try {
      const batches = amount(30, 2);
      const cpus: number[] = [];
      const { ours, yardstick } = await interleaved(
        pairs,
        async (index) => {
          const { tradesPerSecond, generatorCpu } = await round(client, index, batches);
          cpus.push(generatorCpu);
          return tradesPerSecond;
        },
        () => bare.insert(batches * BATCH),
      );
      return {
        measurements: [
          measurement({
            name: 'batch/throughput',
            unit: 'trades/s',
            better: 'higher',
            ours,
            yardstick: { name: 'rows/s of a bare insert', samples: yardstick },
            target: { of: 'value', value: 20_000 },
            notes: { 'trades a call': BATCH, 'calls in flight': IN_FLIGHT, 'generator cpu': median(cpus) },
          }),
        ],
        skipped: [],
      };
    } finally {
      await bare.stop();
    }
  }),
);
