// 100,000 active trades in one server: one closing bar decided and durable, and a restart, whose yardstick
// is the restart of a server without trades. Memory is that of the server's process, without Postgres.
import { DtmsClient } from '../../src/client/index.js';
import { benchmarkMain } from '../support/benchmark.js';
import { BarFeed, registerTrades } from '../support/fill.js';
import { measurement } from '../support/measurement.js';
import { memoryOf, type ServerProcess, Workspace } from '../support/processes.js';

const ACCOUNT = 'restore';
const WARM_UP_BARS = 400;
const CLOSING_BARS = 5;

interface Restart {
  readonly server: ServerProcess;
  readonly seconds: number;
}

/** From the start of the process until it leads with everything restored. */
async function start(workspace: Workspace, profileFolder: string | undefined): Promise<Restart> {
  const startedAt = performance.now();
  const server = await workspace.startServer({ profileFolder });
  return { server, seconds: (performance.now() - startedAt) / 1000 };
}

async function activeTrades(server: ServerProcess): Promise<number> {
  const client = new DtmsClient({ address: server.address });
  try {
    return Number((await client.getStatus({})).activeTrades);
  } finally {
    client.close();
  }
}

interface Closing {
  readonly seconds: number[];
  readonly events: number[];
}

/** Registers the trades and closes bars on them. */
async function fill(server: ServerProcess, trades: number): Promise<Closing> {
  const client = new DtmsClient({ address: server.address });
  try {
    const feed = new BarFeed(client);
    await feed.push(WARM_UP_BARS);
    await registerTrades(client, ACCOUNT, trades);
    const closing: Closing = { seconds: [], events: [] };
    // The first bar begins the monitoring of every trade: one event for each.
    for (let i = 0; i < CLOSING_BARS; i++) {
      const startedAt = performance.now();
      closing.events.push(await feed.push(1));
      closing.seconds.push((performance.now() - startedAt) / 1000);
    }
    return closing;
  } finally {
    client.close();
  }
}

await benchmarkMain(async ({ amount, profileFolder }) => {
  const trades = amount(100_000, 2000);
  const restarts = amount(3, 1);
  const full = new Workspace();
  const empty = new Workspace();
  try {
    const first = await start(full, profileFolder);
    const closing = await fill(first.server, trades);
    const active = await activeTrades(first.server);
    await first.server.stop();
    await (await start(empty, undefined)).server.stop();

    const ours: number[] = [];
    const yardstick: number[] = [];
    const memory: number[] = [];
    const peak: number[] = [];
    for (let i = 0; i < restarts; i++) {
      const restarted = await start(full, profileFolder);
      ours.push(restarted.seconds);
      const restored = await activeTrades(restarted.server);
      const used = memoryOf(restarted.server.pid);
      if (used !== null) {
        memory.push(used.residentMb);
        peak.push(used.peakMb);
      }
      await restarted.server.stop();
      if (restored !== active) throw new Error(`${active} trades were active, ${restored} were restored`);
      const none = await start(empty, undefined);
      yardstick.push(none.seconds);
      await none.server.stop();
    }

    const worst = Math.max(...closing.seconds);
    return {
      measurements: [
        measurement({
          name: 'restore/closing-bar',
          unit: 's',
          better: 'lower',
          ours: [worst],
          notes: { trades, events: closing.events[closing.seconds.indexOf(worst)] ?? 0 },
        }),
        measurement({
          name: 'restore/seconds',
          unit: 's',
          better: 'lower',
          ours,
          yardstick: { name: 's without trades', samples: yardstick },
          target: { of: 'value', value: 10 },
          notes: { 'active trades': active },
        }),
        ...(memory.length === 0
          ? []
          : [
              measurement({
                name: 'restore/memory',
                unit: 'MB',
                better: 'lower',
                ours: memory,
                target: { of: 'value', value: 400 },
                notes: { 'highest MB': Math.max(...peak) },
              }),
            ]),
      ],
      skipped: memory.length === 0 ? ['restore/memory: the process memory is read from /proc'] : [],
    };
  } finally {
    full.remove();
    empty.remove();
  }
});
