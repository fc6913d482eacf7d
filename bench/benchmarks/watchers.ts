// Many watches over three servers: what one more takes of a server's memory, and from a commit to all of them, at a rate of
// events that leaves time between them.
import { setTimeout as sleep } from 'node:timers/promises';
import { WatchTradesRequest, WatchTradesResponse } from '../../gen/ts/dtms/v1/trade_service.js';
import { DtmsClient } from '../../src/client/index.js';
import { createLogger } from '../../src/observability/logger.js';
import { EmbeddedPostgres } from '../../src/store/embedded.js';
import { benchmarkMain } from '../support/benchmark.js';
import { deferred } from '../support/load.js';
import { measurement } from '../support/measurement.js';
import { memoryOf, type ServerProcess, Workspace } from '../support/processes.js';
import { quantile } from '../support/statistics.js';
import { tradeSpec } from '../support/trades.js';
import { watchAll } from '../support/watchers.js';

const ACCOUNT = 'watchers';
const SERVERS = 3;
const EVERY_MS = 1000;

/** Opens the watches of a server, each of which ends with the log's revision `last`. */
function open(
  { address }: ServerProcess,
  watchers: number,
  last: number,
  told: { readonly began: () => void; readonly event: (recordedAt: Date) => void },
): Promise<void> {
  return watchAll({
    address,
    watchers,
    request: WatchTradesRequest.fromPartial({}),
    reader: () => {
      let isThere = false;
      return (bytes) => {
        const { message } = WatchTradesResponse.decode(bytes);
        if (message?.$case === 'caughtUp' && !isThere) {
          isThere = true;
          told.began();
        }
        if (message?.$case !== 'events') return false;
        for (const { recordedAt } of message.value.events)
          if (recordedAt !== undefined) told.event(recordedAt);
        return Number(message.value.revision) >= last;
      };
    },
  });
}

const residentOf = (servers: readonly ServerProcess[]) =>
  servers.reduce((sum, { pid }) => sum + (memoryOf(pid)?.residentMb ?? Number.NaN), 0);

await benchmarkMain(async ({ amount }) => {
  const workspace = new Workspace();
  const postgres = await EmbeddedPostgres.start(
    { dataDir: workspace.folder, port: 0 },
    createLogger('error'),
  );
  const each = amount(3334, 60);
  const events = amount(20, 3);
  const environment = {
    DTMS_DATABASE_URL: postgres.url,
    DTMS_LIMITS_MODE: 'off',
    DTMS_WATCH_MAX_WATCHERS: String(each + 300),
  };
  const servers: ServerProcess[] = [];
  try {
    for (let index = 0; index < SERVERS; index += 1)
      servers.push(await workspace.startServer({ environment }));
    const [leader] = servers;
    if (leader === undefined) throw new Error('there is no server');
    const client = new DtmsClient({ address: leader.address });
    let ticket = 0;
    const register = () => client.registerTrade({ trade: tradeSpec(ACCOUNT, ++ticket) }, { retryMs: 0 });
    await register();
    const { headRevision } = await client.getStatus({});
    const before = residentOf(servers);
    const allBegan = deferred();
    let began = 0;
    const delays: number[] = [];
    const told = {
      began: () => {
        began += 1;
        if (began === each * SERVERS) allBegan.resolve();
      },
      event: (recordedAt: Date) =>
        delays.push(performance.timeOrigin + performance.now() - recordedAt.getTime()),
    };
    const watching = Promise.all(
      servers.map((server) => open(server, each, Number(headRevision) + events, told)),
    );
    await Promise.race([watching, allBegan.promise]);
    await sleep(amount(5000, 100));
    const after = residentOf(servers);
    for (let event = 0; event < events; event += 1) {
      await register();
      await sleep(EVERY_MS);
    }
    await watching;
    client.close();
    const notes = { watches: each * SERVERS, servers: SERVERS };
    return {
      measurements: [
        measurement({
          name: 'watchers/memory',
          unit: 'kB each',
          better: 'lower',
          ours: [((after - before) * 1024) / (each * SERVERS)],
          notes,
        }),
        measurement({
          name: 'watchers/delay',
          unit: 'ms',
          better: 'lower',
          ours: [quantile(delays, 0.5)],
          notes: { ...notes, events, p99: quantile(delays, 0.99) },
        }),
      ],
      skipped: [],
    };
  } finally {
    for (const server of servers.reverse()) await server.stop();
    await postgres.stop();
    workspace.remove();
  }
});
