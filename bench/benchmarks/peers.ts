// Beside systems that keep or spread messages and are installed here: durable RegisterTrade against a put of etcd and an
// acknowledged publish of NATS JetStream, and a watch of all trades against their watches. They
// decide nothing of what they are given; a registration is checked, decided and in two tables.
import { TradeServiceService, WatchTradesRequest } from '../../gen/ts/dtms/v1/trade_service.js';
import { startEtcd } from '../peers/etcd.js';
import { installed } from '../peers/installed.js';
import { startNats } from '../peers/nats.js';
import { FAN_OUT_CONCURRENCY, type Peer } from '../peers/peer.js';
import { benchmarkMain } from '../support/benchmark.js';
import { unaryLoad } from '../support/load.js';
import { interleaved, type Measurement, measurement } from '../support/measurement.js';
import { onStage, type Stage } from '../support/processes.js';
import { registrations } from '../support/trades.js';
import { revisionOf, watchAll } from '../support/watchers.js';

const PEERS = [
  { program: 'etcd', start: startEtcd },
  { program: 'nats-server', start: startNats },
] as const;
const PAIRS = 3;
const CONNECTIONS = 10;
const CONCURRENCY = 100;
const WATCHERS = 100;
const ACCOUNT = 'peers';
const { path } = TradeServiceService.registerTrade;

/** Ours, by the same generator. */
class Dtms {
  readonly #stage: Stage;
  #ticket = 1;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  async append(count: number, concurrency: number): Promise<number> {
    const requests = registrations(ACCOUNT, this.#ticket, count);
    this.#ticket += count;
    const { server } = this.#stage;
    return (await unaryLoad({ server, path, connections: CONNECTIONS, concurrency, requests }))
      .callsPerSecond;
  }

  async fanOut(count: number): Promise<number> {
    const { server, client } = this.#stage;
    const { headRevision, logEpoch } = await client.getStatus({});
    const last = Number(headRevision) + count;
    const startedAt = performance.now();
    await Promise.all([
      watchAll({
        address: server.address,
        watchers: WATCHERS,
        request: WatchTradesRequest.fromPartial({ resumeAfter: { logEpoch, revision: headRevision } }),
        reader: () => (message) => (revisionOf(message) ?? 0) >= last,
      }),
      this.append(count, FAN_OUT_CONCURRENCY),
    ]);
    return (count * WATCHERS) / ((performance.now() - startedAt) / 1000);
  }
}

async function beside(ours: Dtms, peer: Peer, appends: number, events: number): Promise<Measurement[]> {
  const appended = await interleaved(
    PAIRS,
    () => ours.append(appends, CONCURRENCY),
    () => peer.append(appends, CONCURRENCY),
  );
  const spread = await interleaved(
    PAIRS,
    () => ours.fanOut(events),
    () => peer.fanOut(events, WATCHERS),
  );
  return [
    measurement({
      name: `peers/append-${peer.name}`,
      unit: 'a second',
      better: 'higher',
      ours: appended.ours,
      yardstick: { name: peer.name, samples: appended.yardstick },
      notes: { concurrency: CONCURRENCY, 'synced there': peer.synced },
    }),
    measurement({
      name: `peers/fan-out-${peer.name}`,
      unit: 'events/s',
      better: 'higher',
      ours: spread.ours,
      yardstick: { name: peer.name, samples: spread.yardstick },
      notes: { watchers: WATCHERS },
    }),
  ];
}

await benchmarkMain(({ amount, profileFolder }) =>
  onStage({ profileFolder }, async (stage) => {
    const ours = new Dtms(stage);
    const measurements: Measurement[] = [];
    const skipped: string[] = [];
    for (const { program, start } of PEERS) {
      const file = installed(program);
      if (file === undefined) {
        skipped.push(`peers: ${program} is not installed`);
        continue;
      }
      const peer = await start(file, stage.workspace.folder);
      try {
        measurements.push(...(await beside(ours, peer, amount(5000, 300), amount(1500, 100))));
      } finally {
        await peer.stop();
      }
    }
    return { measurements, skipped };
  }),
);
