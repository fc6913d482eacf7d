// What the chain costs: GetStatus of a server that knows its callers by their keys and counts their calls,
// against the same server open and without limits.
import { GetStatusRequest, SystemServiceService } from '../../gen/ts/dtms/v1/system_service.js';
import { Scope } from '../../src/client/index.js';
import { benchmarkMain } from '../support/benchmark.js';
import { serverCost, unaryLoad } from '../support/load.js';
import { interleaved, measurement } from '../support/measurement.js';
import { onStage, type ServerProcess } from '../support/processes.js';
import { median } from '../support/statistics.js';

const CONNECTIONS = 10;
const CONCURRENCY = 100;
const YARDSTICK = 'open, without limits';
const { path } = SystemServiceService.getStatus;

/** Counted, and never reached. */
const LIMITS = {
  DTMS_LIMITS_MODE: 'on',
  DTMS_LIMITS_QUERIES_PER_SECOND: '1000000',
  DTMS_LIMITS_QUERIES_BURST: '10000000',
};

await benchmarkMain(({ pairs, amount, profileFolder }) =>
  onStage({ environment: { DTMS_LIMITS_MODE: 'off' } }, (open) =>
    onStage({ profileFolder, environment: LIMITS }, async (guarded) => {
      const { secret } = await guarded.client.createApiKey({ name: 'benchmark', scopes: [Scope.READ] });
      const requests = new Array<Uint8Array>(amount(20_000, 1000)).fill(GetStatusRequest.encode({}).finish());
      const plan = { path, connections: CONNECTIONS, concurrency: CONCURRENCY, requests };
      const headers = [['x-api-key', secret]] as const;
      const round = (server: ServerProcess, withKey: typeof headers | readonly []) =>
        unaryLoad({ ...plan, server, headers: withKey });
      const { ours, yardstick } = await interleaved(
        pairs,
        () => round(guarded.server, headers),
        () => round(open.server, []),
      );
      return {
        measurements: [
          measurement({
            name: 'chain/throughput',
            unit: 'calls/s',
            better: 'higher',
            ours: ours.map((run) => run.callsPerSecond),
            yardstick: { name: YARDSTICK, samples: yardstick.map((run) => run.callsPerSecond) },
            target: { of: 'ratio', value: 0.85 },
            notes: {
              concurrency: CONCURRENCY,
              'generator cpu': median(ours.map((run) => run.generatorCpu)),
            },
          }),
          ...serverCost({ name: 'chain/server-cpu' }, ours, yardstick, YARDSTICK),
        ],
        skipped: [],
      };
    }),
  ),
);
