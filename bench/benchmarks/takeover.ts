// The next leader with 100,000 active trades: from the kill of the one before to the first durable write, and handed over
// in order; beside it what the server that follows needs in memory.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DtmsClient } from '../../src/client/index.js';
import { createLogger } from '../../src/observability/logger.js';
import { EmbeddedPostgres } from '../../src/store/embedded.js';
import { benchmarkMain } from '../support/benchmark.js';
import { BarFeed, registerTrades } from '../support/fill.js';
import { measurement } from '../support/measurement.js';
import { memoryOf, type ServerProcess, Workspace } from '../support/processes.js';
import { tradeSpec } from '../support/trades.js';

const ACCOUNT = 'takeover';
const WARM_UP_BARS = 400;
const FOLLOWING_MS = 120_000;

/** Two servers on one database, the first of which leads. */
class Pair {
  readonly #workspace = new Workspace();
  #postgres: EmbeddedPostgres | undefined;
  #followed = 0;
  leader!: ServerProcess;
  follower!: ServerProcess;

  async start(): Promise<void> {
    this.#postgres = await EmbeddedPostgres.start(
      { dataDir: this.#workspace.folder, port: 0 },
      createLogger('error'),
    );
    this.leader = await this.#server();
  }

  /** Adds a server that follows; resolves when it has the state. */
  async follow(): Promise<void> {
    this.follower = await this.#server();
    await this.followed();
  }

  /** Waits until one more server has the state it follows. */
  async followed(): Promise<void> {
    this.#followed += 1;
    for (const until = performance.now() + FOLLOWING_MS; performance.now() < until; await sleep(50)) {
      const lines = readFileSync(this.#workspace.log, 'utf8').split('"following"').length - 1;
      if (lines >= this.#followed) return;
    }
    throw new Error('no server follows in time');
  }

  swap(): void {
    [this.leader, this.follower] = [this.follower, this.leader];
  }

  async end(): Promise<void> {
    await this.follower?.stop();
    await this.leader?.stop();
    await this.#postgres?.stop();
    this.#workspace.remove();
  }

  #server(): Promise<ServerProcess> {
    return this.#workspace.startServer({ environment: { DTMS_DATABASE_URL: this.#postgres?.url ?? '' } });
  }
}

async function through<T>(server: ServerProcess, use: (client: DtmsClient) => Promise<T>): Promise<T> {
  const client = new DtmsClient({ address: server.address, breaker: 'off' });
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

/** Ms from the kill until a call that was made at once is answered by the next leader. */
async function killed(pair: Pair, ticket: number): Promise<number> {
  return through(pair.follower, async (client) => {
    await client.getStatus({});
    const beganAt = performance.now();
    process.kill(pair.leader.pid, 'SIGKILL');
    await client.registerTrade({ trade: tradeSpec(`${ACCOUNT}-more`, ticket) }, { deadlineMs: 30_000 });
    return performance.now() - beganAt;
  });
}

async function handedOver(pair: Pair): Promise<number> {
  return through(pair.follower, async (client) => {
    const { servers } = await client.listServers({});
    const next = servers.find(({ grpcAddress }) => grpcAddress === pair.follower.address);
    const { tookMs } = await client.moveLeader({ serverId: next?.serverId ?? '', by: 'bench' });
    return Number(tookMs);
  });
}

await benchmarkMain(async ({ amount }) => {
  const trades = amount(100_000, 2000);
  const turns = amount(5, 1);
  const pair = new Pair();
  try {
    await pair.start();
    await through(pair.leader, async (client) => {
      const feed = new BarFeed(client);
      await feed.push(WARM_UP_BARS);
      await registerTrades(client, ACCOUNT, trades);
      await feed.push(1);
    });
    const kills: number[] = [];
    const moves: number[] = [];
    const memory: number[] = [];
    for (let turn = 1; turn <= turns; turn += 1) {
      await pair.follow();
      memory.push(memoryOf(pair.follower.pid)?.residentMb ?? 0);
      moves.push(await handedOver(pair));
      pair.swap();
      // The one that led follows anew.
      await pair.followed();
      kills.push(await killed(pair, turn));
      await pair.leader.stop();
      pair.swap();
    }
    const notes = { 'active trades': trades };
    return {
      measurements: [
        measurement({
          name: 'takeover/killed',
          unit: 'ms',
          better: 'lower',
          ours: kills,
          target: { of: 'value', value: 1500 },
          notes: { ...notes, 'longest ms': Math.round(Math.max(...kills)) },
        }),
        measurement({
          name: 'takeover/handed-over',
          unit: 'ms',
          better: 'lower',
          ours: moves,
          target: { of: 'value', value: 300 },
          notes: { ...notes, 'longest ms': Math.round(Math.max(...moves)) },
        }),
        measurement({
          name: 'takeover/follower-memory',
          unit: 'MB',
          better: 'lower',
          ours: memory,
          notes,
        }),
      ],
      skipped: [],
    };
  } finally {
    await pair.end();
  }
});
