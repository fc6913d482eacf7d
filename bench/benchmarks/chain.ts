// What the chain costs: the echo server against the same empty answers behind the whole chain, with a key,
// limits and the rules of the protos. Neither has a database or an engine. Many short rounds in turn, and the
// servers' own processor time beside the throughput: a busy machine moves that less.
import { GetTradeRequest, TradeServiceService } from '../../gen/ts/dtms/v1/trade_service.js';
import { apiKeyText, newApiKey } from '../../src/access/api-key.js';
import { benchmarkMain } from '../support/benchmark.js';
import { serverCost, unaryLoad } from '../support/load.js';
import { interleaved, measurement } from '../support/measurement.js';
import { type ServerProcess, startEcho, startScript } from '../support/processes.js';
import { median } from '../support/statistics.js';

const CONNECTIONS = 10;
const CONCURRENCY = 100;
const ROUNDS_A_PAIR = 8;
/** Of the echo's throughput, this much must be left. */
const LEFT = 0.85;
const { path } = TradeServiceService.getTrade;

await benchmarkMain(async ({ pairs, amount, profileFolder }) => {
  const key = apiKeyText(newApiKey());
  const echo = await startEcho();
  const chained = await startScript('chain-server.js', [key], profileFolder);
  const bare = await startScript('chain-server.js', [key, 'bare']);
  try {
    const request = GetTradeRequest.encode(
      GetTradeRequest.fromPartial({ account: 'demo', ticket: 1n }),
    ).finish();
    const requests = new Array<Uint8Array>(amount(10_000, 1000)).fill(request);
    // Both carry the key, so that both pay for its bytes on the wire.
    const plan = { path, connections: CONNECTIONS, concurrency: CONCURRENCY, requests };
    const headers = [['x-api-key', key]] as const;
    const round = (server: ServerProcess) => unaryLoad({ ...plan, server, headers });
    const { ours, yardstick } = await interleaved(
      pairs * ROUNDS_A_PAIR,
      () => round(chained),
      () => round(echo),
    );
    // grpc-js counts for channelz in the echo and in no server of ours: beside the same server there is no excuse.
    const same = await interleaved(
      pairs * ROUNDS_A_PAIR,
      () => round(chained),
      () => round(bare),
    );
    return {
      measurements: [
        measurement({
          name: 'chain/throughput',
          unit: 'calls/s',
          better: 'higher',
          ours: ours.map((run) => run.callsPerSecond),
          yardstick: { name: 'echo', samples: yardstick.map((run) => run.callsPerSecond) },
          target: { of: 'ratio', value: LEFT },
          notes: {
            concurrency: CONCURRENCY,
            'generator cpu': median(ours.map((run) => run.generatorCpu)),
            'generator cpu, echo': median(yardstick.map((run) => run.generatorCpu)),
          },
        }),
        ...serverCost(
          { name: 'chain/server-cpu', target: { of: 'ratio', value: 1 / LEFT } },
          ours,
          yardstick,
        ),
        ...serverCost({ name: 'chain/server-cpu, bare' }, same.ours, same.yardstick, 'no chain'),
      ],
      skipped: [],
    };
  } finally {
    await chained.stop();
    await bare.stop();
    await echo.stop();
  }
});
